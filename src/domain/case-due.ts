import type { Attempt } from './attempt.ts'
import { laterLookAttempt, liveAttempt, type Case } from './case.ts'
import type { Channel, Policy } from './policy.ts'

/** Whether a contact may be under way; it has a deadline of its own. */
function mayRing (question: Case): boolean {
  const attempt = liveAttempt(question)
  return attempt !== undefined && attempt.status !== 'due'
}

/** Whether an open case has lived too long. One whose phone may ring waits for that attempt's deadline. */
export function isExpired (question: Case, policy: Policy, nowMs: number): boolean {
  const expiresAtMs = question.expiresAtMs ?? question.openedAtMs + policy.caseLifeMs
  return question.status === 'open' && !mayRing(question) && nowMs >= expiresAtMs
}

/** When the dialer must look at the case next, in Unix milliseconds; `undefined` when never again. */
export function caseDueAtMs (question: Case): number | undefined {
  const laterMs = laterLookAttempt(question)?.laterLook?.dueAtMs
  switch (question.status) {
    case 'open': return Math.min(liveAttempt(question)?.dueAtMs ?? question.openedAtMs, laterMs ?? Infinity, mayRing(question) ? Infinity : question.expiresAtMs ?? Infinity)
    case 'settling': return question.openedAtMs
    case 'closed': {
      const feedbackMs = question.feedback?.dueAtMs
      return feedbackMs === undefined || laterMs === undefined ? feedbackMs ?? laterMs : Math.min(feedbackMs, laterMs)
    }
  }
}

/**
 * What a case waits for. `voice`, `sms`: its next contact, which is paced. `live`: the end of a call that is under way, or may be.
 * `feedback`: the detector. `other`: anything else.
 */
export const QUEUES = ['live', 'other', 'voice', 'sms', 'feedback'] as const
export type Queue = typeof QUEUES[number]

/** Where the dialer finds the case when it is due: a long queue of calls that wait for their turn is not to hide what may be done at once. */
export function caseQueue (question: Case): Queue {
  const attempt = liveAttempt(question)
  if (question.status === 'closed') return question.feedback != null && question.feedback.dueAtMs === caseDueAtMs(question) ? 'feedback' : 'other'
  if (question.status !== 'open' || attempt === undefined) return 'other'
  if (attempt.submissions > 0) return isUnderWay(attempt, 'voice') ? 'live' : 'other'
  return attempt.dueAtMs === caseDueAtMs(question) ? attempt.channel : 'other'
}

function isUnderWay ({ status, channel }: Attempt, of: Channel): boolean {
  return channel === of && status !== 'due' && status !== 'ended'
}
