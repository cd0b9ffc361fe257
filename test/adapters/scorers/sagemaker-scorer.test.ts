import t, { type Test } from 'tap'
import { createSageMakerRuntimeClient } from '../../../src/adapters/aws/clients.ts'
import { findPrediction, scaleToScore } from '../../../src/adapters/scorers/endpoint-prediction.ts'
import { featureRow, toCsv, toJson } from '../../../src/adapters/scorers/feature-row.ts'
import { createSageMakerScorer, type SageMakerScorerOptions } from '../../../src/adapters/scorers/sagemaker-scorer.ts'
import type { ScorableTransaction } from '../../../src/ports.ts'
import { createSageMakerSimulator } from '../../../src/simulators/sagemaker/server.ts'
import { createWorld, postTransaction, putSampleCustomer, transactionBody } from '../../world.ts'

const TRANSACTION: ScorableTransaction = {
  transactionId: 'tx-1',
  customerId: 'u1',
  // A Sunday.
  occurredAtMs: Date.UTC(2026, 10, 22, 23, 59),
  amount: { valueMinor: 415500, currency: 'EUR' },
  variables: { merchant_id: '341', email_address: 'ada, "the first"@example.org', billing_city: ' ', amount: '1', note: null, billing_postal: '02134' }
}

async function startService (t: Test, options: Partial<SageMakerScorerOptions> = {}) {
  const probability = { next: 0.5 }
  const simulator = createSageMakerSimulator({ region: 'eu-central-1', endpoints: { 'card-fraud': () => probability.next } })
  const client = createSageMakerRuntimeClient(10_000, { endpoint: await simulator.listen({ port: 0 }) })
  const scorer = createSageMakerScorer({
    client,
    endpointName: 'card-fraud',
    format: 'csv',
    features: ['amount', 'currency', 'hour', 'weekday', 'merchant_id', 'absent_one'],
    response: { format: 'csv', column: 0 },
    scale: [{ raw: 0, score: 0 }, { raw: 0.2, score: 860 }, { raw: 1, score: 1000 }],
    ...options
  })
  const world = await createWorld({ scoreTimeoutMs: 10_000, scorers: (held) => [scorer, held] })
  t.teardown(async () => {
    client.destroy()
    await world.close()
    await simulator.close()
  })
  await putSampleCustomer(world.app)
  return { simulator, world, probability, screen: async (transactionId: string) => (await postTransaction(world.app, transactionBody(transactionId))).json<object>() }
}

t.test('sagemaker: the model\'s prediction goes over the scale and through the policy\'s thresholds', async (t) => {
  const { simulator, world, probability, screen } = await startService(t)
  const scorer = { name: 'sagemaker', model: 'card-fraud', version: 'AllTraffic' }
  const TABLE = [
    [0.2, { outcome: 'investigate', score: 860, reasons: ['score_over_investigate_threshold'], scorer, degraded: false }],
    [0.200001, { outcome: 'fraud', score: 861, reasons: ['score_over_fraud_threshold'], scorer, degraded: false, case: { status: 'open' } }],
    [0.01, { outcome: 'approve', score: 43, reasons: ['no_rule_matched'], scorer, degraded: false }]
  ] as const
  for (const [raw, expected] of TABLE) {
    probability.next = raw
    t.match(await screen(`tx-${raw}`), expected, String(raw))
  }
  t.same(simulator.invocations()[0], { endpointName: 'card-fraud', contentType: 'text/csv', accept: 'text/csv', body: '4155,EUR,9,0,341-81-5775,' })
  t.match(await world.metricsText(), 'ringfence_variables_unused_total{name="absent_one",why="absent"} 3')
})

t.test('sagemaker: JSON both ways', async (t) => {
  const { simulator, probability, screen } = await startService(t, { format: 'json', response: { format: 'json', pointer: '/predictions/0/score' } })
  probability.next = 0.6
  t.match(await screen('tx-1'), { outcome: 'fraud', score: 930 })
  t.match(simulator.invocations()[0], { contentType: 'application/json', accept: 'application/json' })
  t.same(JSON.parse(simulator.invocations()[0]?.body ?? ''), { amount: 4155, currency: 'EUR', hour: 9, weekday: 0, merchant_id: '341-81-5775', absent_one: null })
})

t.test('sagemaker: a reply without a prediction leaves the decision to the fallback', async (t) => {
  const { world, screen } = await startService(t, { response: { format: 'csv', column: 3 } })
  world.scorer.next = 12
  t.match(await screen('tx-1'), { outcome: 'approve', score: 12, degraded: true, reasons: ['scorer_failed', 'no_rule_matched'], scorer: { name: 'embedded' } })
})

t.test('sagemaker: an endpoint that is not there refuses each transaction', async (t) => {
  const { screen, world } = await startService(t, { endpointName: 'other' })
  await screen('tx-1')
  t.match(await world.metricsText(), 'ringfence_scorer_failures_total{scorer="sagemaker",why="scorer_refused",fallback="embedded"} 1')
})

t.test('featureRow: the transaction\'s own, and variables as they were sent; what is absent is missing', async (t) => {
  const names = ['amount', 'currency', 'hour', 'weekday', 'merchant_id', 'billing_postal', 'billing_city', 'note', 'constructor', 'email_address']
  const { values, unusedVariables } = featureRow(TRANSACTION, names)
  t.same(values, [4155, 'EUR', 23, 0, '341', '02134', null, null, null, 'ada, "the first"@example.org'])
  t.same(unusedVariables, ['billing_city', 'note', 'constructor'].map((name) => ({ name, why: 'absent' })))
  t.equal(toCsv(values), '4155,EUR,23,0,341,02134,,,,"ada, ""the first""@example.org"')
  t.equal(toCsv(['a\nb', 'c\rd', ' e', 'f ', 0.5, null]), '"a\nb","c\rd"," e","f ",0.5,')
  t.same(JSON.parse(toJson(['a', 'b'], [1, null])), { a: 1, b: null })
  t.same(featureRow({ ...TRANSACTION, amount: { valueMinor: 5, currency: 'JPY' } }, ['amount']).values, [5])
  t.same(featureRow({ ...TRANSACTION, amount: { valueMinor: 1234, currency: 'KWD' } }, ['amount']).values, [1.234])
})

t.test('findPrediction: reads where the setting says', async (t) => {
  const read = (text: string, place: Parameters<typeof findPrediction>[1]) => findPrediction(Buffer.from(text), place)
  const csv = (column: number) => ({ format: 'csv' as const, column })
  const json = (pointer: string) => ({ format: 'json' as const, pointer })
  for (const [text, place, number] of [
    ['0.07167139649391174\n', csv(0), 0.07167139649391174], ['legit, 0.25 ,0.75\r\n', csv(1), 0.25], ['"0.5"', csv(0), 0.5], ['\ufeff1e-3', csv(0), 0.001], ['-4', csv(0), -4],
    ['0.5', json(''), 0.5], ['"0.5"', json(''), 0.5], ['{"predictions":[{"score":0.9}]}', json('/predictions/0/score'), 0.9],
    ['{"a/b":{"c~d":[1,2]}}', json('/a~1b/c~0d/1'), 2], ['{"":3}', json('/'), 3], ['[[0.1,0.9]]', json('/0/1'), 0.9]
  ] as const) t.equal(read(text, place), number, text)
  for (const [text, place] of [
    ['', csv(0)], ['\n', csv(0)], ['<html><body>200 OK</body></html>', csv(0)], ['NaN', csv(0)], ['Infinity', csv(0)], ['0.5', csv(1)], ['0.5\n0.6', csv(0)], ['fraud', csv(0)], ['0x10', csv(0)], ['"0.5', csv(0)], ['1e999', csv(0)],
    ['', json('')], ['<html>', json('')], ['{"score":NaN}', json('/score')], ['{"score":null}', json('/score')], ['{"score":true}', json('/score')], ['{"score":[0.5]}', json('/score')],
    ['{}', json('/constructor/length')], ['[1]', json('/length')], ['[1,2]', json('/01')], ['[1]', json('/1')], ['{"score":0.5', json('/score')], ['x'.repeat(65_537), csv(0)]
  ] as const) t.throws(() => read(text, place), { code: 'scorer_reply_invalid' }, text.slice(0, 40))
  t.throws(() => read('secret', csv(0)), { message: /^(?!.*secret)/s })
})

t.test('scaleToScore: linear between knots, the nearest outside, and above a knot exactly when the prediction is', async (t) => {
  const scale = [{ raw: -4, score: 0 }, { raw: 0, score: 600 }, { raw: 1, score: 600 }, { raw: 4, score: 1000 }]
  for (const [raw, score] of [[-9, 0], [-4, 0], [-2, 300], [0, 600], [0.5, 600], [1, 600], [1.0001, 601], [2.5, 800], [4, 1000], [9, 1000]] as const) t.equal(scaleToScore(scale, raw), score, String(raw))
})
