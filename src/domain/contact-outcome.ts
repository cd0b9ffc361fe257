import type { AttemptOutcome } from './attempt.ts'
import type { Channel } from './policy.ts'

/** Whether any key, or any reply, came; `null` when nobody knows. */
export type Heard = 'nothing' | 'key' | null

/** What is known of a contact that is over and brought no answer. */
export interface ContactFacts {
  channel: Channel
  /** When somebody, or something, picked up; `null` when nothing did, or nobody knows. Unix milliseconds. */
  connectedAtMs: number | null
  /** Amazon Connect's word for why it ended; `null` when it is not said. */
  disconnectReason: string | null
  /** Amazon Connect's AnsweringMachineDetectionStatus; calls of ours never have one, since detection needs campaign traffic. */
  answeringMachine: string | null
  heard: Heard
}

/** How a contact without an answer can have ended. */
export type SilentOutcome = Extract<AttemptOutcome, 'no_input' | 'no_answer' | 'busy' | 'invalid_number' | 'rejected' | 'voicemail_suspected' | 'failed'>

/**
 * Reasons that tell the outcome by themselves, and that nobody picked up.
 * Source: Amazon Connect Administrator Guide, "Contact records data model", DisconnectReason. The TELECOM_ ones other than TELECOM_PROBLEM
 * are known from another's digest of that page only: any that does not exist is never met, and any that is missing here counts as no reason.
 */
const NEVER_REACHED: Readonly<Record<string, SilentOutcome>> = {
  TELECOM_BUSY: 'busy',
  TELECOM_NUMBER_INVALID: 'invalid_number',
  TELECOM_POTENTIAL_BLOCKING: 'rejected',
  TELECOM_UNANSWERED: 'no_answer',
  TELECOM_TIMEOUT: 'no_answer',
  TELECOM_ORIGINATOR_CANCEL: 'failed',
  CUSTOMER_NEVER_ARRIVED: 'no_answer',
  CUSTOMER_CONNECTION_NOT_ESTABLISHED: 'failed',
  OUTBOUND_DESTINATION_ENDPOINT_ERROR: 'rejected',
  OUTBOUND_RESOURCE_ERROR: 'failed',
  OUTBOUND_ATTEMPT_FAILED: 'failed',
  // Spelt so by Amazon.
  OUTBUND_PREVIEW_DISCARDED: 'failed'
}

/** Reasons that say that something broke, on the line or in the service. */
const BROKEN: ReadonlySet<string> = new Set(['TELECOM_PROBLEM', 'SYSTEM_ERROR', 'AGENT_NETWORK_DISCONNECT'])

/** Somebody ended it before the flow did. Any other reason, an unknown one or none may be the flow's own end. */
const CUT_SHORT: ReadonlySet<string> = new Set(['CUSTOMER_DISCONNECT', 'AGENT_DISCONNECT', 'THIRD_PARTY_DISCONNECT', 'BARGED', 'API', 'IDLE_DISCONNECT'])

/**
 * What answered, where Amazon Connect has listened for it.
 * Source: Amazon Connect API Reference, Contact, AnsweringMachineDetectionStatus. The others say nothing that we act on.
 */
const MACHINES: Readonly<Record<string, SilentOutcome>> = {
  SIT_TONE_BUSY: 'busy',
  SIT_TONE_INVALID_NUMBER: 'invalid_number',
  SIT_TONE_DETECTED: 'failed',
  FAX_MACHINE_DETECTED: 'voicemail_suspected',
  VOICEMAIL_BEEP: 'voicemail_suspected',
  VOICEMAIL_NO_BEEP: 'voicemail_suspected',
  AMD_UNANSWERED: 'no_answer'
}

/** Whether the reason alone tells that nobody picked up, so that there is no answer to look for. */
export function wasNeverReached (disconnectReason: string | null): boolean {
  return disconnectReason !== null && own(NEVER_REACHED, disconnectReason) !== undefined
}

/**
 * How a contact without an answer ended. For ordinary calls Amazon Connect cannot tell a voicemail from a person: who picks up and is silent
 * to the end is taken for a voicemail, who presses a wrong key or hangs up on the question for a person. Neither is an answer.
 */
export function contactOutcome (facts: ContactFacts): SilentOutcome {
  const { channel, connectedAtMs, disconnectReason, answeringMachine, heard } = facts
  const told = own(NEVER_REACHED, disconnectReason)
  if (told !== undefined) return told
  if (disconnectReason !== null && BROKEN.has(disconnectReason)) return 'failed'
  if (heard === 'key') return 'no_input'
  // A text is "connected" as soon as it is sent, and nobody is there to hang up.
  if (channel === 'sms') return disconnectReason === 'CUSTOMER_DISCONNECT' ? 'no_input' : 'no_answer'
  const machine = own(MACHINES, answeringMachine)
  if (machine !== undefined) return machine
  if (disconnectReason === 'EXPIRED') return 'failed'
  const wasConnected = connectedAtMs !== null || heard !== null || disconnectReason === 'CONTACT_FLOW_DISCONNECT'
  if (!wasConnected) return 'no_answer'
  const wasCutShort = disconnectReason !== null && CUT_SHORT.has(disconnectReason)
  return heard === 'nothing' && !wasCutShort ? 'voicemail_suspected' : 'no_input'
}

/** Words from outside must not reach what every object has. */
function own (table: Readonly<Record<string, SilentOutcome>>, word: string | null): SilentOutcome | undefined {
  return word !== null && Object.hasOwn(table, word) ? table[word] : undefined
}
