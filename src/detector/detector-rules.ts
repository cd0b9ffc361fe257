import type { RuleOutcome } from '../domain/outcome.ts'
import { DetectorError } from './detector-error.ts'
import type { ModelMetrics } from './detector-builder.ts'
import type { DetectorPlan } from './detector-plan.ts'

/** A rule as it is wanted: the first that matches decides. */
export interface WantedRule {
  ruleId: string
  outcome: RuleOutcome
  /** In the service's rule language, DETECTORPL. */
  expression: string
  outcomes: readonly string[]
}

/** The scores above which a transaction is fraud, or to be investigated. */
export interface RuleThresholds {
  fraudAbove: number
  investigateAbove: number
}

/**
 * The thresholds that keep false positives at or below the wished rates: for each rate the lowest threshold that does, since it catches most.
 * Where no point of the metrics is low enough, the highest threshold there is.
 * Source: the sample's notebook makes its rules the same way, from 1 % to 6 %.
 * @throws DetectorError `training` when the metrics have no points
 */
export function thresholdsFor ({ points }: ModelMetrics, rates: DetectorPlan['falsePositiveRates']): RuleThresholds {
  const highest = Math.max(...points.map(({ threshold }) => threshold))
  if (points.length === 0) throw new DetectorError('training', "The model's metrics have no points to make rules from.")
  const lowestFor = (rate: number): number => Math.min(highest, ...points.filter(({ falsePositiveRate }) => falsePositiveRate <= rate).map(({ threshold }) => threshold))
  // Rounded up, so that no false positive is added; the rule language knows no exponents.
  const rounded = (threshold: number): number => Math.ceil(threshold * 100) / 100
  return { fraudAbove: rounded(lowestFor(rates.fraud)), investigateAbove: rounded(lowestFor(rates.investigate)) }
}

/** The three rules, in the order in which they are tried. */
export function rulesFor ({ names: { modelId }, outcomes }: DetectorPlan, { fraudAbove, investigateAbove }: RuleThresholds): WantedRule[] {
  const score = `$${modelId}_insightscore`
  return [
    { ruleId: 'fraud', outcome: 'fraud', expression: `${score} > ${fraudAbove}`, outcomes: [outcomes.fraud] },
    { ruleId: 'investigate', outcome: 'investigate', expression: `${score} > ${investigateAbove}`, outcomes: [outcomes.investigate] },
    { ruleId: 'approve', outcome: 'approve', expression: `${score} <= ${investigateAbove}`, outcomes: [outcomes.approve] }
  ]
}
