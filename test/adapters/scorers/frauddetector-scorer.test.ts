import t, { type Test } from 'tap'
import { createFraudDetectorClient } from '../../../src/adapters/aws/clients.ts'
import { createFraudDetectorScorer, type FraudDetectorScorerOptions } from '../../../src/adapters/scorers/frauddetector-scorer.ts'
import type { SeededDetector } from '../../../src/simulators/fraud-detector/seed.ts'
import { createFraudDetectorSimulator } from '../../../src/simulators/fraud-detector/server.ts'
import { createWorld, postTransaction, putSampleCustomer, transactionBody } from '../../world.ts'

const DETECTOR: SeededDetector = {
  detectorId: 'cards',
  eventTypeName: 'card_tx',
  variables: { transaction_amt: 'number', currency: 'string', ip_address: 'string', email_address: 'string', merchant_id: 'string', cvv: 'string' },
  model: { modelId: 'card_model', score: ({ variables }) => Number(variables['transaction_amt'] ?? 0) / 10 },
  rules: [
    { ruleId: 'rule0_card_model', expression: '$card_model_insightscore > 860', outcomes: ['deny'] },
    { ruleId: 'rule1_card_model', expression: '$card_model_insightscore > 400', outcomes: ['review'] },
    { ruleId: 'rule2_card_model', expression: '$card_model_insightscore > 100', outcomes: ['pass'] }
  ]
}

/** The service before a simulated account of Fraud Detector; the held scorer, at 800, stands by. */
async function startService (t: Test, { options = {}, detector = DETECTOR }: { options?: Partial<FraudDetectorScorerOptions>, detector?: SeededDetector } = {}) {
  const simulator = createFraudDetectorSimulator({ region: 'eu-central-1', accountId: '123456789012' })
  simulator.seedDetector(detector)
  const client = createFraudDetectorClient(10_000, { endpoint: await simulator.listen({ port: 0 }) })
  const warnings: string[] = []
  const log = { info () {}, warn (_fields: object, message: string) { warnings.push(message) }, error () {} }
  const scorer = createFraudDetectorScorer({
    client,
    detectorId: 'cards',
    detectorVersionId: undefined,
    eventType: 'card_tx',
    entityType: 'customer',
    outcomes: [{ name: 'pass', means: 'approve' }, { name: 'review', means: 'investigate' }, { name: 'deny', means: 'fraud' }],
    noMatch: 'approve',
    scoreName: undefined,
    standIns: { amount: 'transaction_amt', currency: 'currency' },
    log,
    ...options
  })
  const world = await createWorld({ scoreTimeoutMs: 10_000, scorers: (held) => [scorer, held] })
  world.scorer.next = 800
  t.teardown(async () => {
    client.destroy()
    await world.close()
    await simulator.close()
  })
  await putSampleCustomer(world.app)
  const screen = async (transactionId: string, value: number, change: object = {}) =>
    (await postTransaction(world.app, transactionBody(transactionId, { amount: { value, currency: 'EUR' }, ...change }))).json<Record<string, unknown>>()
  return { simulator, world, screen, warnings }
}

t.test('frauddetector: the detector\'s own rules decide, and the reply names them with score and model', async (t) => {
  const { simulator, screen, world } = await startService(t)
  const model = { name: 'frauddetector', model: 'card_model', version: '1.0' }
  const TABLE = [
    [900_000, { outcome: 'fraud', score: 900, reasons: ['detector_rule_matched', 'rule:rule0_card_model'], scorer: model, degraded: false }],
    [500_000, { outcome: 'investigate', score: 500, reasons: ['detector_rule_matched', 'rule:rule1_card_model'], scorer: model, degraded: false }],
    [200_000, { outcome: 'approve', score: 200, reasons: ['detector_rule_matched', 'rule:rule2_card_model'], scorer: model, degraded: false }],
    [100, { outcome: 'approve', score: 0, reasons: ['detector_no_rule_matched'], scorer: model, degraded: false }]
  ] as const
  for (const [amount, expected] of TABLE) t.match(await screen(`tx-${amount}`, amount), expected, String(amount))
  t.match((await screen('TX.Upper', 900_000)), { outcome: 'fraud', case: { status: 'open' } })
  const seen = simulator.predictions()
  t.match(seen[0], {
    eventId: 'tx-900000',
    eventTypeName: 'card_tx',
    eventTimestamp: '2026-11-22T09:59:00Z',
    entities: [{ entityType: 'customer', entityId: 'u82-1alz-RI301' }],
    detectorVersionId: '1'
  })
  t.same(seen[0]?.eventVariables, { ip_address: '62.39.153.176', email_address: 'jonathan15@example.org', merchant_id: '341-81-5775', cvv: 'V', transaction_amt: '9000.00', currency: 'eur' })
  t.match(seen.at(-1)?.eventId, /^tx_[0-9a-f]{40}$/)
  t.equal(world.scorer.seen.length, 0, 'what stands by is not asked')
})

t.test('frauddetector: with ALL_MATCHED the gravest outcome wins', async (t) => {
  const { screen } = await startService(t, { detector: { ...DETECTOR, ruleExecutionMode: 'ALL_MATCHED', rules: DETECTOR.rules.toReversed() } })
  t.match(await screen('tx-1', 900_000), { outcome: 'fraud', reasons: ['detector_rule_matched', 'rule:rule0_card_model'] })
})

t.test('frauddetector: no match decides as the setting says', async (t) => {
  const { screen } = await startService(t, { options: { noMatch: 'investigate' } })
  t.match(await screen('tx-1', 100), { outcome: 'investigate', reasons: ['detector_no_rule_matched'], degraded: false })
})

t.test('frauddetector: a detector that decides without a score of ours has none told, stored and read again', async (t) => {
  const { model: _model, ...rest } = DETECTOR
  const { screen, world } = await startService(t, {
    detector: {
      ...rest, externalModels: { 'xgb-endpoint': { variable: 'xgb_score', answer: () => ({ xgb_score: '0.97\n' }) } }, rules: [{ ruleId: 'xgb', expression: '$xgb_score > 0.9', outcomes: ['deny'] }]
    }
  })
  const reply = await screen('tx-1', 900_000)
  t.match(reply, { outcome: 'fraud', score: null, reasons: ['detector_rule_matched', 'rule:xgb'], degraded: false, scorer: { model: 'xgb-endpoint', version: 'external' }, case: { status: 'open' } })
  t.match(await world.store.transactions.get('tx-1'), { score: null, degraded: false, scorer: { name: 'frauddetector' } })
})

t.test('frauddetector: an outcome that no setting names leaves the decision to the fallback, and is told once', async (t) => {
  const { screen, warnings, world } = await startService(t, { detector: { ...DETECTOR, rules: [{ ruleId: 'r', expression: '$card_model_insightscore >= 0', outcomes: ['stop'] }] } })
  for (let count = 0; count < 12; count++) t.match(await screen(`tx-${count}`, 900_000), { outcome: 'investigate', score: 800, degraded: true, scorer: { name: 'embedded' } })
  t.equal(warnings.length, 1)
  t.match(await world.metricsText(), 'ringfence_scorer_failures_total{scorer="frauddetector",why="scorer_outcome_unknown",fallback="embedded"} 12', 'and opens no breaker')
})

t.test('frauddetector: a score that is named and missing is told once', async (t) => {
  const { screen, warnings } = await startService(t, { options: { scoreName: 'other_insightscore' } })
  t.match(await screen('tx-1', 900_000), { outcome: 'fraud', score: null })
  await screen('tx-2', 900_000)
  t.equal(warnings.length, 1)
})

t.test('frauddetector: a transaction without any variable goes to the fallback without a prediction', async (t) => {
  const { screen, simulator } = await startService(t, { options: { standIns: {} } })
  t.match(await screen('tx-1', 900_000, { variables: {} }), { outcome: 'investigate', degraded: true, reasons: ['scorer_failed', 'score_over_investigate_threshold'] })
  t.equal(simulator.predictions().length, 0)
})

t.test('frauddetector: a transaction without any variable does not tell a breaker that the service answers again', async (t) => {
  const { screen, simulator, world } = await startService(t, { options: { standIns: {}, client: createFraudDetectorClient(1_000, { endpoint: 'http://127.0.0.1:1' }) } })
  const state = async () => /^ringfence_scorer_breaker_state\{scorer="frauddetector",state="(\w+)"\} 1$/m.exec(await world.metricsText())?.[1]
  for (let count = 0; count < 10; count++) await screen(`tx-${count}`, 100)
  t.equal(await state(), 'open')
  t.match(await screen('tx-empty', 100, { variables: {} }), { degraded: true })
  t.equal(await state(), 'open')
  t.match(world.logLines.join(''), 'scorer_refused: An event needs a variable', 'the reason is its own')
  t.equal(simulator.predictions().length, 0)
})

t.test('frauddetector: what the service says of a variable stays out of the log', async (t) => {
  const { screen, world } = await startService(t)
  t.match(await screen('tx-1', 100, { variables: { phone_number: '+4917612345678', merchant_id: 'm-1' } }), { degraded: true })
  const logged = world.logLines.join('')
  t.match(logged, 'scorer_refused: ValidationException')
  t.notMatch(logged, /phone_number|4917612345678/)
})
