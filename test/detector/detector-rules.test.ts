import t from 'tap'
import { rulesFor, thresholdsFor } from '../../src/detector/detector-rules.ts'
import type { DetectorPlan } from '../../src/detector/detector-plan.ts'

const point = (falsePositiveRate: number, threshold: number) => ({ falsePositiveRate, threshold, truePositiveRate: 0.5, precision: 0.5 })
const metrics = (points: ReturnType<typeof point>[]) => ({ auc: 0.9, aucRange: null, points, importance: [] })
// As an AWS notebook has them.
const NOTEBOOK = [point(0.01, 955), point(0.02, 905), point(0.03, 860), point(0.04, 820), point(0.05, 775), point(0.06, 740)]

const CASES: ReadonlyArray<[string, ReturnType<typeof point>[], { fraud: number, investigate: number }, { fraudAbove: number, investigateAbove: number }]> = [
  ['the sample\'s rates give the sample\'s thresholds', NOTEBOOK, { fraud: 0.03, investigate: 0.05 }, { fraudAbove: 860, investigateAbove: 775 }],
  ['other rates give other thresholds', NOTEBOOK, { fraud: 0.01, investigate: 0.02 }, { fraudAbove: 955, investigateAbove: 905 }],
  ['between two points the stricter one counts', NOTEBOOK, { fraud: 0.035, investigate: 0.059 }, { fraudAbove: 860, investigateAbove: 775 }],
  ['several points of one rate: the lowest threshold catches most', [point(0.03, 870), point(0.03, 861.5), point(0.05, 800)], { fraud: 0.03, investigate: 0.05 }, { fraudAbove: 861.5, investigateAbove: 800 }],
  ['no point is low enough: the highest threshold', [point(0.2, 600), point(0.3, 400)], { fraud: 0.03, investigate: 0.05 }, { fraudAbove: 600, investigateAbove: 600 }],
  ['long fractions are rounded up, never down', [point(0.03, 860.001), point(0.05, 0.0000001)], { fraud: 0.03, investigate: 0.05 }, { fraudAbove: 860.01, investigateAbove: 0.01 }]
]
for (const [what, points, rates, thresholds] of CASES) {
  t.test(`thresholdsFor: ${what}`, async (t) => {
    t.same(thresholdsFor(metrics(points), rates), thresholds)
  })
}

t.test('thresholdsFor: metrics without a point make no rules', async (t) => {
  t.throws(() => thresholdsFor(metrics([]), { fraud: 0.03, investigate: 0.05 }), { kind: 'training', message: /no points/ })
})

t.test('rulesFor: three rules on the model\'s score, severest first, with the detector\'s own outcomes', async (t) => {
  const plan: DetectorPlan = {
    names: { detectorId: 'd', modelId: 'card_model', eventType: 'e', entityType: 'customer' },
    variables: [],
    modelVariables: [],
    labels: { fraud: [], legit: [], hasUnlabelled: false },
    outcomes: { approve: 'allow', investigate: 'review', fraud: 'deny' },
    falsePositiveRates: { fraud: 0.03, investigate: 0.05 }
  }
  t.same(rulesFor(plan, { fraudAbove: 860, investigateAbove: 775.5 }).map(({ ruleId, expression, outcomes }) => [ruleId, expression, outcomes]), [
    ['fraud', '$card_model_insightscore > 860', ['deny']],
    ['investigate', '$card_model_insightscore > 775.5', ['review']],
    ['approve', '$card_model_insightscore <= 775.5', ['allow']]
  ])
})
