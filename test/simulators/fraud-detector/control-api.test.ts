import { DeleteEventsByEventTypeCommand } from '@aws-sdk/client-frauddetector'
import t from 'tap'
import { createTestClock } from '../connect/test-clock.ts'
import { SEED, startAccount } from './simulated-account.ts'

async function send (endpoint: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${endpoint}/_simulator${path}`, {
    method,
    headers: { ...headers, ...body === undefined ? {} : { 'content-type': 'application/json' } },
    ...body === undefined ? {} : { body: JSON.stringify(body) }
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

t.test('faults are set by their AWS names, shown and used up', async t => {
  const { endpoint, simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  t.match((await send(endpoint, 'PUT', '/faults', { fault: 'ConflictException', calls: 2, operation: 'GetEventPrediction' })).body, { fault: 'ConflictException', callsLeft: 2 })
  await t.rejects(predict(), { name: 'ConflictException' })
  t.match((await send(endpoint, 'GET', '/faults')).body, { callsLeft: 1 })
  await t.rejects(predict(), { name: 'ConflictException' })
  t.match((await send(endpoint, 'GET', '/faults')).body, { fault: 'none' })
  await t.resolves(predict())
})

t.test('predictions and state are shown', async t => {
  const { endpoint, simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  await predict()
  t.match((await send(endpoint, 'GET', '/predictions')).body, { predictions: [{ eventId: 'tx-1', outcomes: ['fraud'] }] })
  const { body } = await send(endpoint, 'GET', '/state')
  t.match(body, {
    detectors: [{ detectorId: 'card_detector' }],
    rules: [{ ruleId: 'high', expression: '$card_model_insightscore > 900' }, { ruleId: 'medium' }],
    modelVersions: [{ modelId: 'card_model', status: 'ACTIVE' }],
    events: [{ eventId: 'tx-1' }]
  })
  t.equal(body.rules[0].compiled, undefined)
})

t.test('an external model is told what to answer, or to fail', async t => {
  const { endpoint, simulator, predict } = await startAccount(t)
  const { model, ...rest } = SEED
  simulator.seedDetector({ ...rest, externalModels: { 'xgb-endpoint': { variable: 'xgb_score', answer: () => ({ xgb_score: '0\n' }) } }, rules: [{ ruleId: 'xgb', expression: '$xgb_score > 0.5', outcomes: ['fraud'] }] })
  t.strictSame((await predict()).ruleResults, [])
  await send(endpoint, 'PUT', '/external-models/xgb-endpoint', { outputs: { xgb_score: '0.9\n' } })
  t.match(await predict(), { ruleResults: [{ ruleId: 'xgb' }], externalModelOutputs: [{ outputs: { xgb_score: '0.9\n' } }] })
  await send(endpoint, 'PUT', '/external-models/xgb-endpoint', { error: 'out of memory' })
  await t.rejects(predict(), { name: 'ResourceUnavailableException', message: /out of memory/ })
  t.equal((await send(endpoint, 'DELETE', '/external-models/xgb-endpoint')).status, 204)
  const [first, second] = [await predict(), await predict()]
  t.match(first.externalModelOutputs?.[0]?.outputs?.['xgb_score'], /^0\.\d+\n$/, 'left to itself it draws a number from the event')
  t.strictSame(first.externalModelOutputs, second.externalModelOutputs)
})

t.test('quotas are put in force while the account runs, and a reset brings its own back', async t => {
  const { endpoint, simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  t.match(await send(endpoint, 'PUT', '/quotas', { predictionsPerSecond: 1 }), { status: 200, body: { predictionsPerSecond: 1, concurrentTrainings: 3 } })
  await predict()
  await t.rejects(predict(), { name: 'ThrottlingException' })
  await send(endpoint, 'PUT', '/quotas', { predictionsPerSecond: 0 })
  await Promise.all([predict(), predict(), predict()])
  await send(endpoint, 'PUT', '/quotas', { predictionsPerSecond: 1 })
  await send(endpoint, 'POST', '/reset')
  t.match((await send(endpoint, 'GET', '/quotas')).body, { predictionsPerSecond: 200 })
})

t.test('how long things take can be set', async t => {
  const clock = createTestClock()
  const { client, endpoint, simulator } = await startAccount(t, { clock, timeScale: 0.5 })
  simulator.seedDetector(SEED)
  t.match(await send(endpoint, 'PUT', '/times', { deletionMs: 8000 }), { status: 200, body: { trainingMs: 30_000, activationMs: 6000, deletionMs: 8000 } })
  await client.send(new DeleteEventsByEventTypeCommand({ eventTypeName: 'card_tx' }))
  await simulator.settled()
  t.equal(clock.nowMs(), Date.parse('2026-11-22T10:00:04Z'), '8 s at half the scale')
})

t.test('a reset forgets everything', async t => {
  const { endpoint, simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  await predict()
  simulator.setFault({ fault: 'throttle' })
  t.equal((await send(endpoint, 'POST', '/reset')).status, 204)
  t.strictSame(simulator.predictions(), [])
  await t.rejects(predict(), { name: 'ResourceNotFoundException' })
})

t.test('bodies are checked strictly, and foreign pages not served', async t => {
  const { endpoint } = await startAccount(t)
  for (const [method, path, body] of [
    ['PUT', '/faults', { fault: 'flood' }],
    ['PUT', '/faults', { fault: '500', operation: 'StartOutboundVoiceContact' }],
    ['PUT', '/faults', { fault: '500', calls: 0 }],
    ['PUT', '/quotas', { predictionsPerSecond: 0.5 }],
    ['PUT', '/times', { trainingMs: -1 }],
    ['PUT', '/times', { trainingSeconds: 1 }],
    ['PUT', '/external-models/a', { outputs: { x: 1 } }],
    ['PUT', '/external-models/a', {}]
  ] as const) t.match(await send(endpoint, method, path, body), { status: 400, body: { message: /.+/ } }, `${method} ${path} ${JSON.stringify(body)}`)
  t.equal((await send(endpoint, 'GET', '/nothing')).status, 404)
  t.equal((await send(endpoint, 'POST', '/reset', undefined, { 'sec-fetch-site': 'cross-site' })).status, 403)
})
