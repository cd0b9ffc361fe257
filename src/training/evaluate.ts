import type { CardPrecision, Evaluation } from '../model/evaluation.ts'
import { mapScore, SCORE_ANCHORS, type ScoreKnot, thresholdFor } from '../model/score-map.ts'
import { aucInterval, aucRoc, averagePrecision, type RankedRow } from './ranking.ts'

/** A row that a model was not trained with: its label, the model's own number and, where known, whose payment it was and when. */
export interface ScoredRow extends RankedRow {
  customer?: string
  timeMs?: number
}

/** The false-positive rates that an evaluation tells of. */
const REPORTED_FALSE_POSITIVE_RATES = [0.005, 0.01, 0.02, 0.03, 0.05] as const

const CARDS_A_DAY = 100
const DAY_MS = 86_400_000

function share (part: number, whole: number): number {
  return whole === 0 ? 0 : rounded(part / whole)
}

function rounded (value: number): number {
  return Number(value.toFixed(5))
}

/** Measures scored rows. @throws RangeError when there are no legitimate ones */
export function evaluate (rows: readonly ScoredRow[], scoreMap: readonly ScoreKnot[]): Evaluation {
  const frauds = rows.filter(({ isFraud }) => isFraud)
  const descending = rows.filter(({ isFraud }) => !isFraud).map(({ raw }) => raw).sort((a, b) => b - a)
  if (descending.length === 0) throw new RangeError('an evaluation needs legitimate rows')
  const auc = aucRoc(rows)
  const interval = aucInterval(auc, { frauds: frauds.length, legitimate: descending.length })
  const cardPrecision = measureCardPrecision(rows)
  return {
    rows: rows.length,
    frauds: frauds.length,
    fraudShare: share(frauds.length, rows.length),
    aucRoc: { value: rounded(auc), low: rounded(interval.low), high: rounded(interval.high) },
    averagePrecision: rounded(averagePrecision(rows)),
    atFalsePositiveRate: REPORTED_FALSE_POSITIVE_RATES.map((falsePositiveRate) => {
      const threshold = thresholdFor(descending, falsePositiveRate)
      const caught = frauds.filter(({ raw }) => raw > threshold).length
      const flagged = caught + descending.filter((raw) => raw > threshold).length
      return { falsePositiveRate, score: mapScore(scoreMap, threshold), recall: share(caught, frauds.length), precision: share(caught, flagged) }
    }),
    calibration: SCORE_ANCHORS.map(({ score, falsePositiveRate }) => ({
      score,
      target: falsePositiveRate,
      achieved: share(descending.filter((raw) => mapScore(scoreMap, raw) > score).length, descending.length)
    })),
    ...cardPrecision === undefined ? {} : { cardPrecision }
  }
}

/**
 * Card precision at 100 a day: of each day's customers with the highest score, the share that is defrauded that day; customers found on earlier
 * days are left out. Source: Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection, chapter 4.
 */
export function measureCardPrecision (rows: readonly ScoredRow[]): CardPrecision | undefined {
  const days = new Map<number, Map<string, { raw: number, isFraud: boolean }>>()
  for (const { customer, timeMs, raw, isFraud } of rows) {
    if (customer === undefined || timeMs === undefined || Number.isNaN(timeMs)) continue
    const day = Math.floor(timeMs / DAY_MS)
    const customers = days.get(day) ?? new Map<string, { raw: number, isFraud: boolean }>()
    days.set(day, customers)
    const known = customers.get(customer)
    customers.set(customer, { raw: Math.max(raw, known?.raw ?? raw), isFraud: isFraud || known?.isFraud === true })
  }
  if (days.size === 0) return undefined
  const found = new Set<string>()
  let sum = 0
  for (const [, customers] of [...days].sort(([a], [b]) => a - b)) {
    const top = [...customers].filter(([customer]) => !found.has(customer)).sort(([, a], [, b]) => b.raw - a.raw).slice(0, CARDS_A_DAY)
    const defrauded = top.filter(([, { isFraud }]) => isFraud)
    for (const [customer] of defrauded) found.add(customer)
    sum += defrauded.length / CARDS_A_DAY
  }
  return { cards: CARDS_A_DAY, days: days.size, value: rounded(sum / days.size) }
}
