import t from 'tap'
import { DEFAULT_THRESHOLDS, MAX_SCORE, ruleOutcome, RULE_OUTCOMES } from '../../src/domain/outcome.ts'

t.test('ruleOutcome: a score above a threshold matches, a score at it does not', async (t) => {
  const table: Array<[score: number, outcome: string, reason: string]> = [
    [0, 'approve', 'no_rule_matched'],
    [500, 'approve', 'no_rule_matched'],
    [500.01, 'investigate', 'score_over_investigate_threshold'],
    [501, 'investigate', 'score_over_investigate_threshold'],
    [900, 'investigate', 'score_over_investigate_threshold'],
    [900.01, 'fraud', 'score_over_fraud_threshold'],
    [901, 'fraud', 'score_over_fraud_threshold'],
    [1000, 'fraud', 'score_over_fraud_threshold']
  ]
  for (const [score, outcome, reason] of table) {
    t.same(ruleOutcome(score, { fraudAbove: 900, investigateAbove: 500 }), { outcome, reason }, `score ${score}`)
  }
})

t.test('ruleOutcome: the default thresholds decide at their edges', async (t) => {
  const table: Array<[score: number, outcome: string]> = [[775, 'approve'], [776, 'investigate'], [860, 'investigate'], [861, 'fraud']]
  for (const [score, outcome] of table) t.equal(ruleOutcome(score, DEFAULT_THRESHOLDS).outcome, outcome, `score ${score}`)
})

t.test('ruleOutcome: the more severe wins when thresholds are equal, and a threshold at the top never matches', async (t) => {
  t.equal(ruleOutcome(501, { fraudAbove: 500, investigateAbove: 500 }).outcome, 'fraud')
  t.equal(ruleOutcome(500, { fraudAbove: 500, investigateAbove: 500 }).outcome, 'approve')
  t.equal(ruleOutcome(MAX_SCORE, { fraudAbove: 1000, investigateAbove: 1000 }).outcome, 'approve')
})

t.test('RULE_OUTCOMES go from the mildest to the most severe: a higher score is never milder', async (t) => {
  t.same(RULE_OUTCOMES, ['approve', 'investigate', 'fraud'])
  let severity = 0
  for (let score = 0; score <= 1000; score++) {
    const next = RULE_OUTCOMES.indexOf(ruleOutcome(score, DEFAULT_THRESHOLDS).outcome)
    if (next < severity) t.fail(`score ${score} is milder than the one before`)
    severity = next
  }
  t.equal(severity, 2)
})
