import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ANSWER_ATTRIBUTES, CONTACT_ATTRIBUTES } from '../../src/domain/contact-attribute-names.ts'
import { checkFlow } from '../../src/flow-language/flow-checker.ts'
import { fillFlow } from '../../src/flow-language/flow-document.ts'
import { flowContent } from '../lib/contact-flow.ts'
import { contactTemplate, idOf, INSTANCE_ARN } from './contact-stack.ts'
import { deployed } from './deployment.ts'

const template = contactTemplate()
const INSTANCE = 'AWS::Connect::Instance'
const NUMBER = 'AWS::Connect::PhoneNumber'
const FLOW = 'AWS::Connect::ContactFlow'
const BRIDGE_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:ringfence-bridge'
const FLOW_ARN = `${INSTANCE_ARN}/contact-flow/e5a9f0c4-0d5e-4c63-9d4e-3f0a7c1b2d11`
const voiceFlowId = idOf(template, 'ContactCenter', FLOW)
const returned = {
  [`${idOf(template, 'Bridge', 'AWS::Lambda::Function')}.Arn`]: BRIDGE_ARN,
  [`${voiceFlowId}.ContactFlowArn`]: FLOW_ARN
}

test('with nothing given, an instance is made that calls out and logs its flows, and a number is claimed in it', () => {
  const { only, outputs } = deployed(template, { ConnectInstanceAlias: 'example-bank' }, {
    ...returned, [`${idOf(template, 'ContactCenter', INSTANCE)}.Arn`]: INSTANCE_ARN, [`${idOf(template, 'ContactCenter', INSTANCE)}.Id`]: 'the-id', [`${idOf(template, 'ContactCenter', NUMBER)}.Address`]: '+18005550100'
  })
  assert.deepEqual(only(INSTANCE).Properties, {
    IdentityManagementType: 'CONNECT_MANAGED',
    InstanceAlias: 'example-bank',
    Attributes: { OutboundCalls: true, InboundCalls: false, ContactflowLogs: true, ContactLens: false }
  })
  assert.deepEqual(only(NUMBER).Properties, { TargetArn: INSTANCE_ARN, CountryCode: 'US', Type: 'DID', Description: 'Ringfence calls cardholders from this number' })
  assert.deepEqual([outputs['instanceId'], outputs['instanceArn'], outputs['sourcePhoneNumber']], ['the-id', INSTANCE_ARN, '+18005550100'])
})

test('the flow log of the instance is there before the instance, so that it is not kept for ever', () => {
  const { only, resources } = deployed(template, { ConnectInstanceAlias: 'example-bank', LogRetentionDays: '30' }, returned)
  const logs = idOf(template, 'ContactCenter', 'AWS::Logs::LogGroup')
  const { LogGroupName, RetentionInDays } = resources[logs]?.Properties ?? {}
  assert.deepEqual([LogGroupName, RetentionInDays], ['/aws/connect/example-bank', '30'])
  assert.deepEqual(only(INSTANCE).DependsOn, [logs])
  assert.equal(deployed(template, { ConnectInstanceArn: INSTANCE_ARN }, returned).resources[logs], undefined, 'that of an instance which is there already is its owner\'s')
})

test('an instance and a number that are given are used, and none is made', () => {
  const { all, outputs } = deployed(template, { ConnectInstanceArn: INSTANCE_ARN, SourcePhoneNumber: '+4930555000' }, returned)
  assert.deepEqual([...all(INSTANCE), ...all(NUMBER)], [])
  assert.equal(outputs['instanceId'], '1f3c7f0e-4b1d-4f0a-9a53-1c0d2e3f4a5b')
  assert.equal(outputs['instanceArn'], INSTANCE_ARN)
  assert.equal(outputs['sourcePhoneNumber'], '+4930555000')
  assert.equal(outputs['voiceFlowId'], 'e5a9f0c4-0d5e-4c63-9d4e-3f0a7c1b2d11')
})

test('neither instance nor number nor flow log ever goes with the stack, unless its first creation fails', () => {
  for (const type of [INSTANCE, NUMBER, 'AWS::Logs::LogGroup']) {
    const { DeletionPolicy, UpdateReplacePolicy } = template.Resources[idOf(template, 'ContactCenter', type)] ?? {}
    assert.deepEqual({ DeletionPolicy, UpdateReplacePolicy }, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }, type)
  }
})

test('a part of the ARN can be taken even where no ARN is given, whatever the condition chooses', () => {
  const ofInstance = JSON.stringify(template.Outputs?.['instanceId']?.Value)
  assert.match(ofInstance, /"Fn::Split":\["\/",\{"Fn::Join":\["",\[\{"Ref":"ConnectInstanceArn"\},"\/"\]\]\}\]/)
})

test('an instance that is made must be named', () => {
  const rules = (template as unknown as { Rules: Record<string, { Assertions: object[] }> }).Rules
  assert.match(JSON.stringify(rules), /ConnectInstanceAlias to name the one that is made/)
  const [assertion] = Object.entries(rules).find(([name]) => name.startsWith('ContactCenter'))?.[1].Assertions as [{ Assert: unknown }]
  const isAllowed = (given: object) => deployed({ ...template, Outputs: { rule: { Value: assertion.Assert } } }, { ConnectInstanceArn: '', ConnectInstanceAlias: '', ...given }).outputs['rule']
  assert.deepEqual([isAllowed({}), isAllowed({ ConnectInstanceAlias: 'example-bank' }), isAllowed({ ConnectInstanceArn: INSTANCE_ARN })], [false, true, true])
})

test('the published voice flow is the shipped one with the bridge in it, and has nothing to be fixed', () => {
  const { resources } = deployed(template, { ConnectInstanceArn: INSTANCE_ARN, SourcePhoneNumber: '+4930555000' }, returned)
  const { Name, Type, State, InstanceArn, Content } = resources[voiceFlowId]?.Properties ?? {}
  assert.deepEqual({ Name, Type, State, InstanceArn }, { Name: 'ringfence-card-fraud', Type: 'CONTACT_FLOW', State: 'ACTIVE', InstanceArn: INSTANCE_ARN })
  const shipped = readFileSync(new URL('../../contact-flow/card-fraud.json', import.meta.url), 'utf8')
  assert.deepEqual(JSON.parse(Content), fillFlow(shipped, { BridgeLambdaArn: BRIDGE_ARN }))
  const { channel, problems } = checkFlow(JSON.parse(Content), { isFinal: true, attributes: { sent: CONTACT_ATTRIBUTES, readLater: ANSWER_ATTRIBUTES } })
  assert.equal(channel, 'voice')
  // That the function stands in it by name is what the stack is for.
  assert.deepEqual(problems.filter(({ rule }) => rule !== 'lambda-arn-fixed'), [])
  assert.ok(Buffer.byteLength(Content) < 256_000, 'Amazon Connect takes 256,000 characters (API Reference, CreateContactFlow)')
})

test('a flow with a placeholder that nothing fills stops the synthesis', () => {
  assert.throws(() => flowContent('card-fraud-sms.json', { BridgeLambdaArn: BRIDGE_ARN }), /card-fraud-sms\.json has \$\{LexBotAliasArn\}, which nothing fills/)
})

test('the flow is published only when the instance may invoke the bridge', () => {
  const association = idOf(template, 'ContactCenter', 'AWS::Connect::IntegrationAssociation')
  assert.deepEqual(template.Resources[voiceFlowId]?.DependsOn, [association])
  const { resources } = deployed(template, { ConnectInstanceArn: INSTANCE_ARN }, returned)
  assert.deepEqual(resources[association]?.Properties, { InstanceId: INSTANCE_ARN, IntegrationType: 'LAMBDA_FUNCTION', IntegrationArn: BRIDGE_ARN })
})
