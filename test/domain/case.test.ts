import t from 'tap'
import type { Attempt } from '../../src/domain/attempt.ts'
import {
  answeredExtent, askedTransactions, beginSubmission, closeByOperator, closeCase, deferAttempt, endAttempt, endUnanswered, followUpCase, gravestTransaction, joinCase, liveAttempt, MAX_CASE_TRANSACTIONS, openCase,
  postponeAttempt, recordAnswer, recordPickedUp, recordSubmissionUnknown, recordSubmitted, type Answer, type Case, type SuspiciousTransaction
} from '../../src/domain/case.ts'
import { caseDueAtMs, isExpired } from '../../src/domain/case-due.ts'
import { technicalPauseMs } from '../../src/domain/technical-ladder.ts'
import type { Policy } from '../../src/domain/policy.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const OPENED_MS = 1_000_000

const POLICY: Policy = {
  thresholds: { fraudAbove: 860, investigateAbove: 775 },
  unscoredOutcome: 'investigate',
  investigateOpensCase: false,
  ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'sms', delayMs: 5 * MINUTE_MS }, { channel: 'voice', delayMs: 180 * MINUTE_MS }],
  callingWindow: undefined,
  quietMs: 60 * MINUTE_MS,
  quietScoreMargin: 100,
  caseLifeMs: 72 * 60 * MINUTE_MS,
  nobodyReached: 'leave',
  ringMs: 45 * SECOND_MS,
  attemptMs: 240 * SECOND_MS,
  smsReplyMs: 60 * MINUTE_MS,
  submissionMs: 15 * SECOND_MS,
  retryMs: 5 * SECOND_MS,
  giveUpMs: 60 * MINUTE_MS
}

const CASE_ID = 'case_01a20562-446f-708a-a322-efd89151236e'

function suspicious (transactionId: string, change: Partial<SuspiciousTransaction> = {}): SuspiciousTransaction {
  return {
    transactionId,
    cardId: 'card_1',
    last4: '8788',
    customerId: 'ada',
    amount: { valueMinor: 415500, currency: 'EUR' },
    merchant: '341-81-5775',
    score: 987,
    occurredAtMs: OPENED_MS - 5,
    reasons: ['score_over_fraud_threshold'],
    ...change
  }
}

function opened (): Case {
  return openCase(CASE_ID, suspicious('tx-1'), POLICY, OPENED_MS)
}

function live (question: Case): Attempt {
  const attempt = liveAttempt(question)
  if (attempt === undefined) throw new Error('no attempt is live')
  return attempt
}

function submitted (nowMs = OPENED_MS): Case {
  const submitting = beginSubmission(opened(), live(opened()), POLICY, nowMs)
  return recordSubmitted(submitting, live(submitting), 'contact-1', POLICY, nowMs + 100)
}

const last = (question: Case) => question.history.at(-1)

t.test('openCase asks about its transaction, with the first step of the ladder due', async (t) => {
  const question = opened()
  t.same(question, {
    caseId: CASE_ID,
    cardId: 'card_1',
    last4: '8788',
    customerId: 'ada',
    status: 'open',
    decision: null,
    ending: null,
    answeredIds: null,
    openedAtMs: OPENED_MS,
    expiresAtMs: OPENED_MS + 72 * 60 * MINUTE_MS,
    closedAtMs: null,
    transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 415500, currency: 'EUR' }, merchant: '341-81-5775', score: 987, occurredAtMs: OPENED_MS - 5 }],
    attempts: [{
      attemptId: 'attempt_01a20562-446f-708a-a322-efd89151236e_1', channel: 'voice', step: 0, status: 'due', dueAtMs: OPENED_MS, submissions: 0, deferredSinceMs: null, submittedAtMs: null, askedIds: null, contactId: null, outcome: null, endedAtMs: null
    }],
    history: [{ atMs: OPENED_MS, who: 'detector', what: 'opened', why: 'score_over_fraud_threshold' }],
    version: 0
  })
})

t.test('openCase without a ladder is decided none at once', async (t) => {
  const question = openCase(CASE_ID, suspicious('tx-1'), { ...POLICY, ladder: [] }, OPENED_MS)
  t.match(question, { status: 'settling', decision: 'none', ending: 'nobody_reached' })
  t.equal(liveAttempt(question), undefined)
})

t.test('joinCase lists each transaction once, up to the most that a case lists', async (t) => {
  t.equal(MAX_CASE_TRANSACTIONS, 100)
  let question = opened()
  t.equal(joinCase(question, suspicious('tx-1'), OPENED_MS), question, 'the same object for one that is listed')
  for (let number = 2; number <= 100; number++) question = joinCase(question, suspicious(`tx-${number}`), OPENED_MS)
  t.same(question.transactions.map(({ transactionId }) => transactionId), Array.from({ length: 100 }, (_, index) => `tx-${index + 1}`))
  t.equal(joinCase(question, suspicious('tx-101'), OPENED_MS), question, 'the same object for one too many')
  t.equal(question.attempts.length, 1, 'no transaction adds an attempt')
})

t.test('gravestTransaction is the one of the highest score, the latest among equals', async (t) => {
  const table: Array<[scores: Array<number | null>, gravest: number]> = [
    [[900], 0], [[900, 950, 920], 1], [[950, 900, 950], 2], [[null, 1], 1], [[1, null], 0], [[null, null], 1], [[0, null], 1]
  ]
  for (const [scores, gravest] of table) {
    const question = { ...opened(), transactions: scores.map((score, index) => suspicious(`tx-${index}`, { score })) }
    t.equal(gravestTransaction(question.transactions).transactionId, `tx-${gravest}`, JSON.stringify(scores))
  }
  t.throws(() => gravestTransaction(({ ...opened(), transactions: [] }).transactions), { message: /at least one transaction/ })
})

t.test('an attempt: every transition of its status, and when the dialer looks next', async (t) => {
  const at = OPENED_MS + 30 * SECOND_MS
  const due = opened()
  const submitting = beginSubmission(due, live(due), POLICY, at)
  const again = beginSubmission(submitting, live(submitting), POLICY, at + 15 * SECOND_MS)
  const table: Array<[why: string, after: Case, attempt: Partial<Attempt>]> = [
    ['due -> submitting', submitting, { status: 'submitting', submissions: 1, submittedAtMs: at, dueAtMs: at + 15 * SECOND_MS }],
    ['submitting -> submitting again keeps when it was first asked', again, { status: 'submitting', submissions: 2, submittedAtMs: at, dueAtMs: at + 30 * SECOND_MS }],
    ['submitting -> submitted', recordSubmitted(submitting, live(submitting), 'contact-1', POLICY, at + 200), { status: 'submitted', contactId: 'contact-1', submittedAtMs: at, dueAtMs: at + 240 * SECOND_MS }],
    ['a second submission does not move the watchdog', recordSubmitted(again, live(again), 'contact-1', POLICY, at + 16 * SECOND_MS), { status: 'submitted', dueAtMs: at + 240 * SECOND_MS }],
    ['submitting -> submission_unknown', recordSubmissionUnknown(submitting, live(submitting), 'timed out', POLICY, at + 200), { status: 'submission_unknown', submissions: 1, dueAtMs: at + 200 + technicalPauseMs(live(submitting).attemptId, 1, POLICY.retryMs) }],
    ['submitting -> due when put off for certain', deferAttempt(submitting, live(submitting), 'throttled', POLICY, at + 200), { status: 'due', submissions: 0, submittedAtMs: null, deferredSinceMs: at + 200, dueAtMs: at + 200 + technicalPauseMs(live(submitting).attemptId, 1, POLICY.retryMs) }],
    ['submitting again -> submission_unknown: the first one may have called', deferAttempt(again, live(again), 'throttled', POLICY, at + 200), { status: 'submission_unknown', submissions: 2, submittedAtMs: at }],
    ['submitted -> in_progress keeps the watchdog', recordPickedUp(submitted(), live(submitted())), { status: 'in_progress', dueAtMs: OPENED_MS + 240 * SECOND_MS }],
    ['submitting is not picked up before its contact is known', recordPickedUp(submitting, live(submitting)), { status: 'submitting' }],
    ['due -> due later', postponeAttempt(due, live(due), at + 99, 'outside the calling window', at), { status: 'due', submissions: 0, dueAtMs: at + 99 }]
  ]
  for (const [why, after, attempt] of table) {
    t.match(live(after), attempt, why)
    t.match(after, { status: 'open', decision: null }, 'the case stays open')
    t.equal(caseDueAtMs(after), live(after).dueAtMs, 'and is due with its attempt')
    t.equal(live(after).attemptId, live(due).attemptId, 'and it stays the same attempt')
  }
})

t.test('deferAttempt tells once in the history, counts from the first time, and gives up at giveUpMs', async (t) => {
  let question = opened()
  const table: Array<[afterMs: number, status: string]> = [[0, 'due'], [MINUTE_MS, 'due'], [60 * MINUTE_MS - 1, 'due'], [60 * MINUTE_MS, 'ended']]
  for (const [afterMs, status] of table) {
    question = beginSubmission(question, live(question), POLICY, OPENED_MS + afterMs)
    question = deferAttempt(question, live(question), 'throttled', POLICY, OPENED_MS + afterMs)
    t.equal(question.attempts[0]?.status, status, `${afterMs} ms after the first time`)
  }
  t.equal(question.history.filter(({ what }) => what === 'attempt deferred').length, 1)
  t.match(question.attempts[0], { outcome: 'failed', endedAtMs: OPENED_MS + 60 * MINUTE_MS })
  t.match(live(question), { step: 1, channel: 'sms' }, 'and the ladder goes on')
})

t.test('endAttempt: the ladder step by step to its end', async (t) => {
  let question = opened()
  const first = OPENED_MS + MINUTE_MS
  question = endAttempt(question, live(question), 'no_answer', POLICY, first)
  t.match(question.attempts[0], { status: 'ended', outcome: 'no_answer', endedAtMs: first, dueAtMs: null })
  t.match(live(question), { attemptId: 'attempt_01a20562-446f-708a-a322-efd89151236e_2', channel: 'sms', step: 1, status: 'due', dueAtMs: first + 5 * MINUTE_MS })

  const second = first + 5 * MINUTE_MS
  question = endAttempt(question, live(question), 'skipped', POLICY, second)
  t.match(live(question), { attemptId: 'attempt_01a20562-446f-708a-a322-efd89151236e_3', channel: 'voice', step: 2, dueAtMs: second + 180 * MINUTE_MS })
  t.equal(question.status, 'open')

  const third = second + 180 * MINUTE_MS
  question = endAttempt(question, live(question), 'busy', POLICY, third)
  t.match(question, { status: 'settling', decision: 'none', ending: 'nobody_reached', closedAtMs: null })
  t.equal(liveAttempt(question), undefined)
  t.equal(question.attempts.length, 3, 'three contacts and no more')
  t.same(question.history.map(({ what, why }) => [what, why]), [
    ['opened', 'score_over_fraud_threshold'], ['voice attempt ended', 'no_answer'], ['sms attempt ended', 'skipped'], ['voice attempt ended', 'busy'], ['decided none', 'nobody_reached']
  ])
})

t.test('endUnanswered ends the case, and what was waiting is superseded', async (t) => {
  for (const ending of ['card_blocked', 'customer_gone', 'nobody_reached'] as const) {
    const question = endUnanswered(submitted(), ending, OPENED_MS + 9)
    t.match(question, { status: 'settling', decision: 'none', ending })
    t.match(question.attempts, [{ status: 'ended', outcome: 'superseded', endedAtMs: OPENED_MS + 9, dueAtMs: null, contactId: 'contact-1' }])
  }
})

t.test('recordAnswer: what each answer does to a case in each state', async (t) => {
  const at = OPENED_MS + MINUTE_MS
  const fraud = recordAnswer(submitted(), 'fraud', 'cardholder', live(submitted()), at).case
  const genuine = recordAnswer(submitted(), 'genuine', 'cardholder', live(submitted()), at).case
  const none = endUnanswered(submitted(), 'nobody_reached', at)
  const table: Array<[why: string, before: Case, answer: Answer, verdict: string, status: string, decision: string]> = [
    ['open', opened(), 'fraud', 'recorded', 'settling', 'fraud'],
    ['open', opened(), 'genuine', 'recorded', 'settling', 'genuine'],
    ['settling fraud', fraud, 'fraud', 'repeated', 'settling', 'fraud'],
    ['settling fraud', fraud, 'genuine', 'refused', 'settling', 'fraud'],
    ['settling genuine', genuine, 'genuine', 'repeated', 'settling', 'genuine'],
    ['settling genuine', genuine, 'fraud', 'refused', 'settling', 'genuine'],
    ['settling none', none, 'fraud', 'recorded', 'settling', 'fraud'],
    ['settling none', none, 'genuine', 'recorded', 'settling', 'genuine'],
    ['closed fraud', closeCase(fraud, at), 'fraud', 'repeated', 'closed', 'fraud'],
    ['closed fraud', closeCase(fraud, at), 'genuine', 'refused', 'closed', 'fraud'],
    ['closed genuine', closeCase(genuine, at), 'genuine', 'repeated', 'closed', 'genuine'],
    ['closed genuine', closeCase(genuine, at), 'fraud', 'refused', 'closed', 'genuine'],
    ['closed none', closeCase(none, at), 'fraud', 'recorded', 'settling', 'fraud'],
    ['closed none', closeCase(none, at), 'genuine', 'recorded', 'settling', 'genuine']
  ]
  for (const [why, before, answer, verdict, status, decision] of table) {
    const heard = recordAnswer(before, answer, 'key hotline', undefined, at + 1)
    t.match(heard, { verdict, case: { status, decision } }, `${answer} to a case that is ${why}`)
    if (verdict === 'repeated') t.equal(heard.case, before, 'a repeat changes nothing')
    if (verdict === 'recorded') t.match(heard.case, { ending: 'answered', closedAtMs: null })
    if (verdict === 'refused') t.same(last(heard.case), { atMs: at + 1, who: 'key hotline', what: `answer ${answer} refused`, why: `${decision} was answered before` })
  }
})

t.test('recordAnswer ends the attempt that brought the answer, and supersedes another', async (t) => {
  const question = submitted()
  t.match(recordAnswer(question, 'fraud', 'cardholder', live(question), 5).case.attempts, [{ status: 'ended', outcome: 'answered', endedAtMs: 5, dueAtMs: null, contactId: 'contact-1' }])
  t.match(recordAnswer(question, 'fraud', 'key app', undefined, 5).case.attempts, [{ status: 'ended', outcome: 'superseded', endedAtMs: 5 }])

  const second = endAttempt(question, live(question), 'unknown', POLICY, 3)
  const late = recordAnswer(second, 'genuine', 'cardholder', second.attempts[0], 9).case
  t.match(late.attempts, [{ status: 'ended', outcome: 'answered', endedAtMs: 3 }, { status: 'ended', outcome: 'superseded', endedAtMs: 9 }], 'an answer through the first while the second waits')
})

t.test('recordAnswer keeps the contact that proved the submission', async (t) => {
  const submitting = beginSubmission(opened(), live(opened()), POLICY, OPENED_MS)
  const heard = recordAnswer(submitting, 'fraud', 'cardholder', { ...live(submitting), contactId: 'contact-7' }, OPENED_MS + 5).case
  t.match(heard.attempts, [{ status: 'ended', outcome: 'answered', contactId: 'contact-7' }])
})

t.test('closeCase closes once and tells why', async (t) => {
  const closed = closeCase(endUnanswered(opened(), 'card_blocked', 5), 8)
  t.match(closed, { status: 'closed', closedAtMs: 8, decision: 'none', ending: 'card_blocked' })
  t.same(last(closed), { atMs: 8, who: 'ringfence', what: 'closed', why: 'none, card_blocked' })
  t.equal(closeCase(closed, 99), closed)
})

t.test('caseDueAtMs: an open case is due with its attempt, a settling one at once, a closed one never', async (t) => {
  const settling = endUnanswered(opened(), 'nobody_reached', OPENED_MS + 9)
  t.equal(caseDueAtMs(opened()), OPENED_MS)
  t.equal(caseDueAtMs(submitted()), OPENED_MS + 240 * SECOND_MS)
  t.equal(caseDueAtMs(settling), OPENED_MS)
  t.equal(caseDueAtMs(closeCase(settling, 9)), undefined)
  t.equal(caseDueAtMs({ ...opened(), attempts: [] }), OPENED_MS, 'an open case without an attempt is not forgotten')
})

t.test('caseDueAtMs: a contact that is still to be looked up makes an open or closed case due, unless something else is due before', async (t) => {
  const later = (question: Case, ...moments: Array<number | null>): Case => ({
    ...question,
    attempts: [...moments.map((dueAtMs): Attempt => ({ ...live(opened()), status: 'ended', dueAtMs: null, laterLook: dueAtMs === null ? null : { dueAtMs, failures: 0 } })), ...question.attempts]
  })
  const settling = endUnanswered(opened(), 'nobody_reached', OPENED_MS)
  const closed = closeCase(settling, OPENED_MS)
  t.equal(caseDueAtMs(later(opened(), OPENED_MS + 5)), OPENED_MS, 'the next attempt is due first')
  t.equal(caseDueAtMs(later(submitted(), OPENED_MS + 7, null, OPENED_MS + 5)), OPENED_MS + 5)
  t.equal(caseDueAtMs(later(settling, OPENED_MS + 5)), OPENED_MS)
  t.equal(caseDueAtMs(later(closed, null, OPENED_MS + 5)), OPENED_MS + 5)
  t.equal(caseDueAtMs(later(closed, null)), undefined)
  t.equal(caseDueAtMs(later({ ...closed, feedback: { dueAtMs: OPENED_MS + 3, tries: 0, done: 0 } }, OPENED_MS + 5)), OPENED_MS + 3)
  t.equal(caseDueAtMs(later({ ...closed, feedback: { dueAtMs: OPENED_MS + 9, tries: 0, done: 0 } }, OPENED_MS + 5)), OPENED_MS + 5)
})

t.test('a flood of refused answers stops at a bound that says so; the decision before and the close after it are kept', async (t) => {
  let question = recordAnswer(opened(), 'fraud', 'cardholder', undefined, 1).case
  for (let round = 0; round < 1_000; round++) question = recordAnswer(question, 'genuine', 'somebody', undefined, round).case
  t.equal(question.history.length, 201)
  t.match(last(question), { what: 'further minor entries are not kept' })
  t.equal(recordAnswer(question, 'genuine', 'somebody', undefined, 1).case, question, 'then a refusal changes nothing')
  t.match(question.history[1], { what: 'decided fraud' })
  const closed = closeCase(question, 5)
  t.match(last(closed), { what: 'closed' })
  t.ok(JSON.stringify(closed).length < 100_000, 'far below the 400 KB of an item')
})

t.test('isExpired: at the case\'s end of life, not while its phone may ring, and never twice', async (t) => {
  const endMs = OPENED_MS + POLICY.caseLifeMs
  const waiting = postponeAttempt(opened(), live(opened()), endMs + 5, 'outside the calling window', OPENED_MS)
  t.equal(caseDueAtMs(waiting), endMs, 'it is looked at then')
  t.notOk(isExpired(waiting, POLICY, endMs - 1))
  t.ok(isExpired(waiting, POLICY, endMs))
  const { expiresAtMs: _absent, ...older } = waiting
  t.ok(isExpired(older, POLICY, endMs), 'also a case of an earlier version')
  const ringing = submitted(endMs - 1)
  t.notOk(isExpired(ringing, POLICY, endMs))
  t.equal(caseDueAtMs(ringing), live(ringing).dueAtMs, 'the attempt has its own deadline')
  t.ok(isExpired(endAttempt(ringing, live(ringing), 'no_answer', POLICY, endMs + 1), POLICY, endMs + 1))
  t.notOk(isExpired(endUnanswered(waiting, 'expired', endMs), POLICY, endMs))
})

t.test('closeByOperator ends an open case once, tells who and why, and lets a contact under way be looked up', async (t) => {
  const { verdict, case: closed } = closeByOperator(submitted(), 'key hotline', 'Settled by letter.', OPENED_MS + 5)
  t.equal(verdict, 'closed')
  t.match(closed, { status: 'settling', decision: 'none', ending: 'closed_by_operator', attempts: [{ outcome: 'superseded', laterLook: { dueAtMs: OPENED_MS + 240 * SECOND_MS } }] })
  t.match(last(closed), { who: 'key hotline', what: 'decided none', why: 'closed_by_operator: Settled by letter.' })
  t.same(closeByOperator(closeCase(closed, 9), 'key other', 'again', 10), { verdict: 'repeated', case: closeCase(closed, 9) })
  t.equal(closeByOperator(opened(), 'key hotline', 'x', 5).case.attempts[0]?.laterLook, undefined, 'nobody was called')
  const answered = recordAnswer(closed, 'fraud', 'cardholder', closed.attempts[0], 11).case
  t.match(answered, { decision: 'fraud', ending: 'answered' }, 'a late answer is heard')
  t.equal(closeByOperator(answered, 'key hotline', 'x', 12).verdict, 'refused')
})

t.test('no random walk leaves a case with a changed past, two live attempts, more than three contacts, or a decision taken back', async (t) => {
  let seed = 7
  const random = (below: number) => { seed = (seed * 48271) % 2147483647; return seed % below }
  for (let walk = 0; walk < 300; walk++) {
    let question = opened()
    let nowMs = OPENED_MS
    for (let step = 0; step < 25 && question.status !== 'closed'; step++) {
      nowMs += random(400) * SECOND_MS
      const attempt = liveAttempt(question)
      const answered = question.decision === 'fraud' || question.decision === 'genuine' ? question.decision : undefined
      const past = question.history
      if (random(12) === 0) question = recordAnswer(question, random(2) === 0 ? 'fraud' : 'genuine', 'cardholder', attempt, nowMs).case
      else if (random(20) === 0) question = joinCase(question, suspicious(`tx-${step + 2}`), nowMs)
      else if (random(20) === 0) question = closeByOperator(question, 'key hotline', 'why', nowMs).case
      else if (isExpired(question, POLICY, nowMs)) question = endUnanswered(question, 'expired', nowMs)
      else if (attempt === undefined) question = closeCase(question, nowMs)
      else if (attempt.status !== 'submitting') question = attempt.status === 'submitted' ? endAttempt(question, attempt, 'unknown', POLICY, nowMs) : beginSubmission(question, attempt, POLICY, nowMs)
      else {
        const change = [
          () => recordSubmitted(question, attempt, 'contact', POLICY, nowMs), () => recordSubmissionUnknown(question, attempt, 'late', POLICY, nowMs),
          () => deferAttempt(question, attempt, 'throttled', POLICY, nowMs), () => endAttempt(question, attempt, 'busy', POLICY, nowMs)
        ][random(4)]
        question = change?.() ?? question
      }
      if (past.some((entry, index) => question.history[index] !== entry)) t.fail('the history is not what it was with more behind it')
      if (question.attempts.filter(({ status }) => status !== 'ended').length > 1) t.fail('two attempts are live')
      if (question.attempts.length > 3) t.fail('more than three contacts')
      if (question.attempts.some(({ status, dueAtMs, outcome }) => (status === 'ended') !== (dueAtMs === null && outcome !== null))) t.fail('an attempt is neither waiting nor ended')
      if (answered !== undefined && question.decision !== answered) t.fail('an answer was taken back')
      if (question.status === 'open' && liveAttempt(question) === undefined) t.fail('an open case waits for nothing')
      if (question.status !== 'closed' && caseDueAtMs(question) === undefined) t.fail('a case that has not ended is never due')
    }
  }
  t.pass('300 walks of up to 25 steps')
})

t.test('recordAnswer through a contact is about what that contact asked; what joined later gets a case of its own', async (t) => {
  const joined = joinCase(submitted(), suspicious('tx-2', { score: 999 }), OPENED_MS + 500)
  const { case: heard } = recordAnswer(joined, 'genuine', 'cardholder', live(joined), OPENED_MS + 1_000)
  t.same(heard.answeredIds, ['tx-1'])
  t.same(answeredExtent(heard), { score: 987, amounts: [{ valueMinor: 415500, currency: 'EUR' }] })
  const followUp = followUpCase(heard, POLICY, OPENED_MS + 1_000)
  t.match(followUp, { status: 'open', customerId: 'ada', transactions: [{ transactionId: 'tx-2' }], attempts: [{ status: 'due', dueAtMs: OPENED_MS + 1_000 }] })
  t.equal(followUp?.transactions.length, 1)
  t.match(followUp?.caseId, /^case_01a20562-446f-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  t.same(followUpCase(heard, POLICY, OPENED_MS + 9_000)?.caseId, followUp?.caseId, 'the same one when it is made again')

  const { case: fraud } = recordAnswer(joined, 'fraud', 'cardholder', live(joined), OPENED_MS + 1_000)
  t.equal(followUpCase(fraud, POLICY, OPENED_MS), undefined, 'a blocked card needs no further question')
  const { case: byAgent } = recordAnswer(joined, 'genuine', 'key agent', undefined, OPENED_MS + 1_000)
  t.equal(followUpCase(byAgent, POLICY, OPENED_MS), undefined, 'an answer of no contact is about all')
  t.equal(answeredExtent(byAgent).score, 999)
})

t.test('beginSubmission keeps what was first asked about, however often it is sent', async (t) => {
  const first = beginSubmission(opened(), live(opened()), POLICY, OPENED_MS)
  const joined = joinCase(first, suspicious('tx-2'), OPENED_MS + 1_000)
  const again = beginSubmission(joined, live(joined), POLICY, OPENED_MS + 5_000)
  t.same(live(again).askedIds, ['tx-1'])
  t.same(askedTransactions(again, live(again)).map(({ transactionId }) => transactionId), ['tx-1'])
  t.equal(live(again).submissions, 2)
})
