import t from 'tap'
import type { RuleOutcome } from '../../src/domain/outcome.ts'
import { outcomeByFindings, type RuleFinding } from '../../src/domain/rule-finding.ts'

const matched = (ruleId: string, outcome: RuleOutcome, readsScore = false): RuleFinding => ({ kind: 'matched', ruleId, outcome, readsScore })
const failed = (ruleId: string, outcome: RuleOutcome): RuleFinding => ({ kind: 'failed', ruleId, outcome, why: 'merchant_id is absent' })
const unscored = (ruleId: string): RuleFinding => ({ kind: 'unscored', ruleId })

t.test('outcomeByFindings: the gravest that matched wins and is named; none is said as such; what is not known never makes it milder', async (t) => {
  const TABLE: Array<[what: string, findings: RuleFinding[], policy: { otherwise?: RuleOutcome, unscoredOutcome?: RuleOutcome }, outcome: RuleOutcome, reasons: string[]]> = [
    ['no rule', [], {}, 'approve', ['no_rule_matched']],
    ['no rule, and another word for it', [], { otherwise: 'investigate' }, 'investigate', ['no_rule_matched']],
    ['one rule', [matched('a', 'investigate')], {}, 'investigate', ['rule:a']],
    ['a rule that approves, where nothing else would', [matched('a', 'approve')], { otherwise: 'fraud' }, 'approve', ['rule:a']],
    ['the gravest of several', [matched('a', 'approve'), matched('b', 'fraud'), matched('c', 'investigate')], {}, 'fraud', ['rule:b']],
    ['two of the same', [matched('a', 'investigate'), matched('b', 'investigate')], {}, 'investigate', ['rule:a', 'rule:b']],
    ['a rule that fails and suspects', [failed('a', 'investigate')], {}, 'investigate', ['no_rule_matched', 'rule_failed:a']],
    ['a rule that fails has nobody called', [failed('a', 'fraud')], {}, 'investigate', ['no_rule_matched', 'rule_failed:a']],
    ['a rule that fails and would approve', [failed('a', 'approve')], {}, 'approve', ['no_rule_matched', 'rule_failed:a']],
    ['a rule that fails and would approve, where nothing else would', [failed('a', 'approve')], { otherwise: 'investigate' }, 'investigate', ['no_rule_matched', 'rule_failed:a']],
    ['a rule that fails beside one that approves', [failed('a', 'fraud'), matched('b', 'approve')], {}, 'investigate', ['rule_failed:a']],
    ['a rule that fails beside one that is graver', [failed('a', 'fraud'), matched('b', 'fraud')], {}, 'fraud', ['rule:b', 'rule_failed:a']],
    ['no score', [unscored('a')], {}, 'investigate', []],
    ['no score, and a policy that lets it pass', [unscored('a')], { otherwise: 'fraud', unscoredOutcome: 'approve' }, 'approve', []],
    ['no score, and a rule that needs none', [unscored('a'), matched('b', 'fraud')], {}, 'fraud', ['rule:b']],
    ['no score, and a rule that would approve', [unscored('a'), matched('b', 'approve')], {}, 'investigate', []],
    ['no score, and no rule that asks for it', [matched('b', 'approve')], { unscoredOutcome: 'fraud' }, 'approve', ['rule:b']],
    ['no score, and a rule that fails', [unscored('a'), failed('b', 'fraud')], { unscoredOutcome: 'approve' }, 'investigate', ['rule_failed:b']]
  ]
  for (const [what, findings, { otherwise = 'approve', unscoredOutcome = 'investigate' }, outcome, reasons] of TABLE) {
    t.same(outcomeByFindings(findings, { otherwise, unscoredOutcome }), { outcome, reasons, isByScore: false }, what)
  }
})

t.test('outcomeByFindings: the score had a part in it when a rule that reads it carries the outcome', async (t) => {
  const isByScore = (...findings: RuleFinding[]) => outcomeByFindings(findings, { otherwise: 'approve', unscoredOutcome: 'investigate' }).isByScore
  t.equal(isByScore(matched('a', 'fraud', true)), true)
  t.equal(isByScore(matched('a', 'fraud'), matched('b', 'fraud', true)), true)
  t.equal(isByScore(matched('a', 'fraud'), matched('b', 'investigate', true)), false)
  t.equal(isByScore(failed('a', 'fraud')), false)
})

t.test('outcomeByFindings: of hundreds of rules no more than 20 are named', async (t) => {
  const { reasons } = outcomeByFindings(Array.from({ length: 200 }, (_, index) => matched(`r${index}`, 'fraud')), { otherwise: 'approve', unscoredOutcome: 'investigate' })
  t.equal(reasons.length, 20)
})
