import { MAX_SCORE } from '../domain/outcome.ts'
import type { ReportData } from './report-data.ts'
import { type RankedRow, ties } from './ranking.ts'

const MAX_POINTS = 400

/** What the report draws of the held-out rows: how many have which score, and the two curves, thinned out to some hundred points. */
export function reportCurves (rows: readonly RankedRow[], scores: readonly number[], amounts: readonly number[] | null): Pick<ReportData, 'legitimateByScore' | 'fraudsByScore' | 'fraudAmountByScore' | 'roc' | 'precisionRecall'> {
  const counts = () => new Array<number>(MAX_SCORE + 1).fill(0)
  const [legitimateByScore, fraudsByScore, fraudAmountByScore] = [counts(), counts(), counts()]
  for (const [row, { isFraud }] of rows.entries()) {
    const score = scores[row] ?? 0
    if (isFraud) {
      fraudsByScore[score]!++
      fraudAmountByScore[score]! += amounts?.[row] ?? 0
    } else legitimateByScore[score]!++
  }
  const frauds = rows.filter(({ isFraud }) => isFraud).length
  const legitimate = rows.length - frauds
  let [caught, flagged] = [0, 0]
  const steps = [{ caught, flagged }]
  for (const { fraudsInTie, legitimateInTie } of ties(rows.toSorted((a, b) => b.raw - a.raw))) {
    caught += fraudsInTie
    flagged += legitimateInTie
    steps.push({ caught, flagged })
  }
  const thinned = steps.filter((_, index) => index % Math.ceil(steps.length / MAX_POINTS) === 0 || index === steps.length - 1)
  // Where frauds come thickest a rate of false positives moves little: there each fraud is a point of its own.
  const byFraud = steps.filter((step, index) => step.caught !== steps[index - 1]?.caught)
  const precise = byFraud.filter((_, index) => index % Math.ceil(byFraud.length / MAX_POINTS) === 0 || index === byFraud.length - 1)
  return {
    legitimateByScore,
    fraudsByScore,
    fraudAmountByScore: amounts === null ? null : fraudAmountByScore.map((sum) => Math.round(sum * 100) / 100),
    roc: thinned.map((step) => ({ falsePositiveRate: rounded(step.flagged / Math.max(1, legitimate)), recall: rounded(step.caught / Math.max(1, frauds)) })),
    precisionRecall: precise.filter((step) => step.caught > 0).map((step) => ({ recall: rounded(step.caught / Math.max(1, frauds)), precision: rounded(step.caught / (step.caught + step.flagged)) }))
  }
}

function rounded (value: number): number {
  return Number(value.toFixed(5))
}
