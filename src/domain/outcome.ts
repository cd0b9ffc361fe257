/** What a rule says of a transaction, mildest first. */
export const RULE_OUTCOMES = ['approve', 'investigate', 'fraud'] as const
export type RuleOutcome = typeof RULE_OUTCOMES[number]

/** What the caller is told: a rule's word, or `blocked` because the card is blocked already. */
export type Outcome = RuleOutcome | 'blocked'

/** Scores run from 0 (harmless) to 1000, on the scale of Amazon Fraud Detector's insight scores. */
export const MAX_SCORE = 1000

export interface Thresholds {
  /** Scores above this are `fraud`. */
  fraudAbove: number
  /** Scores above this, and not above `fraudAbove`, are `investigate`. */
  investigateAbove: number
}

/**
 * The policy's thresholds: the scores that 3 % and 5 % of legitimate transactions exceed.
 * Source: Amazon Fraud Detector User Guide, "Model scores", and the sample's notebook, which makes its rules the same way.
 */
export const DEFAULT_THRESHOLDS: Thresholds = { fraudAbove: 860, investigateAbove: 775 }

export type Reason =
  | 'score_over_fraud_threshold'
  | 'score_over_investigate_threshold'
  | 'no_rule_matched'
  | 'card_blocked'
  | 'confirmed_genuine_recently'
  | 'scorer_failed'
  | 'detector_rule_matched'
  | 'detector_no_rule_matched'
  | `rule:${string}`
  | `model:${string}`
  | `rule_failed:${string}`

/** What a detector's own rules decided, and which of them; no rule is an outcome too. */
export interface Ruling {
  outcome: RuleOutcome
  ruleIds: readonly string[]
}

/** Puts a detector's ruling into our words; each rule is named as `rule:<its id>`. */
export function ruledOutcome ({ outcome, ruleIds }: Ruling): { outcome: RuleOutcome, reasons: Reason[] } {
  if (ruleIds.length === 0) return { outcome, reasons: ['detector_no_rule_matched'] }
  return { outcome, reasons: ['detector_rule_matched', ...ruleIds.map((ruleId) => `rule:${ruleId}` as const)] }
}

/** Applies the rules; the most severe that matches wins, none means `approve`, said as such. */
export function ruleOutcome (score: number, thresholds: Thresholds): { outcome: RuleOutcome, reason: Reason } {
  if (score > thresholds.fraudAbove) return { outcome: 'fraud', reason: 'score_over_fraud_threshold' }
  if (score > thresholds.investigateAbove) return { outcome: 'investigate', reason: 'score_over_investigate_threshold' }
  return { outcome: 'approve', reason: 'no_rule_matched' }
}
