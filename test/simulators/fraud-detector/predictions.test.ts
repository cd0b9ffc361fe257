import { FraudDetectorClient, GetEventPredictionCommand, GetListElementsCommand } from '@aws-sdk/client-frauddetector'
import t from 'tap'
import { createTestClock } from '../connect/test-clock.ts'
import { EVENT, SEED, startAccount } from './simulated-account.ts'

t.test('GetEventPrediction gives the score and the first rule that matches', async t => {
  const { simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  const { $metadata, ...answer } = await predict()
  t.strictSame(answer, {
    modelScores: [{
      modelVersion: {
        modelId: 'card_model',
        modelType: 'TRANSACTION_FRAUD_INSIGHTS',
        modelVersionNumber: '1.0',
        arn: 'arn:aws:frauddetector:eu-west-1:123456789012:model-version/TRANSACTION_FRAUD_INSIGHTS/card_model/1.0'
      },
      scores: { card_model_insightscore: 950 }
    }],
    ruleResults: [{ ruleId: 'high', outcomes: ['fraud'] }],
    externalModelOutputs: []
  })
  t.match($metadata.requestId, /^[0-9a-f-]{36}$/)
  t.match(simulator.predictions(), [{ eventId: 'tx-1', eventVariables: { transaction_amt: '95', merchant: 'm-1' }, scores: { card_model_insightscore: 950 }, ruleIds: ['high'], outcomes: ['fraud'] }])
})

t.test('ALL_MATCHED gives every rule that matches; none matching gives none', async t => {
  const { simulator, predict } = await startAccount(t)
  simulator.seedDetector({ ...SEED, ruleExecutionMode: 'ALL_MATCHED' })
  t.strictSame((await predict()).ruleResults, [{ ruleId: 'high', outcomes: ['fraud'] }, { ruleId: 'medium', outcomes: ['investigate', 'notify'] }])
  t.strictSame((await predict({ eventVariables: { transaction_amt: '1' } })).ruleResults, [])
})

t.test('a detector without a model has its rules, with default values for what is missing', async t => {
  const { simulator, predict } = await startAccount(t)
  const { model, ...rest } = SEED
  simulator.seedDetector({ ...rest, rules: [{ ruleId: 'dear', expression: '$transaction_amt == 0 and $merchant == "unknown"', outcomes: ['approve'] }] })
  t.match(await predict({ eventVariables: { is_online: 'true' } }), { modelScores: [], ruleResults: [{ ruleId: 'dear' }] })
})

t.test('an external model answers in texts with a newline, its failure is ResourceUnavailableException', async t => {
  const { simulator, predict } = await startAccount(t)
  let isDown = false
  const { model, ...rest } = SEED
  simulator.seedDetector({
    ...rest,
    externalModels: {
      'xgb-endpoint': {
        variable: 'xgb_score',
        answer () {
          if (isDown) throw new Error('ModelError')
          return { xgb_score: '0.97\n' }
        }
      }
    },
    rules: [{ ruleId: 'xgb', expression: '$xgb_score > 0.9', outcomes: ['fraud'] }]
  })
  t.match(await predict(), {
    modelScores: [],
    ruleResults: [{ ruleId: 'xgb', outcomes: ['fraud'] }],
    externalModelOutputs: [{ externalModel: { modelEndpoint: 'xgb-endpoint', modelSource: 'SAGEMAKER' }, outputs: { xgb_score: '0.97\n' } }]
  })
  isDown = true
  await t.rejects(predict(), { name: 'ResourceUnavailableException' })
})

t.test('a score may be null', async t => {
  const { simulator, predict } = await startAccount(t)
  simulator.seedDetector({ ...SEED, model: { modelId: 'card_model', score: null } })
  t.match(await predict(), { modelScores: [{ scores: { card_model_insightscore: null } }], ruleResults: [] })
})

const refusals: Array<[name: string, changes: object, errorName: string]> = [
  ['an unknown detector', { detectorId: 'other' }, 'ResourceNotFoundException'],
  ['an unknown version', { detectorVersionId: '7' }, 'ResourceNotFoundException'],
  ['an unknown event type', { eventTypeName: 'other' }, 'ResourceNotFoundException'],
  ['no detector id', { detectorId: undefined }, 'ValidationException'],
  ['no event id', { eventId: '' }, 'ValidationException'],
  ['a version that is no number', { detectorVersionId: '1.0' }, 'ValidationException'],
  ['no variables', { eventVariables: {} }, 'ValidationException'],
  ['an unknown variable', { eventVariables: { transaction_amt: '1', cvv: 'M' } }, 'ValidationException'],
  ['an empty value', { eventVariables: { transaction_amt: '1', merchant: '' } }, 'ValidationException'],
  ['a value that is no number', { eventVariables: { transaction_amt: 'much' } }, 'ValidationException'],
  ['a value that is no truth', { eventVariables: { is_online: 'perhaps' } }, 'ValidationException'],
  ['a number in the place of its text', { eventVariables: { transaction_amt: 1 } }, 'SerializationException'],
  ['no variable of the model', { eventVariables: { } }, 'ValidationException'],
  ['a value too long', { eventVariables: { merchant: 'm'.repeat(8193) } }, 'ValidationException'],
  ['a local time', { eventTimestamp: '2026-11-22T10:00:00' }, 'ValidationException'],
  ['an offset', { eventTimestamp: '2026-11-22T10:00:00+01:00' }, 'ValidationException'],
  ['no such day', { eventTimestamp: '2026-13-22T10:00:00Z' }, 'ValidationException'],
  ['30 February', { eventTimestamp: '2026-02-30T10:00:00Z' }, 'ValidationException'],
  ['hour 24', { eventTimestamp: '2026-02-20T24:00:00Z' }, 'ValidationException'],
  ['a blob for a name that no endpoint can have', { externalModelEndpointDataBlobs: { 'x y': { contentType: 'text/csv' } } }, 'ValidationException'],
  ['a blob for a name that is too long', { externalModelEndpointDataBlobs: { ['x'.repeat(64)]: { contentType: 'text/csv' } } }, 'ValidationException'],
  ['a short time', { eventTimestamp: '2026' }, 'ValidationException'],
  ['an unknown entity type', { entities: [{ entityType: 'merchant', entityId: 'c1' }] }, 'ValidationException'],
  ['an entity id with a space', { entities: [{ entityType: 'customer', entityId: 'c 1' }] }, 'ValidationException'],
  ['no entities', { entities: [] }, 'ValidationException']
]

t.test('GetEventPrediction refuses', async t => {
  const { simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  for (const [name, changes, errorName] of refusals) {
    await t.rejects(predict(changes), { name: errorName, $metadata: { httpStatusCode: 400 } }, name)
  }
  t.strictSame(simulator.predictions(), [])
})

t.test('GetEventPrediction takes a blob for an endpoint, and a leap day', async t => {
  const { simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  await t.resolves(predict({ externalModelEndpointDataBlobs: { ['x'.repeat(63)]: { contentType: 'text/csv' } }, eventTimestamp: '2028-02-29T10:00:00.5Z' }))
})

t.test('a request may have 256 KB', async t => {
  const { simulator, predict } = await startAccount(t)
  const long = (count: number) => ({ eventVariables: Object.fromEntries(Array.from({ length: count }, (_, n) => [`v${n}`, 'x'.repeat(8000)])) })
  simulator.seedDetector({ ...SEED, variables: Object.fromEntries(Object.keys(long(200).eventVariables).map(name => [name, 'string'])) })
  await t.resolves(predict(long(32)))
  for (const count of [33, 200]) await t.rejects(predict(long(count)), { name: 'ValidationException', message: /longer than 256 KB/ })
})

t.test('a ValidationException tells the member and the constraint', async t => {
  const { predict } = await startAccount(t)
  await t.rejects(predict({ eventVariables: { merchant: '' } }), { message: "1 validation error detected: Value at 'eventVariables.merchant' failed to satisfy constraint: Member must have length greater than or equal to 1" })
})

const ERRORS = [
  ['ValidationException', 400], ['ResourceNotFoundException', 400], ['AccessDeniedException', 400], ['ConflictException', 400], ['ResourceUnavailableException', 400],
  ['ThrottlingException', 400], ['InternalServerException', 500], ['UnrecognizedClientException', 400], ['InvalidSignatureException', 400], ['ExpiredTokenException', 400],
  ['MissingAuthenticationTokenException', 400]
] as const

t.test('every error reaches the SDK by its name', async t => {
  const { simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  for (const [fault, httpStatusCode] of ERRORS) {
    simulator.setFault({ fault })
    await t.rejects(predict(), { name: fault, $metadata: { httpStatusCode } }, fault)
  }
  simulator.setFault({ fault: 'throttle' })
  await t.rejects(predict(), { name: 'ThrottlingException' })
  simulator.setFault({ fault: '500' })
  await t.rejects(predict(), { name: 'InternalServerException' })
  await t.resolves(predict())
})

t.test('broken connections and proxies, too', async t => {
  const { client, simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  for (const fault of ['html', 'bad_gateway'] as const) {
    simulator.setFault({ fault })
    await t.rejects(predict(), { name: 'SyntaxError' }, fault)
  }
  for (const fault of ['reset', 'drop_reply'] as const) {
    simulator.setFault({ fault })
    await t.rejects(predict(), { code: 'ECONNRESET' }, fault)
  }
  simulator.setFault({ fault: 'hang' })
  await t.rejects(client.send(new GetEventPredictionCommand(EVENT), { abortSignal: AbortSignal.timeout(50) }), { name: 'AbortError' })
  t.equal(simulator.predictions().length, 1, 'only the one whose reply was dropped was made')
  simulator.setFault({ fault: '500', operation: 'GetEventPrediction', calls: 2 })
  await t.rejects(predict())
  await t.rejects(predict())
  await t.resolves(predict())
})

t.test('the quota in calls a second holds', async t => {
  const clock = createTestClock()
  const { simulator, predict } = await startAccount(t, { clock, limits: { predictionsPerSecond: 2 } })
  simulator.seedDetector(SEED)
  await predict()
  await predict()
  await t.rejects(predict(), { name: 'ThrottlingException' })
  clock.advance(500)
  await t.resolves(predict())
})

t.test('a request must look signed for this service, and name an operation', async t => {
  const { endpoint, client } = await startAccount(t)
  const send = async (headers: Record<string, string>, body = '{}') => {
    const response = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/x-amz-json-1.1', ...headers }, body })
    return [response.status, (await response.json() as { __type: string }).__type]
  }
  const target = { 'x-amz-target': 'AWSHawksNestServiceFacade.GetEventPrediction' }
  const signed = (service: string) => ({ 'x-amz-date': '20261122T100000Z', authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-west-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}` })
  t.strictSame(await send({}), [400, 'UnknownOperationException'])
  t.strictSame(await send(target), [403, 'MissingAuthenticationTokenException'])
  t.strictSame(await send({ ...target, ...signed('connect') }), [403, 'InvalidSignatureException'])
  t.strictSame(await send({ ...target, ...signed('frauddetector') }), [400, 'ValidationException'])
  t.strictSame(await send({ ...target, ...signed('frauddetector') }, '{'), [400, 'SerializationException'])
  t.strictSame(await send({ ...target, ...signed('frauddetector') }, '[]'), [400, 'SerializationException'])
  t.equal((await fetch(`${endpoint}/elsewhere`)).status, 404)
  await t.rejects(client.send(new GetListElementsCommand({ name: 'l' })), { name: 'UnknownOperationException' })
})

t.test('the SDK repeats a throttled call by itself', async t => {
  const { endpoint, simulator } = await startAccount(t)
  simulator.seedDetector(SEED)
  const client = new FraudDetectorClient({ region: 'eu-west-1', endpoint, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' } })
  t.teardown(() => client.destroy())
  simulator.setFault({ fault: '500' })
  const { $metadata } = await client.send(new GetEventPredictionCommand(EVENT))
  t.equal($metadata.attempts, 2)
})
