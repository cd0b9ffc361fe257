import { thresholdFor } from './score-map.ts'

/** A row with its true label and the model's raw probability of fraud, 0 to 1. */
export interface ScoredRow {
  isFraud: boolean
  raw: number
}

/** How good a model is on rows that it was not trained with. All are shares, 0 to 1. */
export interface Metrics {
  rows: number
  fraudShare: number
  aucRoc: number
  averagePrecision: number
  /** What is caught, and how much of what is flagged is fraud, when at most this share of legitimate rows is flagged. */
  atFalsePositiveRate: { falsePositiveRate: number, recall: number, precision: number }[]
}

/** The false-positive rates that the metrics tell of. */
const REPORTED_FALSE_POSITIVE_RATES = [0.005, 0.01, 0.02, 0.03, 0.05] as const

function share (part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toFixed(5))
}

/** Area under the ROC curve: the chance that a fraud ranks above a legitimate row, ties counting half. 0.5 when there is only one class. */
export function aucRoc (rows: readonly ScoredRow[]): number {
  const ascending = rows.toSorted((a, b) => a.raw - b.raw)
  let [frauds, legitimate, won] = [0, 0, 0]
  for (const { fraudsInTie, legitimateInTie } of ties(ascending)) {
    won += fraudsInTie * (legitimate + legitimateInTie / 2)
    frauds += fraudsInTie
    legitimate += legitimateInTie
  }
  return frauds === 0 || legitimate === 0 ? 0.5 : won / (frauds * legitimate)
}

/** Average precision: the precision at each threshold, weighted by the recall it adds; tied rows come in together. 0 without frauds. */
export function averagePrecision (rows: readonly ScoredRow[]): number {
  const total = rows.filter(({ isFraud }) => isFraud).length
  let [frauds, flagged, sum] = [0, 0, 0]
  for (const { fraudsInTie, legitimateInTie } of ties(rows.toSorted((a, b) => b.raw - a.raw))) {
    frauds += fraudsInTie
    flagged += fraudsInTie + legitimateInTie
    sum += fraudsInTie * frauds / flagged
  }
  return total === 0 ? 0 : sum / total
}

function * ties (sorted: readonly ScoredRow[]) {
  for (let start = 0; start < sorted.length;) {
    let [end, fraudsInTie] = [start, 0]
    for (; end < sorted.length && sorted[end]!.raw === sorted[start]!.raw; end++) {
      if (sorted[end]!.isFraud) fraudsInTie++
    }
    yield { fraudsInTie, legitimateInTie: end - start - fraudsInTie }
    start = end
  }
}

/** Measures scored rows. @throws RangeError when there are no legitimate rows */
export function evaluate (rows: readonly ScoredRow[]): Metrics {
  const frauds = rows.filter(({ isFraud }) => isFraud)
  const descending = rows.filter(({ isFraud }) => !isFraud).map(({ raw }) => raw).sort((a, b) => b - a)
  if (descending.length === 0) throw new RangeError('an evaluation needs legitimate rows')
  return {
    rows: rows.length,
    fraudShare: share(frauds.length, rows.length),
    aucRoc: share(aucRoc(rows), 1),
    averagePrecision: share(averagePrecision(rows), 1),
    atFalsePositiveRate: REPORTED_FALSE_POSITIVE_RATES.map((falsePositiveRate) => {
      const threshold = thresholdFor(descending, falsePositiveRate)
      const caught = frauds.filter(({ raw }) => raw > threshold).length
      const flagged = caught + descending.filter((raw) => raw > threshold).length
      return { falsePositiveRate, recall: share(caught, frauds.length), precision: share(caught, flagged) }
    })
  }
}
