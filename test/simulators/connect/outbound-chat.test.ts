import t from 'tap'
import { DescribeContactCommand, GetContactAttributesCommand, StopContactCommand, type StartOutboundChatContactCommandInput } from '@aws-sdk/client-connect'
import type { ContactEvent } from '../../../src/simulators/connect/contact-event.ts'
import { DEFAULT_LIMITS } from '../../../src/simulators/connect/quotas.ts'
import { CARDHOLDER, INSTANCE_ID, OUR_NUMBER, startInstance, startInstanceWithBridge, TEXT_ATTRIBUTES, TEXT_NUMBER_ARN } from './simulated-instance.ts'

t.test('the genuine SDK starts a text conversation and reads its record', async t => {
  const events: ContactEvent[] = []
  const { client, text } = await startInstanceWithBridge(t, () => 'blocked', { onContactEvent: event => { events.push(event) } })
  const { contactId } = await text({ replies: ['2'] })
  const { Contact } = await client.send(new DescribeContactCommand({ InstanceId: INSTANCE_ID, ContactId: contactId }))
  t.match(Contact, {
    Id: contactId,
    Channel: 'CHAT',
    InitiationMethod: 'API',
    DisconnectReason: 'CONTACT_FLOW_DISCONNECT',
    SegmentAttributes: { 'connect:Subtype': { ValueString: 'connect:SMS' } },
    CustomerEndpoint: { Type: 'TELEPHONE_NUMBER', Address: CARDHOLDER },
    SystemEndpoint: { Type: 'TELEPHONE_NUMBER', Address: OUR_NUMBER }
  })
  t.ok(Contact?.ConnectedToSystemTimestamp instanceof Date && Contact.DisconnectTimestamp instanceof Date)
  const { Attributes } = await client.send(new GetContactAttributesCommand({ InstanceId: INSTANCE_ID, InitialContactId: contactId }))
  t.strictSame(Attributes, { ...TEXT_ATTRIBUTES, Answer: 'fraud' })
  t.strictSame(events.map(({ detail }) => [detail.eventType, detail.channel, detail.segmentAttributes]), ['INITIATED', 'CONNECTED_TO_SYSTEM', 'DISCONNECTED']
    .map(type => [type, 'CHAT', { 'connect:Subtype': { ValueString: 'connect:SMS' } }]))
})

type Changes = Partial<Record<keyof StartOutboundChatContactCommandInput, unknown>>

// What Connect refuses, and how.
const refusals: Array<[string, Changes, string, number]> = [
  ['no source', { SourceEndpoint: undefined }, 'InvalidRequestException', 400],
  ['a source of another type', { SourceEndpoint: { Type: 'TELEPHONE_NUMBER', Address: OUR_NUMBER } }, 'InvalidRequestException', 400],
  ['a source without an address', { SourceEndpoint: { Type: 'CONNECT_PHONENUMBER_ARN' } }, 'InvalidRequestException', 400],
  ['no destination', { DestinationEndpoint: undefined }, 'InvalidRequestException', 400],
  ['a destination of another type', { DestinationEndpoint: { Type: 'EMAIL_ADDRESS', Address: 'a@example.org' } }, 'InvalidRequestException', 400],
  ['a destination without a plus', { DestinationEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '4915112345678' } }, 'InvalidRequestException', 400],
  ['no segment attributes', { SegmentAttributes: undefined }, 'InvalidRequestException', 400],
  ['no subtype', { SegmentAttributes: {} }, 'InvalidRequestException', 400],
  ['an unknown subtype', { SegmentAttributes: { 'connect:Subtype': { ValueString: 'connect:Pigeon' } } }, 'InvalidRequestException', 400],
  ['a subtype that the number has not', { SegmentAttributes: { 'connect:Subtype': { ValueString: 'connect:WhatsApp' } } }, 'InvalidRequestException', 400],
  ['a conversation too short', { ChatDurationInMinutes: 59 }, 'InvalidRequestException', 400],
  ['a conversation too long', { ChatDurationInMinutes: 10_081 }, 'InvalidRequestException', 400],
  ['a duration that is no whole number', { ChatDurationInMinutes: 60.5 }, 'InvalidRequestException', 400],
  ['no flow', { ContactFlowId: undefined }, 'InvalidRequestException', 400],
  ['an instance id too long', { InstanceId: 'i'.repeat(101) }, 'InvalidRequestException', 400],
  ['a token too long', { ClientToken: 't'.repeat(501) }, 'InvalidRequestException', 400],
  ['an attribute name with a space', { Attributes: { 'a b': 'c' } }, 'InvalidRequestException', 400],
  ['attributes of one byte too much', { Attributes: { ab: 'ü'.repeat(16_383) + 'x' } }, 'InvalidRequestException', 400],
  ['an attribute that is no text', { Attributes: { a: 1 } }, 'InvalidRequestException', 400],
  ['a first message without text', { InitialSystemMessage: { ContentType: 'text/plain', Content: '' } }, 'InvalidRequestException', 400],
  ['a first message with markup', { InitialSystemMessage: { ContentType: 'text/markdown', Content: '*a*' } }, 'InvalidRequestException', 400],
  ['a name of the participant too long', { ParticipantDetails: { DisplayName: 'n'.repeat(257) } }, 'InvalidRequestException', 400],
  ['content types without plain text', { SupportedMessagingContentTypes: ['text/markdown'] }, 'InvalidRequestException', 400],
  ['an unknown instance', { InstanceId: 'other' }, 'ResourceNotFoundException', 404],
  ['an unknown flow', { ContactFlowId: 'other' }, 'ResourceNotFoundException', 404],
  ['an unknown number', { SourceEndpoint: { Type: 'CONNECT_PHONENUMBER_ARN', Address: `${TEXT_NUMBER_ARN}0` } }, 'ResourceNotFoundException', 404],
  ['an unknown related contact', { RelatedContactId: 'other' }, 'ResourceNotFoundException', 404]
]

t.test('StartOutboundChatContact refuses', async t => {
  const { startText, simulator, clock } = await startInstance(t)
  clock.hold()
  for (const [name, changes, errorName, status] of refusals) {
    await t.rejects(startText(changes as Partial<StartOutboundChatContactCommandInput>), { name: errorName, $metadata: { httpStatusCode: status } }, name)
  }
  for (const [name, changes] of [
    ['exactly 32768 bytes', { Attributes: { ab: 'ü'.repeat(16_383) } }], ['the longest', { ChatDurationInMinutes: 10_080 }], ['the shortest', { ChatDurationInMinutes: 60 }]
  ] as const) await t.resolves(startText(changes), name)
  t.equal(simulator.contacts().length, 3)
})

t.test('faults on demand come in Connect\'s own shapes', async t => {
  const { startText, simulator, clock } = await startInstance(t)
  clock.hold()
  for (const [fault, name, status] of [
    ['throttle', 'TooManyRequestsException', 429], ['limit_exceeded', 'LimitExceededException', 429], ['conflict', 'ConflictException', 409], ['500', 'InternalServiceException', 500]
  ] as const) {
    simulator.setFault({ fault, operation: 'StartOutboundChatContact' })
    await t.rejects(startText(), { name, $metadata: { httpStatusCode: status } })
  }
  simulator.setFault({ fault: '500', operation: 'StartOutboundVoiceContact' })
  await t.resolves(startText())
})

t.test('the same ClientToken starts one conversation in seven days; with other parameters it is a conflict', async t => {
  const { clock, text, startText, dial, simulator } = await startInstanceWithBridge(t, () => 'blocked')
  const { contactId } = await text({ replies: ['2'] }, { ClientToken: 'attempt-1' })
  t.equal(await startText({ ClientToken: 'attempt-1' }), contactId)
  await t.rejects(startText({ ClientToken: 'attempt-1', ChatDurationInMinutes: 61 }), { name: 'ConflictException' })
  await t.rejects(dial({ ClientToken: 'attempt-1' }), { name: 'InvalidRequestException' })
  clock.advance(6.9 * 24 * 3600 * 1000)
  t.equal(await startText({ ClientToken: 'attempt-1' }), contactId)
  clock.advance(0.2 * 24 * 3600 * 1000)
  t.not(await startText({ ClientToken: 'attempt-1' }), contactId)
  t.equal(simulator.contacts().length, 2)
})

t.test('text conversations have quotas of their own: 2 a second with a burst of 5, and so many at once', async t => {
  const { clock, startText, dial } = await startInstance(t, { limits: { ...DEFAULT_LIMITS, maxActiveChats: 6 } })
  clock.hold()
  for (let n = 0; n < 5; n++) await startText()
  await t.rejects(startText(), { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } })
  await dial()
  clock.advance(1000)
  await startText()
  await t.rejects(startText(), { name: 'LimitExceededException', $metadata: { httpStatusCode: 429 } })
  await dial()
  t.equal(DEFAULT_LIMITS.maxActiveChats, 500)
})

t.test('StopContact ends a conversation under way once', async t => {
  const { client, clock, startText, simulator } = await startInstance(t)
  clock.hold()
  const ContactId = await startText()
  await client.send(new StopContactCommand({ InstanceId: INSTANCE_ID, ContactId }))
  t.match(await simulator.settledContact(ContactId), { state: 'ended', disconnectReason: 'API' })
  await t.rejects(client.send(new StopContactCommand({ InstanceId: INSTANCE_ID, ContactId })), { name: 'ContactNotFoundException', $metadata: { httpStatusCode: 410 } })
})

t.test('a first message goes out before the flow\'s own', async t => {
  const { text } = await startInstance(t)
  const contact = await text({}, { InitialSystemMessage: { ContentType: 'text/plain', Content: 'Hello.' } })
  t.strictSame(contact.transcript.filter(({ who }) => who === 'system').map(({ text }) => text), ['Hello.', TEXT_ATTRIBUTES.PromptQuestion])
})
