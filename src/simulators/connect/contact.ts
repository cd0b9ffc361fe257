import type { TextEncoding } from './text-encoding.ts'

/** Why a contact ended (Administrator Guide, "Contact records data model", DisconnectReason); from EXPIRED on, text conversations only. */
export type DisconnectReason =
  | 'CUSTOMER_DISCONNECT'
  | 'CONTACT_FLOW_DISCONNECT'
  | 'TELECOM_BUSY'
  | 'TELECOM_UNANSWERED'
  | 'TELECOM_NUMBER_INVALID'
  | 'OTHER'
  | 'EXPIRED'
  | 'IDLE_DISCONNECT'
  | 'API'
  | 'SYSTEM_ERROR'

/** One thing that was said, pressed, texted or done during a contact. `carrier` is what the number itself does about opt-out words. */
export interface TranscriptLine {
  atMs: number
  who: 'system' | 'cardholder' | 'block' | 'carrier'
  text: string
  /** How long a prompt takes to speak, in simulated milliseconds. */
  speakingMs?: number
  /** Set when a key or a hang-up cut the prompt short: simulated milliseconds that were heard. */
  heardMs?: number
  /** Of a text that went out: `false` when the number had opted out. */
  isDelivered?: boolean
  /** Of a text that went out. */
  encoding?: TextEncoding
  /** Of a reply: no question was waiting for it. */
  isUnheard?: true
}

/** One time that a flow called a Lambda function. */
export interface LambdaInvocation {
  functionArn: string
  /** 1 for the first try, up to 4. */
  attempt: number
  event: unknown
  reply?: unknown
  error?: string
  /** Real milliseconds; absent while it runs. */
  durationMs?: number
}

/** One call or text conversation, from its start on; changes while it lives. */
export interface Contact {
  readonly contactId: string
  readonly channel: 'VOICE' | 'CHAT'
  readonly clientToken: string | null
  readonly flowId: string
  readonly destination: string
  readonly source: string
  readonly ringTimeoutMs: number
  /** How long a text conversation may last; `null` for a call. */
  readonly chatDurationMs: number | null
  readonly segmentAttributes: Readonly<Record<string, { ValueString: string }>>
  readonly name: string | null
  readonly description: string | null
  readonly relatedContactId: string | null
  readonly startedAtMs: number
  /** Grows with every change, so that a late reader can tell an old view from a new one. */
  revision: number
  attributes: Record<string, string>
  languageCode: string
  state: 'ringing' | 'connected' | 'ended'
  connectedAtMs: number | null
  endedAtMs: number | null
  updatedAtMs: number
  disconnectReason: DisconnectReason | null
  /** Set when the flow could not go on: which block, and why. */
  flowError: string | null
  readonly transcript: TranscriptLine[]
  readonly keys: string[]
  readonly lambdaInvocations: LambdaInvocation[]
}

/** A contact as the control API shows it, times as ISO texts. */
export type ContactView = ReturnType<typeof presentContact>

/** Turns a contact into what the control API and the phone page show. */
export function presentContact (contact: Contact) {
  const { contactId, channel, revision, clientToken, flowId, destination, source, attributes, state, disconnectReason, flowError, keys, lambdaInvocations } = contact
  return {
    contactId,
    channel,
    revision,
    clientToken,
    flowId,
    destination,
    source,
    attributes: { ...attributes },
    state,
    startedAt: toIso(contact.startedAtMs),
    connectedAt: contact.connectedAtMs === null ? null : toIso(contact.connectedAtMs),
    endedAt: contact.endedAtMs === null ? null : toIso(contact.endedAtMs),
    disconnectReason,
    flowError,
    transcript: contact.transcript.map(({ atMs, ...line }) => ({ at: toIso(atMs), ...line })),
    keys: [...keys],
    lambdaInvocations: lambdaInvocations.map(invocation => ({ ...invocation }))
  }
}

function toIso (ms: number): string {
  return new Date(ms).toISOString()
}
