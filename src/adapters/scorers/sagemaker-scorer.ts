import { InvokeEndpointCommand, ModelError, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import type { ErrorCode } from '../../errors.ts'
import type { Assessment, Scorer } from '../../ports.ts'
import { platformSignal } from '../deadline.ts'
import { toScorerFault } from './aws-scorer-fault.ts'
import { findPrediction, scaleToScore, type PredictionPlace, type ScaleKnot } from './endpoint-prediction.ts'
import { featureRow, toCsv, toJson } from './feature-row.ts'

/** What the scorer of a SageMaker endpoint needs. */
export interface SageMakerScorerOptions {
  /** With `maxAttempts: 1`: the guard asks again, within the deadline. */
  client: SageMakerRuntimeClient
  endpointName: string
  /** How the features are sent: one CSV row in the order of `features`, or a JSON object by name. */
  format: 'csv' | 'json'
  features: readonly string[]
  response: PredictionPlace
  /** Rising in `raw`, and never falling in `score`. */
  scale: readonly ScaleKnot[]
}

const MEDIA_TYPES = { csv: 'text/csv', json: 'application/json' } as const

/**
 * What the errors of InvokeEndpoint mean. Source: Amazon SageMaker API Reference, InvokeEndpoint, "Errors".
 * A ModelError is the container's own: a 4xx of its is about this one row, anything else about the model.
 */
const FAULTS: Readonly<Record<string, ErrorCode>> = {
  ValidationError: 'scorer_refused',
  ModelError: 'scorer_unavailable',
  ModelNotReadyException: 'scorer_unavailable',
  ServiceUnavailable: 'scorer_unavailable',
  InternalFailure: 'scorer_interrupted',
  InternalDependencyException: 'scorer_unavailable'
}

/** Scores through a model behind a SageMaker endpoint; the policy's thresholds decide, as with the embedded model. */
export function createSageMakerScorer ({ client, endpointName, format, features, response, scale }: SageMakerScorerOptions): Scorer {
  return {
    name: 'sagemaker',
    async score (transaction, signal): Promise<Assessment> {
      const { values, unusedVariables } = featureRow(transaction, features)
      try {
        const { Body, InvokedProductionVariant } = await client.send(new InvokeEndpointCommand({
          EndpointName: endpointName,
          ContentType: MEDIA_TYPES[format],
          Accept: MEDIA_TYPES[response.format],
          Body: Buffer.from(format === 'csv' ? toCsv(values) : toJson(features, values))
        }), { abortSignal: platformSignal(signal) })
        const score = scaleToScore(scale, findPrediction(Body ?? new Uint8Array(), response))
        return { score, model: { name: endpointName, version: InvokedProductionVariant ?? 'unknown' }, unusedVariables }
      } catch (error) {
        const isAboutThisRow = error instanceof ModelError && error.OriginalStatusCode !== undefined && error.OriginalStatusCode >= 400 && error.OriginalStatusCode < 500
        throw toScorerFault(error, isAboutThisRow ? { ModelError: 'scorer_refused' } : FAULTS)
      }
    }
  }
}
