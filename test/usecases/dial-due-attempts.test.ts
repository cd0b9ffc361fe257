import t from 'tap'
import type { Case } from '../../src/domain/case.ts'
import { QUEUES } from '../../src/domain/case-due.ts'
import type { SubmissionResult } from '../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, START_MS, transactionBody, type World, type WorldOptions } from '../world.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

const worlds = new Map<string, Promise<World>>()
let cardholders = 0
t.teardown(async () => { for (const world of worlds.values()) await (await world).close() })

/** A cardholder who is nobody else's, with one open case, due now. Worlds of the same policy are one, put back to the start. */
async function ringing ({ policy = {}, customer = {} }: Pick<WorldOptions, 'policy'> & { customer?: object } = {}): Promise<{ world: World, cardId: string, question: () => Promise<Case>, at: (afterMs: number) => Promise<Case> }> {
  const key = JSON.stringify(policy)
  const making = worlds.get(key) ?? createWorld({ policy })
  worlds.set(key, making)
  const world = await making
  for (const { caseId } of await world.store.cases.list({ status: 'open', cardId: undefined, limit: 100, olderThan: undefined })) await answerGenuine(world, caseId)
  world.clock.nowMs = START_MS
  world.line.requests.length = 0
  world.line.next = ({ clientToken }) => ({ kind: 'submitted', contactId: `contact-of-${clientToken}` })

  const number = `55550000${String(++cardholders).padStart(8, '0')}`
  const customerId = `customer-${cardholders}`
  const payload = { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', cards: [{ number }], ...customer }
  const put = await world.app.inject({ method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload })
  const cardId = put.json<{ cards: Array<{ id: string }> }>().cards[0]?.id ?? ''
  world.scorer.next = 987
  const { case: { id } } = (await postTransaction(world.app, transactionBody(`tx-${cardholders}`, { customerId, card: { number } }))).json<{ case: { id: string } }>()
  const question = async () => {
    const found = await world.store.cases.get(id)
    if (found === undefined) throw new Error('no case')
    return found
  }
  return { world, cardId, question, async at (afterMs) { world.clock.nowMs = START_MS + afterMs; await world.dial(); return await question() } }
}

async function answerGenuine (world: World, caseId: string): Promise<void> {
  await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
}

const tokens = (world: World) => world.line.requests.map(({ clientToken }) => clientToken)

t.test('the dialer calls once, with the number and the attributes, and waits for the watchdog', async (t) => {
  const { world, at } = await ringing()
  t.match((await at(0)).attempts, [{ status: 'submitted', contactId: /^contact-of-/, submissions: 1 }])
  await at(1)
  await at(239 * SECOND_MS)
  t.equal(world.line.requests.length, 1)
  t.match(world.line.requests[0], { phoneNumber: '+4915112345678', ringMs: 45_000, attributes: { Name: 'Ada Lovelace', CardNo: '0001', AmountText: '4155 euros', Institution: 'Test Bank', Count: '1' } })
  t.notMatch(JSON.stringify(world.line.requests), '5555000000000001')

  const after = await at(240 * SECOND_MS)
  t.match(after.attempts[0], { status: 'ended', outcome: 'unknown' }, 'the watchdog ends what told nothing')
  t.match(after.attempts[1], { channel: 'sms', status: 'due', dueAtMs: START_MS + 540 * SECOND_MS }, 'and the ladder goes on')
})

t.test('a submission that nobody knows of is made again with the same token, until the line tells or the watchdog ends it', async (t) => {
  const { world, question, at } = await ringing()
  world.line.next = () => ({ kind: 'unknown', why: 'timed out' })
  t.match((await at(0)).attempts, [{ status: 'submission_unknown', submissions: 1 }])
  t.ok(world.logLines.some((line) => line.includes('contact may have started')), 'the log does not say that nobody was called')
  const nextMs = async () => ((await question()).attempts[0]?.dueAtMs ?? 0) - START_MS
  const firstMs = await nextMs()
  t.ok(firstMs > 2_500 && firstMs <= 5_000, String(firstMs))
  await at(firstMs - 1)
  t.equal(world.line.requests.length, 1, 'not before its time')
  t.match((await at(firstMs)).attempts, [{ status: 'submission_unknown', submissions: 2 }])
  world.line.next = () => ({ kind: 'not_now', why: 'throttled' })
  const secondMs = await nextMs()
  t.ok(secondMs - firstMs > 5_000 && secondMs - firstMs <= 10_000, 'each pause is twice the one before, less up to a half')
  t.match((await at(secondMs)).attempts, [{ status: 'submission_unknown', submissions: 3 }], 'a put-off says nothing of the call before')
  world.line.next = () => ({ kind: 'submitted', contactId: 'contact-found' })
  const found = await at(await nextMs())
  t.match(found.attempts, [{ status: 'submitted', contactId: 'contact-found', submissions: 4, dueAtMs: START_MS + 240 * SECOND_MS }])
  t.equal(world.line.requests.length, 4)
  t.equal(new Set(tokens(world)).size, 1, 'one token')
})

t.test('a submission that stays unknown ends with the watchdog, and the next step has another token', async (t) => {
  const { world, at } = await ringing({ policy: { ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: MINUTE_MS }] } })
  world.line.next = () => ({ kind: 'unknown', why: 'timed out' })
  for (let afterMs = 0; afterMs <= 240 * SECOND_MS; afterMs += 5 * SECOND_MS) await at(afterMs)
  const asked = world.line.requests.length
  t.ok(asked >= 6 && asked <= 12, `${asked} times, ever more seldom`)
  const after = await at(300 * SECOND_MS)
  t.match(after.attempts, [{ outcome: 'unknown' }, { step: 1 }])
  t.equal(world.line.requests.length, asked + 1)
  t.equal(new Set(tokens(world)).size, 2)
})

t.test('a line that throws leaves the attempt submitting; it is reconciled after its deadline with the same token', async (t) => {
  const { world, at } = await ringing()
  world.line.next = () => { throw new Error('the process died while it called') }
  t.match((await at(0)).attempts, [{ status: 'submitting', submissions: 1 }])
  world.line.next = ({ clientToken }) => ({ kind: 'submitted', contactId: `contact-of-${clientToken}` })
  await at(14_999)
  t.equal(world.line.requests.length, 1)
  t.match((await at(15_000)).attempts, [{ status: 'submitted', submissions: 2 }])
  t.equal(new Set(tokens(world)).size, 1)
})

t.test('a throttled attempt is put off and then dialled', async (t) => {
  const { world, at } = await ringing()
  world.line.next = () => ({ kind: 'not_now', why: 'throttled' })
  t.match((await at(0)).attempts, [{ status: 'due', submissions: 0, deferredSinceMs: START_MS }])
  t.match((await at(5_000)).attempts, [{ status: 'due', submissions: 0, deferredSinceMs: START_MS, deferrals: 2 }])
  world.line.next = () => ({ kind: 'submitted', contactId: 'contact-1' })
  t.match((await at(15_000)).attempts, [{ status: 'submitted', submissions: 1, submittedAtMs: START_MS + 15_000 }])
})

t.test('what the line says decides whether the ladder goes on', async (t) => {
  const table: Array<[result: SubmissionResult, first: object, attempts: number]> = [
    [{ kind: 'refused', outcome: 'invalid_number', why: 'no such number' }, { status: 'ended', outcome: 'invalid_number' }, 2],
    [{ kind: 'refused', outcome: 'rejected', why: 'not allowed' }, { status: 'ended', outcome: 'rejected' }, 2],
    [{ kind: 'refused', outcome: 'busy', why: 'engaged' }, { status: 'ended', outcome: 'busy' }, 2],
    [{ kind: 'not_now', why: 'throttled' }, { status: 'due' }, 1],
    [{ kind: 'unknown', why: 'timed out' }, { status: 'submission_unknown' }, 1],
    [{ kind: 'submitted', contactId: 'c' }, { status: 'submitted', contactId: 'c' }, 1]
  ]
  for (const [result, first, attempts] of table) {
    const { world, at } = await ringing()
    world.line.next = () => result
    const after = await at(0)
    t.match(after.attempts[0], first, result.kind)
    t.equal(after.attempts.length, attempts)
    t.equal(after.status, 'open')
  }
})

t.test("the ladder's end closes the case none, and the policy says what becomes of the card", async (t) => {
  for (const [nobodyReached, isBlocked] of [['leave', false], ['block', true]] as const) {
    const { world, cardId, at } = await ringing({ policy: { nobodyReached } })
    await at(0)
    await at(4 * MINUTE_MS)
    t.match((await at(9 * MINUTE_MS)).attempts[1], { channel: 'sms', outcome: 'skipped' }, 'nobody can text: the step is skipped')
    t.equal((await at(188 * MINUTE_MS)).attempts[2]?.status, 'due', 'three hours are not over')
    await at(189 * MINUTE_MS)
    t.equal(new Set(tokens(world)).size, 2, 'two calls, two tokens')
    t.match(await at(193 * MINUTE_MS), { status: 'closed', decision: 'none', ending: 'nobody_reached' })
    const card = await world.store.cards.get(cardId)
    t.match(card, { isBlocked, openCaseId: null }, nobodyReached)
    t.equal(card?.blocking?.by, isBlocked ? 'policy' : undefined)
    t.same(await world.store.dueIndex.due(QUEUES, START_MS + 10_000 * MINUTE_MS, 10), [])
  }
})

t.test('outside the calling window the call waits for the window', async (t) => {
  const { world, at } = await ringing({ policy: { callingWindow: { fromMinute: 480, toMinute: 1260 } }, customer: { timeZone: 'America/New_York' } })
  // 10:00 in Greenwich is 05:00 in New York.
  t.match((await at(0)).attempts, [{ status: 'due', dueAtMs: START_MS + 180 * MINUTE_MS, submissions: 0 }])
  await at(180 * MINUTE_MS - 1)
  t.equal(world.line.requests.length, 0)
  t.match((await at(180 * MINUTE_MS)).attempts, [{ status: 'submitted' }])
  t.equal(world.line.requests.length, 1)
})

t.test('a card that an operator blocked is not dialled, and its case ends', async (t) => {
  const { world, cardId, at } = await ringing()
  t.equal((await world.app.inject({ method: 'POST', url: `/v1/cards/${cardId}/block`, headers: KEY_HEADERS, payload: { reason: 'hotline' } })).statusCode, 200)
  t.match(await at(0), { status: 'closed', decision: 'none', ending: 'card_blocked' })
  t.equal(world.line.requests.length, 0)
  t.match(await world.store.cards.get(cardId), { isBlocked: true, blocking: { by: 'operator' }, openCaseId: null })
})

t.test('a cardholder who allows no voice is not called', async (t) => {
  const { world, at } = await ringing({ customer: { channels: ['sms'] } })
  t.match((await at(0)).attempts, [{ outcome: 'skipped' }, { channel: 'sms' }])
  await at(5 * MINUTE_MS)
  t.match(await at(185 * MINUTE_MS), { status: 'closed', decision: 'none', ending: 'nobody_reached' })
  t.equal(world.line.requests.length, 0)
})

t.test('two dialers at once call once', async (t) => {
  const { world, question } = await ringing()
  await Promise.all(Array.from({ length: 8 }, async () => await world.dial()))
  t.equal(world.line.requests.length, 1)
  t.match((await question()).attempts, [{ status: 'submitted', submissions: 1 }])
})

t.test('dialDueAttempts: fifty items that fail do not starve the next one', async (t) => {
  let isPoisoned = false
  let healthyCardId = ''
  const world = await createWorld({
    breakStore: (store) => ({
      ...store,
      cases: { ...store.cases, async get (id) { const question = await store.cases.get(id); if (isPoisoned && question?.cardId !== healthyCardId) throw new Error('poisoned'); return question } }
    })
  })
  t.teardown(world.close)
  world.scorer.next = 987
  for (let i = 0; i < 51; i++) {
    const number = `55550000${String(i).padStart(8, '0')}`
    const put = await world.app.inject({
      method: 'PUT', url: `/v1/customers/c${i}`, headers: KEY_HEADERS, payload: { firstName: 'A', lastName: 'B', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', cards: [{ number }] }
    })
    healthyCardId = put.json<{ cards: Array<{ id: string }> }>().cards[0]?.id ?? ''
    await postTransaction(world.app, transactionBody(`tx-${i}`, { customerId: `c${i}`, card: { number } }))
    world.clock.nowMs += 10
  }
  isPoisoned = true
  t.equal(await world.dial(), true, 'more is due than one pass takes on')
  t.equal(world.line.requests.length, 0)
  t.equal(await world.dial(), false)
  t.equal(world.line.requests.length, 1)
})

t.test('dialAttempt: after a lost reply the same request is sent again, whatever joined meanwhile, and a refusal ends nothing', async (t) => {
  const { world, question, at } = await ringing()
  const replies: SubmissionResult[] = [{ kind: 'unknown', why: 'TimeoutError' }, { kind: 'refused', outcome: 'rejected', why: 'InvalidRequestException' }]
  world.line.next = () => replies.shift() ?? { kind: 'submitted', contactId: 'contact-late' }
  await world.dial()
  const { caseId, customerId } = await question()
  const cards = (await world.app.inject({ url: `/v1/customers/${customerId}`, headers: KEY_HEADERS })).json<{ cards: Array<{ id: string }> }>().cards
  await postTransaction(world.app, transactionBody(`${caseId.slice(-12)}-joins`, { customerId, card: { id: cards[0]?.id } }))
  const refused = await at(10 * SECOND_MS)
  t.match(refused.attempts, [{ status: 'submission_unknown', submissions: 2 }])
  await at(20 * SECOND_MS)
  t.equal(world.line.requests.length, 3)
  t.same(world.line.requests[1], world.line.requests[0])
  t.same(world.line.requests[2], world.line.requests[0])
})
