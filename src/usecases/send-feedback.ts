import { answeredTransactions, endFeedback, putOffFeedback, type Case, type CaseTransaction, type Feedback } from '../domain/case.ts'
import { RingfenceError } from '../errors.ts'
import type { AnswerFeedback, Log, TransactionStore } from '../ports.ts'
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
 */
export async function sendFeedback (deps: SendFeedbackDeps, question: Case): Promise<void> {
  const { feedback, decision, closedAtMs } = question
  if (feedback == null || feedback.dueAtMs > deps.nowMs()) return
  if (deps.feedback === undefined || decision === null || decision === 'none' || closedAtMs === null) {
    return await write(deps, question, feedback, (current) => endFeedback(current, 'answer not told to the detector', 'switched off', deps.nowMs()))
  }
  const all = answeredTransactions(question)
  const batch = all.slice(feedback.done, feedback.done + MAX_LABELS_PER_PASS)
  const told = await tell(deps, deps.feedback, batch, decision, closedAtMs)
  const done = feedback.done + told.done
  if (told.isUnavailable) return await putOff(deps, question, feedback, { done, closedAtMs })
  const { taken, refusals } = told
  const what = refusals.length === 0 ? 'answer told to the detector' : 'answer refused by the detector'
  const why = [`${taken} labelled ${decision}`, ...refusals].join(', ')
  await write(deps, question, feedback, (current) => {
    const isLast = done >= all.length
    if (taken === 0 && refusals.length === 0) return { ...current, feedback: isLast ? null : { ...feedback, done } }
    const noted = endFeedback(current, what, why, deps.nowMs())
    return isLast ? noted : { ...noted, feedback: { dueAtMs: deps.nowMs(), tries: 0, done } }
  })
}

interface Told { done: number, taken: number, refusals: string[], isUnavailable: boolean }

async function tell (deps: SendFeedbackDeps, feedback: AnswerFeedback, batch: readonly CaseTransaction[], answer: 'fraud' | 'genuine', atMs: number): Promise<Told> {
  const told: Told = { done: 0, taken: 0, refusals: [], isUnavailable: false }
  for (const { transactionId } of batch) {
    const transaction = await deps.transactions.get(transactionId)
    // What another scorer decided, Fraud Detector has never seen.
    if (transaction?.scorer?.name === 'frauddetector' && !transaction.degraded) {
      try {
        const result = await feedback.label({ transactionId, answer, atMs })
        deps.metrics.feedbackSent(result.kind)
        if (result.kind === 'taken') told.taken++
        else told.refusals.push(`${transactionId}: ${result.why}`)
      } catch (error) {
        if (!(error instanceof RingfenceError && error.code === 'scorer_unavailable')) throw error
        deps.metrics.feedbackSent('failed')
        deps.log.warn({ err: error, transactionId }, 'the detector takes no answer now')
        return { ...told, isUnavailable: true }
      }
    }
    told.done++
  }
  return told
}

async function putOff (deps: SendFeedbackDeps, question: Case, feedback: Feedback, { done, closedAtMs }: { done: number, closedAtMs: number }): Promise<void> {
  const nowMs = deps.nowMs()
  await write(deps, question, feedback, (current) => nowMs - closedAtMs >= GIVE_UP_MS
    ? endFeedback(current, 'answer not told to the detector', 'it took none for three days', nowMs)
    : putOffFeedback(current, { dueAtMs: nowMs + Math.min(FIRST_RETRY_MS * 2 ** feedback.tries, MAX_RETRY_MS), tries: feedback.tries + 1, done }))
}

/** Whoever else told it meanwhile has written it, too. */
async function write (deps: SendFeedbackDeps, question: Case, feedback: Feedback, change: (current: Case) => Case): Promise<void> {
  await changeCase(deps.cases, question.caseId, (current) => {
    const seen = current.feedback
    return seen?.dueAtMs === feedback.dueAtMs && seen.tries === feedback.tries && seen.done === feedback.done ? change(current) : current
  })
}
