import { RULE_OUTCOMES, type Reason, type RuleOutcome } from './outcome.ts'

/** What is to be said of one rule of a detector file, and one transaction. A rule that was read and does not match is no finding. */
export type RuleFinding =
  | { kind: 'matched', ruleId: string, outcome: RuleOutcome, readsScore: boolean }
  /** It could not be evaluated, such as one that reads a variable which the transaction lacks. */
  | { kind: 'failed', ruleId: string, outcome: RuleOutcome, why: string }
  /** It hangs on the score, and there is none. */
  | { kind: 'unscored', ruleId: string }

/** A detector may have hundreds of rules, and a decision is one item of the table. */
const MAX_RULES_TOLD = 20

/**
 * The outcome of a transaction by the findings of its rules: the gravest of those that matched, `otherwise` when none did.
 *
 * What is not known never makes it milder. A failed rule that suspects makes it `investigate` at least: no fault of a rule lets a transaction pass, or has
 * a cardholder called. Without a score, what decides unscored transactions decides at least as gravely, and in the place of `otherwise`.
 */
export function outcomeByFindings (findings: readonly RuleFinding[], { otherwise, unscoredOutcome }: { otherwise: RuleOutcome, unscoredOutcome: RuleOutcome }): { outcome: RuleOutcome, reasons: Reason[], isByScore: boolean } {
  const matched = findings.filter((finding) => finding.kind === 'matched')
  const failed = findings.filter((finding) => finding.kind === 'failed')
  const isUnscored = findings.some(({ kind }) => kind === 'unscored')
  const outcome = gravest([
    ...matched.map((finding) => finding.outcome),
    ...matched.length === 0 && !isUnscored ? [otherwise] : [],
    ...isUnscored ? [unscoredOutcome] : [],
    ...failed.map((finding) => finding.outcome === 'approve' ? 'approve' : 'investigate')
  ])
  const deciding = matched.filter((finding) => finding.outcome === outcome)
  const told: Reason[] = failed.slice(0, MAX_RULES_TOLD / 2).map(({ ruleId }) => `rule_failed:${ruleId}` as const)
  const reasons: Reason[] = [
    ...deciding.slice(0, MAX_RULES_TOLD - told.length).map(({ ruleId }) => `rule:${ruleId}` as const),
    ...matched.length === 0 && !isUnscored ? ['no_rule_matched' as const] : [],
    ...told
  ]
  return { outcome, reasons, isByScore: deciding.some(({ readsScore }) => readsScore) }
}

function gravest (outcomes: readonly RuleOutcome[]): RuleOutcome {
  return RULE_OUTCOMES.findLast((outcome) => outcomes.includes(outcome)) ?? 'fraud'
}
