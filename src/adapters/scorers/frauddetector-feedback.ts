import { UpdateEventLabelCommand, type FraudDetectorClient } from '@aws-sdk/client-frauddetector'
import type { Answer } from '../../domain/case.ts'
import { RingfenceError } from '../../errors.ts'
import type { AnswerFeedback } from '../../ports.ts'
import { eventIdOf } from './fraud-detector-event.ts'

export interface FraudDetectorFeedbackOptions {
  client: FraudDetectorClient
  eventTypeName: string
  /** The event type's label of each answer. */
  labels: Readonly<Record<Answer, string>>
  /** Deadline of one call. */
  timeoutMs: number
  nowMs: () => number
}

/**
 * What will not mend itself: the event is not stored (its event type has `eventIngestion` switched off, or it was deleted), or the label is
 * none of the event type's. Source: Amazon Fraud Detector API Reference, UpdateEventLabel, "Errors".
 */
const REFUSALS: ReadonlySet<string> = new Set(['ResourceNotFoundException', 'ValidationException'])
/** After a call without any reply nobody is told for so long: labels wait easily, and each try holds the dialer up for a deadline. */
const PAUSE_MS = 30_000

/** Labels the stored event of a transaction in Amazon Fraud Detector; a label that is there already is set once more. */
export function createFraudDetectorFeedback ({ client, eventTypeName, labels, timeoutMs, nowMs }: FraudDetectorFeedbackOptions): AnswerFeedback {
  let pausedUntilMs = 0

  return {
    async label ({ transactionId, answer, atMs }) {
      // Further off than it can be: the clock was set back.
      if (nowMs() < pausedUntilMs && pausedUntilMs - nowMs() <= PAUSE_MS) return { kind: 'not_asked', untilMs: pausedUntilMs }
      try {
        await client.send(new UpdateEventLabelCommand({
          eventId: eventIdOf(transactionId),
          eventTypeName,
          assignedLabel: labels[answer],
          // ISO 8601 in UTC, 10 to 30 characters.
          labelTimestamp: new Date(atMs).toISOString()
        }), { abortSignal: AbortSignal.timeout(timeoutMs) })
        return { kind: 'taken' }
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown failure'
        if (REFUSALS.has(name)) return { kind: 'refused', why: name }
        if (!hasReply(error)) pausedUntilMs = nowMs() + PAUSE_MS
        throw new RingfenceError('scorer_unavailable', { detail: name, cause: error })
      }
    }
  }
}

/** The SDK notes the status of whatever reply came, on the error too. */
function hasReply (error: unknown): boolean {
  return error instanceof Error && '$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode !== undefined
}
