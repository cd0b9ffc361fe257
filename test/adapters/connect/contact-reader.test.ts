import { UpdateContactAttributesCommand } from '@aws-sdk/client-connect'
import t, { type Test } from 'tap'
import { createConnectClient } from '../../../src/adapters/aws/clients.ts'
import { createConnectContactReader } from '../../../src/adapters/connect/contact-reader.ts'
import { createConnectVoiceCaller } from '../../../src/adapters/connect/voice-caller.ts'
import type { InjectedFault } from '../../../src/simulators/connect/fault-injection.ts'
import { createWorld, KEY_HEADERS, postTransaction, transactionBody } from '../../world.ts'
import { CARDHOLDER, FLOW_ID, INSTANCE_ID, OUR_NUMBER, startInstance, startInstanceWithBridge } from '../../simulators/connect/simulated-instance.ts'

function readerTo (t: Test, endpoint: string, { timeoutMs = 5_000, instanceId = INSTANCE_ID, nowMs = () => 0 }: { timeoutMs?: number, instanceId?: string, nowMs?: () => number } = {}) {
  const client = createConnectClient(timeoutMs, { endpoint })
  t.teardown(() => { client.destroy() })
  return createConnectContactReader({ client, instanceId, timeoutMs, nowMs })
}

t.test('describe: a contact that is over tells when, why, and what the flow kept', async (t) => {
  const { endpoint, call } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'answer', keys: ['2'] })
  t.same(await readerTo(t, endpoint).describe(contact.contactId), {
    kind: 'found', connectedAtMs: Date.parse(contact.connectedAt ?? ''), endedAtMs: Date.parse(contact.endedAt ?? ''), disconnectReason: 'CONTACT_FLOW_DISCONNECT', answeringMachine: null, answer: 'fraud', optOut: [], heard: 'nothing'
  })
})

t.test('describe: an answer outlives a bridge that failed', async (t) => {
  const { endpoint, call } = await startInstanceWithBridge(t, () => ({ status: 503 }))
  const contact = await call({ behaviour: 'answer', keys: ['1'] })
  t.match(await readerTo(t, endpoint).describe(contact.contactId), { kind: 'found', answer: 'genuine' })
})

t.test('describe: a contact that nobody picked up was connected never', async (t) => {
  const { endpoint, call } = await startInstance(t)
  const contact = await call({ behaviour: 'busy' })
  t.match(await readerTo(t, endpoint).describe(contact.contactId), { kind: 'found', connectedAtMs: null, endedAtMs: Date.parse(contact.endedAt ?? ''), disconnectReason: 'TELECOM_BUSY', answer: null })
})

t.test('describe: a contact under way has no end', async (t) => {
  const { endpoint, clock, dial } = await startInstance(t)
  clock.hold()
  t.match(await readerTo(t, endpoint).describe(await dial()), { kind: 'found', connectedAtMs: null, endedAtMs: null, disconnectReason: null, answer: null, heard: null })
})

t.test("describe: attributes are read as the flow's own words only", async (t) => {
  const { endpoint, client, call } = await startInstance(t)
  const { contactId } = await call({ behaviour: 'busy' })
  const change = async (Attributes: Record<string, string>) => await client.send(new UpdateContactAttributesCommand({ InstanceId: INSTANCE_ID, InitialContactId: contactId, Attributes }))
  const reader = readerTo(t, endpoint)
  for (const [Answer, answer] of [['fraud', 'fraud'], ['genuine', 'genuine'], ['none', null], ['Fraud', null], ['', null]] as const) {
    await change({ Answer })
    t.match(await reader.describe(contactId), { kind: 'found', answer }, Answer)
  }
  for (const [OptOut, optOut] of [['voice', ['voice']], ['sms,voice', ['voice', 'sms']], ['voicemail', []], ['', []]] as const) {
    await change({ OptOut })
    t.match(await reader.describe(contactId), { kind: 'found', optOut }, OptOut)
  }
  for (const [Heard, heard] of [['nothing', 'nothing'], ['key', 'key'], ['music', null]] as const) {
    await change({ Heard })
    t.match(await reader.describe(contactId), { kind: 'found', heard }, Heard)
  }
})

/** What the case sees of an attempt whose contact is over, after the dialer asked once. */
const HELD = { status: 'submitted', outcome: null }
const BY_EVENTS = { status: 'ended', outcome: 'no_input' }

/** Each error of DescribeContact, those of any AWS service, and those of the way there: what the reader tells, and what the case sees. */
const ERRORS: Array<{ fault: InjectedFault['fault'], report: object, attempt: object }> = [
  { fault: 'ResourceNotFoundException', report: { kind: 'not_found', why: 'ResourceNotFoundException' }, attempt: BY_EVENTS },
  ...([
    'InvalidRequestException', 'InvalidParameterException', 'AccessDeniedException', 'LimitExceededException',
    'InternalServiceException', 'ServiceUnavailableException', 'SomethingNewException',
    'UnrecognizedClientException', 'InvalidSignatureException', 'ExpiredTokenException', 'MissingAuthenticationTokenException'
  ] as const).map((fault) => ({ fault, report: { kind: 'failed', why: fault }, attempt: HELD })),
  ...(['ThrottlingException', 'TooManyRequestsException'] as const).map((fault) => ({ fault, report: { kind: 'not_asked', why: fault }, attempt: HELD })),
  { fault: 'html', report: { kind: 'failed', why: 'SyntaxError' }, attempt: HELD },
  { fault: 'bad_gateway', report: { kind: 'failed' }, attempt: HELD },
  { fault: 'reset', report: { kind: 'failed' }, attempt: HELD },
  { fault: 'hang', report: { kind: 'failed' }, attempt: HELD }
]

t.test('describe: each error is asked about once, and tells whether asking again can help', async (t) => {
  const { endpoint, simulator, call } = await startInstance(t)
  const { contactId } = await call({ behaviour: 'busy' })
  for (const { fault, report } of ERRORS) {
    simulator.setFault({ fault, calls: 9, operation: 'DescribeContact' })
    t.match(await readerTo(t, endpoint, fault === 'hang' ? { timeoutMs: 100 } : {}).describe(contactId), report, fault)
    const { callsLeft } = await (await fetch(`${endpoint}/_simulator/faults`)).json() as { callsLeft: number }
    t.equal(callsLeft, 8, `${fault}: the SDK does not try again by itself`)
  }
})

t.test('describe: each error leaves the attempt to the next look, or to what the events told', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const client = createConnectClient(5_000, { endpoint })
  const world = await createWorld()
  t.teardown(async () => { client.destroy(); await world.close() })
  const caller = createConnectVoiceCaller({ client, instanceId: INSTANCE_ID, contactFlowId: FLOW_ID, sourcePhoneNumber: OUR_NUMBER, timeoutMs: 5_000 })
  world.line.next = (request) => caller.start(request)
  world.scorer.next = 987
  simulator.setPhone(CARDHOLDER, { behaviour: 'hang_up' })
  for (const [index, { fault, attempt }] of ERRORS.entries()) {
    const reader = readerTo(t, endpoint, fault === 'hang' ? { timeoutMs: 100 } : {})
    world.reader.next = (contactId) => reader.describe(contactId)
    const customerId = `customer-${index}`
    const number = `5555000000${String(index).padStart(6, '0')}`
    await world.app.inject({ method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload: { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: CARDHOLDER, timeZone: 'Europe/Berlin', cards: [{ number }] } })
    const { case: { id } } = (await postTransaction(world.app, transactionBody(`tx-${index}`, { customerId, card: { number } }))).json<{ case: { id: string } }>()
    await world.dial()
    const contactId = (await world.store.cases.get(id))?.attempts[0]?.contactId ?? ''
    await simulator.settledContact(contactId)
    const posted = await world.app.inject({
      method: 'POST',
      url: '/v1/connect/events',
      headers: KEY_HEADERS,
      payload: { id: `event-${index}`, source: 'aws.connect', detail: { eventType: 'DISCONNECTED', contactId, connectedToSystemTimestamp: '2026-11-22T10:00:05.000Z' } }
    })
    t.equal(posted.statusCode, 202)
    simulator.setFault({ fault, operation: 'DescribeContact' })
    await world.dial()
    const question = await world.store.cases.get(id)
    t.match(question?.attempts[0], attempt, fault)
    t.equal(question?.status, 'open')
    t.equal(question?.attempts.length, attempt === HELD ? 1 : 2)
    await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  }
})

t.test('describe: after a call without a reply nobody is asked for two seconds, so that many contacts make no queue of deadlines', async (t) => {
  const { endpoint, simulator, call } = await startInstance(t)
  const { contactId } = await call({ behaviour: 'busy' })
  const clock = { nowMs: 1_000 }
  const reader = readerTo(t, endpoint, { timeoutMs: 100, nowMs: () => clock.nowMs })
  simulator.setFault({ fault: 'hang', calls: 9 })
  t.match(await reader.describe(contactId), { kind: 'failed' })
  simulator.setFault({ fault: 'none' })
  clock.nowMs = 2_999
  t.same(await reader.describe(contactId), { kind: 'not_asked', why: 'it did not reply a moment ago' })
  clock.nowMs = 3_000
  t.match(await reader.describe(contactId), { kind: 'found' })
  simulator.setFault({ fault: 'throttle' })
  t.match(await reader.describe(contactId), { kind: 'not_asked', why: 'TooManyRequestsException' })
  t.match(await reader.describe(contactId), { kind: 'found' }, 'a refusal is a reply')
})

t.test('describe: a clock that is set back does not prolong the pause', async (t) => {
  const { endpoint, simulator, call } = await startInstance(t)
  const { contactId } = await call({ behaviour: 'busy' })
  const clock = { nowMs: 3_600_000 }
  const reader = readerTo(t, endpoint, { nowMs: () => clock.nowMs })
  simulator.setFault({ fault: 'reset' })
  t.match(await reader.describe(contactId), { kind: 'failed' })
  t.match(await reader.describe(contactId), { kind: 'not_asked' })
  clock.nowMs = 0
  t.match(await reader.describe(contactId), { kind: 'found' })
})

t.test('describe: another instance, or a contact that is not there, is not found', async (t) => {
  const { endpoint, call } = await startInstance(t)
  const { contactId } = await call({ behaviour: 'busy' })
  t.same(await readerTo(t, endpoint).describe('nobody'), { kind: 'not_found', why: 'ResourceNotFoundException' })
  t.same(await readerTo(t, endpoint, { instanceId: 'another' }).describe(contactId), { kind: 'not_found', why: 'ResourceNotFoundException' })
})
