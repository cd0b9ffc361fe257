import type { ScoreKnot } from '../../model/score-map.ts'
import type { LabelSchema, StoredEvent, Variable } from './account.ts'
import type { Feature } from './training-features.ts'

/** What a training is made from; it travels to the worker. */
export interface TrainingJob {
  source: { csv: Uint8Array } | { events: StoredEvent[] }
  variables: Pick<Variable, 'name' | 'dataType' | 'variableType'>[]
  labelSchema: LabelSchema
  minimumRows: number
  minimumFrauds: number
}

/** A message about the data, as in `dataValidationMetrics`. */
export interface DataMessage {
  title: string
  content: string
  type: 'ERROR' | 'WARNING'
}

/** One point of the curve: what happens when scores above the threshold are flagged. Shares, 0 to 1. */
export interface MetricPoint {
  fpr: number
  precision: number
  tpr: number
  threshold: number
}

/** What came of a training: a model, or the reasons why there is none. */
export type TrainingOutcome = {
  kind: 'trained'
  zip: Uint8Array
  features: Feature[]
  /** Whether the library's one probability is that of fraud. */
  isFraudSecond: boolean
  knots: ScoreKnot[]
  auc: number
  aucRange: { lowerBoundValue: number, upperBoundValue: number }
  points: MetricPoint[]
  importances: { variableName: string, variableType: string, variableImportance: number }[]
  fieldMessages: (DataMessage & { fieldName: string, identifier: string })[]
} | { kind: 'refused', messages: DataMessage[] }

/** Data that no model can be trained on. */
export class DataFault extends Error {
  readonly title: string

  constructor (title: string, message: string) {
    super(message)
    this.title = title
  }
}
