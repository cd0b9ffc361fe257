import t, { type Test } from 'tap'
import { createFraudDetectorClient } from '../../../src/adapters/aws/clients.ts'
import { createFraudDetectorFeedback } from '../../../src/adapters/scorers/frauddetector-feedback.ts'
import type { TransactionLabel } from '../../../src/ports.ts'
import type { InjectedFault } from '../../../src/simulators/fraud-detector/fault-injection.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody } from '../../world.ts'
import { SEED, startAccount } from '../../simulators/fraud-detector/simulated-account.ts'

const AT_MS = Date.parse('2026-11-22T10:05:00.250Z')

function feedbackTo (t: Test, endpoint: string, { timeoutMs = 5_000, ...change }: { timeoutMs?: number, nowMs?: () => number, eventTypeName?: string, labels?: { fraud: string, genuine: string } } = {}) {
  const client = createFraudDetectorClient(timeoutMs, { endpoint, region: 'eu-west-1' })
  t.teardown(() => { client.destroy() })
  return createFraudDetectorFeedback({ client, eventTypeName: 'card_tx', labels: { fraud: 'fraud', genuine: 'legit' }, timeoutMs, nowMs: () => 0, ...change })
}

async function startScored (t: Test, keepsEvents = true) {
  const account = await startAccount(t)
  account.simulator.seedDetector({ ...SEED, keepsEvents })
  await account.predict()
  return account
}

t.test('label: the stored event gets the label of the answer, in UTC; the same again changes nothing', async (t) => {
  const { endpoint, simulator } = await startScored(t)
  const feedback = feedbackTo(t, endpoint)
  for (const [answer, currentLabel] of [['fraud', 'fraud'], ['genuine', 'legit'], ['genuine', 'legit']] as const) {
    t.same(await feedback.label({ transactionId: 'tx-1', answer, atMs: AT_MS }), { kind: 'taken' })
    t.match(simulator.events(), [{ eventId: 'tx-1', currentLabel, labelTimestamp: '2026-11-22T10:05:00.250Z' }])
  }
})

t.test('label: a transaction whose id is not legal there is found under the id that it was scored with', async (t) => {
  const { endpoint, predict, simulator } = await startScored(t)
  // `tx_` and the first 40 digits of the SHA-256 of TX:1.
  await predict({ eventId: 'tx_dfba4203321181eec05fc2aff73756336dfc6e2f' })
  t.same(await feedbackTo(t, endpoint).label({ transactionId: 'TX:1', answer: 'fraud', atMs: AT_MS }), { kind: 'taken' })
  t.match(simulator.events().find(({ eventId }) => eventId !== 'tx-1'), { currentLabel: 'fraud' })
})

t.test('label: an event type that keeps no events has none to label', async (t) => {
  const { endpoint } = await startScored(t, false)
  t.same(await feedbackTo(t, endpoint).label({ transactionId: 'tx-1', answer: 'fraud', atMs: AT_MS }), { kind: 'refused', why: 'ResourceNotFoundException' })
})

t.test('label: what the service itself refuses is refused', async (t) => {
  const { endpoint } = await startScored(t)
  const told = { transactionId: 'tx-1', answer: 'fraud', atMs: AT_MS } as const
  t.same(await feedbackTo(t, endpoint).label({ ...told, transactionId: 'tx-never-seen' }), { kind: 'refused', why: 'ResourceNotFoundException' })
  t.same(await feedbackTo(t, endpoint, { eventTypeName: 'no_such_type' }).label(told), { kind: 'refused', why: 'ResourceNotFoundException' })
  t.same(await feedbackTo(t, endpoint, { labels: { fraud: 'no_such_label', genuine: 'legit' } }).label(told), { kind: 'refused', why: 'ValidationException' })
})

/** Each error of UpdateEventLabel and GetEventPrediction, those of any AWS service, and those of the way there. */
const ERRORS: Array<{ fault: InjectedFault['fault'], becomes: 'refused' | 'told again' }> = [
  { fault: 'ValidationException', becomes: 'refused' },
  { fault: 'ResourceNotFoundException', becomes: 'refused' },
  { fault: 'AccessDeniedException', becomes: 'told again' },
  { fault: 'ConflictException', becomes: 'told again' },
  { fault: 'ResourceUnavailableException', becomes: 'told again' },
  { fault: 'ThrottlingException', becomes: 'told again' },
  { fault: 'InternalServerException', becomes: 'told again' },
  { fault: 'UnrecognizedClientException', becomes: 'told again' },
  { fault: 'InvalidSignatureException', becomes: 'told again' },
  { fault: 'ExpiredTokenException', becomes: 'told again' },
  { fault: 'MissingAuthenticationTokenException', becomes: 'told again' },
  { fault: 'html', becomes: 'told again' },
  { fault: 'bad_gateway', becomes: 'told again' },
  { fault: 'reset', becomes: 'told again' },
  { fault: 'hang', becomes: 'told again' },
  { fault: 'drop_reply', becomes: 'told again' }
]

t.test('label: each error is met once, and refuses for good or asks to be told again', async (t) => {
  const { endpoint, simulator } = await startScored(t)
  for (const { fault, becomes } of ERRORS) {
    simulator.setFault({ fault, calls: 9, operation: 'UpdateEventLabel' })
    const labelled = feedbackTo(t, endpoint, fault === 'hang' ? { timeoutMs: 100 } : {}).label({ transactionId: 'tx-1', answer: 'fraud', atMs: AT_MS })
    if (becomes === 'refused') t.same(await labelled, { kind: 'refused', why: fault }, fault)
    else await t.rejects(labelled, { code: 'scorer_unavailable' }, fault)
    const { callsLeft } = await (await fetch(`${endpoint}/_simulator/faults`)).json() as { callsLeft: number }
    t.equal(callsLeft, 8, `${fault}: the SDK does not try again by itself`)
  }
})

t.test('label: each error leaves answer, card and case as they are, and what may be mended is told again', async (t) => {
  const { endpoint, simulator, predict } = await startScored(t)
  // A pause of one would keep the next row waiting.
  const usual = { label: async (label: TransactionLabel) => await feedbackTo(t, endpoint).label(label) }
  const hurried = feedbackTo(t, endpoint, { timeoutMs: 100 })
  const current = { feedback: usual }
  const world = await createWorld({ scorers: (held) => [{ ...held, name: 'frauddetector' }], feedback: () => ({ label: async (label) => await current.feedback.label(label) }) })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  for (const [index, { fault, becomes }] of ERRORS.entries()) {
    const transactionId = `tx-row-${index}`
    await predict({ eventId: transactionId })
    const { case: { id } } = (await postTransaction(world.app, transactionBody(transactionId))).json<{ case: { id: string } }>()
    t.equal((await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: KEY_HEADERS, payload: { answer: 'fraud' } })).statusCode, 200)
    simulator.setFault({ fault, operation: 'UpdateEventLabel' })
    current.feedback = fault === 'hang' ? hurried : usual
    await world.dial()
    current.feedback = usual
    const question = await world.store.cases.get(id)
    t.match(question, { status: 'closed', decision: 'fraud', feedback: becomes === 'refused' ? null : { tries: 1 } }, fault)
    t.match(await world.store.cards.get(cardId), { isBlocked: true, openCaseId: null })
    world.clock.nowMs += 60_000
    await world.dial()
    t.equal((await world.store.cases.get(id))?.feedback, null)
    t.equal(simulator.events().find(({ eventId }) => eventId === transactionId)?.currentLabel, becomes === 'refused' ? undefined : 'fraud', fault)
    await world.app.inject({ method: 'POST', url: `/v1/cards/${cardId}/unblock`, headers: KEY_HEADERS, payload: { reason: 'next row' } })
  }
})

t.test('label: after a call without a reply nobody is told for 30 seconds; a refusal is a reply', async (t) => {
  const { endpoint, simulator } = await startScored(t)
  const told = { transactionId: 'tx-1', answer: 'fraud', atMs: AT_MS } as const
  const clock = { nowMs: 1_000 }
  for (const fault of ['hang', 'reset', 'drop_reply'] as const) {
    const feedback = feedbackTo(t, endpoint, { timeoutMs: 300, nowMs: () => clock.nowMs })
    simulator.setFault({ fault, operation: 'UpdateEventLabel' })
    await t.rejects(feedback.label(told), { code: 'scorer_unavailable' }, fault)
    t.same(await feedback.label(told), { kind: 'not_asked', untilMs: clock.nowMs + 30_000 }, fault)
    clock.nowMs += 30_000
    t.same(await feedback.label(told), { kind: 'taken' }, fault)
  }
  for (const fault of ['ThrottlingException', 'AccessDeniedException', 'InternalServerException', 'bad_gateway', 'html'] as const) {
    const feedback = feedbackTo(t, endpoint)
    simulator.setFault({ fault, operation: 'UpdateEventLabel' })
    await t.rejects(feedback.label(told), { code: 'scorer_unavailable' }, fault)
    t.same(await feedback.label(told), { kind: 'taken' }, fault)
  }
})

t.test('label: a clock that is set back does not prolong the pause', async (t) => {
  const { endpoint, simulator } = await startScored(t)
  const told = { transactionId: 'tx-1', answer: 'fraud', atMs: AT_MS } as const
  const clock = { nowMs: 3_600_000 }
  const feedback = feedbackTo(t, endpoint, { nowMs: () => clock.nowMs })
  simulator.setFault({ fault: 'reset', operation: 'UpdateEventLabel' })
  await t.rejects(feedback.label(told), { code: 'scorer_unavailable' })
  clock.nowMs = 0
  t.same(await feedback.label(told), { kind: 'taken' })
})
