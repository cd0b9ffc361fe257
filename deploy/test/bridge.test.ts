import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { compileFunction } from 'node:vm'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { contactEventOf } from '../../src/http/contact-event.ts'
import { contactTemplate, idOf, INSTANCE_ARN, SECRET_ARN } from './contact-stack.ts'
import { deployed } from './deployment.ts'

const template = contactTemplate()
const functionId = idOf(template, 'Bridge', 'AWS::Lambda::Function')
const BRIDGE_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:ringfence-bridge'
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:dead-letters'
const { only, all, resources } = deployed(template, { ConnectInstanceArn: INSTANCE_ARN, SourcePhoneNumber: '+4930555000', DomainName: 'ringfence.example.com', SecretsRevision: 2 }, {
  [`${functionId}.Arn`]: BRIDGE_ARN, [`${idOf(template, 'Bridge', 'AWS::SQS::Queue')}.Arn`]: QUEUE_ARN
})
const bridge = only('AWS::Lambda::Function').Properties
const role = resources[idOf(template, 'Bridge', 'AWS::IAM::Role')]?.Properties ?? {}
const rules = all('AWS::Events::Rule').map(({ Properties }) => Properties)
const contactEvents = rules.find(({ EventPattern }) => EventPattern !== undefined) ?? {}
const check = rules.find(({ ScheduleExpression }) => ScheduleExpression !== undefined) ?? {}

/** The alias by which the check comes. */
const CHECK = `<${idOf(template, 'Bridge', 'AWS::Lambda::Alias')}>`

const SECRET = 'a-secret-of-thirty-two-characters'
const FLOW_EVENT = { Name: 'ContactFlowEvent', Details: { ContactData: { ContactId: 'c1', Attributes: {} }, Parameters: { answer: 'fraud' } } }

/** The inline code as Lambda runs it: a CommonJS module, compiled by nobody but Node.js, with its settings in the environment. */
function loadInlineBridge (t: TestContext, url: string): (event: unknown) => Promise<unknown> {
  Object.assign(process.env, { RINGFENCE_URL: url, RINGFENCE_BRIDGE_SECRET: SECRET })
  t.after(() => {
    delete process.env['RINGFENCE_URL']
    delete process.env['RINGFENCE_BRIDGE_SECRET']
  })
  const [file, name] = bridge['Handler'].split('.')
  assert.equal(file, 'index')
  const module: { exports: Record<string, any> } = { exports: {} }
  // Not required from a file: the loader of these tests would take an ES module as well.
  compileFunction(bridge['Code'].ZipFile, ['module', 'exports', 'require'])(module, module.exports, createRequire(import.meta.url))
  return module.exports[name]
}

async function startService (t: TestContext, reply: (path: string) => { status: number, body: unknown }) {
  const posts: Array<{ path: string, event: unknown, isSigned: boolean }> = []
  const server = createServer((request, response) => {
    text(request).then((body) => {
      const signature = String(request.headers['ringfence-signature'])
      const at = /^t=([0-9]+)/.exec(signature)?.[1] ?? ''
      posts.push({ path: request.url ?? '', event: JSON.parse(body), isSigned: signature === `t=${at},v1=${createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex')}` })
      const { status, body: answer } = reply(request.url ?? '')
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }).catch((error: unknown) => { response.destroy(error as Error) })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.after(() => { server.closeAllConnections(); server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts }
}

test('the inline code, loaded as Lambda loads it, brings an answer to the service and its reply back', async (t) => {
  const { url, posts } = await startService(t, () => ({ status: 200, body: { result: 'blocked' } }))
  const handler = loadInlineBridge(t, url)
  assert.deepEqual(await handler(FLOW_EVENT), { result: 'blocked' })
  assert.deepEqual(posts, [{ path: '/v1/connect/answers', event: FLOW_EVENT, isSigned: true }])
})

test('the inline code throws when the service does not take it, so that the flow does not go on as if it had', async (t) => {
  const { url } = await startService(t, () => ({ status: 409, body: {} }))
  await assert.rejects(loadInlineBridge(t, url)(FLOW_EVENT), { message: 'Ringfence answered 409 (try 1 of 2)' })
})

test('the check goes the whole way, and what it brings is taken by the service and not kept', async (t) => {
  const { url, posts } = await startService(t, () => ({ status: 202, body: { recorded: false } }))
  const event = JSON.parse(check['Targets'][0].Input)
  assert.deepEqual(await loadInlineBridge(t, url)(event), {})
  assert.deepEqual(posts, [{ path: '/v1/connect/events', event, isSigned: true }])
  const contract = new Ajv2020({ strict: false, validateFormats: false }).addSchema(parse(readFileSync(new URL('../../openapi/openapi.yaml', import.meta.url), 'utf8')), 'contract')
  assert.ok(contract.validate({ $ref: 'contract#/components/schemas/ContactEvent' }, event), 'the service takes it')
  assert.ok(!contract.validate({ $ref: 'contract#/components/schemas/ContactEvent' }, { ...Object(event), source: 'aws.elsewhere' }), 'and does look at it')
  assert.equal(contactEventOf(event, Date.now()), undefined, 'and keeps nothing')
  assert.equal(check['ScheduleExpression'], 'rate(5 minutes)')
  assert.ok(template.Resources[idOf(template, 'BridgeCheck', 'AWS::Events::Rule')]?.DependsOn?.includes(idOf(template, 'ContactCenter', 'AWS::Connect::ContactFlow')), 'not before what it leads to is there')
  assert.equal(check['Targets'][0].Arn, CHECK)
})

test('the inline code fits what CloudFormation takes', () => {
  // 4 MB zipped (CloudFormation, "AWS::Lambda::Function Code"); it was 4,096 characters until 2022.
  assert.ok(Buffer.byteLength(bridge['Code'].ZipFile) < 4_000_000)
  assert.match(bridge['Runtime'], /^nodejs(22|24)\.x$/)
})

test('the function has its settings, the secret by a reference that is resolved on deployment', () => {
  assert.deepEqual(bridge['Environment'].Variables, { RINGFENCE_URL: 'https://ringfence.example.com', RINGFENCE_BRIDGE_SECRET: `{{resolve:secretsmanager:${SECRET_ARN}:SecretString:::}}` })
  assert.match(bridge['Description'], /secrets 2/, 'a new revision changes the function, and so the reference is resolved again')
  assert.equal(bridge['Timeout'], 7, 'two tries of 2.5 s and a cold start fit in; Amazon Connect waits 8 s, and no longer')
  assert.equal(bridge['VpcConfig'].SubnetIds.length, 2)
})

test('only this instance and the two rules may invoke the bridge', () => {
  assert.deepEqual(all('AWS::Lambda::Permission').map(({ Properties: { Principal, SourceAccount, SourceArn, Action, FunctionName } }) => ({ Principal, SourceAccount, SourceArn, Action, FunctionName })), [
    { Principal: 'connect.amazonaws.com', SourceAccount: '123456789012', SourceArn: INSTANCE_ARN, Action: 'lambda:InvokeFunction', FunctionName: BRIDGE_ARN },
    { Principal: 'events.amazonaws.com', SourceAccount: undefined, SourceArn: `<${idOf(template, 'BridgeContactEvents', 'AWS::Events::Rule')}.Arn>`, Action: 'lambda:InvokeFunction', FunctionName: BRIDGE_ARN },
    { Principal: 'events.amazonaws.com', SourceAccount: undefined, SourceArn: `<${idOf(template, 'BridgeCheck', 'AWS::Events::Rule')}.Arn>`, Action: 'lambda:InvokeFunction', FunctionName: CHECK }
  ])
})

test('the role lets Lambda log, place the function and put away what failed; its code may call nothing', () => {
  const statements = role['Policies'][0].PolicyDocument.Statement as Array<{ Effect: string, Action: string | string[], Resource: string, Condition?: object }>
  assert.equal(role['ManagedPolicyArns'], undefined)
  assert.deepEqual(statements.filter(({ Effect, Resource }) => Effect === 'Allow' && Resource !== '*').map(({ Action, Resource }) => [Action, Resource]), [
    [['logs:CreateLogStream', 'logs:PutLogEvents'], `<${idOf(template, 'Bridge', 'AWS::Logs::LogGroup')}.Arn>`],
    ['sqs:SendMessage', QUEUE_ARN]
  ])
  const [allowed, denied] = statements.filter(({ Resource }) => Resource === '*')
  assert.ok(Array.isArray(allowed?.Action) && allowed.Action.every((action) => action.startsWith('ec2:')))
  assert.deepEqual(denied, { ...allowed, Effect: 'Deny', Condition: { ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:us-east-1:123456789012:function:*' } } })
})

test("the rule of contact events is the one of the contact flow's page, for this instance only", () => {
  const page = readFileSync(new URL('../../contact-flow/README.md', import.meta.url), 'utf8')
  const [, documented] = /```json\n(\{\n {2}"source": \["aws\.connect"\][^`]*)```/.exec(page) ?? []
  const pattern = JSON.parse(documented ?? '') as { detail: object }
  assert.deepEqual(contactEvents['EventPattern'], { ...pattern, detail: { ...pattern.detail, instanceArn: [INSTANCE_ARN] } })
})

test('an event that is not delivered, or that the bridge cannot bring, ends among the dead letters', () => {
  assert.deepEqual(contactEvents['Targets'], [{ Id: 'Bridge', Arn: BRIDGE_ARN, DeadLetterConfig: { Arn: QUEUE_ARN }, RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 } }])
  assert.deepEqual(resources[idOf(template, 'BridgeEvent', 'AWS::Lambda::EventInvokeConfig')]?.Properties, {
    FunctionName: `<${functionId}>`, Qualifier: '$LATEST', MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600, DestinationConfig: { OnFailure: { Destination: QUEUE_ARN } }
  })
  assert.equal(only('AWS::SQS::Queue').Properties['SqsManagedSseEnabled'], true)
  const [fromRule, unencrypted] = only('AWS::SQS::QueuePolicy').Properties['PolicyDocument'].Statement
  assert.deepEqual(fromRule, {
    Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: QUEUE_ARN, Condition: { ArnEquals: { 'aws:SourceArn': `<${idOf(template, 'BridgeContactEvents', 'AWS::Events::Rule')}.Arn>` } }
  })
  assert.deepEqual(unencrypted, { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: QUEUE_ARN, Condition: { Bool: { 'aws:SecureTransport': 'false' } } })
})

test('a check that fails is nothing that is lost: it comes by an alias of the same code, is not repeated, and ends nowhere', () => {
  const alias = only('AWS::Lambda::Alias').Properties
  assert.deepEqual([alias['FunctionName'], alias['FunctionVersion'], alias['Name']], [`<${functionId}>`, '$LATEST', 'check'])
  const once = idOf(template, 'BridgeCheck', 'AWS::Lambda::EventInvokeConfig')
  assert.deepEqual(resources[once]?.Properties, { FunctionName: `<${functionId}>`, Qualifier: 'check', MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 })
  assert.ok(template.Resources[once]?.DependsOn?.includes(idOf(template, 'Bridge', 'AWS::Lambda::Alias')), 'Lambda knows no such qualifier before')
  const [{ DeadLetterConfig, RetryPolicy }] = check['Targets']
  assert.deepEqual([DeadLetterConfig, RetryPolicy], [undefined, { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }])
})

test('the bridge goes out over HTTPS, and nothing comes in', () => {
  const { SecurityGroupEgress, SecurityGroupIngress } = only('AWS::EC2::SecurityGroup').Properties
  assert.deepEqual(SecurityGroupEgress.map(({ FromPort, ToPort, IpProtocol }: Record<string, unknown>) => [IpProtocol, FromPort, ToPort]), [['tcp', 443, 443]])
  assert.equal(SecurityGroupIngress, undefined)
})
