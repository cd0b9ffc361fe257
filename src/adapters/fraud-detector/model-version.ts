import type { ModelVersionDetail, TrainingDataSchema } from '@aws-sdk/client-frauddetector'
import type { ModelMetrics, ModelVersion, ModelVersionStatus, TrainingSchema } from '../../detector/detector-builder.ts'

/** Source: Amazon Fraud Detector API Reference, "UpdateModelVersionStatus" and "GetModelVersion". */
const STATUSES: Readonly<Record<string, ModelVersionStatus>> = {
  TRAINING_IN_PROGRESS: 'training',
  TRAINING_COMPLETE: 'trained',
  ACTIVATE_REQUESTED: 'activating',
  ACTIVATE_IN_PROGRESS: 'activating',
  ACTIVE: 'active',
  INACTIVATE_REQUESTED: 'deactivating',
  INACTIVATE_IN_PROGRESS: 'deactivating',
  INACTIVE: 'inactive',
  TRAINING_CANCEL_REQUESTED: 'cancelling',
  TRAINING_CANCEL_IN_PROGRESS: 'cancelling',
  TRAINING_CANCELLED: 'cancelled',
  ERROR: 'failed'
}

/** A status in our words. One that is not documented counts as failed: nothing is built on it. */
export function toStatus (status: string | undefined): ModelVersionStatus {
  return STATUSES[status ?? ''] ?? 'failed'
}

/** A version in our words. */
export function toModelVersion (detail: ModelVersionDetail): ModelVersion {
  const validation = (detail.trainingResultV2 ?? detail.trainingResult)?.dataValidationMetrics
  return {
    version: detail.modelVersionNumber ?? '',
    status: toStatus(detail.status),
    dataLocation: detail.externalEventsDetail?.dataLocation ?? null,
    schema: toSchema(detail.trainingDataSchema),
    metrics: toMetrics(detail),
    messages: [
      ...(validation?.fileLevelMessages ?? []).map(({ title, content }) => sentence(title, content)),
      ...(validation?.fieldLevelMessages ?? []).map(({ fieldName = '', title, content }) => `${fieldName}: ${sentence(title, content)}`)
    ]
  }
}

const sentence = (title: string | undefined, content: string | undefined): string => [title, content].filter((text) => text !== undefined && text !== '').join(': ')

/** The newer form of the results tells the AUC's range; the older one is read where it is all there is. */
function toMetrics ({ trainingResult, trainingResultV2 }: ModelVersionDetail): ModelMetrics | null {
  const newer = trainingResultV2?.trainingMetricsV2?.ofi ?? trainingResultV2?.trainingMetricsV2?.tfi
  const auc = newer?.modelPerformance?.auc ?? trainingResult?.trainingMetrics?.auc
  if (auc === undefined) return null
  const range = newer?.modelPerformance?.uncertaintyRange
  const points = newer?.metricDataPoints ?? trainingResult?.trainingMetrics?.metricDataPoints ?? []
  const importance = (trainingResultV2 ?? trainingResult)?.variableImportanceMetrics?.logOddsMetrics ?? []
  return {
    auc,
    aucRange: range?.lowerBoundValue === undefined || range.upperBoundValue === undefined ? null : { low: range.lowerBoundValue, high: range.upperBoundValue },
    points: points.flatMap(({ fpr, tpr, precision, threshold }) => fpr === undefined || threshold === undefined
      ? []
      : [{ falsePositiveRate: fpr, truePositiveRate: tpr ?? 0, precision: precision ?? 0, threshold }])
      .sort((a, b) => a.falsePositiveRate - b.falsePositiveRate || b.threshold - a.threshold),
    importance: importance.map(({ variableName = '', variableImportance = 0 }) => ({ variable: variableName, importance: variableImportance }))
      .sort((a, b) => b.importance - a.importance)
  }
}

function toSchema (schema: TrainingDataSchema | undefined): TrainingSchema {
  const { labelMapper = {}, unlabeledEventsTreatment } = schema?.labelSchema ?? {}
  return {
    modelVariables: schema?.modelVariables ?? [],
    labels: { fraud: (labelMapper['FRAUD'] ?? []).toSorted(), legit: (labelMapper['LEGIT'] ?? []).toSorted(), hasUnlabelled: unlabeledEventsTreatment === 'IGNORE' }
  }
}

/** A schema in the service's words; rows without a label are ignored, which must be said only when there are any. */
export function fromSchema ({ modelVariables, labels: { fraud, legit, hasUnlabelled } }: TrainingSchema): TrainingDataSchema {
  return {
    modelVariables: [...modelVariables],
    labelSchema: { labelMapper: { FRAUD: [...fraud], LEGIT: [...legit] }, ...(hasUnlabelled ? { unlabeledEventsTreatment: 'IGNORE' as const } : {}) }
  }
}
