import { liveAttempt } from '../domain/case.ts'
import type { Case } from '../domain/case.ts'
import type { DueIndex, DueWork } from '../ports.ts'
import { askCardholder, type AskCardholderDeps } from './ask-cardholder.ts'
import { dialAttempt, expireAttempt, type DialAttemptDeps } from './dial-attempt.ts'
import { settleCase } from './settle-case.ts'

export interface DialDueAttemptsDeps extends DialAttemptDeps, AskCardholderDeps {
  dueIndex: DueIndex
}

/** How much one pass takes on; what is left waits for the next, which follows at once. */
const MAX_WORK_PER_PASS = 50

/**
 * One pass of the dialer: whatever is due is taken a step further, one after the other, by what the items themselves say.
 * One item's failure is logged and leaves it due; the others go on.
 * @returns how many items were due
 * @throws RingfenceError `store_unavailable` when the index cannot be read
 */
export async function dialDueAttempts (deps: DialDueAttemptsDeps, signal?: AbortSignal): Promise<number> {
  const work = await deps.dueIndex.due(deps.nowMs(), MAX_WORK_PER_PASS)
  for (const item of work) {
    if (signal?.aborted === true) break
    try {
      await advance(deps, item)
    } catch (error) {
      deps.metrics.dialerPassFailed()
      deps.log.error({ err: error, kind: item.kind, id: item.id }, 'due work failed, it stays due')
    }
  }
  return work.length
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
      return await expireAttempt(deps, question, attempt)
    case 'ended':
  }
}
