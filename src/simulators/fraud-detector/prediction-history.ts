import { Type } from '@sinclair/typebox'
import { type Account, scoreName } from './account.ts'
import { outputVariables } from './external-model-outputs.ts'
import { pageThrough } from './page.ts'
import type { Prediction } from './predictions.ts'
import { resourceNotFound } from './refusal.ts'
import { Identifier, operation, type Operations, pageOf, Timestamp, WholeVersion } from './request-shape.ts'

const Filter = Type.Optional(Type.Object({ value: Type.String({ minLength: 1, maxLength: 256, pattern: '^[0-9A-Za-z_-]+$' }) }))

/** ListEventPredictions and GetEventPredictionMetadata: what was predicted, and why. Explanations by variable are not given. */
export function createHistoryOperations (account: Account, predictions: readonly Prediction[]): Operations {
  return {
    ListEventPredictions: operation(Type.Object({
      eventId: Filter,
      eventType: Filter,
      detectorId: Filter,
      detectorVersionId: Filter,
      predictionTimeRange: Type.Optional(Type.Object({ startTime: Timestamp, endTime: Timestamp })),
      ...pageOf(50, 100)
    }), ({ eventId, eventType, detectorId, detectorVersionId, predictionTimeRange, ...page }) => {
      const found = predictions.filter(prediction =>
        [undefined, prediction.eventId].includes(eventId?.value) &&
        [undefined, prediction.eventTypeName].includes(eventType?.value) &&
        [undefined, prediction.detectorId].includes(detectorId?.value) &&
        [undefined, prediction.detectorVersionId].includes(detectorVersionId?.value) &&
        (predictionTimeRange === undefined || isWithin(prediction.predictionTimestamp, predictionTimeRange)))
      const { items, nextToken } = pageThrough(found, page, 100)
      return {
        eventPredictionSummaries: items.map(({ eventId, eventTypeName, eventTimestamp, predictionTimestamp, detectorId, detectorVersionId }) =>
          ({ eventId, eventTypeName, eventTimestamp, predictionTimestamp, detectorId, detectorVersionId })),
        nextToken
      }
    }),
    GetEventPredictionMetadata: operation(Type.Object({
      eventId: Identifier, eventTypeName: Identifier, detectorId: Identifier, detectorVersionId: WholeVersion, predictionTimestamp: Timestamp
    }), request => {
      const prediction = predictions.find(({ eventId, eventTypeName, detectorId, detectorVersionId, predictionTimestamp }) =>
        eventId === request.eventId && eventTypeName === request.eventTypeName && detectorId === request.detectorId &&
        detectorVersionId === request.detectorVersionId && Date.parse(predictionTimestamp) === Date.parse(request.predictionTimestamp))
      if (prediction === undefined) throw resourceNotFound(`No prediction for event ${request.eventId} at ${request.predictionTimestamp}.`)
      return tell(account, prediction)
    })
  }
}

function isWithin (timestamp: string, { startTime, endTime }: { startTime: string, endTime: string }): boolean {
  return Date.parse(startTime) <= Date.parse(timestamp) && Date.parse(timestamp) <= Date.parse(endTime)
}

function tell (account: Account, prediction: Prediction) {
  const { eventId, eventTypeName, eventTimestamp, detectorId, detectorVersionId, predictionTimestamp, entities, variables, outcomes } = prediction
  const version = account.detectorVersions.get(`${detectorId}/${detectorVersionId}`)
  return {
    eventId,
    eventTypeName,
    eventTimestamp,
    detectorId,
    detectorVersionId,
    predictionTimestamp,
    entityId: entities[0]?.entityId,
    entityType: entities[0]?.entityType,
    detectorVersionStatus: version?.status,
    ruleExecutionMode: version?.ruleExecutionMode,
    eventVariables: Object.entries(variables).map(([name, value]) => ({ name, value, source: 'EVENT' })),
    outcomes,
    rules: prediction.ruleRuns.map(({ rule: { ruleId, ruleVersion, expression, outcomes }, evaluated, matched, expressionWithValues }) =>
      ({ ruleId, ruleVersion, expression, expressionWithValues, outcomes, evaluated, matched })),
    evaluatedModelVersions: prediction.scores.map(({ version: { modelId, modelType, modelVersionNumber }, score }) => ({
      modelId, modelType, modelVersion: modelVersionNumber, evaluations: [{ outputVariableName: scoreName(modelId), evaluationScore: String(score) }]
    })),
    evaluatedExternalModels: prediction.externalOutputs.map(({ endpoint, outputs }) => {
      const model = account.externalModels.get(endpoint)
      const filled = model === undefined ? Object.keys(outputs) : outputVariables(model)
      return {
        modelEndpoint: endpoint,
        useEventVariables: model?.inputConfiguration['useEventVariables'] === true,
        inputVariables: variables,
        outputVariables: Object.fromEntries(filled.map(name => [name, outputs[name] ?? '']))
      }
    })
  }
}
