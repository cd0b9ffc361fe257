import { Type } from '@sinclair/typebox'
import { type Account, type DetectorVersion, modelKey, type ModelVersion, type ScoredEvent, scoreName } from './account.ts'
import { checkEvent, EventParts, findEventType } from './event-request.ts'
import { refuseWhileDeleting } from './events.ts'
import { askExternalModel } from './external-model-outputs.ts'
import { resourceNotFound, validation } from './refusal.ts'
import { operation, type Operations, WholeVersion } from './request-shape.ts'
import { type RuleRun, runRules } from './rule-run.ts'

/** A prediction that was made: what came in, what went out. */
export interface Prediction extends ScoredEvent {
  eventTypeName: string
  detectorId: string
  detectorVersionId: string
  predictionTimestamp: string
  scores: { version: ModelVersion, score: number | null }[]
  externalOutputs: { endpoint: string, outputs: Record<string, string> }[]
  ruleRuns: RuleRun[]
  outcomes: string[]
}

const Request = Type.Object({
  detectorId: Type.String(),
  detectorVersionId: Type.Optional(WholeVersion),
  eventId: Type.String({ minLength: 1 }),
  eventTypeName: Type.String(),
  ...EventParts,
  externalModelEndpointDataBlobs: Type.Optional(Type.Record(Type.String({ pattern: '^[0-9A-Za-z_-]{1,63}$' }), Type.Object({
    byteBuffer: Type.Optional(Type.String()), contentType: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 }))
  }), { additionalProperties: false }))
})

/** GetEventPrediction: scores an event, asks the external models, runs the rules, and keeps event and prediction. */
export function createPredictionOperations (account: Account, onPrediction: (prediction: Prediction) => void): Operations {
  return {
    GetEventPrediction: operation(Request, request => {
      const detector = account.detectors.get(request.detectorId)
      if (detector === undefined) throw resourceNotFound(`Detector ${request.detectorId} does not exist.`)
      const version = findVersion(account, request.detectorId, request.detectorVersionId)
      const eventType = findEventType(account, request.eventTypeName)
      if (detector.eventTypeName !== eventType.name) throw validation(`Detector ${detector.detectorId} is not for event type ${eventType.name}.`)
      checkEvent(account, eventType, request)
      refuseWhileDeleting(account, eventType.name)
      const { eventId, eventTimestamp, entities } = request
      const event: ScoredEvent = { eventId, eventTimestamp, entities, variables: request.eventVariables }
      const scores = version.modelVersions.map(name => scoreBy(account, modelKey(name, name.modelVersionNumber), event))
      const externalOutputs = version.externalModelEndpoints.map(endpoint => ({ endpoint, outputs: askExternalModel(account, endpoint, event) }))
      const texts = Object.assign({}, event.variables, ...externalOutputs.map(({ outputs }) => outputs)) as Record<string, string>
      const ruleRuns = runRules(account, version, texts, Object.fromEntries(scores.map(({ version, score }) => [scoreName(version.modelId), score])))
      const matched = ruleRuns.filter(run => run.matched).map(({ rule }) => ({ ruleId: rule.ruleId, outcomes: rule.outcomes }))
      onPrediction({
        ...event,
        eventTypeName: eventType.name,
        detectorId: detector.detectorId,
        detectorVersionId: version.detectorVersionId,
        predictionTimestamp: account.now(),
        scores,
        externalOutputs,
        ruleRuns,
        outcomes: [...new Set(matched.flatMap(({ outcomes }) => outcomes))]
      })
      if (eventType.eventIngestion === 'ENABLED') {
        const key = `${eventType.name}/${eventId}`
        account.events.set(key, { ...account.events.get(key), eventId, eventTypeName: eventType.name, eventTimestamp, eventVariables: request.eventVariables, entities })
      }
      return {
        modelScores: scores.map(({ version: { modelId, modelType, modelVersionNumber, arn }, score }) => ({
          modelVersion: { modelId, modelType, modelVersionNumber, arn }, scores: { [scoreName(modelId)]: score }
        })),
        // What the service answers when no rule matches is not documented; an empty list is the plainest.
        ruleResults: matched,
        externalModelOutputs: externalOutputs.map(({ endpoint, outputs }) => ({ externalModel: { modelEndpoint: endpoint, modelSource: 'SAGEMAKER' }, outputs }))
      }
    })
  }
}

function findVersion (account: Account, detectorId: string, detectorVersionId: string | undefined): DetectorVersion {
  if (detectorVersionId !== undefined) {
    const version = account.detectorVersions.get(`${detectorId}/${detectorVersionId}`)
    if (version === undefined) throw resourceNotFound(`Detector version ${detectorVersionId} of ${detectorId} does not exist.`)
    return version
  }
  for (const version of account.detectorVersions.values()) {
    if (version.detectorId === detectorId && version.status === 'ACTIVE') return version
  }
  throw resourceNotFound(`Detector ${detectorId} has no ACTIVE version.`)
}

function scoreBy (account: Account, key: string, event: ScoredEvent): { version: ModelVersion, score: number | null } {
  const version = account.modelVersions.get(key)
  if (version?.score === undefined || version.status !== 'ACTIVE') throw validation(`Model version ${key} is not ACTIVE.`)
  if (!version.trainingDataSchema.modelVariables.some(name => Object.hasOwn(event.variables, name))) {
    throw validation(`At least one variable of model ${version.modelId} must be given.`)
  }
  return { version, score: version.score(event) }
}
