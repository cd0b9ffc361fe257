import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { deployed, type TemplateResource } from './deployment.ts'
import { EVERYTHING_NEW, SAGEMAKER, TEXT_MESSAGES } from './examples.ts'
import { readTemplate } from './template.ts'

const template = await readTemplate()
const ADAPTERS = new URL('../../src/adapters/', import.meta.url)
const INSTANCE = 'arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-4333-8444-555555555555'

/** Tables are made by whoever deploys: the service makes one only for engines on a developer's machine, and is not set to here. */
const NOT_IN_AWS = ['CreateTable', 'DescribeTable']
/** What a person runs, with rights of their own: `ringfence model compare`. */
const NOT_THE_TASKS = ['shadow-scan.ts']
/** What is called for only with some parameters. */
const TEXT = ['connect:StartOutboundChatContact']
const DETECTOR = ['frauddetector:GetEventPrediction']
const FEEDBACK = ['frauddetector:UpdateEventLabel']
const ENDPOINT = ['sagemaker:InvokeEndpoint']

/** The calls in the source, as the actions that they need. */
async function calledActions (): Promise<string[]> {
  const services: Record<string, string> = { connect: 'connect', dynamodb: 'dynamodb', frauddetector: 'frauddetector', 'sagemaker-runtime': 'sagemaker' }
  const actions: string[] = []
  for (const folder of ['connect', 'dynamodb', 'scorers']) {
    for (const file of await readdir(new URL(`${folder}/`, ADAPTERS))) {
      if (NOT_THE_TASKS.includes(file)) continue
      const source = await readFile(new URL(`${folder}/${file}`, ADAPTERS), 'utf8')
      for (const [, names = '', client = ''] of source.matchAll(/import (?!type)\{([^}]*)\} from '@aws-sdk\/client-([a-z-]+)'/g)) {
        for (const [, name = ''] of names.matchAll(/\b(\w+)Command\b/g)) {
          if (!NOT_IN_AWS.includes(name)) actions.push(`${services[client] ?? assert.fail(`${client} has no place in IAM here`)}:${name}`)
        }
      }
    }
  }
  return [...new Set(actions)].sort()
}

interface Statement { Effect: string, Action: string | string[], Resource: string | string[], Condition?: unknown }

/** What a role may do, action by action, and to what. */
function allowances (given: Record<string, string>, roleId: RegExp): Map<string, string[]> {
  const { resources } = deployed(template, { ...EVERYTHING_NEW, ...given }, returned())
  const id = Object.keys(resources).find((one) => roleId.test(one) && resources[one]?.Type === 'AWS::IAM::Role') ?? assert.fail(`no role ${String(roleId)}`)
  const attached = Object.values(resources).filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && (Properties['Roles'] as string[]).includes(`<${id}>`)) as TemplateResource[]
  const inline = (resources[id]?.Properties['Policies'] ?? []) as Array<{ PolicyDocument: { Statement: Statement[] } }>
  assert.equal(resources[id]?.Properties['ManagedPolicyArns'], undefined)
  const allowed = new Map<string, string[]>()
  for (const { Effect, Action, Resource } of [...attached.map(({ Properties }) => Properties['PolicyDocument']), ...inline.map(({ PolicyDocument }) => PolicyDocument)].flatMap(({ Statement }) => Statement as Statement[])) {
    if (Effect !== 'Allow') continue
    for (const action of [Action].flat()) allowed.set(action, [...allowed.get(action) ?? [], ...[Resource].flat()].sort())
  }
  return allowed
}

function returned (): Record<string, string> {
  return Object.fromEntries(Object.entries(template.Resources).flatMap(([id, { Type }]): Array<[string, string]> => {
    if (Type === 'AWS::Connect::Instance') return [[`${id}.Arn`, INSTANCE]]
    if (Type === 'AWS::Connect::ContactFlow') return [[`${id}.ContactFlowArn`, `${INSTANCE}/contact-flow/${id.startsWith('Text') ? 'sms' : 'voice'}`]]
    return Type === 'AWS::DynamoDB::Table' ? [[`${id}.Arn`, 'the-table']] : []
  }))
}

test('the task may make the calls that the source makes, and no other', async () => {
  const called = await calledActions()
  const optional = [...TEXT, ...DETECTOR, ...FEEDBACK, ...ENDPOINT]
  for (const action of optional) assert.ok(called.includes(action), `${action} is not called any more`)
  const always = called.filter((action) => !optional.includes(action))
  const cases: Array<[given: Record<string, string>, actions: string[]]> = [
    [{}, []],
    [TEXT_MESSAGES, TEXT],
    [SAGEMAKER, ENDPOINT],
    [{ Scorer: 'frauddetector' }, DETECTOR],
    [{ Scorer: 'frauddetector', DetectorFeedback: 'true' }, [...DETECTOR, ...FEEDBACK]],
    [{ DetectorFeedback: 'true' }, []]
  ]
  for (const [given, more] of cases) {
    assert.deepEqual([...allowances(given, /^TaskRole/).keys()].sort(), [...always, ...more].sort(), JSON.stringify(given))
  }
})

test('the task may touch its own table and indexes, contacts of its own instance, and what scores', () => {
  const allowed = allowances({ ...TEXT_MESSAGES, Scorer: 'frauddetector', DetectorFeedback: 'true' }, /^TaskRole/)
  const indexes = ['the-table/index/casesByCard', 'the-table/index/casesByStatus', 'the-table/index/due']
  const eventType = 'arn:aws:frauddetector:us-east-1:123456789012:event-type/card_fraud_transaction'
  assert.deepEqual(Object.fromEntries(allowed), {
    'dynamodb:GetItem': ['the-table'],
    'dynamodb:BatchGetItem': ['the-table'],
    'dynamodb:PutItem': ['the-table'],
    'dynamodb:UpdateItem': ['the-table'],
    'dynamodb:Query': ['the-table', ...indexes],
    'connect:StartOutboundVoiceContact': [`${INSTANCE}/contact/*`],
    'connect:DescribeContact': [`${INSTANCE}/contact/*`],
    'connect:StartOutboundChatContact': [TEXT_MESSAGES['SmsNumberArn'], INSTANCE, `${INSTANCE}/contact-flow/sms`, `${INSTANCE}/contact/*`].sort(),
    'frauddetector:GetEventPrediction': ['arn:aws:frauddetector:us-east-1:123456789012:detector-version/card_fraud/*', 'arn:aws:frauddetector:us-east-1:123456789012:detector/card_fraud', eventType],
    'frauddetector:UpdateEventLabel': [eventType]
  })
  assert.deepEqual(allowances(SAGEMAKER, /^TaskRole/).get('sagemaker:InvokeEndpoint'), ['arn:aws:sagemaker:us-east-1:123456789012:endpoint/card-fraud'])
})

test('ECS may fetch the image from its repository, read the two secrets and write the log', () => {
  const allowed = allowances({}, /^ServiceExecutionRole/)
  const repository = ['arn:aws:ecr:eu-central-1:123456789012:repository/team/ringfence']
  assert.deepEqual(Object.fromEntries([...allowed].map(([action, resources]) => [action, resources.map((one) => one.replace(/[0-9A-F]{8}(?=[.>])/, ''))])), {
    'ecr:GetAuthorizationToken': ['*'],
    'ecr:BatchCheckLayerAvailability': repository,
    'ecr:BatchGetImage': repository,
    'ecr:GetDownloadUrlForLayer': repository,
    'logs:CreateLogStream': ['<ServiceLogs.Arn>'],
    'logs:PutLogEvents': ['<ServiceLogs.Arn>'],
    'secretsmanager:GetSecretValue': ['<SecretsBridgeSecret>', '<SecretsTokenisationKey>']
  })
  const byDigest = { ImageUri: `210987654321.dkr.ecr.us-east-1.amazonaws.com/ringfence@sha256:${'a'.repeat(64)}` }
  assert.deepEqual(allowances(byDigest, /^ServiceExecutionRole/).get('ecr:BatchGetImage'), ['arn:aws:ecr:us-east-1:210987654321:repository/ringfence'])
})

test('no role may do anything by a wildcard of actions', () => {
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::IAM::Role') continue
    for (const action of allowances({ ...TEXT_MESSAGES, Scorer: 'frauddetector' }, new RegExp(`^${id}$`)).keys()) assert.doesNotMatch(action, /\*/, id)
  }
})
