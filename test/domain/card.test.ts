import t from 'tap'
import { blockCard, claimForCase, isQuiet, newCard, operate, releaseFromCase, settleCard, unblockCard, type Card, type Settlement } from '../../src/domain/card.ts'

const QUIET = { quietMs: 3_600_000 }
const MARGIN = { quietScoreMargin: 100 }

const CARD: Card = {
  cardId: 'card_1', last4: '8788', customerId: 'ada', isBlocked: false, blocking: null, openCaseId: 'case_1', quiet: null, lastSettled: null, operations: [], version: 3
}
const BLOCKED: Card = { ...CARD, isBlocked: true, blocking: { atMs: 5, by: 'operator', reason: 'stolen' } }

function settlement (change: Partial<Settlement> = {}): Settlement {
  return { caseId: 'case_1', customerId: 'ada', decision: 'fraud', score: 900, amounts: [{ valueMinor: 5_000, currency: 'EUR' }], blockWithoutAnswer: false, atMs: 1_000, ...change }
}

t.test('newCard is not blocked, has no case and was never written', async (t) => {
  t.same(newCard('card_1', '8788', 'ada'), { ...CARD, openCaseId: null, version: 0 })
})

t.test('claimForCase gives a free card its case, and leaves one that has a case alone', async (t) => {
  const free = { ...CARD, openCaseId: null }
  t.equal(claimForCase(free, 'case_2').openCaseId, 'case_2')
  t.equal(claimForCase(CARD, 'case_2'), CARD, 'the same object, so nothing is written')
  t.equal(claimForCase(CARD, 'case_1'), CARD, 'claiming again writes nothing')
})

t.test('releaseFromCase frees the card of its own case only', async (t) => {
  t.equal(releaseFromCase(CARD, 'case_1').openCaseId, null)
  t.equal(releaseFromCase(CARD, 'case_2'), CARD)
})

t.test('blockCard keeps the first blocking, unblockCard takes it away, and both may be repeated', async (t) => {
  const blocked = blockCard(CARD, { atMs: 7, by: 'operator', reason: 'hotline' })
  t.same(blocked, { ...CARD, isBlocked: true, blocking: { atMs: 7, by: 'operator', reason: 'hotline' } })
  t.equal(blockCard(blocked, { atMs: 9, by: 'answer', reason: 'later' }), blocked)
  t.same(unblockCard(blocked), CARD)
  t.equal(unblockCard(CARD), CARD)
})

t.test('settleCard: what each decision does to a card', async (t) => {
  const answered = { atMs: 1_000, by: 'answer', reason: 'The cardholder answered fraud in case_1.' }
  const nobody = { atMs: 1_000, by: 'policy', reason: 'Nobody answered in case_1.' }
  const quiet = { untilMs: 3_601_000, score: 900, amounts: [{ valueMinor: 5_000, currency: 'EUR' }] }
  const table: Array<[why: string, before: Card, change: Partial<Settlement>, after: Partial<Card>]> = [
    ['fraud blocks', CARD, { decision: 'fraud' }, { isBlocked: true, blocking: answered as Card['blocking'] }],
    ['fraud ends a quiet time', { ...CARD, quiet }, { decision: 'fraud' }, { isBlocked: true, blocking: answered as Card['blocking'], quiet: null }],
    ["fraud keeps an operator's blocking", BLOCKED, { decision: 'fraud' }, {}],
    ['genuine starts a quiet time', CARD, { decision: 'genuine' }, { quiet }],
    ["genuine does not lift an operator's blocking, and gets no quiet time that would outlive it", BLOCKED, { decision: 'genuine' }, {}],
    ['fraud of a former holder only frees the card', CARD, { decision: 'fraud', customerId: 'bob' }, {}],
    ['genuine of a former holder grants nothing', CARD, { decision: 'genuine', customerId: 'bob' }, {}],
    ['fraud blocks a card that nobody holds', { ...CARD, customerId: null }, { decision: 'fraud' }, { isBlocked: true, blocking: answered as Card['blocking'] }],
    ['none leaves the card', CARD, { decision: 'none' }, {}],
    ['none leaves a blocked card blocked', BLOCKED, { decision: 'none' }, {}],
    ['none keeps a quiet time', { ...CARD, quiet }, { decision: 'none' }, { quiet }],
    ['none blocks by the policy', CARD, { decision: 'none', blockWithoutAnswer: true }, { isBlocked: true, blocking: nobody as Card['blocking'] }],
    ['the policy says nothing to an answer', CARD, { decision: 'genuine', blockWithoutAnswer: true }, { quiet }]
  ]
  for (const [why, before, change, after] of table) {
    const decision = change.decision ?? 'fraud'
    t.same(settleCard(before, settlement(change), QUIET), { ...before, openCaseId: null, lastSettled: { caseId: 'case_1', decision }, ...after }, why)
  }
})

t.test('settleCard applies a settlement once: the second time the card comes back as it is', async (t) => {
  for (const decision of ['fraud', 'genuine', 'none'] as const) {
    const once = settleCard(CARD, settlement({ decision }), QUIET)
    t.equal(settleCard(once, settlement({ decision, atMs: 99_000 }), QUIET), once, decision)
  }
})

t.test('settleCard: an operator who unblocks after the answer is not overruled by the same settlement', async (t) => {
  const unblocked = unblockCard(settleCard(CARD, settlement(), QUIET))
  t.equal(settleCard(unblocked, settlement(), QUIET).isBlocked, false)
})

t.test('settleCard: a late answer to the same case is applied after its none', async (t) => {
  const none = settleCard(CARD, settlement({ decision: 'none' }), QUIET)
  t.equal(settleCard(none, settlement({ decision: 'fraud' }), QUIET).isBlocked, true)
})

t.test("settleCard leaves another case's claim on the card", async (t) => {
  t.equal(settleCard({ ...CARD, openCaseId: 'case_2' }, settlement(), QUIET).openCaseId, 'case_2')
})

t.test('isQuiet: the word of the cardholder covers its time and scores up to the margin', async (t) => {
  const quiet: Card = { ...CARD, quiet: { untilMs: 10_000, score: 850, amounts: [{ valueMinor: 5_000, currency: 'EUR' }] } }
  const table: Array<[card: Card, score: number, nowMs: number, covers: boolean]> = [
    [quiet, 850, 9_999, true],
    [quiet, 950, 9_999, true],
    [quiet, 951, 9_999, false],
    [quiet, 850, 10_000, false],
    [quiet, 0, 0, true],
    [CARD, 0, 0, false]
  ]
  for (const [card, score, nowMs, covers] of table) t.equal(isQuiet(card, { score, amount: { valueMinor: 5_000, currency: 'EUR' } }, nowMs, MARGIN), covers, `score ${score} at ${nowMs}`)
})

t.test('isQuiet: who confirmed a coffee has not confirmed a yacht', async (t) => {
  const quiet: Card = { ...CARD, quiet: { untilMs: 10_000, score: 990, amounts: [{ valueMinor: 5_000, currency: 'EUR' }, { valueMinor: 100, currency: 'JPY' }] } }
  const table: Array<[valueMinor: number, currency: string, covers: boolean]> = [
    [5_000, 'EUR', true], [5_001, 'EUR', false], [100, 'JPY', true], [101, 'JPY', false], [1, 'USD', false]
  ]
  for (const [valueMinor, currency, covers] of table) t.equal(isQuiet(quiet, { score: 999, amount: { valueMinor, currency } }, 0, MARGIN), covers, `${valueMinor} ${currency}`)
})

t.test('operate keeps who did what and why, the last fifty times, and changes nothing on a card that is so already', async (t) => {
  const blocked = operate(CARD, { atMs: 1, who: 'key ops', what: 'blocked', why: 'stolen' })
  t.match(blocked, { isBlocked: true, blocking: { atMs: 1, by: 'operator', reason: 'stolen (key ops)' }, operations: [{ atMs: 1, who: 'key ops', what: 'blocked', why: 'stolen' }] })
  t.equal(operate(blocked, { atMs: 2, who: 'key ops', what: 'blocked', why: 'again' }), blocked)
  const unblocked = operate(blocked, { atMs: 3, who: 'key ops', what: 'unblocked', why: 'found' })
  t.match(unblocked, { isBlocked: false, blocking: null, operations: [{ what: 'blocked' }, { atMs: 3, what: 'unblocked', why: 'found' }] })

  let card = CARD
  for (let n = 0; n < 60; n++) card = operate(card, { atMs: n, who: 'key ops', what: n % 2 === 0 ? 'blocked' : 'unblocked', why: `act ${n}` })
  t.equal(card.operations.length, 50)
  t.equal(card.operations.at(-1)?.why, 'act 59')
})
