import { answeredTransactions, endFeedback, putOffFeedback, type Answer, type Case, type CaseTransaction, type Feedback } from '../domain/case.ts'
import { RingfenceError } from '../errors.ts'
import type { AnswerFeedback, Log, TransactionLabel, TransactionStore } from '../ports.ts'
import { changeCase } from './change.ts'
import type { SettleCaseDeps } from './settle-case.ts'

export interface SendFeedbackDeps extends SettleCaseDeps {
  transactions: TransactionStore
  log: Log
}

/** How much of one case one pass of the dialer tells, so that others get their turn. */
const MAX_LABELS_PER_PASS = 10
const FIRST_RETRY_MS = 60_000
const MAX_RETRY_MS = 6 * 3_600_000
/** After this long the detector is told no more. */
const GIVE_UP_MS = 72 * 3_600_000

/**
 * Tells the detector what the cardholder of a closed case answered: every transaction that the case asked about and that Amazon Fraud Detector
 * scored gets its label. "Fraud" about several payments labels all of them, since on a card that its holder disowns each suspicious payment is
 * far more likely fraud than not. Repeatable; a detector that cannot take it now is told again, and never disturbs case or card.
 * @param mayGoOn asked before each label, since each may take a while and the dialer has others to serve; what is left stays due
 * @returns whether the detector failed, so that it had better not be asked again at once
 */
export async function sendFeedback (deps: SendFeedbackDeps, question: Case, mayGoOn: () => boolean): Promise<boolean> {
  const { feedback, decision, closedAtMs } = question
  if (feedback == null || feedback.dueAtMs > deps.nowMs()) return false
  const nowMs = deps.nowMs()
  if (decision === null || decision === 'none' || closedAtMs === null) {
    await write(deps, question, feedback, (current) => endFeedback(current, 'answer not told to the detector', 'there is none', nowMs))
    return false
  }
  if (deps.feedback === undefined) {
    // Another replica, or this one after its next start, may have it switched on.
    await write(deps, question, feedback, (current) => putOff(current, { ...feedback, dueAtMs: nowMs + MAX_RETRY_MS }, 'switched off', nowMs))
    return false
  }
  const all = answeredTransactions(question)
  const told = await tell(deps, deps.feedback, all.slice(feedback.done, feedback.done + MAX_LABELS_PER_PASS), { caseId: question.caseId, answer: decision, atMs: closedAtMs }, mayGoOn)
  if (told.done === 0 && told.stop === 'later') return false
  const next = nextFeedback(feedback, told, deps.nowMs())
  await write(deps, question, feedback, (current) => {
    const noted = noteTold(current, told, decision, deps.nowMs())
    if (told.stop === 'failed' || told.stop === 'paused') return putOff(noted, next, 'it took none for three days', deps.nowMs())
    return { ...noted, feedback: next.done >= all.length ? null : next }
  })
  return told.stop === 'failed'
}

interface Told {
  done: number
  taken: number
  refusals: string[]
  /** Why it stopped before the end of the batch. */
  stop: 'failed' | 'paused' | 'later' | null
  pausedUntilMs: number
}

async function tell (deps: SendFeedbackDeps, feedback: AnswerFeedback, batch: readonly CaseTransaction[], { caseId, answer, atMs }: Omit<TransactionLabel, 'transactionId'> & { caseId: string }, mayGoOn: () => boolean): Promise<Told> {
  const told: Told = { done: 0, taken: 0, refusals: [], stop: null, pausedUntilMs: 0 }
  for (const { transactionId } of batch) {
    if (!mayGoOn()) return { ...told, stop: 'later' }
    const transaction = await deps.transactions.get(transactionId)
    // What another scorer decided, Fraud Detector has never seen.
    if (transaction?.scorer?.name === 'frauddetector' && !transaction.degraded) {
      try {
        const result = await feedback.label({ transactionId, answer, atMs })
        if (result.kind === 'not_asked') return { ...told, stop: 'paused', pausedUntilMs: result.untilMs }
        deps.metrics.feedbackSent(result.kind)
        if (result.kind === 'taken') told.taken++
        else told.refusals.push(`${transactionId}: ${result.why}`)
      } catch (error) {
        if (!(error instanceof RingfenceError && error.code === 'scorer_unavailable')) throw error
        deps.metrics.feedbackSent('failed')
        deps.log.warn({ err: error, caseId, transactionId }, 'the detector takes no answer now')
        return { ...told, stop: 'failed' }
      }
    }
    told.done++
  }
  return told
}

function nextFeedback ({ dueAtMs, tries, done }: Feedback, told: Told, nowMs: number): Feedback {
  const next = { dueAtMs, tries, done: done + told.done }
  switch (told.stop) {
    case 'failed': return { ...next, dueAtMs: nowMs + Math.min(FIRST_RETRY_MS * 2 ** tries, MAX_RETRY_MS), tries: tries + 1 }
    // Nobody was asked, so that this was no try.
    case 'paused': return { ...next, dueAtMs: told.pausedUntilMs }
    case 'later':
    case null: return told.taken + told.refusals.length === 0 ? next : { ...next, dueAtMs: nowMs, tries: 0 }
  }
}

function noteTold (question: Case, { taken, refusals }: Told, answer: Answer, nowMs: number): Case {
  if (taken === 0 && refusals.length === 0) return question
  const what = refusals.length === 0 ? 'answer told to the detector' : 'answer refused by the detector'
  return endFeedback(question, what, [`${taken} labelled ${answer}`, ...refusals].join(', '), nowMs)
}

function putOff (question: Case, next: Feedback, why: string, nowMs: number): Case {
  return nowMs - (question.closedAtMs ?? 0) >= GIVE_UP_MS ? endFeedback(question, 'answer not told to the detector', why, nowMs) : putOffFeedback(question, next)
}

/** Whoever else told it meanwhile has written it, too. */
async function write (deps: SendFeedbackDeps, question: Case, feedback: Feedback, change: (current: Case) => Case): Promise<void> {
  await changeCase(deps.cases, question.caseId, (current) => {
    const seen = current.feedback
    return seen?.dueAtMs === feedback.dueAtMs && seen.tries === feedback.tries && seen.done === feedback.done ? change(current) : current
  })
}
