import { DEFAULT_THRESHOLDS, type RuleOutcome, type Thresholds } from './outcome.ts'
import type { CallingWindow } from './calling-window.ts'

/** How a cardholder can be reached. */
export const CHANNELS = ['voice', 'sms'] as const
export type Channel = typeof CHANNELS[number]

/** One step of the ladder: the channel, and how long after the end of the step before it. */
export interface LadderStep {
  channel: Channel
  delayMs: number
}

/** Every default that is a choice of the institution's and not a fact. Each can be set; `config.ts` validates them at start. */
export interface Policy {
  thresholds: Thresholds
  /** Outcome of a transaction that nobody could score, a fallback scorer included; the reply says `degraded`. */
  unscoredOutcome: RuleOutcome
  /** Whether `investigate` opens a case as `fraud` does. */
  investigateOpensCase: boolean
  /** Ordered contacts of one case. Source of the bound of 3 in 72 h: 47 CFR 64.1200(a)(9)(iii). */
  ladder: readonly LadderStep[]
  /** When a cardholder may be called, in their own time zone; `undefined` is at any hour. */
  callingWindow: CallingWindow | undefined
  /** How long after the answer `genuine` a card opens no new case. */
  quietMs: number
  /** A score higher by more than this than what was confirmed as genuine opens a case all the same. 0 to 1000. */
  quietScoreMargin: number
  /** How long a case stays open at most; a contact under way is waited for. */
  caseLifeMs: number
  /** What happens to the card when the ladder ends, or the case expires, without an answer. The sample blocked; we leave it. */
  nobodyReached: 'leave' | 'block'
  /** How long a phone rings. 15 to 60 s by Amazon Connect's StartOutboundVoiceContact. */
  ringMs: number
  /** After this long a call under way that told nothing is taken as ended, and a submission that stayed unknown is given up. */
  attemptMs: number
  /** How long a text message waits for its reply. 1 h to 7 days by Amazon Connect's StartOutboundChatContact. */
  smsReplyMs: number
  /** After this long without a reply a submission counts as unknown and is reconciled. */
  submissionMs: number
  /** How long to wait before the calling service is asked again after a technical refusal; see `technicalPauseMs`. */
  retryMs: number
  /** After this long of technical refusals an attempt has failed. */
  giveUpMs: number
}

const MINUTE_MS = 60_000
/** So much longer than the conversation itself the watchdog waits for the news that it has expired. */
const EXPIRY_NEWS_MS = 2 * MINUTE_MS

/** How long an attempt under way may tell nothing before it is taken as ended: a call is over in minutes, a text waits for its reply. */
export function attemptLifeMs ({ attemptMs, smsReplyMs }: Policy, channel: Channel): number {
  switch (channel) {
    case 'voice': return attemptMs
    case 'sms': return smsReplyMs + EXPIRY_NEWS_MS
  }
}

export const DEFAULT_POLICY: Policy = {
  thresholds: DEFAULT_THRESHOLDS,
  unscoredOutcome: 'investigate',
  investigateOpensCase: false,
  ladder: [
    { channel: 'voice', delayMs: 0 },
    { channel: 'sms', delayMs: 5 * MINUTE_MS },
    { channel: 'voice', delayMs: 180 * MINUTE_MS }
  ],
  callingWindow: { fromMinute: 8 * 60, toMinute: 21 * 60 },
  quietMs: 60 * MINUTE_MS,
  quietScoreMargin: 100,
  caseLifeMs: 72 * 60 * MINUTE_MS,
  nobodyReached: 'leave',
  ringMs: 45_000,
  attemptMs: 4 * MINUTE_MS,
  smsReplyMs: 60 * MINUTE_MS,
  submissionMs: 15_000,
  retryMs: 5_000,
  giveUpMs: 60 * MINUTE_MS
}
