import type { CompiledRule } from './detector-pl.ts'

/** When something was made and last changed (ISO 8601), and its ARN. */
export interface Stamps {
  createdTime: string
  lastUpdatedTime: string
  arn: string
}

/** A label, an entity type or an outcome. */
export interface NamedThing extends Stamps {
  name: string
  description?: string
}

/** A variable; its values travel as texts. */
export interface Variable extends NamedThing {
  dataType: 'STRING' | 'INTEGER' | 'FLOAT' | 'BOOLEAN' | 'DATETIME'
  dataSource: 'EVENT' | 'MODEL_SCORE' | 'EXTERNAL_MODEL_SCORE'
  defaultValue: string
  variableType?: string
}

/** What an event is made of. */
export interface EventType extends NamedThing {
  eventVariables: readonly string[]
  entityTypes: readonly string[]
  labels: readonly string[]
  eventIngestion: 'ENABLED' | 'DISABLED'
  eventOrchestration?: { eventBridgeEnabled: boolean }
}

export type ModelTypeName = 'ONLINE_FRAUD_INSIGHTS' | 'TRANSACTION_FRAUD_INSIGHTS' | 'ACCOUNT_TAKEOVER_INSIGHTS'

/** What a model's versions have in common. */
export interface Model extends Stamps {
  modelId: string
  modelType: ModelTypeName
  eventTypeName: string
  description?: string
}

/** What a model is asked about. */
export interface ScoredEvent {
  eventId: string
  eventTimestamp: string
  entities: readonly { entityType: string, entityId: string }[]
  /** Values as texts, by variable name. */
  variables: Readonly<Record<string, string>>
}

/** Gives an event a score from 0 to 1000; `null` for none. */
export type ScoreFunction = (event: ScoredEvent) => number | null

/** Names one version of a model. */
export interface ModelVersionName {
  modelId: string
  modelType: ModelTypeName
  modelVersionNumber: string
}

export type ModelVersionStatus = 'TRAINING_IN_PROGRESS' | 'TRAINING_COMPLETE' | 'TRAINING_CANCELLED' | 'ACTIVATE_REQUESTED' | 'ACTIVATE_IN_PROGRESS' | 'ACTIVE' |
  'INACTIVATE_REQUESTED' | 'INACTIVATE_IN_PROGRESS' | 'INACTIVE' | 'ERROR'

/** One training of a model, and what came of it. */
export interface ModelVersion extends Stamps, ModelVersionName {
  status: ModelVersionStatus
  trainingDataSource: 'EXTERNAL_EVENTS' | 'INGESTED_EVENTS'
  trainingDataSchema: { modelVariables: readonly string[], labelSchema?: LabelSchema }
  externalEventsDetail?: { dataLocation: string, dataAccessRoleArn: string } | undefined
  ingestedEventsDetail?: { ingestedEventsTimeWindow: { startTime: string, endTime: string } } | undefined
  trainingResult?: Record<string, unknown>
  trainingResultV2?: Record<string, unknown>
  score?: ScoreFunction
  /** Ends the training before its time. */
  cancel?: () => void
  /** Frees the trained model. */
  release?: () => void
}

/** Which of the data's labels mean fraud and which do not. */
export interface LabelSchema {
  labelMapper?: Readonly<Record<string, readonly string[]>>
  unlabeledEventsTreatment?: 'IGNORE' | 'FRAUD' | 'LEGIT' | 'AUTO'
}

/** A SageMaker endpoint that detectors may ask. */
export interface ExternalModel extends Stamps {
  modelEndpoint: string
  modelSource: 'SAGEMAKER'
  invokeModelEndpointRoleArn: string
  inputConfiguration: Record<string, unknown>
  outputConfiguration: { format: string, jsonKeyToVariableMap?: Record<string, string>, csvIndexToVariableMap?: Record<string, string> }
  modelEndpointStatus: 'ASSOCIATED' | 'DISSOCIATED'
}

/** Stands for a SageMaker endpoint: texts by variable name, as the endpoint would write them. What it throws is the endpoint's failure. */
export type ExternalModelFunction = (event: ScoredEvent) => Record<string, string>

export interface Detector extends Stamps {
  detectorId: string
  eventTypeName: string
  description?: string
}

export interface RuleName {
  detectorId: string
  ruleId: string
  ruleVersion: string
}

/** One version of a rule. */
export interface RuleDetail extends Stamps, RuleName {
  description?: string
  expression: string
  language: 'DETECTORPL'
  outcomes: readonly string[]
  compiled: CompiledRule
}

/** Which models and rules decide together. */
export interface DetectorVersion extends Stamps {
  detectorId: string
  detectorVersionId: string
  description?: string
  status: 'DRAFT' | 'ACTIVE' | 'INACTIVE'
  rules: readonly RuleName[]
  modelVersions: readonly (ModelVersionName & { arn: string })[]
  externalModelEndpoints: readonly string[]
  ruleExecutionMode: 'FIRST_MATCHED' | 'ALL_MATCHED'
}

/** An event that the service keeps. */
export interface StoredEvent {
  eventId: string
  eventTypeName: string
  eventTimestamp: string
  eventVariables: Readonly<Record<string, string>>
  entities: readonly { entityType: string, entityId: string }[]
  currentLabel?: string
  labelTimestamp?: string
}

/** Quotas of an account in a region (User Guide, "Amazon Fraud Detector quotas"). */
export interface FraudDetectorLimits {
  /** GetEventPrediction calls a second; 0 for no limit. */
  predictionsPerSecond: number
  concurrentTrainings: number
  deployedModelVersions: number
  models: number
  modelsPerDetectorVersion: number
  detectors: number
  draftDetectorVersions: number
  /** Of event types, of entity types and of labels, each. */
  types: number
  /** Of variables, of rules and of outcomes, each. */
  things: number
  /** What training asks for (User Guide, "Prepare event data"). */
  minimumRows: number
  minimumFrauds: number
}

/** The service's own quotas. */
export const DEFAULT_LIMITS: FraudDetectorLimits = {
  predictionsPerSecond: 200,
  concurrentTrainings: 3,
  deployedModelVersions: 5,
  models: 50,
  modelsPerDetectorVersion: 10,
  detectors: 100,
  draftDetectorVersions: 100,
  types: 100,
  things: 5000,
  minimumRows: 10_000,
  minimumFrauds: 400
}

/** Everything that one account has in one region. */
export type Account = ReturnType<typeof createAccount>

/** Makes an empty account. */
export function createAccount ({ region, accountId, limits, nowMs }: { region: string, accountId: string, limits: FraudDetectorLimits, nowMs: () => number }) {
  const now = () => new Date(nowMs()).toISOString()
  const arnOf = (path: string) => `arn:aws:frauddetector:${region}:${accountId}:${path}`
  const kept = {
    variables: new Map<string, Variable>(),
    labels: new Map<string, NamedThing>(),
    entityTypes: new Map<string, NamedThing>(),
    outcomes: new Map<string, NamedThing>(),
    eventTypes: new Map<string, EventType>(),
    /** By {@link modelKey}. */
    models: new Map<string, Model>(),
    /** By {@link modelKey} and version number. */
    modelVersions: new Map<string, ModelVersion>(),
    externalModels: new Map<string, ExternalModel>(),
    /** By endpoint; an endpoint without one answers by itself. */
    externalModelFunctions: new Map<string, ExternalModelFunction>(),
    detectors: new Map<string, Detector>(),
    /** By {@link ruleKey}. */
    rules: new Map<string, RuleDetail>(),
    /** By detector id and version id. */
    detectorVersions: new Map<string, DetectorVersion>(),
    /** By event type and event id. */
    events: new Map<string, StoredEvent>(),
    /** By event type: how far the deletion of its events is. */
    deletions: new Map<string, 'IN_PROGRESS' | 'COMPLETE'>()
  }

  return {
    ...kept,
    region,
    limits,
    nowMs,
    now,
    arnOf,
    stamp: (path: string): Stamps => ({ createdTime: now(), lastUpdatedTime: now(), arn: arnOf(path) }),
    reset (): void {
      for (const version of kept.modelVersions.values()) {
        version.cancel?.()
        version.release?.()
      }
      for (const map of Object.values(kept)) map.clear()
    }
  }
}

/** Names a model, or one version of it. */
export function modelKey ({ modelType, modelId }: { modelType: string, modelId: string }, version?: string): string {
  return version === undefined ? `${modelType}/${modelId}` : `${modelType}/${modelId}/${version}`
}

/** Names a version of a rule. */
export function ruleKey ({ detectorId, ruleId, ruleVersion }: RuleName): string {
  return `${detectorId}/${ruleId}/${ruleVersion}`
}

/** The name of the variable that a model's score goes by in rules and replies. */
export function scoreName (modelId: string): string {
  return `${modelId}_insightscore`
}
