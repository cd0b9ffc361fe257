import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createConnectClient } from '../../../src/adapters/aws-clients.ts'
import { createConnectVoiceCaller } from '../../../src/adapters/connect/voice-caller.ts'
import type { ContactRequest } from '../../../src/ports.ts'
import type { InjectedFault } from '../../../src/simulators/connect/fault-injection.ts'
import { createWorld, KEY_HEADERS, postTransaction, transactionBody } from '../../world.ts'
import { ATTRIBUTES, CARDHOLDER, FLOW_ID, INSTANCE_ID, OUR_NUMBER, startInstance } from '../../simulators/connect/simulated-instance.ts'

const REQUEST: ContactRequest = { clientToken: 'ringfence-attempt_1', phoneNumber: CARDHOLDER, attributes: ATTRIBUTES, ringMs: 45_000 }

function callerTo (t: Test, endpoint: string, { timeoutMs = 5_000, ...change }: { timeoutMs?: number, contactFlowId?: string, sourcePhoneNumber?: string } = {}) {
  const client = createConnectClient(timeoutMs, { endpoint })
  t.teardown(() => { client.destroy() })
  return createConnectVoiceCaller({ client, instanceId: INSTANCE_ID, contactFlowId: FLOW_ID, sourcePhoneNumber: OUR_NUMBER, timeoutMs, ...change })
}

t.test('start: the call that was asked for goes out, and its contact is told', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const result = await callerTo(t, endpoint).start(REQUEST)
  const [contact] = simulator.contacts()
  t.same(result, { kind: 'submitted', contactId: contact?.contactId })
  t.match(contact, { clientToken: REQUEST.clientToken, destination: CARDHOLDER, source: OUR_NUMBER, attributes: ATTRIBUTES })
})

t.test('start: the same token finds the call that it started', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const caller = callerTo(t, endpoint)
  t.same(await caller.start(REQUEST), await caller.start(REQUEST))
  t.equal(simulator.contacts().length, 1)
})

t.test('start: a reply that was lost after the call went out is unknown, and asking again finds the call', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const caller = callerTo(t, endpoint)
  simulator.setFault({ fault: 'drop_reply_after_start' })
  t.match(await caller.start(REQUEST), { kind: 'unknown' })
  t.same(await caller.start(REQUEST), { kind: 'submitted', contactId: simulator.contacts()[0]?.contactId })
  t.equal(simulator.contacts().length, 1)
})

/** What the case sees of its first attempt after one pass of the dialer. */
const NEVER = { status: 'ended', outcome: 'rejected' }
const LATER = { status: 'due', outcome: null }
const WHO_KNOWS = { status: 'submission_unknown', outcome: null }

/** Each error of StartOutboundVoiceContact, those of any AWS service, and those of the way there: what the caller tells, and what the case sees. */
const ERRORS: Array<{ fault: InjectedFault['fault'], result: object, attempt: object }> = [
  ...(['InvalidRequestException', 'InvalidParameterException', 'DestinationNotAllowedException', 'OutboundContactNotPermittedException'] as const)
    .map((fault) => ({ fault, result: { kind: 'refused', outcome: 'rejected', why: fault }, attempt: NEVER })),
  ...([
    'ResourceNotFoundException', 'AccessDeniedException', 'LimitExceededException', 'ThrottlingException', 'TooManyRequestsException',
    'UnrecognizedClientException', 'InvalidSignatureException', 'ExpiredTokenException', 'MissingAuthenticationTokenException'
  ] as const).map((fault) => ({ fault, result: { kind: 'not_now', why: fault }, attempt: LATER })),
  ...(['InternalServiceException', 'ServiceUnavailableException', 'SomethingNewException'] as const)
    .map((fault) => ({ fault, result: { kind: 'unknown', why: fault }, attempt: WHO_KNOWS })),
  { fault: 'html', result: { kind: 'unknown', why: 'SyntaxError' }, attempt: WHO_KNOWS },
  { fault: 'bad_gateway', result: { kind: 'unknown' }, attempt: WHO_KNOWS },
  { fault: 'reset', result: { kind: 'unknown' }, attempt: WHO_KNOWS },
  { fault: 'hang', result: { kind: 'unknown' }, attempt: WHO_KNOWS }
]

t.test('start: each error is met once, and becomes what is known of the call', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  for (const { fault, result } of ERRORS) {
    simulator.setFault({ fault, calls: 9, operation: 'StartOutboundVoiceContact' })
    const caller = callerTo(t, endpoint, fault === 'hang' ? { timeoutMs: 100 } : {})
    t.match(await caller.start({ ...REQUEST, clientToken: `token-${fault}` }), result, fault)
    const { callsLeft } = await (await fetch(`${endpoint}/_simulator/faults`)).json() as { callsLeft: number }
    t.equal(callsLeft, 8, `${fault}: the SDK does not try again by itself`)
  }
  t.equal(simulator.contacts().length, 0)
})

t.test('start: each error ends the attempt, puts it off, or leaves it to be reconciled', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const world = await createWorld()
  t.teardown(world.close)
  world.scorer.next = 987
  for (const [index, { fault, attempt }] of ERRORS.entries()) {
    const caller = callerTo(t, endpoint, fault === 'hang' ? { timeoutMs: 100 } : {})
    world.line.next = (request) => caller.start(request)
    simulator.setFault({ fault })
    const customerId = `customer-${index}`
    const number = `5555000000${String(index).padStart(6, '0')}`
    await world.app.inject({ method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload: { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: CARDHOLDER, timeZone: 'Europe/Berlin', cards: [{ number }] } })
    const { case: { id } } = (await postTransaction(world.app, transactionBody(`tx-${index}`, { customerId, card: { number } }))).json<{ case: { id: string } }>()
    await world.dial()
    const question = await world.store.cases.get(id)
    t.match(question?.attempts[0], attempt, fault)
    t.equal(question?.status, 'open')
    t.equal(question?.attempts.length, attempt === NEVER ? 2 : 1, `${fault}: only what never will be lets the ladder go on`)
    await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  }
  t.equal(simulator.contacts().length, 0)
})

t.test('start: a destination that is not allowed is refused for good', async (t) => {
  const { endpoint } = await startInstance(t, { destinationPrefixes: ['+1'] })
  t.same(await callerTo(t, endpoint).start(REQUEST), { kind: 'refused', outcome: 'rejected', why: 'DestinationNotAllowedException' })
})

t.test('start: a flow that is not there may be there later', async (t) => {
  const { endpoint } = await startInstance(t)
  t.same(await callerTo(t, endpoint, { contactFlowId: 'no-such-flow' }).start(REQUEST), { kind: 'not_now', why: 'ResourceNotFoundException' })
})

t.test('start: nobody listening means that certainly nobody was called', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => { server.close(resolve) })
  t.same(await callerTo(t, `http://127.0.0.1:${port}`).start(REQUEST), { kind: 'not_now', why: 'ECONNREFUSED' })
})

t.test('start: what it tells of a failure holds no phone number', async (t) => {
  const { endpoint } = await startInstance(t)
  const result = await callerTo(t, endpoint).start({ ...REQUEST, phoneNumber: '+0' })
  t.match(result, { kind: 'refused' })
  t.notMatch(JSON.stringify(result), '+0')
})
