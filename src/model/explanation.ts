import type { Feature } from './features.ts'
import type { FeatureValue } from './transformations.ts'

/** What of an event made its score high. */
export interface Ground {
  /** The variable, or `time` for the hour and the day. */
  variable: string
  /** How much of the score's log odds goes when the variable is as usual among legitimate payments. Above 0. */
  weight: number
}

/** Features of the time alone. */
const TIME = 'time'
const MAX_GROUNDS = 3
/** Each variable costs a row of all features: what has more unusual ones is explained by the first of them. */
const MAX_ASKED = 40
/** Less than this is no reason: the odds of fraud grow by a fifth. */
const MIN_WEIGHT = 0.2
/** What is closer to 0 or 1 counts as this. */
const MIN_RAW = 1e-4

/**
 * Explains a score by leaving one variable out at a time: all features of it are set to what is typical of legitimate payments, and the model is
 * asked again, for all variables at once. Variables that matter only together are told less than they weigh.
 *
 * @param predict the model's numbers for rows of features, 0 to 1
 * @returns the heaviest grounds, at most three, heaviest first
 */
export function explain (features: readonly Feature[], values: readonly FeatureValue[], raw: number, predict: (rows: FeatureValue[][]) => number[]): Ground[] {
  const unusual = features.filter((feature, index) => values[index] !== (feature.typical ?? null))
  const variables = [...new Set(unusual.flatMap((feature) => feature.variables.length === 0 ? [TIME] : feature.variables))].slice(0, MAX_ASKED)
  const rows = variables.map((variable) => features.map((feature, index) => isMadeOf(feature, variable) ? feature.typical ?? null : values[index] ?? null))
  return predict(rows)
    .map((without, index): Ground => ({ variable: variables[index] ?? '', weight: logOdds(raw) - logOdds(without) }))
    .filter(({ weight }) => weight >= MIN_WEIGHT)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MAX_GROUNDS)
}

function isMadeOf ({ variables }: Feature, variable: string): boolean {
  return variables.length === 0 ? variable === TIME : variables.includes(variable)
}

function logOdds (raw: number): number {
  const clamped = Math.min(1 - MIN_RAW, Math.max(MIN_RAW, raw))
  return Math.log(clamped / (1 - clamped))
}
