import { createHash } from 'node:crypto'
import type { Amount } from './amount.ts'
import { newAttempt, type Attempt, type AttemptOutcome, type LaterLook } from './attempt.ts'
import { withHistory, withMinorHistory, type HistoryEntry } from './case-history.ts'
import { attemptLifeMs, type Policy } from './policy.ts'
import { technicalPauseMs } from './technical-ladder.ts'

/** What the cardholder said. */
export type Answer = 'fraud' | 'genuine'
export type Decision = Answer | 'none'

/** `settling`: decided, and the card is being brought in line; `closed` only after it was. */
export type CaseStatus = 'open' | 'settling' | 'closed'

/** Why a case ended. */
export type Ending = 'answered' | 'nobody_reached' | 'card_blocked' | 'customer_gone' | 'expired' | 'closed_by_operator'

export interface CaseTransaction {
  transactionId: string
  amount: Amount
  merchant: string | null
  score: number | null
  occurredAtMs: number
}

/** What a case takes from a transaction. */
export interface SuspiciousTransaction extends CaseTransaction {
  cardId: string
  last4: string
  customerId: string
  reasons: readonly string[]
}

/** An answer on its way to the detector. */
export interface Feedback {
  dueAtMs: number
  tries: number
  done: number
}

/** One question to the cardholder about the suspicious transactions of one card. */
export interface Case {
  caseId: string
  cardId: string
  last4: string
  customerId: string
  status: CaseStatus
  decision: Decision | null
  ending: Ending | null
  /** The transactions that the answer is about; `null` is all of them. */
  answeredIds: readonly string[] | null
  openedAtMs: number
  /** When it ends by itself; absent on cases of an earlier version. */
  expiresAtMs?: number
  closedAtMs: number | null
  /** The first ones, at most `MAX_CASE_TRANSACTIONS`; every transaction names its case itself. */
  transactions: readonly CaseTransaction[]
  attempts: readonly Attempt[]
  history: readonly HistoryEntry[]
  /** The answer that is still to be told to the detector: when next, how often it failed, and how many transactions are done. */
  feedback?: Feedback | null
  /** Counts the writes; 0 is not written yet. */
  version: number
}

/** A case lists this many transactions and no more, to stay far below DynamoDB's 400 KB an item. */
export const MAX_CASE_TRANSACTIONS = 100

/** A new case with its first attempt due. */
export function openCase (caseId: string, transaction: SuspiciousTransaction, policy: Policy, nowMs: number): Case {
  return startCase(caseId, transaction, [caseTransaction(transaction)], transaction.reasons.join(', '), policy, nowMs)
}

/**
 * A new case about what joined another one after its cardholder had been asked; `undefined` when everything was asked about.
 * It has the id that whoever repeats this would give it, or `caseId` when that one is taken.
 */
export function followUpCase (settled: Case, policy: Policy, nowMs: number, caseId?: string): Case | undefined {
  const left = unansweredTransactions(settled)
  const [first] = left
  if (settled.decision !== 'genuine' || first === undefined) return undefined
  return startCase(caseId ?? successorCaseId(settled.caseId, first.transactionId), settled, left, `joined ${settled.caseId} after it had been asked`, policy, nowMs)
}

/** Takes the transactions of a follow-up into a case that is open already. */
export function mergeCase (question: Case, followUp: Case): Case {
  const known = new Set(question.transactions.map(({ transactionId }) => transactionId))
  const added = followUp.transactions.filter(({ transactionId }) => !known.has(transactionId)).slice(0, MAX_CASE_TRANSACTIONS - known.size)
  if (added.length === 0) return question
  const why = added.map(({ transactionId }) => transactionId).join(', ')
  return withMinorHistory({ ...question, transactions: [...question.transactions, ...added] }, followUp.openedAtMs, 'ringfence', 'transactions joined', why)
}

/** Whether a case lists all that a follow-up is about, or as much as a case lists. */
export function asksAbout ({ transactions }: Case, followUp: Case): boolean {
  const listed = new Set(transactions.map(({ transactionId }) => transactionId))
  return transactions.length >= MAX_CASE_TRANSACTIONS || followUp.transactions.every(({ transactionId }) => listed.has(transactionId))
}

/** The transactions that the answer is about. */
export function answeredTransactions ({ transactions, answeredIds }: Pick<Case, 'transactions' | 'answeredIds'>): CaseTransaction[] {
  return transactions.filter(({ transactionId }) => answeredIds?.includes(transactionId) ?? true)
}

function unansweredTransactions ({ transactions, answeredIds }: Case): CaseTransaction[] {
  return answeredIds === null ? [] : transactions.filter(({ transactionId }) => !answeredIds.includes(transactionId))
}

/** The greatest score, and the greatest amount of each currency, that the answer is about. */
export function answeredExtent (question: Case): { score: number, amounts: Amount[] } {
  const answered = answeredTransactions(question)
  const amounts = new Map<string, Amount>()
  for (const { amount } of answered) {
    if (amount.valueMinor >= (amounts.get(amount.currency)?.valueMinor ?? 0)) amounts.set(amount.currency, amount)
  }
  return { score: Math.max(0, ...answered.map(({ score }) => score ?? 0)), amounts: [...amounts.values()] }
}

function startCase (caseId: string, { cardId, last4, customerId }: Pick<Case, 'cardId' | 'last4' | 'customerId'>, transactions: CaseTransaction[], why: string, policy: Policy, nowMs: number): Case {
  const empty: Case = {
    caseId,
    cardId,
    last4,
    customerId,
    status: 'open',
    decision: null,
    ending: null,
    answeredIds: null,
    openedAtMs: nowMs,
    expiresAtMs: nowMs + policy.caseLifeMs,
    closedAtMs: null,
    transactions,
    attempts: [],
    history: [],
    version: 0
  }
  return scheduleStep(withHistory(empty, nowMs, 'detector', 'opened', why), 0, policy, nowMs)
}

/**
 * The id of the case that follows one which ended before a transaction could join it. Made from the two alone, so that whoever comes
 * after a crash makes the same; it keeps the time in front, by which case ids sort.
 */
export function successorCaseId (caseId: string, transactionId: string): string {
  const digest = createHash('sha256').update(`${caseId} ${transactionId}`).digest('hex')
  const timeAndVersion = caseId.slice(0, 'case_xxxxxxxx-xxxx-7'.length)
  return `${timeAndVersion}${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`
}

/** Adds a transaction to an open case; one that is listed already, or one too many, changes nothing. */
export function joinCase (question: Case, transaction: SuspiciousTransaction, nowMs: number): Case {
  const isListed = question.transactions.some(({ transactionId }) => transactionId === transaction.transactionId)
  if (isListed || question.transactions.length >= MAX_CASE_TRANSACTIONS) return question
  return withMinorHistory({ ...question, transactions: [...question.transactions, caseTransaction(transaction)] }, nowMs, 'detector', 'transaction joined', transaction.transactionId)
}

/** The transactions that an attempt asks about: all, before it is first sent. */
export function askedTransactions ({ transactions }: Case, { askedIds }: Attempt): CaseTransaction[] {
  return transactions.filter(({ transactionId }) => askedIds?.includes(transactionId) ?? true)
}

/** The transaction that is named to the cardholder: the one of the highest score, the latest among equals. */
export function gravestTransaction ([first, ...others]: readonly CaseTransaction[]): CaseTransaction {
  if (first === undefined) throw new Error('a case has at least one transaction')
  return others.reduce((gravest, one) => ((one.score ?? 0) >= (gravest.score ?? 0) ? one : gravest), first)
}

/** The attempt that is waiting or under way; a case has at most one. */
export function liveAttempt (question: Case): Attempt | undefined {
  return question.attempts.find(({ status }) => status !== 'ended')
}

/** The ended attempt whose contact is to be looked up next; `undefined` when there is none. */
/** The live attempt, if nobody moved it since it was read as `seen`; whoever else moved it knows better. */
export function unmovedAttempt (question: Case, seen: Attempt): Attempt | undefined {
  const attempt = question.status === 'open' ? liveAttempt(question) : undefined
  return attempt?.attemptId === seen.attemptId && attempt.status === seen.status && attempt.dueAtMs === seen.dueAtMs ? attempt : undefined
}

export function laterLookAttempt ({ attempts }: Case): Attempt | undefined {
  return attempts.filter(({ laterLook }) => laterLook != null)
    .reduce<Attempt | undefined>((first, one) => (first?.laterLook?.dueAtMs ?? Infinity) <= (one.laterLook?.dueAtMs ?? 0) ? first : one, undefined)
}

/** Says when an ended attempt's contact is looked up again; `null`: never. */
export function setLaterLook (question: Case, attempt: Attempt, laterLook: LaterLook | null): Case {
  return replaceAttempt(question, { ...attempt, laterLook })
}

/**
 * The contact of an ended attempt is over. When the attempt ended without the contact's own word, what may have been left there is looked for,
 * once: an attempt that has a later look, or had one, is left as it is.
 */
export function recordOverLate (question: Case, attempt: Attempt, nowMs: number): Case {
  const endedByOthers = attempt.outcome === 'superseded' || attempt.outcome === 'unknown'
  if (!endedByOthers || attempt.submissions === 0 || attempt.laterLook !== undefined) return question
  return setLaterLook(question, attempt, { dueAtMs: nowMs, failures: 0 })
}

/** Moves a waiting attempt to a later moment. */
export function postponeAttempt (question: Case, attempt: Attempt, dueAtMs: number, why: string, nowMs: number): Case {
  return withMinorHistory(replaceAttempt(question, { ...attempt, status: 'due', dueAtMs }), nowMs, 'dialer', 'attempt postponed', why)
}

/**
 * The calling service put the call off. After `giveUpMs` of that the attempt has failed; an earlier submission that may have
 * called stays unknown.
 */
export function deferAttempt (question: Case, attempt: Attempt, why: string, policy: Policy, nowMs: number): Case {
  if (attempt.submissions > 1) return recordSubmissionUnknown(question, attempt, why, policy, nowMs)
  const deferredSinceMs = attempt.deferredSinceMs ?? nowMs
  if (nowMs - deferredSinceMs >= policy.giveUpMs) return endAttempt(question, attempt, 'failed', policy, nowMs)
  const deferrals = (attempt.deferrals ?? 0) + 1
  const dueAtMs = nowMs + technicalPauseMs(attempt.attemptId, deferrals, policy.retryMs)
  const deferred: Attempt = { ...attempt, status: 'due', submissions: 0, submittedAtMs: null, askedIds: null, deferredSinceMs, deferrals, dueAtMs }
  const isNews = attempt.deferredSinceMs === null
  const told = replaceAttempt(question, deferred)
  return isNews ? withMinorHistory(told, nowMs, 'dialer', 'attempt deferred', why) : told
}

/** The intent to call, written before the calling service is asked; after `submissionMs` without a word it must be reconciled. */
export function beginSubmission (question: Case, attempt: Attempt, policy: Policy, nowMs: number): Case {
  return replaceAttempt(question, {
    ...attempt,
    askedIds: attempt.askedIds ?? question.transactions.map(({ transactionId }) => transactionId),
    status: 'submitting',
    submissions: attempt.submissions + 1,
    submittedAtMs: attempt.submittedAtMs ?? nowMs,
    dueAtMs: nowMs + policy.submissionMs
  })
}

/** The calling service took the contact; the watchdog ends the attempt when its life is over, counted from when it was first asked. */
export function recordSubmitted (question: Case, attempt: Attempt, contactId: string, policy: Policy, nowMs: number): Case {
  const submitted: Attempt = { ...attempt, status: 'submitted', contactId, dueAtMs: (attempt.submittedAtMs ?? nowMs) + attemptLifeMs(policy, attempt.channel) }
  return withHistory(replaceAttempt(question, submitted), nowMs, 'dialer', `${attempt.channel} contact started`, contactId)
}

/** The contact's events say that it is over, and not why: the calling service is asked at once. Repeatable. */
export function recordOver (question: Case, attempt: Attempt, nowMs: number): Case {
  if (attempt.overSinceMs !== undefined) return question
  return replaceAttempt(question, { ...attempt, status: attempt.status === 'in_progress' ? 'in_progress' : 'submitted', overSinceMs: nowMs, dueAtMs: nowMs })
}

/** The contact is looked up again at `dueAtMs`. */
export function lookUpAgain (question: Case, attempt: Attempt, dueAtMs: number, failedLookUps: number): Case {
  return replaceAttempt(question, { ...attempt, dueAtMs, failedLookUps })
}

/** Somebody, or something, picked up. The watchdog's deadline stays as it is. Repeatable, and no news of a contact that is over. */
export function recordPickedUp (question: Case, attempt: Attempt): Case {
  if (question.status !== 'open' || attempt.status !== 'submitted' || attempt.overSinceMs !== undefined) return question
  return replaceAttempt(question, { ...attempt, status: 'in_progress' })
}

/** Nobody knows whether the phone rings: the same token is sent again after a while, never a new one. */
export function recordSubmissionUnknown (question: Case, attempt: Attempt, why: string, policy: Policy, nowMs: number): Case {
  const dueAtMs = Math.min(nowMs + technicalPauseMs(attempt.attemptId, attempt.submissions, policy.retryMs), (attempt.submittedAtMs ?? nowMs) + policy.attemptMs)
  const unknown: Attempt = { ...attempt, status: 'submission_unknown', dueAtMs }
  return withMinorHistory(replaceAttempt(question, unknown), nowMs, 'dialer', 'submission unknown', why)
}

/**
 * An attempt that may have called is not wanted any more: it is not sent again, since that might ring only now, and the ladder waits until a call
 * from the first time would be over, so that two do not ring at once.
 */
export function awaitSubmission (question: Case, attempt: Attempt, why: string, policy: Policy, nowMs: number): Case {
  const unknown: Attempt = { ...attempt, status: 'submission_unknown', dueAtMs: (attempt.submittedAtMs ?? nowMs) + policy.attemptMs }
  return withMinorHistory(replaceAttempt(question, unknown), nowMs, 'dialer', 'submission not repeated', why)
}

/** Ends an attempt that brought no answer, and schedules the ladder's next step or, at its end, lets the case end `none`. */
export function endAttempt (question: Case, attempt: Attempt, outcome: AttemptOutcome, policy: Policy, nowMs: number): Case {
  const ended: Attempt = { ...attempt, status: 'ended', outcome, endedAtMs: nowMs, dueAtMs: null }
  const told = withHistory(replaceAttempt(question, ended), nowMs, 'dialer', `${attempt.channel} attempt ended`, outcome)
  return scheduleStep(told, attempt.step + 1, policy, nowMs)
}

/** Ends the case without an answer. */
export function endUnanswered (question: Case, ending: Exclude<Ending, 'answered' | 'closed_by_operator'>, nowMs: number): Case {
  return decide(question, 'none', ending, 'dialer', nowMs)
}

/**
 * An operator ends an open case; the card is left as it is. A contact that may be under way is looked up at its deadline: an answer or
 * an opt-out that is left there still counts. Closing again is a repeat; a case with another ending refuses.
 */
export function closeByOperator (question: Case, who: string, reason: string, nowMs: number): { verdict: 'closed' | 'repeated' | 'refused', case: Case } {
  if (question.ending === 'closed_by_operator') return { verdict: 'repeated', case: question }
  if (question.status !== 'open') return { verdict: 'refused', case: question }
  const live = liveAttempt(question)
  const ended = decide(question, 'none', 'closed_by_operator', who, nowMs, `closed_by_operator: ${reason}`)
  // Without a contact id its events bring the look; with events already there, `decide` has set it.
  const attempt = ended.attempts.find(({ attemptId }) => attemptId === live?.attemptId)
  if (live?.dueAtMs == null || attempt?.contactId == null || attempt.laterLook !== undefined) return { verdict: 'closed', case: ended }
  return { verdict: 'closed', case: setLaterLook(ended, attempt, { dueAtMs: live.dueAtMs, failures: 0 }) }
}

/**
 * The first answer wins: it decides the case. The same answer again is a repeat; another one is refused and written into the history.
 * A case that ended `none` still takes an answer: somebody who says "fraud" late must be heard.
 */
export function recordAnswer (question: Case, answer: Answer, who: string, attempt: Attempt | undefined, nowMs: number): { verdict: 'recorded' | 'repeated' | 'refused', case: Case } {
  if (question.decision === answer) return { verdict: 'repeated', case: question }
  if (question.decision === 'fraud' || question.decision === 'genuine') {
    return { verdict: 'refused', case: withMinorHistory(question, nowMs, who, `answer ${answer} refused`, `${question.decision} was answered before`) }
  }
  if (question.ending === 'customer_gone') {
    return { verdict: 'refused', case: withMinorHistory(question, nowMs, who, `answer ${answer} refused`, 'the card is no longer theirs') }
  }
  // Also an attempt that was taken as ended: its answer was under way.
  const heard = attempt === undefined
    ? question
    : replaceAttempt(question, { ...attempt, status: 'ended', outcome: 'answered', endedAtMs: attempt.endedAtMs ?? nowMs, dueAtMs: null })
  return { verdict: 'recorded', case: { ...decide(heard, answer, 'answered', who, nowMs), answeredIds: attempt?.askedIds ?? null } }
}

/**
 * The end, written after the card was brought in line.
 * @param tellsDetector whether an answer is to be told to the detector; the same write keeps that intent
 */
export function closeCase (question: Case, nowMs: number, tellsDetector = false): Case {
  if (question.status === 'closed') return question
  const why = `${question.decision ?? 'none'}, ${question.ending ?? 'nobody_reached'}`
  const closed: Case = { ...withHistory(question, nowMs, 'ringfence', 'closed', why), status: 'closed', closedAtMs: nowMs }
  return tellsDetector && question.ending === 'answered' ? { ...closed, feedback: { dueAtMs: nowMs, tries: 0, done: 0 } } : closed
}

/** The detector takes no answer now; it is told again at `feedback.dueAtMs`. */
export function putOffFeedback (question: Case, feedback: Feedback): Case {
  return { ...question, feedback }
}

/** Nothing is left to be told to the detector; the history says what was. */
export function endFeedback (question: Case, what: string, why: string, nowMs: number): Case {
  return { ...withHistory(question, nowMs, 'ringfence', what, why), feedback: null }
}

function decide (question: Case, decision: Decision, ending: Ending, who: string, nowMs: number, why: string = ending): Case {
  const attempts = question.attempts.map((attempt): Attempt => attempt.status === 'ended'
    ? attempt
    : {
        ...attempt,
        status: 'ended',
        outcome: 'superseded',
        endedAtMs: nowMs,
        dueAtMs: null,
        // Its contact was about to be looked up: an opt-out may be there.
        ...attempt.overSinceMs === undefined ? {} : { laterLook: { dueAtMs: nowMs, failures: 0 } }
      })
  return { ...withHistory(question, nowMs, who, `decided ${decision}`, why), attempts, status: 'settling', decision, ending, closedAtMs: null }
}

function scheduleStep (question: Case, step: number, policy: Policy, nowMs: number): Case {
  const next = policy.ladder[step]
  if (next === undefined) return endUnanswered(question, 'nobody_reached', nowMs)
  const attempt = newAttempt(question.caseId, question.attempts.length + 1, step, next.channel, nowMs + next.delayMs)
  return { ...question, attempts: [...question.attempts, attempt] }
}

function replaceAttempt (question: Case, changed: Attempt): Case {
  return { ...question, attempts: question.attempts.map((attempt) => attempt.attemptId === changed.attemptId ? changed : attempt) }
}

function caseTransaction ({ transactionId, amount, merchant, score, occurredAtMs }: SuspiciousTransaction): CaseTransaction {
  return { transactionId, amount, merchant, score, occurredAtMs }
}
