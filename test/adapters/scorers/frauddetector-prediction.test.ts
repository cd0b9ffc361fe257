import t from 'tap'
import { readPrediction, type Prediction, type PredictionReading } from '../../../src/adapters/scorers/frauddetector-prediction.ts'

const READING: PredictionReading = {
  detectorId: 'cards',
  detectorVersionId: undefined,
  outcomes: [{ name: 'approve', means: 'approve' }, { name: 'notify', means: 'investigate' }, { name: 'review', means: 'investigate' }, { name: 'deny', means: 'fraud' }],
  noMatch: 'investigate',
  scoreName: undefined
}
const modelScore = (modelId: string, score: number | null) => ({ modelVersion: { modelId, modelVersionNumber: '2.0' }, scores: { [`${modelId}_insightscore`]: score } })
const external = (outputs: Record<string, string | null>) => ({ externalModel: { modelEndpoint: 'xgb-endpoint' }, outputs })

t.test('readPrediction: the gravest outcome wins, by the order of the setting, and its rules are told', async (t) => {
  const TABLE: Array<[what: string, ruleResults: Prediction['ruleResults'], ruled: object]> = [
    ['first matched', [{ ruleId: 'r1', outcomes: ['review'] }], { outcome: 'investigate', ruleIds: ['r1'] }],
    ['all matched', [{ ruleId: 'r1', outcomes: ['approve'] }, { ruleId: 'r2', outcomes: ['deny'] }, { ruleId: 'r3', outcomes: ['review'] }], { outcome: 'fraud', ruleIds: ['r2'] }],
    ['several outcomes of one rule', [{ ruleId: 'r1', outcomes: ['notify', 'deny', 'approve'] }], { outcome: 'fraud', ruleIds: ['r1'] }],
    ['two rules of the gravest', [{ ruleId: 'r1', outcomes: ['deny', 'deny'] }, { ruleId: 'r2', outcomes: ['deny'] }], { outcome: 'fraud', ruleIds: ['r1', 'r2'] }],
    ['two that mean the same', [{ ruleId: 'r1', outcomes: ['notify'] }, { ruleId: 'r2', outcomes: ['review'] }], { outcome: 'investigate', ruleIds: ['r2'] }],
    ['no rule', [], { outcome: 'investigate', ruleIds: [] }],
    ['a rule without an outcome', [{ ruleId: 'r1', outcomes: [] }, { ruleId: 'r2' }], { outcome: 'investigate', ruleIds: [] }]
  ]
  for (const [what, ruleResults, ruled] of TABLE) t.same(readPrediction({ modelScores: [], ruleResults, externalModelOutputs: [] }, READING).ruled, ruled, what)
  t.same(readPrediction({ modelScores: [] }, READING).ruled, { outcome: 'investigate', ruleIds: [] }, 'a list that is absent is empty')
  const many = Array.from({ length: 30 }, (_, index) => ({ ruleId: `r${index}`, outcomes: ['deny'] }))
  t.equal(readPrediction({ ruleResults: many }, READING).ruled?.ruleIds.length, 20, 'no item grows without end')
})

t.test('readPrediction: an outcome that no setting names is an error, unless nothing could be graver than what is known', async (t) => {
  for (const ruleResults of [[{ ruleId: 'r1', outcomes: ['stop'] }], [{ ruleId: 'r1', outcomes: ['approve', 'stop'] }], [{ ruleId: 'r1', outcomes: ['review'] }, { ruleId: 'r2', outcomes: ['stop'] }]]) {
    t.throws(() => readPrediction({ ruleResults }, READING), { code: 'scorer_outcome_unknown', detail: 'RINGFENCE_FD_OUTCOMES does not name "stop".' })
  }
  t.same(readPrediction({ ruleResults: [{ ruleId: 'r1', outcomes: ['stop'] }, { ruleId: 'r2', outcomes: ['deny'] }] }, READING).ruled, { outcome: 'fraud', ruleIds: ['r2'] })
})

t.test('readPrediction: a reply without any list is no prediction', async (t) => {
  t.throws(() => readPrediction({}, READING), { code: 'scorer_reply_invalid' })
})

t.test('readPrediction: which score is told, and whose', async (t) => {
  const none = { ruleResults: [] }
  const TABLE: Array<[what: string, prediction: Prediction, scoreName: string | undefined, score: number | null, model: object]> = [
    ['one model', { modelScores: [modelScore('card_model', 987.4)] }, undefined, 987, { name: 'card_model', version: '2.0' }],
    ['the highest of several', { modelScores: [modelScore('a', 10), modelScore('b', 700), modelScore('c', 30)] }, undefined, 700, { name: 'b', version: '2.0' }],
    ['the one that is named', { modelScores: [modelScore('a', 10), modelScore('b', 700)] }, 'a_insightscore', 10, { name: 'a', version: '2.0' }],
    ['a name that no score has', { modelScores: [modelScore('a', 10)] }, 'b_insightscore', null, { name: 'a', version: '2.0' }],
    ['an entity\'s first event', { modelScores: [modelScore('ati', -1)] }, undefined, null, { name: 'ati', version: '2.0' }],
    ['-1 beside a score', { modelScores: [modelScore('ati', -1), modelScore('a', 0)] }, undefined, 0, { name: 'a', version: '2.0' }],
    ['a null score', { modelScores: [modelScore('a', null)] }, undefined, null, { name: 'a', version: '2.0' }],
    ['no number', { modelScores: [modelScore('a', NaN)] }, undefined, null, { name: 'a', version: '2.0' }],
    ['above the scale', { modelScores: [modelScore('a', 1000.4)] }, undefined, 1000, { name: 'a', version: '2.0' }],
    ['another kind of score', { modelScores: [{ scores: { anomaly: 0.4 } }] }, undefined, null, { name: 'anomaly', version: 'unknown' }],
    ['an imported model', { externalModelOutputs: [external({ xgb_score: '0.07167139649391174\n' })] }, undefined, null, { name: 'xgb-endpoint', version: 'external' }],
    ['an imported model beside ours', { modelScores: [modelScore('a', 5)], externalModelOutputs: [external({ xgb_score: ' 900 ' })] }, undefined, 5, { name: 'a', version: '2.0' }],
    ['a probability that is named', { externalModelOutputs: [external({ xgb_score: '0.9\n' })] }, 'xgb_score', null, { name: 'xgb-endpoint', version: 'external' }],
    ['an imported score that is named', { externalModelOutputs: [external({ xgb_score: ' 912.6\n' })] }, 'xgb_score', 913, { name: 'xgb-endpoint', version: 'external' }],
    ['an imported word', { externalModelOutputs: [external({ xgb_score: 'high', other: null })] }, 'xgb_score', null, { name: 'xgb-endpoint', version: 'external' }],
    ['no model', { ...none }, undefined, null, { name: 'cards', version: 'active' }]
  ]
  for (const [what, prediction, scoreName, score, model] of TABLE) {
    t.match(readPrediction({ ...none, ...prediction }, { ...READING, scoreName }), { score, model }, what)
  }
  t.match(readPrediction(none, { ...READING, detectorVersionId: '3' }).model, { name: 'cards', version: '3' })
})
