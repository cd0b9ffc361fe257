import type { Evaluation } from '../model/evaluation.ts'

/** All that the report page shows; it stands in the page as JSON and holds no row of the data. */
export interface ReportData {
  model: { name: string, version: string, kind: 'gradient boosted trees' | 'random forest', trainedAt: string, sha256: string, limits: string }
  /** What it was trained on. Times are ISO 8601 in UTC, `null` without a timestamp column. */
  data: { source: string, rows: number, frauds: number, trainedRows: number, heldOutRows: number, heldOutFrauds: number, from: string | null, to: string | null, heldOutFrom: string | null }
  evaluation: Evaluation
  thresholds: { fraudAbove: number, investigateAbove: number }
  /** Held-out rows by their whole score: index 0 to 1000. */
  legitimateByScore: number[]
  fraudsByScore: number[]
  /** Sum of the amounts of the frauds of each score, in the data's own money; `null` when no amount column is known, or there are several currencies. */
  fraudAmountByScore: number[] | null
  /** Days that the held-out rows span, at least 1; tells calls a day. `null` without a timestamp. */
  heldOutDays: number | null
  /** Points of the ROC curve, at most some hundreds, from (0, 0) to (1, 1). */
  roc: { falsePositiveRate: number, recall: number }[]
  /** Points of the precision-recall curve by rising recall. */
  precisionRecall: { recall: number, precision: number }[]
  /** How much average precision the model loses when the feature's values are shuffled among the rows; greatest first. */
  importance: { feature: string, columns: readonly string[], loss: number }[]
}
