import { GetEventPredictionCommand, type FraudDetectorClient } from '@aws-sdk/client-frauddetector'
import { RingfenceError, type ErrorCode } from '../../errors.ts'
import type { Assessment, Log, Scorer } from '../../ports.ts'
import type { Sender } from '../aws/direct-client.ts'
import { toScorerFault } from './aws-scorer-fault.ts'
import { hasEventVariable, toFraudDetectorEvent, type StandInVariables } from './fraud-detector-event.ts'
import { readPrediction, type PredictionReading } from './frauddetector-prediction.ts'

/** What the scorer of Amazon Fraud Detector needs. */
export interface FraudDetectorScorerOptions extends PredictionReading {
  /** With `maxAttempts: 1`: the guard asks again, within the deadline. */
  client: Sender<FraudDetectorClient>
  eventType: string
  entityType: string
  standIns: StandInVariables
  log: Log
}

/**
 * What the errors of GetEventPrediction mean. ConflictException stands for a deletion under way or an event in use: about this one event, either way.
 * Source: Amazon Fraud Detector API Reference, GetEventPrediction, "Errors".
 */
const FAULTS: Readonly<Record<string, ErrorCode>> = {
  ValidationException: 'scorer_refused',
  ConflictException: 'scorer_refused',
  ResourceNotFoundException: 'scorer_denied',
  ResourceUnavailableException: 'scorer_unavailable',
  InternalServerException: 'scorer_interrupted'
}

/** Scores through Amazon Fraud Detector: our transaction is the event, the detector's own rules decide. */
export function createFraudDetectorScorer (options: FraudDetectorScorerOptions): Scorer {
  const { client, detectorId, detectorVersionId, eventType, entityType, standIns, log } = options
  const toldOf = new Set<string>()

  function logOnce (words: string, fields: object, message: string): void {
    if (toldOf.has(words) || toldOf.size >= 100) return
    toldOf.add(words)
    log.warn({ scorer: 'frauddetector', detectorId, ...fields }, message)
  }

  return {
    name: 'frauddetector',
    refusal (transaction) {
      return hasEventVariable(transaction, standIns) ? undefined : new RingfenceError('scorer_refused', { detail: 'An event needs a variable, and the transaction has none.' })
    },
    async score (transaction, signal): Promise<Assessment> {
      const { eventId, eventTimestamp, entityId, eventVariables } = toFraudDetectorEvent(transaction, standIns)
      try {
        const prediction = await client.send(new GetEventPredictionCommand({
          detectorId,
          detectorVersionId,
          eventId,
          eventTypeName: eventType,
          entities: [{ entityType, entityId }],
          eventTimestamp,
          eventVariables
        }), { abortSignal: signal })
        const assessment = readPrediction(prediction, options)
        if (assessment.score === null && options.scoreName !== undefined) logOnce('score', { scoreName: options.scoreName }, 'the prediction has no score of the name that RINGFENCE_FD_SCORE gives')
        return assessment
      } catch (error) {
        const fault = toScorerFault(error, FAULTS)
        if (fault.code === 'scorer_outcome_unknown') logOnce(fault.message, { detail: fault.detail }, 'an outcome of the detector is not configured; transactions that get it are decided by the fallback')
        throw fault
      }
    }
  }
}
