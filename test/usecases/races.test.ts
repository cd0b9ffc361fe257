import t, { type Test } from 'tap'
import { liveAttempt, type Case } from '../../src/domain/case.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/domain/policy.ts'
import { createPrometheusMetrics } from '../../src/adapters/prometheus-metrics.ts'
import type { Store } from '../../src/adapters/dynamodb/store.ts'
import type { Transaction } from '../../src/domain/transaction.ts'
import { askCardholder } from '../../src/usecases/ask-cardholder.ts'
import { dialAttempt } from '../../src/usecases/dial-attempt.ts'
import { expireCase } from '../../src/usecases/expire-case.ts'
import { noteNoAnswer, settleAnswer } from '../../src/usecases/settle-answer.ts'
import { PROMPTS } from '../shipped-prompts.ts'
import { createWorld, CUSTOMER_ID, postTransaction, putSampleCustomer, transactionBody, type World, type WorldOptions } from '../world.ts'

const HOUR_MS = 3_600_000
const { metrics } = createPrometheusMetrics()
const SILENT = { info () {}, warn () {}, error () {} }

async function suspiciousWorld (t: Test, options: WorldOptions = {}) {
  const world = await createWorld(options)
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 950
  return { world, cardId, cases: async () => await world.store.cases.list({ status: undefined, cardId: undefined, limit: 10, olderThan: undefined }) }
}

/** Another replica: a store of its own, so that it does not take turns with the first, which `change` slows down or breaks. */
function replicaOf ({ store, clock }: World, policy: Partial<Policy> = {}, change: (store: Store) => Partial<Store> = () => ({})) {
  const own = { ...store, cards: { ...store.cards }, cases: { ...store.cases } }
  return { ...own, ...change(own), policy: { ...DEFAULT_POLICY, callingWindow: undefined, ...policy }, metrics, log: SILENT, nowMs: () => clock.nowMs, wakeDialer () {} }
}

/** Does something once, before the first call that `isMeant` says. */
function onceBefore<Args extends unknown[], Result> (call: (...args: Args) => Promise<Result>, act: () => Promise<void>, isMeant: (...args: Args) => boolean = () => true) {
  let isDone = false
  return async (...args: Args): Promise<Result> => {
    if (!isDone && isMeant(...args)) {
      isDone = true
      await act()
    }
    return await call(...args)
  }
}

const viaOf = (question: Case) => ({ attemptId: question.attempts[0]?.attemptId ?? '', contactId: question.attempts[0]?.contactId ?? '' })

t.test('a dialer that stalls before it puts a call off, and wakes when another one is calling, takes nothing back', async (t) => {
  const callingWindow = { fromMinute: 8 * 60, toMinute: 21 * 60 }
  const { world, cardId, cases } = await suspiciousWorld(t, { policy: { callingWindow } })
  world.clock.nowMs = Date.parse('2026-11-22T06:59:58Z')
  await postTransaction(world.app, transactionBody('tx-1', { occurredAt: '2026-11-22T06:59:00Z' }))
  const [question] = await cases()
  const attempt = question && liveAttempt(question)
  if (question === undefined || attempt === undefined) throw new Error('no case')
  const stalled = replicaOf(world, { callingWindow }, (store) => ({
    cases: { ...store.cases, save: onceBefore(store.cases.save, async () => { world.clock.nowMs += 7_000; await world.dial() }) }
  }))
  const lease = { isHeld: () => true, takeTurn: () => true, turns: () => ({ now: 1, nextInMs: 0 }), prove: async () => false }
  const caller = { channel: 'voice', async start () { throw new Error('it must not call') } } as const
  await dialAttempt({ ...stalled, callers: [caller], lease, onNoTurn () {}, onCalling () {}, institution: 'Test Bank', prompts: PROMPTS, defaultLanguage: 'en' }, question, attempt)

  t.equal(world.line.requests.length, 1)
  const [called] = await cases()
  t.match(called?.attempts, [{ status: 'submitted', submissions: 1 }])
  if (called === undefined) return
  t.match(await settleAnswer(replicaOf(world), called.caseId, 'fraud', 'cardholder', viaOf(called)), { verdict: 'recorded' })
  t.match(await world.store.cards.get(cardId), { isBlocked: true })
})

t.test('an answer that fits no attempt is told, and the attempt ends all the same', async (t) => {
  const { world, cases } = await suspiciousWorld(t, { policy: { ladder: [{ channel: 'voice', delayMs: 0 }] } })
  await postTransaction(world.app, transactionBody('tx-1'))
  await world.dial()
  const [called] = await cases()
  const attempt = called?.attempts[0]
  if (called === undefined || attempt === undefined) throw new Error('no call')
  // As an older version could leave it: a contact, and no submission.
  await world.store.cases.save({ ...called, attempts: [{ ...attempt, submissions: 0, askedIds: null }] })
  world.reader.next = () => ({ kind: 'found', connectedAtMs: world.clock.nowMs, endedAtMs: world.clock.nowMs, disconnectReason: null, answeringMachine: null, answer: 'fraud', optOut: [], heard: null })
  world.clock.nowMs += HOUR_MS
  await world.dial()
  t.match((await cases())[0], { status: 'closed', decision: 'none', attempts: [{ status: 'ended' }] })
  t.equal(world.logLines.filter((line) => line.includes('an answer was left that fits no attempt')).length, 1)
})

t.test('a transaction that comes while the follow-up case is being opened takes nobody\'s place in it', async (t) => {
  let act: () => Promise<void> = async () => {}
  const { world, cases } = await suspiciousWorld(t, {
    breakStore: (store) => ({
      ...store,
      cases: { ...store.cases, save: onceBefore(store.cases.save, async () => { await act() }, ({ version, transactions }) => version === 0 && transactions.some(({ transactionId }) => transactionId === 'tx-joined')) }
    })
  })
  await postTransaction(world.app, transactionBody('tx-asked'))
  await world.dial()
  await postTransaction(world.app, transactionBody('tx-joined', { amount: { value: 999_900, currency: 'EUR' } }))
  const [asked] = await cases()
  if (asked === undefined) throw new Error('no case')
  act = async () => {
    world.scorer.next = 999
    await postTransaction(world.app, transactionBody('tx-third', { amount: { value: 999_999, currency: 'EUR' } }))
  }
  const { caseId } = asked
  // Through the world's own store, whose saving acts.
  await settleAnswer({ ...replicaOf(world), cases: world.store.cases }, caseId, 'genuine', 'cardholder', viaOf(asked))
  const open = (await cases()).filter(({ status }) => status === 'open')
  t.same(open.map(({ transactions }) => transactions.map(({ transactionId }) => transactionId).sort()), [['tx-joined', 'tx-third']], 'both are asked about')
})

t.test('a follow-up whose id was taken and is over leaves what it did not ask about to another case', async (t) => {
  const { world, cases } = await suspiciousWorld(t)
  await postTransaction(world.app, transactionBody('tx-asked'))
  await world.dial()
  await postTransaction(world.app, transactionBody('tx-joined', { amount: { value: 999_900, currency: 'EUR' } }))
  const [asked] = await cases()
  if (asked === undefined) throw new Error('no case')
  // The first try opens the follow-up, another transaction joins in its place, and it is answered, all before the second try reads on.
  const slow = replicaOf(world, {}, (store) => ({
    cases: {
      ...store.cases,
      async save (question) {
        if (question.version > 0 || question.caseId === asked.caseId) return await store.cases.save(question)
        const [first] = question.transactions
        if (first === undefined) throw new Error('a case of nothing')
        await world.store.cases.save({ ...question, transactions: [{ ...first, transactionId: 'tx-third' }], status: 'closed', decision: 'genuine', ending: 'answered', answeredIds: ['tx-third'] })
        slow.cases.save = store.cases.save
        return false
      }
    }
  }))
  await settleAnswer(slow, asked.caseId, 'genuine', 'cardholder', viaOf(asked))
  const open = (await cases()).filter(({ status }) => status === 'open')
  t.same(open.map(({ transactions }) => transactions.map(({ transactionId }) => transactionId)), [['tx-joined']])
})

t.test('"mine" that comes while nobody\'s answer is being settled stands, on the card too', async (t) => {
  const policy = { nobodyReached: 'block' } as const
  const { world, cardId, cases } = await suspiciousWorld(t, { policy })
  await postTransaction(world.app, transactionBody('tx-1'))
  await world.dial()
  const [called] = await cases()
  if (called === undefined) throw new Error('no case')
  await noteNoAnswer(replicaOf(world, policy), called.caseId, viaOf(called), 'nothing')
  world.clock.nowMs += DEFAULT_POLICY.caseLifeMs + 1_000
  const answer = async () => { t.match(await settleAnswer(replicaOf(world, policy), called.caseId, 'genuine', 'cardholder', viaOf(called)), { verdict: 'recorded', cardIsBlocked: false }) }
  await expireCase(replicaOf(world, policy, (store) => ({ cards: { ...store.cards, get: onceBefore(store.cards.get, answer) } })), called.caseId)
  t.match((await cases())[0], { status: 'closed', decision: 'genuine' })
  t.match(await world.store.cards.get(cardId), { isBlocked: false, quiet: { score: 950 } })
})

t.test('a card that a crash left with a case that is over does not keep another case from its end', async (t) => {
  const { world, cardId, cases } = await suspiciousWorld(t)
  const proposedCaseId = 'case_01a21fa4-9b63-729f-8191-34df011d7a6d'
  const pending: Transaction = {
    transactionId: 'tx-x',
    contentHash: 'h',
    customerId: CUSTOMER_ID,
    cardId,
    last4: '8788',
    amount: { valueMinor: 100, currency: 'EUR' },
    merchant: null,
    occurredAtMs: world.clock.nowMs,
    assessedAtMs: world.clock.nowMs,
    outcome: 'fraud',
    score: 950,
    reasons: [],
    scorer: null,
    degraded: false,
    cardWasBlocked: false,
    question: { state: 'pending', proposedCaseId }
  }
  await world.store.transactions.recordOnce(pending)
  world.clock.nowMs += 3_000
  await world.dial()
  await world.dial()
  const first = await world.store.cases.get(proposedCaseId)
  if (first === undefined) throw new Error('no first case')
  await settleAnswer(replicaOf(world), proposedCaseId, 'genuine', 'cardholder', viaOf(first))

  world.clock.nowMs += 2 * HOUR_MS
  await postTransaction(world.app, transactionBody('tx-y1'))
  await world.dial()
  await postTransaction(world.app, transactionBody('tx-y2'))
  const second = (await cases()).find(({ status }) => status === 'open')
  if (second === undefined) throw new Error('no second case')
  const frozen = replicaOf(world, {}, (store) => ({ cases: { ...store.cases, async get () { throw new Error('killed') } } }))
  let isClaimed = false
  // Once the card is free: who was frozen before it claimed the card for the first case claims it now, and dies.
  const answering = replicaOf(world, {}, (store) => ({
    cards: {
      ...store.cards,
      async save (card) {
        const isSaved = await store.cards.save(card)
        if (card.openCaseId === null && !isClaimed) await t.rejects(askCardholder({ ...frozen, transactions: world.store.transactions }, pending), { message: 'killed' })
        isClaimed ||= card.openCaseId === null
        return isSaved
      }
    }
  }))
  await settleAnswer(answering, second.caseId, 'genuine', 'cardholder', viaOf(second)).catch(() => {})
  world.clock.nowMs += HOUR_MS
  await world.dial()
  t.match(await world.store.cases.get(second.caseId), { status: 'closed' })
  t.ok((await cases()).some(({ caseId, transactions }) => caseId !== second.caseId && transactions.some(({ transactionId }) => transactionId === 'tx-y2')), 'what joined is asked about')
})
