import { MAX_SCORE } from '../domain/outcome.ts'

/**
 * Scores, and the share of legitimate transactions that exceed each: the scale of Amazon Fraud Detector.
 * Source: Amazon Fraud Detector User Guide, "Model scores" (10 % at 600, 2 % at 900), and AWS's notebooks (3 % at 860, 5 % at 775).
 */
export const SCORE_ANCHORS = [
  { score: 600, falsePositiveRate: 0.1 },
  { score: 700, falsePositiveRate: 0.07 },
  { score: 775, falsePositiveRate: 0.05 },
  { score: 860, falsePositiveRate: 0.03 },
  { score: 900, falsePositiveRate: 0.02 },
  { score: 950, falsePositiveRate: 0.01 },
  { score: 975, falsePositiveRate: 0.005 }
] as const

/** One corner of the map: raw probabilities up to `raw` score at most `score`. */
export interface ScoreKnot {
  /** The model's probability of fraud, 0 to 1. */
  raw: number
  score: number
}

/**
 * The lowest raw value that at most the given share of rows exceeds.
 *
 * @param descending raw values, highest first, at least one. Equal values stay on one side: where many rows tie, fewer than the share exceed it.
 * @param share 0 to 1.
 */
export function thresholdFor (descending: readonly number[], share: number): number {
  const allowed = Math.floor(descending.length * share + 1e-9)
  return descending[Math.min(allowed, descending.length - 1)]!
}

/** Fits the map to the raw probabilities of legitimate held-out rows, in any order. @throws RangeError when there are none */
export function createScoreMap (legitimateRaws: readonly number[]): ScoreKnot[] {
  if (legitimateRaws.length === 0) throw new RangeError('a score map needs legitimate rows')
  const descending = legitimateRaws.toSorted((a, b) => b - a)
  return [
    { raw: 0, score: 0 },
    ...SCORE_ANCHORS.map(({ score, falsePositiveRate }) => ({ raw: thresholdFor(descending, falsePositiveRate), score })),
    { raw: 1, score: MAX_SCORE }
  ]
}

/**
 * Maps a raw probability (0 to 1; what lies outside is clamped) to an integer score from 0 to 1000, rising with it, linear between knots.
 * A score exceeds a knot's exactly when the raw value exceeds the knot's, so the map keeps its promise on false positives after rounding;
 * of knots with the same raw value (ties among the rows) the lowest score holds at it and the highest above it.
 */
export function mapScore (knots: readonly ScoreKnot[], raw: number): number {
  const clamped = Math.min(1, Math.max(0, raw))
  const upperIndex = knots.findIndex((knot) => clamped <= knot.raw)
  const upper = knots[upperIndex]
  const lower = knots[upperIndex - 1]
  if (upper === undefined) throw new RangeError('the score map does not reach 1, or the raw value is no number')
  if (lower === undefined) return upper.score
  const linear = lower.score + (upper.score - lower.score) * (clamped - lower.raw) / (upper.raw - lower.raw)
  return Math.min(upper.score, Math.max(lower.score + 1, Math.ceil(linear)))
}
