import t, { type Test } from 'tap'
import type { Case } from '../../src/domain/case.ts'
import { QUEUES } from '../../src/domain/case-due.ts'
import { RingfenceError } from '../../src/errors.ts'
import type { Scorer } from '../../src/ports.ts'
import { CARD_NUMBER, createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, START_MS, transactionBody, type World, type WorldOptions } from '../world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const UNAVAILABLE = async () => { throw new RingfenceError('scorer_unavailable', { detail: 'ThrottlingException' }) }

const scoredByFraudDetector = (held: Scorer): readonly Scorer[] => [{ ...held, name: 'frauddetector' }]

async function fraudDetectorWorld (t: Test, options: WorldOptions = {}) {
  const world = await createWorld({ feedback: (held) => held, scorers: scoredByFraudDetector, policy: { ladder: [{ channel: 'voice', delayMs: 0 }] }, ...options })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  return { world, cardId }
}

/** Opens a case about these transactions. @returns its id */
async function openCase (world: World, ...transactionIds: string[]): Promise<string> {
  let caseId = ''
  for (const transactionId of transactionIds) caseId = (await postTransaction(world.app, transactionBody(transactionId))).json<{ case: { id: string } }>().case.id
  return caseId
}

async function answer (world: World, caseId: string, word: 'fraud' | 'genuine'): Promise<void> {
  const reply = await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: word } })
  if (reply.statusCode !== 200) throw new Error(reply.body)
}

async function stored (world: World, caseId: string): Promise<Case> {
  const question = await world.store.cases.get(caseId)
  if (question === undefined) throw new Error('no case')
  return question
}

async function dialAfter (world: World, ms: number): Promise<void> {
  world.clock.nowMs += ms
  await world.dial()
}

t.test('an answer is told to the detector once, about every transaction that was asked about', async (t) => {
  for (const word of ['fraud', 'genuine'] as const) {
    const { world } = await fraudDetectorWorld(t)
    const caseId = await openCase(world, 'tx-1', 'tx-2')
    await world.dial()
    world.clock.nowMs += 1_000
    await answer(world, caseId, word)
    t.same(world.detector.told, [], 'no request waits for the detector')
    await world.dial()
    t.same(world.detector.told, [{ transactionId: 'tx-1', answer: word, atMs: START_MS + 1_000 }, { transactionId: 'tx-2', answer: word, atMs: START_MS + 1_000 }])
    await dialAfter(world, 100 * HOUR_MS)
    t.equal(world.detector.told.length, 2)
    const question = await stored(world, caseId)
    t.equal(question.feedback, null)
    t.match(question.history.at(-1), { who: 'ringfence', what: 'answer told to the detector', why: `2 labelled ${word}` })
    t.match(await world.metricsText(), 'ringfence_feedback_total{result="taken"} 2')
    t.same(await world.store.dueIndex.due(QUEUES, world.clock.nowMs + 1_000 * HOUR_MS, 10), [])
  }
})

t.test('what joined after the cardholder was asked, and what another scorer decided, is not labelled', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-asked')
  await world.dial()
  await openCase(world, 'tx-joined')
  // Their key is about what the call asked, and is found with the contact.
  world.reader.next = () => ({ kind: 'found', connectedAtMs: START_MS, endedAtMs: START_MS, disconnectReason: null, answeringMachine: null, answer: 'genuine', optOut: [], heard: null })
  await dialAfter(world, 4 * MINUTE_MS)
  await world.dial()
  t.same((await stored(world, caseId)).answeredIds, ['tx-asked'])
  t.same(world.detector.told.map(({ transactionId }) => transactionId), ['tx-asked'])

  const embedded = await fraudDetectorWorld(t, { scorers: (held) => [held] })
  const embeddedCase = await openCase(embedded.world, 'tx-1')
  await answer(embedded.world, embeddedCase, 'fraud')
  await embedded.world.dial()
  t.same(embedded.world.detector.told, [])
  t.match(await stored(embedded.world, embeddedCase), { status: 'closed', feedback: null })
})

t.test('a transaction that a fallback decided is not labelled: Fraud Detector may not have it', async (t) => {
  const { world } = await fraudDetectorWorld(t, { scorers: (held) => [{ ...held, name: 'frauddetector', async score () { throw new RingfenceError('scorer_unavailable') } }, held], policy: { investigateOpensCase: true } })
  const caseId = await openCase(world, 'tx-1')
  t.match(await world.store.transactions.get('tx-1'), { degraded: true })
  await answer(world, caseId, 'fraud')
  await world.dial()
  t.same(world.detector.told, [])
  t.equal((await stored(world, caseId)).feedback, null)
})

t.test('a case without an answer tells nothing; a late answer does', async (t) => {
  const { world, cardId } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1')
  world.line.next = () => ({ kind: 'refused', outcome: 'rejected', why: 'DestinationNotAllowedException' })
  await world.dial()
  t.match(await stored(world, caseId), { status: 'closed', decision: 'none' })
  t.equal((await stored(world, caseId)).feedback, undefined)
  await dialAfter(world, HOUR_MS)
  t.same(world.detector.told, [])
  await answer(world, caseId, 'fraud')
  await world.dial()
  t.match(world.detector.told, [{ transactionId: 'tx-1', answer: 'fraud', atMs: START_MS + HOUR_MS }])
  t.match(await world.store.cards.get(cardId), { isBlocked: true })
})

t.test('while the detector takes nothing it is told again, ever more rarely, and answer, card and case stand', async (t) => {
  const { world, cardId } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1')
  world.detector.next = UNAVAILABLE
  await answer(world, caseId, 'fraud')
  await world.dial()
  for (const [waitMs, told] of [[MINUTE_MS - 1, 1], [1, 2], [2 * MINUTE_MS - 1, 2], [1, 3], [4 * MINUTE_MS, 4], [8 * MINUTE_MS, 5]] as const) {
    await dialAfter(world, waitMs)
    t.equal(world.detector.told.length, told)
  }
  t.match(await stored(world, caseId), { status: 'closed', decision: 'fraud', feedback: { tries: 5 } })
  t.match(await world.store.cards.get(cardId), { isBlocked: true, openCaseId: null })
  world.detector.next = async () => ({ kind: 'taken' })
  await dialAfter(world, 16 * MINUTE_MS)
  t.equal((await stored(world, caseId)).feedback, null)
  t.match(await world.metricsText(), /feedback_total\{result="failed"\} 5\n(.*\n)*.*feedback_total\{result="taken"\} 1/)
})

t.test('after three days the detector is told no more, and the history says so', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1')
  world.detector.next = UNAVAILABLE
  await answer(world, caseId, 'fraud')
  await world.dial()
  await dialAfter(world, 71 * HOUR_MS)
  t.match(await stored(world, caseId), { feedback: { tries: 2 } })
  await dialAfter(world, HOUR_MS)
  const question = await stored(world, caseId)
  t.equal(question.feedback, null)
  t.match(question.history.at(-1), { what: 'answer not told to the detector', why: 'it took none for three days' })
  await dialAfter(world, HOUR_MS)
  t.equal(world.detector.told.length, 3)
})

t.test('what the detector refuses is written down and not told again', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1', 'tx-2')
  await world.dial()
  world.detector.next = async ({ transactionId }) => transactionId === 'tx-1' ? { kind: 'refused', why: 'ResourceNotFoundException' } : { kind: 'taken' }
  await answer(world, caseId, 'fraud')
  await world.dial()
  await dialAfter(world, HOUR_MS)
  t.equal(world.detector.told.length, 2)
  t.match((await stored(world, caseId)).history.at(-1), { what: 'answer refused by the detector', why: '1 labelled fraud, tx-1: ResourceNotFoundException' })
  t.match(await world.metricsText(), 'ringfence_feedback_total{result="refused"} 1')
})

t.test('of many transactions a pass tells ten, a failure keeps what is done, and none is told twice', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const ids = Array.from({ length: 24 }, (_, index) => `tx-${String(index).padStart(2, '0')}`)
  const caseId = await openCase(world, ...ids)
  await world.dial()
  await answer(world, caseId, 'fraud')
  await world.dial()
  t.equal(world.detector.told.length, 10)
  let calls = 0
  world.detector.next = async () => ++calls === 4 ? await UNAVAILABLE() : { kind: 'taken' }
  await world.dial()
  t.match(await stored(world, caseId), { feedback: { done: 13, tries: 1 } })
  await dialAfter(world, MINUTE_MS)
  await world.dial()
  t.equal((await stored(world, caseId)).feedback, null)
  const taken = world.detector.told.map(({ transactionId }) => transactionId)
  t.same([...new Set(taken)], ids)
  t.equal(taken.length, 25, 'only the one that failed was told again')
})

t.test('two dialers at once write the end once', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1')
  await answer(world, caseId, 'genuine')
  await Promise.all([world.dial(), world.dial(), world.dial()])
  t.equal((await stored(world, caseId)).history.filter(({ what }) => what === 'answer told to the detector').length, 1)
})

t.test('a process that dies while it tells tells again', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1')
  world.detector.next = async () => { throw new Error('the process died') }
  await answer(world, caseId, 'fraud')
  await world.dial()
  t.match(await stored(world, caseId), { status: 'closed', feedback: { tries: 0, done: 0 } })
  world.detector.next = async () => ({ kind: 'taken' })
  await dialAfter(world, 5_000)
  t.equal((await stored(world, caseId)).feedback, null)
})

t.test('without feedback a closed case is written as before, and one that another replica may still tell is put off, for three days', async (t) => {
  const { world } = await fraudDetectorWorld(t, { feedback: undefined })
  const caseId = await openCase(world, 'tx-1')
  await answer(world, caseId, 'fraud')
  const closed = await stored(world, caseId)
  t.notOk('feedback' in closed)
  await dialAfter(world, HOUR_MS)
  t.equal((await stored(world, caseId)).version, closed.version, 'no write at all')

  t.ok(await world.store.cases.save({ ...closed, feedback: { dueAtMs: START_MS, tries: 3, done: 0 } }))
  await world.dial()
  const waiting = await stored(world, caseId)
  t.same(waiting.feedback, { dueAtMs: START_MS + 7 * HOUR_MS, tries: 3, done: 0 })
  t.same(waiting.history, closed.history)
  await dialAfter(world, 71 * HOUR_MS)
  const letGo = await stored(world, caseId)
  t.equal(letGo.feedback, null)
  t.match(letGo.history.at(-1), { what: 'answer not told to the detector', why: 'switched off' })
  t.same(await world.store.dueIndex.due(QUEUES, world.clock.nowMs + 1_000 * HOUR_MS, 10), [])
})

t.test('no label holds a card number', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  await answer(world, await openCase(world, 'tx-1'), 'fraud')
  await world.dial()
  t.notMatch(JSON.stringify(world.detector.told), CARD_NUMBER)
})

/** Closed cases of as many cardholders, each with an answer to tell. */
async function answeredCases (world: World, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index++) {
    const number = `4000000000${100_000 + index}`
    const customerId = `customer-${index}`
    await world.app.inject({ method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload: { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', cards: [{ number }] } })
    const reply = await postTransaction(world.app, transactionBody(`tx-of-${index}`, { customerId, card: { number } }))
    ids.push(reply.json<{ case: { id: string } }>().case.id)
    await answer(world, ids.at(-1) ?? '', 'fraud')
  }
  return ids
}

t.test('a phone rings while the detector hangs, and a detector that fails is asked once in a pass', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  await answeredCases(world, 4)
  world.clock.nowMs += 1_000
  await openCase(world, 'tx-now')
  const order: string[] = []
  const rings = new Promise<void>((resolve) => {
    world.line.next = () => { order.push('ring'); resolve(); return { kind: 'submitted', contactId: 'contact-1' } }
  })
  world.detector.next = async () => { await rings; order.push('label'); return await UNAVAILABLE() }
  await world.dial()
  t.same(order, ['ring', 'label'])
  world.detector.next = async () => ({ kind: 'taken' })
  await dialAfter(world, MINUTE_MS)
  t.equal(world.detector.told.length, 5, 'what was left is told later')
})

t.test('a detector that is slow gets two seconds of a pass', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  await answeredCases(world, 4)
  world.detector.next = async () => { world.clock.nowMs += 1_500; return { kind: 'taken' } }
  await world.dial()
  t.equal(world.detector.told.length, 2)
  await dialAfter(world, 5_000)
  t.equal(world.detector.told.length, 4)
})

t.test('a detector that is left alone puts the answer off until then, and that is no try', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const ids = await answeredCases(world, 60)
  world.detector.next = async () => ({ kind: 'not_asked', untilMs: START_MS + 30_000 })
  // A round takes on fifty.
  for (let round = 0; round < 2; round++) await world.dial()
  for (const id of ids) t.match((await stored(world, id)).feedback, { dueAtMs: START_MS + 30_000, tries: 0, done: 0 })
  t.notMatch(await world.metricsText(), 'ringfence_feedback_total{result="failed"}')
  world.detector.next = async () => ({ kind: 'taken' })
  await dialAfter(world, 29_999)
  t.equal(world.detector.told.length, 60)
  await dialAfter(world, 1)
  t.ok(world.detector.told.length > 60)
})

t.test('a stop of the dialer is heeded between two labels, and none is lost or told twice', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1', 'tx-2', 'tx-3')
  await world.dial()
  await answer(world, caseId, 'fraud')
  const stopping = new AbortController()
  world.detector.next = async () => { stopping.abort(); return { kind: 'taken' } }
  await world.dial(stopping.signal)
  t.equal(world.detector.told.length, 1)
  await world.dial()
  t.same(world.detector.told.map(({ transactionId }) => transactionId), ['tx-1', 'tx-2', 'tx-3'])
})

t.test('what was taken and refused before a failure stands in the history', async (t) => {
  const { world } = await fraudDetectorWorld(t)
  const caseId = await openCase(world, 'tx-1', 'tx-2', 'tx-3')
  await world.dial()
  await answer(world, caseId, 'fraud')
  world.detector.next = async ({ transactionId }) => {
    if (transactionId === 'tx-1') return { kind: 'refused', why: 'ValidationException' }
    return transactionId === 'tx-2' ? { kind: 'taken' } : await UNAVAILABLE()
  }
  await world.dial()
  t.match(await stored(world, caseId), { feedback: { done: 2, tries: 1 } })
  t.match((await stored(world, caseId)).history.at(-1), { what: 'answer refused by the detector', why: '1 labelled fraud, tx-1: ValidationException' })
})
