import { scoreName } from './account.ts'
import type { Prediction } from './predictions.ts'

/** A prediction as tests, demos and the control API see it: the event that came in, the scores and outcomes that went out. */
export interface PredictionView {
  eventId: string
  eventTypeName: string
  eventTimestamp: string
  entities: readonly { entityType: string, entityId: string }[]
  eventVariables: Readonly<Record<string, string>>
  detectorId: string
  detectorVersionId: string
  predictionTimestamp: string
  /** By the score's name, such as `card_model_insightscore`. */
  scores: Record<string, number | null>
  ruleIds: string[]
  outcomes: string[]
}

/** Shows a prediction. */
export function presentPrediction (prediction: Prediction): PredictionView {
  const { eventId, eventTypeName, eventTimestamp, entities, variables, detectorId, detectorVersionId, predictionTimestamp, outcomes } = prediction
  return {
    eventId,
    eventTypeName,
    eventTimestamp,
    entities,
    eventVariables: variables,
    detectorId,
    detectorVersionId,
    predictionTimestamp,
    scores: Object.fromEntries(prediction.scores.map(({ version, score }) => [scoreName(version.modelId), score])),
    ruleIds: prediction.ruleRuns.filter(({ matched }) => matched).map(({ rule }) => rule.ruleId),
    outcomes
  }
}
