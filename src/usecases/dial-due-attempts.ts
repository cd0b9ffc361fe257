import { liveAttempt } from '../domain/case.ts'
import type { Case } from '../domain/case.ts'
import type { DueIndex, DueWork } from '../ports.ts'
import { askCardholder, type AskCardholderDeps } from './ask-cardholder.ts'
import { dialAttempt, expireAttempt, type DialAttemptDeps } from './dial-attempt.ts'
import { lookUpContact, type LookUpContactDeps } from './look-up-contact.ts'
import { sendFeedback, type SendFeedbackDeps } from './send-feedback.ts'
import { settleCase } from './settle-case.ts'

export interface DialDueAttemptsDeps extends DialAttemptDeps, AskCardholderDeps, LookUpContactDeps, SendFeedbackDeps {
  dueIndex: DueIndex
}

/** How much one pass takes on. */
const MAX_WORK_PER_PASS = 50

/** Work that failed, and until when it is left alone, in Unix milliseconds; lives as long as the dialer. */
export type FailedWork = Map<string, number>

/**
 * One pass of the dialer: whatever is due is taken a step further, one after the other, by what the items themselves say.
 * One item's failure is logged and leaves it due; the others go on, and it does not stand in their way for a while.
 * @returns whether more is due than one pass takes on
 * @throws RingfenceError `store_unavailable` when the index cannot be read
 */
export async function dialDueAttempts (deps: DialDueAttemptsDeps, failed: FailedWork, signal?: AbortSignal): Promise<boolean> {
  const nowMs = deps.nowMs()
  for (const [id, untilMs] of failed) if (untilMs <= nowMs) failed.delete(id)
  const due = await deps.dueIndex.due(nowMs, MAX_WORK_PER_PASS + failed.size)
  const work = due.filter(({ id }) => !failed.has(id)).slice(0, MAX_WORK_PER_PASS)
  for (const item of work) {
    if (signal?.aborted === true) break
    try {
      await advance(deps, item)
    } catch (error) {
      failed.set(item.id, nowMs + deps.policy.retryMs)
      deps.metrics.dialerPassFailed()
      deps.log.error({ err: error, kind: item.kind, id: item.id }, 'due work failed, it stays due')
    }
  }
  return work.length === MAX_WORK_PER_PASS
}

async function advance (deps: DialDueAttemptsDeps, { kind, id }: DueWork): Promise<void> {
  if (kind === 'transaction') {
    const transaction = await deps.transactions.get(id)
    if (transaction?.question?.state === 'pending') await askCardholder(deps, transaction)
    return
  }
  const question = await deps.cases.get(id)
  if (question !== undefined) await advanceCase(deps, question)
}

async function advanceCase (deps: DialDueAttemptsDeps, question: Case): Promise<void> {
  if (question.status === 'settling') {
    await settleCase(deps, question)
    return
  }
  if (question.status === 'closed') return await sendFeedback(deps, question)
  const attempt = liveAttempt(question)
  // The index lags: what it calls due may have been moved since.
  if (question.status !== 'open' || attempt?.dueAtMs == null || attempt.dueAtMs > deps.nowMs()) return
  switch (attempt.status) {
    case 'due':
      return await dialAttempt(deps, question, attempt)
    case 'submitting':
    case 'submission_unknown':
      // Within the life of a call the same token finds the call; later it might start a second one.
      if (deps.nowMs() >= (attempt.submittedAtMs ?? 0) + deps.policy.attemptMs) return await expireAttempt(deps, question, attempt)
      return await dialAttempt(deps, question, attempt)
    case 'submitted':
      return await lookUpContact(deps, question, attempt)
    case 'ended':
  }
}
