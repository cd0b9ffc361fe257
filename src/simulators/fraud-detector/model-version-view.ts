import type { ModelVersion, ModelTypeName } from './account.ts'
import type { TrainingOutcome } from './training-job.ts'

const METRICS_BY_TYPE: Readonly<Record<ModelTypeName, string>> = { ONLINE_FRAUD_INSIGHTS: 'ofi', TRANSACTION_FRAUD_INSIGHTS: 'tfi', ACCOUNT_TAKEOVER_INSIGHTS: 'ati' }

/** A version as GetModelVersion tells it. */
export function presentModelVersion ({ modelId, modelType, modelVersionNumber, trainingDataSource, trainingDataSchema, externalEventsDetail, ingestedEventsDetail, status, arn }: ModelVersion) {
  return { modelId, modelType, modelVersionNumber, trainingDataSource, trainingDataSchema, externalEventsDetail, ingestedEventsDetail, status, arn }
}

/** A version as DescribeModelVersions tells it: with what came of its training. */
export function presentModelVersionDetail (version: ModelVersion) {
  const { trainingResult, trainingResultV2, createdTime, lastUpdatedTime } = version
  return { ...presentModelVersion(version), trainingResult, trainingResultV2, createdTime, lastUpdatedTime }
}

/** The results of a training, in the service's older and newer shape. */
export function presentTraining (modelType: ModelTypeName, outcome: TrainingOutcome): Pick<ModelVersion, 'trainingResult' | 'trainingResultV2'> {
  if (outcome.kind === 'refused') {
    const dataValidationMetrics = { fileLevelMessages: outcome.messages, fieldLevelMessages: [] }
    return { trainingResult: { dataValidationMetrics }, trainingResultV2: { dataValidationMetrics } }
  }
  const { auc, aucRange, points, importances, fieldMessages } = outcome
  const dataValidationMetrics = { fileLevelMessages: [], fieldLevelMessages: fieldMessages }
  const variableImportanceMetrics = { logOddsMetrics: importances }
  return {
    trainingResult: { dataValidationMetrics, trainingMetrics: { auc, metricDataPoints: points }, variableImportanceMetrics },
    trainingResultV2: {
      dataValidationMetrics,
      trainingMetricsV2: { [METRICS_BY_TYPE[modelType]]: { metricDataPoints: points, modelPerformance: { auc, uncertaintyRange: aucRange } } },
      variableImportanceMetrics
    }
  }
}
