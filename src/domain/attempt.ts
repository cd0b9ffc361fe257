import type { Channel } from './policy.ts'

/** How an attempt ended; the contract publishes these words. All but `answered` and `opted_out` are silence to a case. */
export const ATTEMPT_OUTCOMES = [
  'answered',
  'no_input', // reached, and no valid key pressed, or hung up on the question
  'no_answer', // it rang, nobody picked up; or a text without a reply
  'busy',
  'invalid_number',
  'rejected', // the calling service, or the network, refuses this contact for good
  'voicemail_suspected', // picked up, and silent to the end
  'failed', // the calling service could not
  'unknown', // it told nothing before its deadline
  'skipped', // the cardholder does not allow the channel, or this service has none
  'opted_out', // the cardholder asked not to be contacted this way any more
  'superseded' // the case ended while this attempt was waiting or under way
] as const
export type AttemptOutcome = typeof ATTEMPT_OUTCOMES[number]

/**
 * Where an attempt stands. `submitting` is written before the calling service is asked, so that after a crash
 * nobody dials again without finding out first whether the phone rings already. `in_progress`: somebody, or something, picked up.
 */
export type AttemptStatus = 'due' | 'submitting' | 'submission_unknown' | 'submitted' | 'in_progress' | 'ended'

/** When an ended attempt's contact is looked up next, in Unix milliseconds, and how often in a row that failed. */
export interface LaterLook {
  dueAtMs: number
  failures: number
}

/** One call or text of a case. */
export interface Attempt {
  attemptId: string
  channel: Channel
  /** Index of its step in the ladder, from 0. */
  step: number
  status: AttemptStatus
  /** When the dialer looks at it next; `null` once ended. */
  dueAtMs: number | null
  /** How often the calling service was asked and may have called, always with the same token. */
  submissions: number
  /** Since when the calling service has been putting it off; `null` when it has not. */
  deferredSinceMs: number | null
  /** How often in a row it was put off; absent: never. */
  deferrals?: number
  /** When it was first asked; `null` before. */
  submittedAtMs: number | null
  /** The transactions that it asks about, fixed when it is first sent: asking again is the same request, and an answer is about these. */
  askedIds: readonly string[] | null
  /** Amazon Connect's contact, once known. */
  contactId: string | null
  /** Since when events say that the contact is over while nobody knows why. */
  overSinceMs?: number
  /** How often in a row the calling service could not be asked what became of the contact. */
  failedLookUps?: number
  /** An ended attempt whose contact is still to be asked for what was left there; `null` when that was done, absent when nobody thought of it. */
  laterLook?: LaterLook | null
  outcome: AttemptOutcome | null
  endedAtMs: number | null
}

/** A waiting attempt. Its id is made from the case's, so that making it twice makes the same one. */
export function newAttempt (caseId: string, number: number, step: number, channel: Channel, dueAtMs: number): Attempt {
  return {
    attemptId: `${caseId.replace(/^case_/, 'attempt_')}_${number}`,
    channel,
    step,
    status: 'due',
    dueAtMs,
    submissions: 0,
    deferredSinceMs: null,
    submittedAtMs: null,
    askedIds: null,
    contactId: null,
    outcome: null,
    endedAtMs: null
  }
}

/**
 * The token that makes asking twice the same as asking once. Amazon Connect keeps a ClientToken for 7 days and takes up to
 * 500 characters. Source: Amazon Connect API Reference, StartOutboundVoiceContact.
 */
export function clientTokenOf (attempt: Attempt): string {
  return `ringfence-${attempt.attemptId}`
}
