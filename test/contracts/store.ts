import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Card } from '../../src/domain/card.ts'
import type { Case } from '../../src/domain/case.ts'
import { QUEUES, type Queue } from '../../src/domain/case-due.ts'
import type { Customer } from '../../src/domain/customer.ts'
import type { Transaction } from '../../src/domain/transaction.ts'
import type { CardStore, CaseQuery, CaseStore, CheckStore, ContactEventStore, CustomerStore, DueIndex, DueWork, TransactionStore } from '../../src/ports.ts'

/** Everything that an engine gives; each contract uses its own part. The store may hold other things already. */
export interface ContractStore {
  cards: CardStore
  customers: CustomerStore
  transactions: TransactionStore
  cases: CaseStore
  dueIndex: DueIndex
  contactEvents: ContactEventStore
  checkReady: CheckStore
}
/** Gives an empty store; the caller closes what it opened. */
export type CreateStore = () => Promise<ContractStore>

const AT_MS = 1_795_341_600_000
const INDEX_TRIES = 40
const INDEX_PAUSE_MS = 100

/** Reads a list until it is as expected: an index may lag, so a bounded number of tries belongs to the contract. @returns what was read last */
async function eventually<T> (read: () => Promise<T>, isExpected: (value: T) => boolean): Promise<T> {
  let value = await read()
  for (let tries = 1; tries < INDEX_TRIES && !isExpected(value); tries++) {
    await wait(INDEX_PAUSE_MS)
    value = await read()
  }
  return value
}

/** A case id as uuid v7 makes it: the time first, so that it sorts by time. */
function caseIdAt (ms: number, tail: number): string {
  const time = ms.toString(16).padStart(12, '0')
  return `case_${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail.toString(16).padStart(12, '0')}`
}

function card (cardId: string, change: Partial<Card> = {}): Card {
  return { cardId, last4: '8788', customerId: 'ada', isBlocked: false, blocking: null, openCaseId: null, quiet: null, lastSettled: null, operations: [], version: 0, ...change }
}

function transaction (transactionId: string, change: Partial<Transaction> = {}): Transaction {
  return {
    transactionId,
    contentHash: 'a'.repeat(64),
    customerId: 'ada',
    cardId: 'card_1',
    last4: '8788',
    amount: { valueMinor: 415500, currency: 'EUR' },
    merchant: '341-81-5775',
    occurredAtMs: AT_MS - 1000,
    assessedAtMs: AT_MS,
    outcome: 'fraud',
    score: 987.25,
    reasons: ['score_over_fraud_threshold'],
    scorer: { name: 'embedded', model: 'card-fraud', version: '1' },
    degraded: false,
    cardWasBlocked: false,
    question: null,
    ...change
  }
}

function waitingCase (caseId: string, cardId: string, dueAtMs: number, change: Partial<Case> = {}): Case {
  return {
    caseId,
    cardId,
    last4: '8788',
    customerId: 'ada',
    status: 'open',
    decision: null,
    ending: null,
    answeredIds: null,
    openedAtMs: dueAtMs,
    closedAtMs: null,
    transactions: [
      { transactionId: 'tx-1', amount: { valueMinor: 415500, currency: 'EUR' }, merchant: '341-81-5775', score: 987.25, occurredAtMs: AT_MS - 1000 },
      { transactionId: 'tx-2', amount: { valueMinor: 1, currency: 'JPY' }, merchant: null, score: null, occurredAtMs: AT_MS }
    ],
    attempts: [{
      attemptId: `${caseId.replace('case_', 'attempt_')}_1`, channel: 'voice', step: 0, status: 'due', dueAtMs, submissions: 0, deferredSinceMs: null, submittedAtMs: null, askedIds: null, contactId: null, outcome: null, endedAtMs: null
    }],
    history: [{ atMs: AT_MS, who: 'detector', what: 'opened', why: 'score_over_fraud_threshold' }],
    version: 0,
    ...change
  }
}

function closedCase (caseId: string, cardId: string): Case {
  return waitingCase(caseId, cardId, AT_MS, { status: 'closed', decision: 'none', ending: 'nobody_reached', closedAtMs: AT_MS, attempts: [] })
}

/** What every store of cards does. */
async function cardStoreContract (t: Test, createStore: CreateStore): Promise<void> {
  const { cards } = await createStore()

  await t.test('CardStore: a card that nobody wrote is undefined', async (t) => {
    t.equal(await cards.get('card_unknown'), undefined)
  })

  await t.test('CardStore: a saved card comes back whole, one version further', async (t) => {
    const saved = card('card_whole', {
      isBlocked: true, blocking: { atMs: AT_MS, by: 'answer', reason: 'Ünsinn "quoted"' }, openCaseId: 'case_1', quiet: { untilMs: AT_MS, score: 912.5, amounts: [{ valueMinor: 5, currency: 'JPY' }] }, lastSettled: { caseId: 'case_0', decision: 'none' }
    })
    t.equal(await cards.save(saved), true)
    t.strictSame(await cards.get('card_whole'), { ...saved, version: 1 })
  })

  await t.test('CardStore: the second of two writers who read the same version gets false and changes nothing', async (t) => {
    await cards.save(card('card_raced'))
    const read = await cards.get('card_raced') ?? t.fail('saved')
    t.equal(await cards.save({ ...read as Card, openCaseId: 'case_first' }), true)
    t.equal(await cards.save({ ...read as Card, openCaseId: 'case_second' }), false)
    t.match(await cards.get('card_raced'), { openCaseId: 'case_first', version: 2 })
  })

  await t.test('CardStore: version 0 on a card that exists, and a version of a card that does not, get false', async (t) => {
    await cards.save(card('card_there'))
    t.equal(await cards.save(card('card_there', { last4: '0000' })), false)
    t.match(await cards.get('card_there'), { last4: '8788', version: 1 })
    t.equal(await cards.save(card('card_nowhere', { version: 3 })), false)
    t.equal(await cards.get('card_nowhere'), undefined)
  })

  await t.test('CardStore: of 20 writers at once one wins', async (t) => {
    const won = await Promise.all(Array.from({ length: 20 }, async (_, index) => await cards.save(card('card_crowded', { openCaseId: `case_${index}` }))))
    t.equal(won.filter(Boolean).length, 1)
    t.match(await cards.get('card_crowded'), { openCaseId: `case_${won.indexOf(true)}`, version: 1 })
  })
}

/** What every store of cardholders does. */
async function customerStoreContract (t: Test, createStore: CreateStore): Promise<void> {
  const { customers } = await createStore()
  const ada: Customer = {
    customerId: 'ada', salutation: '', firstName: 'Ada', lastName: "O'Łovelace", phoneNumber: '+4915112345678', language: 'en-US', timeZone: 'Europe/Berlin', channels: ['voice', 'sms'], optOuts: [], cardIds: ['card_1', 'card_2'], updatedAtMs: AT_MS
  }

  await t.test('CustomerStore: what was put comes back whole, and the last put stands', async (t) => {
    t.equal(await customers.get('ada'), undefined)
    await customers.put(ada)
    t.strictSame(await customers.get('ada'), ada)
    await customers.put({ ...ada, cardIds: [], channels: [] })
    t.strictSame(await customers.get('ada'), { ...ada, cardIds: [], channels: [] })
  })

  await t.test('CustomerStore: an opt-out stays as it was first set, whatever is put, until it is taken back', async (t) => {
    const bob = { ...ada, customerId: 'bob' }
    const optOut = { channel: 'voice' as const, atMs: AT_MS, via: 'voice' }
    t.equal(await customers.optOut('bob', optOut), true)
    t.equal(await customers.get('bob'), undefined, 'an opt-out makes no cardholder')
    await customers.put(bob)
    t.equal(await customers.optOut('bob', { ...optOut, atMs: AT_MS + 1, via: 'key app' }), false, 'the first one stands')
    await customers.put({ ...bob, firstName: 'Bob', optOuts: [] })
    t.strictSame(await customers.get('bob'), { ...bob, firstName: 'Bob', optOuts: [optOut] })
    t.equal(await customers.takeBackOptOut('bob', { channel: 'sms', atMs: AT_MS, via: 'key app' }), false, 'there is none')
    t.equal(await customers.takeBackOptOut('bob', { channel: 'voice', atMs: AT_MS, via: 'key app' }), true)
    t.equal(await customers.takeBackOptOut('bob', { channel: 'voice', atMs: AT_MS, via: 'key app' }), false)
    t.match(await customers.get('bob'), { optOuts: [] })
    const again = { channel: 'voice' as const, atMs: AT_MS + 2, via: 'sms' }
    t.equal(await customers.optOut('bob', again), true, 'and may be set again')
    await customers.optOut('bob', { channel: 'sms', atMs: AT_MS, via: 'sms' })
    t.strictSame((await customers.get('bob'))?.optOuts.toSorted((one, other) => one.atMs - other.atMs), [{ channel: 'sms', atMs: AT_MS, via: 'sms' }, again])
    t.match(await customers.get('ada'), { optOuts: [] }, 'nobody else has')
  })

  await t.test('CustomerStore: of 20 opt-outs at once one is news', async (t) => {
    const news = await Promise.all(Array.from({ length: 20 }, async (_, index) => await customers.optOut('crowd', { channel: 'sms', atMs: AT_MS + index, via: 'sms' })))
    t.equal(news.filter(Boolean).length, 1)
    await customers.put({ ...ada, customerId: 'crowd' })
    t.strictSame((await customers.get('crowd'))?.optOuts, [{ channel: 'sms', atMs: AT_MS + news.indexOf(true), via: 'sms' }])
  })

  await t.test('CustomerStore: an id that another kind of thing has is another thing', async (t) => {
    const { cards, customers } = await createStore()
    await cards.save(card('shared'))
    t.equal(await customers.get('shared'), undefined)
  })
}

/** What every store of transactions does. */
async function transactionStoreContract (t: Test, createStore: CreateStore): Promise<void> {
  const { transactions, dueIndex } = await createStore()

  await t.test('TransactionStore: a recorded transaction is given back as it is, and read back whole', async (t) => {
    const recorded = transaction('tx-whole', { question: { state: 'pending', proposedCaseId: 'case_1' } })
    t.equal(await transactions.get('tx-whole'), undefined)
    t.equal(await transactions.recordOnce(recorded), recorded, 'the same object: this call recorded it')
    t.strictSame(await transactions.get('tx-whole'), recorded)
  })

  await t.test("TransactionStore: a shadow's score is stored with the decision, and a transaction without one comes back without", async (t) => {
    const shadowed = transaction('tx-shadowed', { shadow: { model: 'next', version: '2', score: 12 } })
    await transactions.recordOnce(shadowed)
    t.strictSame(await transactions.get('tx-shadowed'), shadowed)
    await transactions.recordOnce(transaction('tx-alone'))
    t.equal(Object.hasOwn(await transactions.get('tx-alone') ?? {}, 'shadow'), false)
  })

  await t.test('TransactionStore: the loser gets what stands, and not its own', async (t) => {
    const first = transaction('tx-twice')
    await transactions.recordOnce(first)
    const second = transaction('tx-twice', { contentHash: 'b'.repeat(64), score: 1 })
    t.strictSame(await transactions.recordOnce(second), first)
    const same = transaction('tx-twice')
    t.not(await transactions.recordOnce(same), same, 'equal content is told apart by identity')
    t.strictSame(await transactions.get('tx-twice'), first)
  })

  await t.test('TransactionStore: of 20 calls at once with different content one wins and all get it', async (t) => {
    const all = Array.from({ length: 20 }, (_, index) => transaction('tx-raced', { score: index, merchant: `merchant ${index}` }))
    const given = await Promise.all(all.map(async (one) => await transactions.recordOnce(one)))
    t.equal(given.filter((one, index) => one === all[index]).length, 1, 'one was recorded')
    const stands = await transactions.get('tx-raced')
    for (const one of given) t.strictSame(one, stands)
  })

  await t.test('TransactionStore: a pending question is due until its case is attached, which may be done again', async (t) => {
    const pending = transaction('tx-pending', { question: { state: 'pending', proposedCaseId: 'case_1' } })
    await transactions.recordOnce(pending)
    const isDue = async () => (await dueIndex.due(QUEUES, AT_MS + 3_600_000, 100)).some(({ kind, id }) => kind === 'transaction' && id === 'tx-pending')
    t.equal(await eventually(isDue, (due) => due), true)
    for (const time of ['once', 'twice']) {
      await transactions.attachCase('tx-pending', 'case_1', 'open')
      t.strictSame(await transactions.get('tx-pending'), { ...pending, question: { state: 'attached', caseId: 'case_1', caseStatus: 'open' } }, time)
      t.equal(await eventually(isDue, (due) => !due), false)
    }
  })

  await t.test('TransactionStore: a transaction that asks nothing is never due', async (t) => {
    await transactions.recordOnce(transaction('tx-quiet', { question: null }))
    t.same((await dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 100)).filter(({ id }) => id === 'tx-quiet'), [])
  })

  await t.test('TransactionStore: attaching a case to a transaction that is missing writes nothing', async (t) => {
    await transactions.attachCase('tx-missing', 'case_1', 'open')
    t.equal(await transactions.get('tx-missing'), undefined)
  })
}

/** What every store of cases does. */
async function caseStoreContract (t: Test, createStore: CreateStore): Promise<void> {
  const { cases } = await createStore()

  await t.test('CaseStore: a case comes back whole in every state, one version further', async (t) => {
    const caseId = caseIdAt(AT_MS, 1)
    const before = waitingCase(caseId, 'card_whole', AT_MS)
    t.equal(await cases.get(caseId), undefined)
    t.equal(await cases.save(before), true)
    t.strictSame(await cases.get(caseId), { ...before, version: 1 })
    const settling: Case = { ...before, version: 1, status: 'settling', decision: 'fraud', ending: 'answered', attempts: before.attempts.map((attempt) => ({ ...attempt, status: 'ended', dueAtMs: null, outcome: 'answered', contactId: 'c', endedAtMs: AT_MS })) }
    t.equal(await cases.save(settling), true)
    t.strictSame(await cases.get(caseId), { ...settling, version: 2 })
    t.equal(await cases.save({ ...settling, version: 2, status: 'closed', closedAtMs: AT_MS }), true)
    t.strictSame(await cases.get(caseId), { ...settling, version: 3, status: 'closed', closedAtMs: AT_MS })
  })

  await t.test('CaseStore: the second writer of a version, and version 0 on a case that exists, get false', async (t) => {
    const caseId = caseIdAt(AT_MS, 2)
    const before = waitingCase(caseId, 'card_raced', AT_MS)
    t.equal(await cases.save(before), true)
    t.equal(await cases.save({ ...before, last4: '0000' }), false)
    t.equal(await cases.save({ ...before, version: 1, last4: '1111' }), true)
    t.equal(await cases.save({ ...before, version: 1, last4: '2222' }), false)
    t.match(await cases.get(caseId), { last4: '1111', version: 2 })
  })

  await t.test('CaseStore: lists are newest first, by status, by card, by both, and page without a gap or a repeat', async (t) => {
    const { cases } = await createStore()
    const made = Array.from({ length: 45 }, (_, index) => ({ caseId: caseIdAt(AT_MS + index * 977, index), cardId: `card_${index % 2}`, isClosed: index % 3 === 0 }))
    // Written in another order than their times.
    for (const { caseId, cardId, isClosed } of made.toSorted((one, other) => one.caseId.slice(-1).localeCompare(other.caseId.slice(-1)))) {
      await cases.save(isClosed ? closedCase(caseId, cardId) : waitingCase(caseId, cardId, AT_MS))
    }
    const tables: Array<[why: string, query: Pick<CaseQuery, 'status' | 'cardId'>]> = [
      ['all', { status: undefined, cardId: undefined }],
      ['open', { status: 'open', cardId: undefined }],
      ['closed', { status: 'closed', cardId: undefined }],
      ['of a card', { status: undefined, cardId: 'card_1' }],
      ['open and of a card', { status: 'open', cardId: 'card_1' }],
      ['closed and of a card', { status: 'closed', cardId: 'card_0' }],
      ['of a card that has none', { status: undefined, cardId: 'card_none' }]
    ]
    for (const [why, query] of tables) {
      const expected = made.filter(({ cardId, isClosed }) => (query.cardId ?? cardId) === cardId && (query.status ?? (isClosed ? 'closed' : 'open')) === (isClosed ? 'closed' : 'open')).map(({ caseId }) => caseId).reverse()
      const ids = async (limit: number, olderThan?: string) => (await cases.list({ ...query, limit, olderThan })).map(({ caseId }) => caseId)
      t.same(await eventually(async () => await ids(100), (found) => found.length === expected.length), expected, why)

      const paged: string[] = []
      for (let page = await ids(10); page.length > 0; page = await ids(10, page.at(-1))) {
        if (page.length > 10) t.fail(`a page of ${page.length}`)
        paged.push(...page)
        if (paged.length > 45) break
      }
      t.same(paged, expected, `${why}, by tens`)
    }
  })

  await t.test('CaseStore: a listed case is whole, and a settling one lists as open', async (t) => {
    const { cases } = await createStore()
    const settling = waitingCase(caseIdAt(AT_MS, 7), 'card_1', AT_MS, { status: 'settling', decision: 'fraud', ending: 'answered' })
    await cases.save(settling)
    const list = async (status: 'open' | 'closed') => await cases.list({ status, cardId: undefined, limit: 10, olderThan: undefined })
    t.strictSame(await eventually(async () => await list('open'), (found) => found.length === 1), [{ ...settling, version: 1 }])
    await cases.save({ ...settling, version: 1, status: 'closed', closedAtMs: AT_MS })
    t.equal((await eventually(async () => await list('open'), (found) => found.length === 0)).length, 0)
    t.equal((await eventually(async () => await list('closed'), (found) => found.length === 1)).length, 1)
  })
}

/** What every due index does. */
async function dueIndexContract (t: Test, createStore: CreateStore): Promise<void> {
  await t.test('DueIndex: only what is due, ordered by time, up to the limit, however much waits', async (t) => {
    const { cases, transactions, dueIndex } = await createStore()
    t.same(await dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 10), [], 'nothing is due in an empty store')

    const HOUR_MS = 3_600_000
    const waiting = Array.from({ length: 1_000 }, (_, index) => waitingCase(caseIdAt(AT_MS, 10_000 + index), 'card_waiting', AT_MS + HOUR_MS + index))
    for (let from = 0; from < waiting.length; from += 50) await Promise.all(waiting.slice(from, from + 50).map(async (one) => await cases.save(one)))

    const expected: DueWork[] = []
    for (const index of [4, 0, 9, 2, 7, 1, 8, 3, 6]) {
      const id = caseIdAt(AT_MS, index)
      await cases.save(waitingCase(id, 'card_due', AT_MS + index * 1_000))
      expected[index] = { kind: 'case', id, dueAtMs: AT_MS + index * 1_000 }
    }
    await transactions.recordOnce(transaction('tx-due', { assessedAtMs: AT_MS - HOUR_MS, question: { state: 'pending', proposedCaseId: 'case_1' } }))
    const inOrder = [{ kind: 'transaction', id: 'tx-due', dueAtMs: AT_MS - HOUR_MS + 2_000 }, ...expected.filter(Boolean)]
    await cases.save(closedCase(caseIdAt(AT_MS, 500), 'card_closed'))

    const due = async (nowMs: number, limit: number) => await dueIndex.due(QUEUES, nowMs, limit)
    t.same(await eventually(async () => await due(AT_MS + 9_000, 50), (found) => found.length === inOrder.length), inOrder, 'due at this very moment counts')
    t.same(await due(AT_MS + 8_999, 50), inOrder.slice(0, -1), 'a millisecond before it does not')
    t.same(await due(AT_MS + 9_000, 3), inOrder.slice(0, 3), 'the first ones up to the limit')
    t.equal((await due(AT_MS + 3 * HOUR_MS, 100)).length, 100)
  })

  await t.test('DueIndex: each queue for itself: what waits for its turn to be called does not hide what may be done at once', async (t) => {
    const { cases, transactions, dueIndex } = await createStore()
    const attempts = (caseId: string, change: object) => waitingCase(caseId, 'card_1', AT_MS).attempts.map((attempt) => ({ ...attempt, ...change }))
    const [voice, sms, live, settling, told] = [1, 2, 3, 4, 5].map((number) => caseIdAt(AT_MS, number)) as [string, string, string, string, string]
    await cases.save(waitingCase(voice, 'card_1', AT_MS))
    await cases.save(waitingCase(sms, 'card_1', AT_MS, { attempts: attempts(sms, { channel: 'sms' }) }))
    await cases.save(waitingCase(live, 'card_1', AT_MS, { attempts: attempts(live, { status: 'in_progress', submissions: 1, dueAtMs: AT_MS + 240_000 }) }))
    await cases.save(waitingCase(settling, 'card_1', AT_MS, { status: 'settling', decision: 'fraud', ending: 'answered', attempts: [] }))
    await cases.save({ ...closedCase(told, 'card_1'), feedback: { dueAtMs: AT_MS, tries: 0, done: 0 } })
    await transactions.recordOnce(transaction('tx-1', { assessedAtMs: AT_MS, question: { state: 'pending', proposedCaseId: 'case_1' } }))
    const ids = async (queues: readonly Queue[], untilMs = AT_MS + 10_000) => (await dueIndex.due(queues, untilMs, 10)).map(({ id }) => id)
    t.equal((await eventually(async () => await ids(QUEUES, Infinity), (found) => found.length === 6)).length, 6)
    t.same(await ids(['voice']), [voice])
    t.same(await ids(['sms']), [sms])
    t.same(await ids(['live']), [], 'a call under way is not due before its deadline')
    t.same(await ids(['live'], Infinity), [live], 'and counts all the same')
    t.same(await ids(['other']), [settling, 'tx-1'])
    t.same(await ids(['feedback']), [told])
  })

  await t.test('DueIndex: a case moves with its due time, stays due while it settles, and is gone when it is closed', async (t) => {
    const { cases, dueIndex } = await createStore()
    const id = caseIdAt(AT_MS, 1)
    const due = async () => (await dueIndex.due(QUEUES, AT_MS + 1_000, 10)).length
    const table: Array<[why: string, question: Case, count: number]> = [
      ['due', waitingCase(id, 'card_1', AT_MS), 1],
      ['postponed', waitingCase(id, 'card_1', AT_MS + 60_000, { version: 1 }), 0],
      ['due again', waitingCase(id, 'card_1', AT_MS + 500, { version: 2 }), 1],
      ['settling', waitingCase(id, 'card_1', AT_MS, { version: 3, status: 'settling', decision: 'fraud', ending: 'answered', attempts: [] }), 1],
      ['closed', { ...closedCase(id, 'card_1'), version: 4 }, 0]
    ]
    for (const [why, question, count] of table) {
      t.equal(await cases.save(question), true)
      t.equal(await eventually(due, (found) => found === count), count, why)
    }
  })
}

/** What every store of contact events does. */
async function contactEventStoreContract (t: Test, createStore: CreateStore): Promise<void> {
  await t.test('ContactEventStore: an event may be recorded again, in any order and by many at once, and is never due work', async (t) => {
    const { contactEvents, dueIndex } = await createStore()
    const event = { eventId: 'event-1', contactId: 'contact-1', eventType: 'DISCONNECTED', receivedAtMs: AT_MS, wasConnected: true }
    await t.resolves(contactEvents.record(event))
    await t.resolves(contactEvents.record({ ...event, receivedAtMs: AT_MS + 1 }), 'the same id again')
    await t.resolves(Promise.all(Array.from({ length: 20 }, async () => { await contactEvents.record({ ...event, eventId: 'event-2' }) })))
    t.same(await dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 10), [])
    const telling = { ...event, contactId: 'contact-0', connectedAtMs: AT_MS, endedAtMs: AT_MS + 1, disconnectReason: 'TELECOM_BUSY', answeringMachine: 'HUMAN_ANSWERED' }
    await contactEvents.record(telling)
    t.strictSame((await contactEvents.read('contact-0')).events, [telling])
    const { origin, events } = await contactEvents.read('contact-1')
    t.equal(origin, undefined, 'nobody said whose contact it is')
    t.strictSame(events.toSorted((one, other) => one.eventId.localeCompare(other.eventId)), [event, { ...event, eventId: 'event-2' }], 'each once, as it came first')
  })

  await t.test('ContactEventStore: a contact has its attempt and its events, whichever came first, and no other contact has them', async (t) => {
    const { contactEvents } = await createStore()
    const event = { eventId: 'event-1', contactId: 'contact-1', eventType: 'DISCONNECTED', receivedAtMs: AT_MS, wasConnected: false }
    const origin = { caseId: 'case_1', attemptId: 'attempt_1_1' }
    t.strictSame(await contactEvents.read('contact-1'), { origin: undefined, events: [] })
    await contactEvents.record(event)
    await contactEvents.bind('contact-1', origin)
    await contactEvents.bind('contact-1', origin)
    t.strictSame(await contactEvents.read('contact-1'), { origin, events: [event] })
    await contactEvents.bind('contact-2', { ...origin, attemptId: 'attempt_1_2' })
    await contactEvents.record({ ...event, contactId: 'contact-2', eventId: 'event-9' })
    t.match(await contactEvents.read('contact-2'), { origin: { attemptId: 'attempt_1_2' }, events: [{ eventId: 'event-9' }] })
    t.strictSame(await contactEvents.read('contact-1'), { origin, events: [event] })
  })
}

/** What every store's readiness check does. */
async function checkReadyContract (t: Test, createStore: CreateStore): Promise<void> {
  await t.test('CheckStore: a store that answers is ready, empty or not', async (t) => {
    const { checkReady, cards } = await createStore()
    await t.resolves(checkReady())
    await cards.save(card('card_1'))
    await t.resolves(checkReady())
  })
}

/** Every contract of a store, on one engine. */
export async function storeContracts (t: Test, createStore: CreateStore): Promise<void> {
  await cardStoreContract(t, createStore)
  await customerStoreContract(t, createStore)
  await transactionStoreContract(t, createStore)
  await caseStoreContract(t, createStore)
  await dueIndexContract(t, createStore)
  await contactEventStoreContract(t, createStore)
  await checkReadyContract(t, createStore)
}
