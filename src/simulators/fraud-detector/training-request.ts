import { Type } from '@sinclair/typebox'
import { type Account, modelKey, type ModelVersion } from './account.ts'
import { resourceNotFound, validation } from './refusal.ts'
import { ModelId, ModelType, oneOf, RoleArn, Timestamp } from './request-shape.ts'

/** Where the events of a training come from. */
export const DataDetails = {
  externalEventsDetail: Type.Optional(Type.Object({ dataLocation: Type.String({ minLength: 1, maxLength: 512, pattern: '^s3://(.+)$' }), dataAccessRoleArn: RoleArn })),
  ingestedEventsDetail: Type.Optional(Type.Object({ ingestedEventsTimeWindow: Type.Object({ startTime: Timestamp, endTime: Timestamp }) })),
  tags: Type.Optional(Type.Array(Type.Object({ key: Type.String(), value: Type.String() })))
}

/** The request of CreateModelVersion. */
export const TrainingRequest = Type.Object({
  modelId: ModelId,
  modelType: ModelType,
  trainingDataSource: oneOf(['EXTERNAL_EVENTS', 'INGESTED_EVENTS']),
  trainingDataSchema: Type.Object({
    modelVariables: Type.Array(Type.String()),
    labelSchema: Type.Optional(Type.Object({
      labelMapper: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
      unlabeledEventsTreatment: Type.Optional(oneOf(['IGNORE', 'FRAUD', 'LEGIT', 'AUTO']))
    }))
  }),
  ...DataDetails
})

type TrainingParts = Pick<ModelVersion, 'modelId' | 'modelType' | 'trainingDataSource' | 'trainingDataSchema' | 'externalEventsDetail' | 'ingestedEventsDetail'>

/**
 * Checks that a training can begin. Account takeover models, which learn without labels, are not trained here.
 * @throws AwsFault ResourceNotFoundException without the model, else ValidationException
 */
export function checkTrainingRequest (account: Account, request: TrainingParts): void {
  const { modelId, modelType, trainingDataSource, trainingDataSchema: { modelVariables, labelSchema }, externalEventsDetail, ingestedEventsDetail } = request
  const model = account.models.get(modelKey({ modelType, modelId }))
  if (model === undefined) throw resourceNotFound(`Model ${modelId} of type ${modelType} does not exist.`)
  const eventType = account.eventTypes.get(model.eventTypeName)
  if (eventType === undefined) throw resourceNotFound(`EventType ${model.eventTypeName} does not exist.`)
  if (modelType === 'ACCOUNT_TAKEOVER_INSIGHTS') throw validation('This simulator trains no ACCOUNT_TAKEOVER_INSIGHTS models.')
  if (modelVariables.length === 0) throw validation('modelVariables must not be empty.')
  if (new Set(modelVariables).size < modelVariables.length) throw validation('modelVariables names a variable more than once.')
  for (const name of modelVariables) {
    if (!eventType.eventVariables.includes(name)) throw validation(`Variable ${name} is not defined for event type ${eventType.name}.`)
  }
  for (const meaning of ['FRAUD', 'LEGIT']) {
    const labels = labelSchema?.labelMapper?.[meaning] ?? []
    if (labels.length === 0) throw validation(`labelMapper needs labels for ${meaning}.`)
    for (const label of labels) {
      if (!eventType.labels.includes(label)) throw validation(`Label ${label} is not defined for event type ${eventType.name}.`)
    }
  }
  if (trainingDataSource === 'EXTERNAL_EVENTS' && externalEventsDetail === undefined) throw validation('EXTERNAL_EVENTS needs externalEventsDetail.')
  if (trainingDataSource === 'INGESTED_EVENTS' && ingestedEventsDetail === undefined) throw validation('INGESTED_EVENTS needs ingestedEventsDetail.')
  const running = [...account.modelVersions.values()].filter(({ status }) => status === 'TRAINING_IN_PROGRESS')
  if (running.length >= account.limits.concurrentTrainings) throw validation(`The quota of ${account.limits.concurrentTrainings} concurrent trainings is used up.`)
  if (running.some(version => version.modelId === modelId && version.modelType === modelType)) throw validation(`A version of model ${modelId} is in training.`)
}
