import { laterLookAttempt, liveAttempt } from '../domain/case.ts'
import type { Case } from '../domain/case.ts'
import type { DueIndex, DueWork } from '../ports.ts'
import { askCardholder, type AskCardholderDeps } from './ask-cardholder.ts'
import { dialAttempt, expireAttempt, type DialAttemptDeps } from './dial-attempt.ts'
import { lookUpContact, lookUpLater, type LookUpContactDeps } from './look-up-contact.ts'
import { sendFeedback, type SendFeedbackDeps } from './send-feedback.ts'
import { settleCase } from './settle-case.ts'

export interface DialDueAttemptsDeps extends DialAttemptDeps, AskCardholderDeps, LookUpContactDeps, SendFeedbackDeps {
  dueIndex: DueIndex
}

/** How much one pass takes on. */
const MAX_WORK_PER_PASS = 50
/** A pass begins no label after this long: whoever must be called next is not to wait for the detector. */
const MAX_FEEDBACK_MS = 2_000

/** Work that failed, and until when it is left alone, in Unix milliseconds; lives as long as the dialer. */
export type FailedWork = Map<string, number>

/**
 * One pass of the dialer: whatever is due is taken a step further, one after the other, by what the items themselves say.
 * One item's failure is logged and leaves it due; the others go on, and it does not stand in their way for a while.
 * What the detector is to be told comes last, and only until the detector fails: nobody's phone waits for it.
 * @returns whether more is due than one pass takes on
 * @throws RingfenceError `store_unavailable` when the index cannot be read
 */
export async function dialDueAttempts (deps: DialDueAttemptsDeps, failed: FailedWork, signal?: AbortSignal): Promise<boolean> {
  const nowMs = deps.nowMs()
  for (const [id, untilMs] of failed) if (untilMs <= nowMs) failed.delete(id)
  const due = await deps.dueIndex.due(nowMs, MAX_WORK_PER_PASS + failed.size)
  const work = due.filter(({ id }) => !failed.has(id)).slice(0, MAX_WORK_PER_PASS)
  const closed: Case[] = []
  const isStopping = () => signal?.aborted === true
  const attend = async ({ kind, id }: DueWork, step: () => Promise<void>) => {
    try {
      await step()
    } catch (error) {
      failed.set(id, nowMs + deps.policy.retryMs)
      deps.metrics.dialerPassFailed()
      deps.log.error({ err: error, kind, id }, 'due work failed, it stays due')
    }
  }
  for (const item of work) {
    if (isStopping()) break
    await attend(item, async () => {
      const question = await advance(deps, item)
      if (question !== undefined) closed.push(question)
    })
  }
  let isDetectorUp = true
  const feedbackEndMs = deps.nowMs() + MAX_FEEDBACK_MS
  const mayTell = () => isDetectorUp && !isStopping() && deps.nowMs() < feedbackEndMs
  for (const question of closed) {
    // Left alone like what failed, so that many of them do not hide what else is due.
    if (!mayTell()) failed.set(question.caseId, nowMs + deps.policy.retryMs)
    else await attend({ kind: 'case', id: question.caseId }, async () => { isDetectorUp = !await sendFeedback(deps, question, mayTell) })
  }
  return work.length === MAX_WORK_PER_PASS
}

/** @returns the case when it is closed: the detector may have to be told */
async function advance (deps: DialDueAttemptsDeps, { kind, id }: DueWork): Promise<Case | undefined> {
  if (kind === 'transaction') {
    const transaction = await deps.transactions.get(id)
    if (transaction?.question?.state === 'pending') await askCardholder(deps, transaction)
    return undefined
  }
  const question = await deps.cases.get(id)
  if (question?.status === 'closed') {
    await lookLater(deps, question)
    return question
  }
  if (question !== undefined) await advanceCase(deps, question)
  return undefined
}

async function advanceCase (deps: DialDueAttemptsDeps, question: Case): Promise<void> {
  if (question.status === 'settling') {
    await settleCase(deps, question)
    return
  }
  const attempt = liveAttempt(question)
  // The index lags: what it calls due may have been moved since.
  if (question.status !== 'open' || attempt?.dueAtMs == null || attempt.dueAtMs > deps.nowMs()) return await lookLater(deps, question)
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

/** What is under way comes first; a contact of the past may wait for the next pass. */
async function lookLater (deps: DialDueAttemptsDeps, question: Case): Promise<void> {
  const attempt = laterLookAttempt(question)
  if (attempt?.laterLook != null && attempt.laterLook.dueAtMs <= deps.nowMs()) await lookUpLater(deps, question, attempt)
}
