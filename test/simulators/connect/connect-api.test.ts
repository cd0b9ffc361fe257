import t from 'tap'
import {
  ConnectClient, DescribeContactCommand, GetContactAttributesCommand, StartOutboundVoiceContactCommand, StopContactCommand, UpdateContactAttributesCommand,
  type StartOutboundVoiceContactCommandInput
} from '@aws-sdk/client-connect'
import { DEFAULT_LIMITS } from '../../../src/simulators/connect/quotas.ts'
import { ATTRIBUTES, CARDHOLDER, FLOW_ID, INSTANCE_ID, OUR_NUMBER, startInstance, startInstanceWithBridge } from './simulated-instance.ts'

const BASE = { InstanceId: INSTANCE_ID, ContactFlowId: FLOW_ID, DestinationPhoneNumber: CARDHOLDER, SourcePhoneNumber: OUR_NUMBER }

t.test('the genuine SDK starts a call and reads its record', async t => {
  const { client, call } = await startInstanceWithBridge(t, () => 'blocked')
  const { contactId } = await call({ behaviour: 'answer', keys: ['2'] }, { Name: 'card fraud', RingTimeoutInSeconds: 30 })
  const { Contact, $metadata } = await client.send(new DescribeContactCommand({ InstanceId: INSTANCE_ID, ContactId: contactId }))
  t.match($metadata.requestId, /^[0-9a-f-]{36}$/)
  t.match(Contact, {
    Id: contactId,
    Arn: new RegExp(`^arn:aws:connect:eu-central-1:123456789012:instance/${INSTANCE_ID}/contact/`),
    Channel: 'VOICE',
    InitiationMethod: 'API',
    Name: 'card fraud',
    DisconnectReason: 'CONTACT_FLOW_DISCONNECT',
    CustomerEndpoint: { Type: 'TELEPHONE_NUMBER', Address: CARDHOLDER },
    SystemEndpoint: { Type: 'TELEPHONE_NUMBER', Address: OUR_NUMBER }
  })
  t.ok(Contact?.InitiationTimestamp instanceof Date && Contact.ConnectedToSystemTimestamp instanceof Date && Contact.DisconnectTimestamp instanceof Date)
  t.ok(Number(Contact?.DisconnectTimestamp) > Number(Contact?.ConnectedToSystemTimestamp))
  const { Attributes } = await client.send(new GetContactAttributesCommand({ InstanceId: INSTANCE_ID, InitialContactId: contactId }))
  t.strictSame(Attributes, { ...ATTRIBUTES, Heard: 'nothing', Answer: 'fraud' })
})

t.test('attributes can be changed after a call, within the same limits', async t => {
  const { client, call } = await startInstanceWithBridge(t, () => 'active')
  const { contactId } = await call({ behaviour: 'answer', keys: ['1'] })
  const update = (Attributes: Record<string, string>) => client.send(new UpdateContactAttributesCommand({ InstanceId: INSTANCE_ID, InitialContactId: contactId, Attributes }))
  await update({ Seen: 'yes' })
  const { Attributes } = await client.send(new GetContactAttributesCommand({ InstanceId: INSTANCE_ID, InitialContactId: contactId }))
  t.match(Attributes, { Seen: 'yes', CardNo: '8788' })
  await t.rejects(update({ Big: 'x'.repeat(32_768) }), { name: 'InvalidRequestException' })
})

t.test('StopContact ends a call under way once', async t => {
  const { client, clock, dial, simulator } = await startInstance(t)
  clock.hold()
  const ContactId = await dial()
  await client.send(new StopContactCommand({ InstanceId: INSTANCE_ID, ContactId }))
  t.match(await simulator.settledContact(ContactId), { state: 'ended', disconnectReason: 'OTHER', connectedAt: null })
  await t.rejects(client.send(new StopContactCommand({ InstanceId: INSTANCE_ID, ContactId })), { name: 'ContactNotFoundException', $metadata: { httpStatusCode: 410 } })
})

// What Connect refuses, and how.
const refusals: Array<[string, Partial<StartOutboundVoiceContactCommandInput>, string, number]> = [
  ['a number without a plus', { DestinationPhoneNumber: '4915112345678' }, 'InvalidParameterException', 400],
  ['a number beginning with 0', { DestinationPhoneNumber: '+04915112345678' }, 'InvalidParameterException', 400],
  ['a number too long', { DestinationPhoneNumber: '+1234567890123456' }, 'InvalidParameterException', 400],
  ['no number', { DestinationPhoneNumber: '' }, 'InvalidRequestException', 400],
  ['neither source nor queue', { SourcePhoneNumber: undefined }, 'InvalidRequestException', 400],
  ['a ring time too short', { RingTimeoutInSeconds: 14 }, 'InvalidParameterException', 400],
  ['a ring time too long', { RingTimeoutInSeconds: 61 }, 'InvalidParameterException', 400],
  ['an instance id too long', { InstanceId: 'i'.repeat(101) }, 'InvalidParameterException', 400],
  ['a token too long', { ClientToken: 't'.repeat(501) }, 'InvalidParameterException', 400],
  ['an attribute name with a space', { Attributes: { 'a b': 'c' } }, 'InvalidRequestException', 400],
  ['attributes of one byte too much', { Attributes: { ab: 'ü'.repeat(16_383) + 'x' } }, 'InvalidRequestException', 400],
  ['answering machine detection in general traffic', { AnswerMachineDetectionConfig: { EnableAnswerMachineDetection: true } }, 'InvalidRequestException', 400],
  ['an unknown instance', { InstanceId: 'other' }, 'ResourceNotFoundException', 404],
  ['an unknown flow', { ContactFlowId: 'other' }, 'ResourceNotFoundException', 404],
  ['an unknown source number', { SourcePhoneNumber: '+4930999' }, 'ResourceNotFoundException', 404],
  ['an unknown queue', { SourcePhoneNumber: undefined, QueueId: 'other' }, 'ResourceNotFoundException', 404],
  ['an unknown related contact', { RelatedContactId: 'other' }, 'ResourceNotFoundException', 404],
  ['a country that is not allowed', { DestinationPhoneNumber: '+442079460000' }, 'DestinationNotAllowedException', 403],
  ['campaign traffic, whose quota is 0', { TrafficType: 'CAMPAIGN' }, 'LimitExceededException', 429]
]

t.test('StartOutboundVoiceContact refuses', async t => {
  const { dial, simulator } = await startInstance(t, { destinationPrefixes: ['+49'] })
  for (const [name, changes, errorName, status] of refusals) {
    await t.rejects(dial(changes), { name: errorName, $metadata: { httpStatusCode: status } }, name)
  }
  await t.resolves(dial({ Attributes: { ab: 'ü'.repeat(16_383) } }), 'exactly 32768 bytes pass')
  t.equal(simulator.contacts().length, 1)
})

t.test('the same ClientToken starts one call, also after it has ended, for seven days', async t => {
  const { clock, call, dial, simulator } = await startInstanceWithBridge(t, () => 'blocked')
  const { contactId, clientToken } = await call({ behaviour: 'answer', keys: ['2'] }, { ClientToken: 'attempt-1' })
  t.equal(clientToken, 'attempt-1')
  t.equal(await dial({ ClientToken: 'attempt-1' }), contactId)
  await t.rejects(dial({ ClientToken: 'attempt-1', Attributes: { ...ATTRIBUTES, CardNo: '0000' } }), { name: 'InvalidRequestException' })
  clock.advance(6.9 * 24 * 3600 * 1000)
  t.equal(await dial({ ClientToken: 'attempt-1' }), contactId)
  clock.advance(0.2 * 24 * 3600 * 1000)
  t.not(await dial({ ClientToken: 'attempt-1' }), contactId)
  t.equal(simulator.contacts().length, 2)
})

t.test('a related contact lends its attributes', async t => {
  const { dial, simulator, call } = await startInstanceWithBridge(t, () => 'active')
  const first = await call({ behaviour: 'silence' })
  const contactId = await dial({ RelatedContactId: first.contactId, Attributes: { CardNo: '1111' } })
  t.match((await simulator.settledContact(contactId)).attributes, { Name: 'Ada Lovelace', CardNo: '1111' })
})

t.test('the quotas of a new instance hold: burst of 5, then 2 a second, and 10 calls at once', async t => {
  const { clock, dial } = await startInstance(t, { limits: DEFAULT_LIMITS })
  clock.hold()
  for (let n = 0; n < 5; n++) await dial()
  await t.rejects(dial(), { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } })
  clock.advance(1000)
  await dial()
  await dial()
  await t.rejects(dial(), { name: 'TooManyRequestsException' })
  clock.advance(5000)
  for (let n = 0; n < 3; n++) await dial()
  await t.rejects(dial(), { name: 'LimitExceededException', $metadata: { httpStatusCode: 429 } })
})

t.test('a request must look signed, for this service and region', async t => {
  const { endpoint } = await startInstance(t)
  const sent = (authorization: string | undefined, date = '20261122T100000Z') => fetch(`${endpoint}/contact/outbound-voice`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-amz-date': date, ...authorization === undefined ? {} : { authorization } },
    body: JSON.stringify({ ...BASE })
  })
  const shape = (scope: string, headers = 'host;x-amz-date') => `AWS4-HMAC-SHA256 Credential=AKIA/20261122/${scope}/aws4_request, SignedHeaders=${headers}, Signature=${'0'.repeat(64)}`
  for (const [authorization, type] of [
    [undefined, 'MissingAuthenticationTokenException'],
    ['Bearer rf_local', 'IncompleteSignatureException'],
    [shape('eu-central-1/s3'), 'InvalidSignatureException'],
    [shape('us-east-1/connect'), 'InvalidSignatureException'],
    [shape('eu-central-1/connect', 'x-amz-date'), 'InvalidSignatureException']
  ] as const) {
    const response = await sent(authorization)
    t.equal(response.status, 403)
    t.equal(response.headers.get('x-amzn-errortype'), type)
    t.match(await response.json(), { Message: String })
  }
  t.equal((await sent(shape('eu-central-1/connect'), '20260101T000000Z')).status, 403)
  const good = await sent(shape('eu-central-1/connect'))
  t.equal(good.status, 200)
  t.match(good.headers.get('x-amzn-requestid'), /^[0-9a-f-]{36}$/)
  const malformed = await fetch(`${endpoint}/contact/outbound-voice`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{' })
  t.equal(malformed.headers.get('x-amzn-errortype'), 'SerializationException')
  t.equal((await fetch(`${endpoint}/unknown`)).headers.get('x-amzn-errortype'), 'UnknownOperationException')
})

t.test('injected faults reach the SDK as the errors it knows', async t => {
  const { client, dial, simulator } = await startInstance(t)
  for (const [fault, name] of [
    ['throttle', 'TooManyRequestsException'], ['limit_exceeded', 'LimitExceededException'], ['500', 'InternalServiceException'], ['html', 'SyntaxError']
  ] as const) {
    simulator.setFault({ fault })
    await t.rejects(dial(), { name })
  }
  simulator.setFault({ fault: 'reset' })
  await t.rejects(dial(), { code: 'ECONNRESET' })
  simulator.setFault({ fault: 'hang' })
  await t.rejects(client.send(new StartOutboundVoiceContactCommand(BASE), { abortSignal: AbortSignal.timeout(50) }), { name: 'AbortError' })
  t.equal(simulator.contacts().length, 0)
  simulator.setFault({ fault: '500', calls: 2, operation: 'DescribeContact' })
  await t.resolves(dial())
})

t.test('a reply dropped after the start: the call goes out once, and the SDK\'s retry gets the same contact', async t => {
  const { endpoint, simulator } = await startInstance(t)
  const client = new ConnectClient({ region: 'eu-central-1', endpoint, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' } })
  t.teardown(() => client.destroy())
  simulator.setFault({ fault: 'drop_reply_after_start' })
  const { ContactId, $metadata } = await client.send(new StartOutboundVoiceContactCommand(BASE))
  t.equal($metadata.attempts, 2)
  t.strictSame(simulator.contacts().map(contact => contact.contactId), [ContactId])
})
