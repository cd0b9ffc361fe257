import type { VariableType } from '../training-data/variable-type.ts'

/** The named things that event types and rules are made of. */
export type NamedKind = 'variable' | 'label' | 'entity type' | 'outcome'

/** One of them. */
export interface NamedThing {
  name: string
  description: string
}

export interface Variable extends NamedThing {
  type: string
  /** Whether the service keeps its values as numbers. */
  isNumber: boolean
}

export interface EventType extends NamedThing {
  variables: readonly string[]
  labels: readonly string[]
  entityTypes: readonly string[]
  /** Whether events are stored, so that labels can be given to them later. */
  storesEvents: boolean
}

export interface Model {
  modelId: string
  description: string
  eventType: string
}

export type ModelVersionStatus = 'training' | 'trained' | 'activating' | 'active' | 'deactivating' | 'inactive' | 'cancelling' | 'cancelled' | 'failed'

/** How good a trained model is on events that the service kept back. Rates are shares, 0 to 1; thresholds are scores, 0 to 1000. */
export interface ModelMetrics {
  auc: number
  /** The range in which the AUC lies, where the service tells it. */
  aucRange: { low: number, high: number } | null
  /** From the lowest false-positive rate up. */
  points: ReadonlyArray<{ falsePositiveRate: number, truePositiveRate: number, precision: number, threshold: number }>
  /** Strongest first; empty where the service does not tell. */
  importance: ReadonlyArray<{ variable: string, importance: number }>
}

/** What a version of a model learns from. */
export interface TrainingSchema {
  modelVariables: readonly string[]
  labels: { fraud: readonly string[], legit: readonly string[], hasUnlabelled: boolean }
}

export interface ModelVersion {
  /** Such as `1.0`. */
  version: string
  status: ModelVersionStatus
  /** Where its training data lie, `s3://…`; `null` when it learnt from stored events. */
  dataLocation: string | null
  schema: TrainingSchema
  metrics: ModelMetrics | null
  /** What the service said about the data. */
  messages: readonly string[]
}

export interface Detector {
  detectorId: string
  description: string
  eventType: string
}

export interface RuleReference {
  ruleId: string
  version: string
}

export interface Rule extends RuleReference {
  expression: string
  outcomes: readonly string[]
}

export type DetectorVersionStatus = 'draft' | 'active' | 'inactive'

export interface DetectorVersion {
  version: string
  status: DetectorVersionStatus
  /** In the order in which they are tried. */
  rules: readonly RuleReference[]
  models: ReadonlyArray<{ modelId: string, version: string }>
  firstMatchDecides: boolean
}

export interface TrainingDataPlace {
  bucket: string
  key: string
}

/** One event to be judged. */
export interface TrialEvent {
  eventId: string
  eventType: string
  entityType: string
  entityId: string
  /** ISO 8601 in UTC. */
  occurredAt: string
  variables: Readonly<Record<string, string>>
}

export interface Prediction {
  /** By name, such as `card_fraud_insightscore`; 0 to 1000. */
  scores: Readonly<Record<string, number>>
  matchedRules: ReadonlyArray<{ ruleId: string, outcomes: readonly string[] }>
}

/**
 * What building and clearing away a detector needs from Amazon Fraud Detector, in our words. Lists are whole. Every call ends, by itself or by a deadline.
 * All calls throw DetectorError, of kind `unavailable` when nobody knows whether the call was heard; whoever creates looks again before asking again.
 */
export interface DetectorBuilder {
  /** @throws DetectorError when no region is set; nothing is sent */
  checkRegion: () => Promise<void>

  findTrainingData: (place: TrainingDataPlace) => Promise<{ bytes: number, sha256: string | null } | undefined>
  /** `open` gives the plain CSV from its beginning, once for each try. */
  uploadTrainingData: (place: TrainingDataPlace, data: { bytes: number, sha256: string, open: () => AsyncIterable<Uint8Array> }, onBytes: (bytes: number) => void) => Promise<void>
  listTrainingData: (bucket: string, prefix: string) => Promise<TrainingDataPlace[]>
  deleteTrainingData: (place: TrainingDataPlace) => Promise<void>

  listVariables: () => Promise<Variable[]>
  /** @throws DetectorError `refused` naming those that could not be made; the others are */
  createVariables: (variables: ReadonlyArray<{ name: string, type: VariableType, description: string }>) => Promise<void>
  describeVariable: (name: string, description: string) => Promise<void>
  listNamed: (kind: NamedKind) => Promise<NamedThing[]>
  putNamed: (kind: Exclude<NamedKind, 'variable'>, thing: NamedThing) => Promise<void>
  deleteNamed: (kind: NamedKind, name: string) => Promise<void>

  listEventTypes: () => Promise<EventType[]>
  putEventType: (eventType: EventType) => Promise<void>
  deleteEventType: (name: string) => Promise<void>
  /** Starts to delete all stored events of the type. */
  deleteEvents: (eventType: string) => Promise<void>
  eventDeletion: (eventType: string) => Promise<'none' | 'running' | 'done' | 'failed'>

  listModels: () => Promise<Model[]>
  createModel: (model: Model) => Promise<void>
  deleteModel: (modelId: string) => Promise<void>
  /** Oldest first. */
  listModelVersions: (modelId: string) => Promise<ModelVersion[]>
  findModelVersionStatus: (modelId: string, version: string) => Promise<ModelVersionStatus | undefined>
  /** Starts the training. @returns the new version's number */
  createModelVersion: (modelId: string, training: { dataLocation: string, roleArn: string, schema: TrainingSchema }) => Promise<string>
  setModelVersionStatus: (modelId: string, version: string, status: 'active' | 'inactive' | 'cancelled') => Promise<void>
  deleteModelVersion: (modelId: string, version: string) => Promise<void>

  listDetectors: () => Promise<Detector[]>
  putDetector: (detector: Detector) => Promise<void>
  deleteDetector: (detectorId: string) => Promise<void>
  /** Every version of every rule, oldest first. */
  listRules: (detectorId: string) => Promise<Rule[]>
  createRule: (detectorId: string, rule: { ruleId: string, expression: string, outcomes: readonly string[] }) => Promise<void>
  /** Makes a further version of a rule. */
  reviseRule: (detectorId: string, rule: Rule) => Promise<void>
  deleteRule: (detectorId: string, rule: RuleReference) => Promise<void>
  /** Oldest first. */
  listDetectorVersions: (detectorId: string) => Promise<DetectorVersion[]>
  createDetectorVersion: (detectorId: string, version: Pick<DetectorVersion, 'rules' | 'models'>) => Promise<void>
  setDetectorVersionStatus: (detectorId: string, version: string, status: 'active' | 'inactive') => Promise<void>
  deleteDetectorVersion: (detectorId: string, version: string) => Promise<void>

  predict: (detectorId: string, version: string | undefined, event: TrialEvent) => Promise<Prediction>
}
