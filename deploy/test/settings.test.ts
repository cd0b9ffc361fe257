import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { EnvironmentSchema } from '../../src/settings.ts'
import { deployed } from './deployment.ts'
import { combinations, EVERYTHING_NEW, EXISTING_INSTANCE, EXISTING_NUMBER, SAGEMAKER, TEXT_MESSAGES } from './examples.ts'
import { readTemplate } from './template.ts'

const template = await readTemplate()
/** What AWS would return for what is made. */
const RETURNED = Object.fromEntries(Object.entries(template.Resources).flatMap(([id, { Type }]): Array<[string, string]> => {
  if (Type === 'AWS::Connect::Instance') {
    const instance = 'arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-4333-8444-555555555555'
    return [[`${id}.Arn`, instance], [`${id}.Id`, '11111111-2222-4333-8444-555555555555']]
  }
  if (Type === 'AWS::Connect::ContactFlow') return [[`${id}.ContactFlowArn`, `arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-4333-8444-555555555555/contact-flow/${id}`]]
  return Type === 'AWS::Connect::PhoneNumber' ? [[`${id}.Address`, '+18005550199']] : []
}))
const GENERATED = '0'.repeat(64)
const POLICY_SETTINGS = [
  'RINGFENCE_FRAUD_ABOVE', 'RINGFENCE_INVESTIGATE_ABOVE', 'RINGFENCE_INVESTIGATE_OPENS_CASE', 'RINGFENCE_LADDER', 'RINGFENCE_CALLING_WINDOW', 'RINGFENCE_CASE_HOURS',
  'RINGFENCE_NOBODY_REACHED', 'RINGFENCE_DEFAULT_LANGUAGE', 'RINGFENCE_DIALER_RATE', 'RINGFENCE_MAX_LIVE_CALLS'
]

function taskSettings (given: Record<string, string>): Record<string, string> {
  const { Properties } = deployed(template, { ...EVERYTHING_NEW, ...given }, RETURNED).only('AWS::ECS::TaskDefinition')
  const [{ Environment, Secrets }] = Properties['ContainerDefinitions']
  return Object.fromEntries([
    ...Environment.map(({ Name, Value }: { Name: string, Value: string }) => [Name, Value]),
    ...Secrets.map(({ Name }: { Name: string }) => [Name, GENERATED])
  ])
}

test('the task is set up as the service wants it, in production, for each scorer and with and without text messages', () => {
  for (const parts of combinations<Record<string, string>>([{}, SAGEMAKER, { Scorer: 'frauddetector' }], [{}, TEXT_MESSAGES], [{}, EXISTING_INSTANCE], [{}, EXISTING_NUMBER])) {
    const given: Record<string, string> = Object.assign({}, ...parts)
    const settings = taskSettings(given)
    const config = readConfig(settings)
    assert.equal(settings['NODE_ENV'], 'production')
    assert.equal(config.mode, 'service')
    assert.equal(config.metrics, false, 'they ask for no key, and a load balancer compares paths as they are written')
    assert.equal(config.host, '0.0.0.0')
    assert.equal(config.scorer.name, given['Scorer'] ?? 'embedded')
    assert.equal(config.institution, 'Example Bank')
    assert.deepEqual(config.apiKeys.map(({ name }) => name), ['core'])
    assert.equal(config.table.create, false)
    assert.match(config.table.name, /^<StoreTable.*>$/)
    assert.equal(config.tokenisationKey, GENERATED)
    assert.equal(config.bridgeSecret, GENERATED)
    assert.equal(config.connect.instanceId, given['ConnectInstanceArn'] === undefined ? '11111111-2222-4333-8444-555555555555' : 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee')
    assert.match(config.connect.contactFlowId, /^ContactCenterVoiceFlow/)
    assert.equal(config.connect.sourcePhoneNumber, given['SourcePhoneNumber'] ?? '+18005550199')
    assert.equal(config.sms === undefined, given['SmsNumberArn'] === undefined)
    if (config.sms !== undefined) {
      assert.match(config.sms.contactFlowId, /^TextMessagesFlow/)
      assert.equal(config.sms.sourceNumberArn, TEXT_MESSAGES['SmsNumberArn'])
    }
  }
})

test('the scorers are told what the parameters say', () => {
  const detector = readConfig(taskSettings({ Scorer: 'frauddetector', DetectorFeedback: 'true', DetectorName: 'mine', EventType: 'payment', EntityType: 'holder' })).scorer
  assert.deepEqual([detector.fraudDetector.detectorId, detector.fraudDetector.eventType, detector.fraudDetector.entityType], ['mine', 'payment', 'holder'])
  assert.notEqual(detector.fraudDetector.feedbackLabels, undefined)
  assert.equal(readConfig(taskSettings({ Scorer: 'frauddetector' })).scorer.fraudDetector.feedbackLabels, undefined)
  const { sageMaker } = readConfig(taskSettings(SAGEMAKER)).scorer
  assert.deepEqual([sageMaker.endpointName, sageMaker.features], ['card-fraud', ['amount', 'currency', 'hour']])
})

test('policy and pace are those of the service when the parameters say nothing, and what they say when they do', () => {
  const untold = readConfig(Object.fromEntries(Object.entries(taskSettings({})).filter(([name]) => !POLICY_SETTINGS.includes(name))))
  const config = readConfig(taskSettings({}))
  assert.deepEqual(config.policy, untold.policy)
  assert.deepEqual(config.dialer, untold.dialer)
  assert.equal(config.defaultLanguage, untold.defaultLanguage)

  const { policy, dialer, defaultLanguage } = readConfig(taskSettings({
    ...TEXT_MESSAGES,
    FraudAbove: '900',
    InvestigateAbove: '650',
    InvestigateOpensCase: 'true',
    Ladder: 'sms:0,voice:600',
    CallingWindow: '09:30-20:00',
    CaseHours: '24',
    NobodyReached: 'block',
    DefaultLanguage: 'de',
    CallsPerSecond: '4.5',
    MaxLiveCalls: '100'
  }))
  assert.deepEqual(policy, {
    ...untold.policy,
    thresholds: { fraudAbove: 900, investigateAbove: 650 },
    investigateOpensCase: true,
    ladder: [{ channel: 'sms', delayMs: 0 }, { channel: 'voice', delayMs: 600_000 }],
    callingWindow: { fromMinute: 570, toMinute: 1200 },
    caseLifeMs: 24 * 3_600_000,
    nobodyReached: 'block'
  })
  assert.equal(defaultLanguage, 'de')
  assert.equal(dialer.pacing.maxLiveCalls, 100)
  assert.equal(dialer.pacing.perSecond, 4.5)
})

test('what CloudFormation cannot see the service refuses, and a detector file finds no thresholds beside it', () => {
  for (const [given, fault] of [
    [{ FraudAbove: '800', InvestigateAbove: '801' }, /RINGFENCE_INVESTIGATE_ABOVE must not be above/],
    [{ InvestigateAbove: '861' }, /RINGFENCE_INVESTIGATE_ABOVE must not be above/],
    [{ Ladder: 'voice:0,sms:300' }, /RINGFENCE_CONNECT_SMS_NUMBER_ARN is missing/],
    [{ CallingWindow: '21:00-08:00' }, /RINGFENCE_CALLING_WINDOW must begin before/]
  ] as const) assert.throws(() => readConfig(taskSettings(given)), fault)
  assert.equal(readConfig({ ...taskSettings({}), RINGFENCE_DETECTOR: 'detector.yaml' }).detectorPath, 'detector.yaml')
})

test('what a parameter of policy and pace takes is what its setting takes', async () => {
  const { Parameters } = template
  const taken = (name: string) => EnvironmentSchema.properties[name as keyof typeof EnvironmentSchema.properties].pattern
  const withEmpty = (pattern: string | undefined) => pattern?.replace(/^\^/, '^(|').replace(/\$$/, ')$')
  assert.equal(Parameters['CallsPerSecond']?.AllowedPattern, taken('RINGFENCE_DIALER_RATE'))
  assert.equal(Parameters['Ladder']?.AllowedPattern, withEmpty(taken('RINGFENCE_LADDER')))
  assert.equal(Parameters['CallingWindow']?.AllowedPattern, withEmpty(taken('RINGFENCE_CALLING_WINDOW'))?.replace('(|(always', '(|always').replace('))$', ')$'))
  assert.equal(Parameters['NobodyReached']?.AllowedPattern, taken('RINGFENCE_NOBODY_REACHED'))
  assert.equal(Parameters['InvestigateOpensCase']?.AllowedPattern, taken('RINGFENCE_INVESTIGATE_OPENS_CASE'))
  for (const [name, setting] of [['CaseHours', 'RINGFENCE_CASE_HOURS'], ['MaxLiveCalls', 'RINGFENCE_MAX_LIVE_CALLS']] as const) {
    const pattern = new RegExp(taken(setting) ?? '$^')
    const { MinValue = 0, MaxValue = 0 } = Parameters[name] ?? {}
    for (const value of [MinValue, MaxValue]) assert.match(String(value), pattern, name)
    for (const value of [MinValue - 1, MaxValue + 1]) assert.doesNotMatch(String(value), pattern, name)
  }
  const languages = Object.keys(JSON.parse(await readFile(new URL('../../contact-flow/prompts.json', import.meta.url), 'utf8')))
  for (const language of [...languages, 'fr']) assert.equal(new RegExp(Parameters['DefaultLanguage']?.AllowedPattern ?? '$^').test(language), languages.includes(language), language)
})

test('the service ends by itself before ECS ends it', () => {
  const { Properties } = deployed(template, EVERYTHING_NEW).only('AWS::ECS::TaskDefinition')
  assert.ok(readConfig(taskSettings({})).drainMs < Properties['ContainerDefinitions'][0].StopTimeout * 1000)
})
