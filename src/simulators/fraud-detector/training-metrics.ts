import { aucInterval, aucRoc } from '../../training/ranking.ts'
import type { MetricPoint } from './training-job.ts'

/** A held-out row with its score, 0 to 1000. */
export interface ScoredRow {
  isFraud: boolean
  score: number
}

// Steps of 5 hold every threshold that AWS's notebooks show.
const THRESHOLDS = Array.from({ length: 201 }, (_, index) => index * 5)

/** Measures what each threshold does: a row is flagged when its score exceeds it, as in a rule `$model_insightscore > threshold`. */
export function measureThresholds (rows: readonly ScoredRow[]): MetricPoint[] {
  const frauds = rows.filter(({ isFraud }) => isFraud).length
  return THRESHOLDS.map(threshold => {
    const flagged = rows.filter(({ score }) => score > threshold)
    const caught = flagged.filter(({ isFraud }) => isFraud).length
    return {
      fpr: share(flagged.length - caught, rows.length - frauds),
      precision: share(caught, flagged.length),
      tpr: share(caught, frauds),
      threshold
    }
  })
}

/** The area under the ROC curve, and the range that it lies in with 95 % confidence. */
export function measureAuc (rows: readonly ScoredRow[]): { auc: number, aucRange: { lowerBoundValue: number, upperBoundValue: number } } {
  const auc = aucRoc(rows.map(({ isFraud, score }) => ({ isFraud, raw: score })))
  const frauds = rows.filter(({ isFraud }) => isFraud).length
  const { low, high } = aucInterval(auc, { frauds, legitimate: rows.length - frauds })
  return { auc, aucRange: { lowerBoundValue: low, upperBoundValue: high } }
}

function share (part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
