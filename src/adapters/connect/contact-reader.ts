import { DescribeContactCommand, type Contact, type ConnectClient } from '@aws-sdk/client-connect'
import type { Answer } from '../../domain/case.ts'
import type { Heard } from '../../domain/contact-outcome.ts'
import { CHANNELS } from '../../domain/policy.ts'
import type { ContactReader, ContactReport } from '../../ports.ts'

export interface ContactReaderOptions {
  /** With `maxAttempts: 1`: whoever asks has its own plan for asking again. */
  client: Pick<ConnectClient, 'send'>
  instanceId: string
  /** Deadline of one call. */
  timeoutMs: number
  nowMs: () => number
}

/** One of Amazon's documented samples writes "never" as a moment of 1970. */
const YEAR_2000_MS = Date.UTC(2000, 0)
/** After a call without any reply nobody is asked for so long, so that many contacts do not make a queue of deadlines. */
const PAUSE_MS = 2_000
/** Asked too much: the same question is answered in a moment. */
const THROTTLED: ReadonlySet<string> = new Set(['ThrottlingException', 'TooManyRequestsException'])
/** Replies that came: the service is there. */
const NO_PAUSE: ReadonlySet<string> = new Set(['AccessDeniedException', 'InvalidRequestException', 'InvalidParameterException'])

/**
 * Asks Amazon Connect about contacts. DescribeContact allows 10 requests a second, with a burst of 15; what it throttles is asked again later.
 * Source: Amazon Connect API Reference, DescribeContact; Administrator Guide, "Amazon Connect service quotas".
 */
export function createConnectContactReader ({ client, instanceId, timeoutMs, nowMs }: ContactReaderOptions): ContactReader {
  let pausedUntilMs = 0

  return {
    async describe (contactId) {
      // Further off than a pause lasts: the clock was set back.
      if (nowMs() < pausedUntilMs && pausedUntilMs - nowMs() <= PAUSE_MS) return { kind: 'not_asked', why: 'it did not reply a moment ago' }
      try {
        const { Contact: contact } = await client.send(new DescribeContactCommand({ InstanceId: instanceId, ContactId: contactId }), { abortSignal: AbortSignal.timeout(timeoutMs) })
        return contact === undefined ? { kind: 'failed', why: 'the reply holds no contact' } : toReport(contact)
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown failure'
        if (name === 'ResourceNotFoundException') return { kind: 'not_found', why: name }
        if (THROTTLED.has(name)) return { kind: 'not_asked', why: name }
        if (!NO_PAUSE.has(name)) pausedUntilMs = nowMs() + PAUSE_MS
        return { kind: 'failed', why: name }
      }
    }
  }
}

function toReport (contact: Contact): ContactReport {
  const attributes = contact.Attributes ?? {}
  return {
    kind: 'found',
    connectedAtMs: momentOf(contact.ConnectedToSystemTimestamp),
    endedAtMs: momentOf(contact.DisconnectTimestamp),
    disconnectReason: contact.DisconnectReason ?? null,
    answeringMachine: contact.AnsweringMachineDetectionStatus ?? null,
    answer: answerOf(attributes['Answer']),
    optOut: CHANNELS.filter((channel) => attributes['OptOut']?.split(',').includes(channel) === true),
    heard: heardOf(attributes['Heard'])
  }
}

function momentOf (date: Date | undefined): number | null {
  const ms = date?.getTime() ?? 0
  return ms > YEAR_2000_MS ? ms : null
}

/** Attributes may be changed by whoever may change the contact; only our flow's two words are an answer. */
function answerOf (text: string | undefined): Answer | null {
  return text === 'fraud' || text === 'genuine' ? text : null
}

function heardOf (text: string | undefined): Heard {
  return text === 'nothing' || text === 'key' ? text : null
}
