import type { Detector, DetectorBuilder, DetectorVersion, EventType, Model, ModelMetrics, ModelVersion, Rule } from './detector-builder.ts'
import { DetectorError } from './detector-error.ts'
import type { DetectorNames } from './detector-plan.ts'

/** What of a detector exists; `undefined` where nothing does. */
export interface DetectorState {
  detector: Detector | undefined
  versions: readonly DetectorVersion[]
  rules: readonly Rule[]
  model: Model | undefined
  modelVersions: readonly ModelVersion[]
  eventType: EventType | undefined
}

/** Looks what of a detector exists. */
export async function findDetectorState (builder: DetectorBuilder, { detectorId, modelId, eventType }: DetectorNames): Promise<DetectorState> {
  const detector = (await builder.listDetectors()).find((one) => one.detectorId === detectorId)
  const model = (await builder.listModels()).find((one) => one.modelId === modelId)
  return {
    detector,
    versions: detector === undefined ? [] : await builder.listDetectorVersions(detectorId),
    rules: detector === undefined ? [] : await builder.listRules(detectorId),
    model,
    modelVersions: model === undefined ? [] : await builder.listModelVersions(modelId),
    eventType: (await builder.listEventTypes()).find(({ name }) => name === (detector?.eventType ?? eventType))
  }
}

/**
 * The metrics of a model version: the wished one, else the one behind the active detector version, else the newest that has any.
 * @throws DetectorError `missing` when there is none
 */
export function metricsIn ({ versions, modelVersions }: DetectorState, modelId: string, wished?: string): { version: string, metrics: ModelMetrics } {
  const behindActive = versions.find(({ status }) => status === 'active')?.models.find((model) => model.modelId === modelId)?.version
  const version = wished ?? behindActive ?? modelVersions.findLast(({ metrics }) => metrics !== null)?.version
  const metrics = modelVersions.find((one) => one.version === version)?.metrics
  if (version === undefined || metrics === undefined || metrics === null) throw new DetectorError('missing', wished === undefined ? `The model ${modelId} has no trained version.` : `The model ${modelId} has no metrics of a version ${wished}.`)
  return { version, metrics }
}
