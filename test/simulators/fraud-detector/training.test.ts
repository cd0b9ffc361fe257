import {
  CreateDetectorVersionCommand, CreateModelCommand, CreateModelVersionCommand, CreateRuleCommand, CreateVariableCommand, DeleteModelCommand, DeleteModelVersionCommand,
  DescribeModelVersionsCommand, GetModelVersionCommand, PutDetectorCommand, PutEntityTypeCommand, PutEventTypeCommand, PutLabelCommand, PutOutcomeCommand,
  SendEventCommand, UpdateDetectorVersionStatusCommand, UpdateModelVersionCommand, UpdateModelVersionStatusCommand, type CreateModelVersionCommandInput, type FraudDetectorClient
} from '@aws-sdk/client-frauddetector'
import t, { type Test } from 'tap'
import { createTestClock } from '../connect/test-clock.ts'
import type { FraudDetectorSimulatorOptions } from '../../../src/simulators/fraud-detector/server.ts'
import { startAccount } from './simulated-account.ts'

const MODEL = { modelId: 'card_model', modelType: 'TRANSACTION_FRAUD_INSIGHTS' } as const
const VERSION = { ...MODEL, modelVersionNumber: '1.0' }
const TRAINING: CreateModelVersionCommandInput = {
  ...MODEL,
  trainingDataSource: 'EXTERNAL_EVENTS',
  trainingDataSchema: { modelVariables: ['amt', 'merchant', 'email'], labelSchema: { labelMapper: { FRAUD: ['fraud'], LEGIT: ['legit'] } } },
  externalEventsDetail: { dataLocation: 's3://training-data/card.csv', dataAccessRoleArn: 'arn:aws:iam::123456789012:role/frauddetector' }
}

/** Rows in which a large amount or one merchant means fraud, most of the time. */
function makeRows (count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const isFraud = n % 4 === 0
    const amount = isFraud && n % 16 !== 0 ? 500 + n % 97 : 10 + n % 89
    const merchant = isFraud ? 'casino' : `shop${n % 3}`
    return `${new Date(Date.UTC(2026, 0, 1) + n * 3_600_000).toISOString()},${isFraud ? 'fraud' : 'legit'},${amount},${n % 10 === 3 ? '' : merchant},user${n}@example.org`
  })
}

const CSV = ['EVENT_TIMESTAMP,EVENT_LABEL,amt,merchant,email', ...makeRows(400)].join('\n')

async function startTrainable (t: Test, csv: string | undefined, options: Partial<FraudDetectorSimulatorOptions> = {}) {
  const clock = createTestClock()
  const account = await startAccount(t, {
    clock,
    limits: { minimumRows: 100, minimumFrauds: 20 },
    objects: { read: (bucket, key) => bucket === 'training-data' && key === 'card.csv' && csv !== undefined ? Buffer.from(csv) : undefined },
    ...options
  })
  const { client } = account
  await client.send(new CreateVariableCommand({ name: 'amt', dataType: 'FLOAT', dataSource: 'EVENT', defaultValue: '0', variableType: 'PRICE' }))
  await client.send(new CreateVariableCommand({ name: 'merchant', dataType: 'STRING', dataSource: 'EVENT', defaultValue: 'unknown', variableType: 'CATEGORICAL' }))
  await client.send(new CreateVariableCommand({ name: 'email', dataType: 'STRING', dataSource: 'EVENT', defaultValue: 'unknown', variableType: 'EMAIL_ADDRESS' }))
  for (const name of ['fraud', 'legit']) await client.send(new PutLabelCommand({ name }))
  await client.send(new PutEntityTypeCommand({ name: 'customer' }))
  await client.send(new PutEventTypeCommand({ name: 'card_tx', eventVariables: ['amt', 'merchant', 'email'], entityTypes: ['customer'], labels: ['fraud', 'legit'], eventIngestion: 'ENABLED' }))
  await client.send(new CreateModelCommand({ ...MODEL, eventTypeName: 'card_tx' }))
  return { ...account, clock }
}

async function statusOf (client: FraudDetectorClient, version = VERSION): Promise<string | undefined> {
  return (await client.send(new GetModelVersionCommand(version))).status
}

async function describe (client: FraudDetectorClient) {
  return (await client.send(new DescribeModelVersionsCommand(VERSION))).modelVersionDetails?.[0]
}

t.test('a model is trained on a file, activated, asked, and retired', async t => {
  const { client, clock, predict, simulator } = await startTrainable(t, CSV)
  clock.hold()
  t.match(await client.send(new CreateModelVersionCommand(TRAINING)), { ...VERSION, status: 'TRAINING_IN_PROGRESS' })
  t.match(await client.send(new GetModelVersionCommand(VERSION)), { status: 'TRAINING_IN_PROGRESS', trainingDataSchema: { modelVariables: ['amt', 'merchant', 'email'] } })
  await t.rejects(client.send(new CreateModelVersionCommand(TRAINING)), { name: 'ValidationException', message: /in training/ })
  await t.rejects(client.send(new DeleteModelVersionCommand(VERSION)), { name: 'ConflictException' })
  clock.release()
  await simulator.settled()
  t.equal(await statusOf(client), 'TRAINING_COMPLETE')

  const detail = await describe(client)
  const { auc = 0, metricDataPoints = [] } = detail?.trainingResult?.trainingMetrics ?? {}
  t.ok(auc > 0.9 && auc <= 1, `auc is ${auc}`)
  t.equal(metricDataPoints.length, 201)
  t.strictSame(metricDataPoints.at(-1), { fpr: 0, precision: 0, tpr: 0, threshold: 1000 })
  t.ok(metricDataPoints.every(({ fpr = 2 }, index) => index === 0 || fpr <= (metricDataPoints[index - 1]?.fpr ?? 0)), 'a higher threshold never flags more')
  t.ok((metricDataPoints.find(({ threshold }) => threshold === 900)?.fpr ?? 1) <= 0.02, 'at 900 at most 2 % of the legitimate are flagged')
  t.match(detail?.trainingResultV2?.trainingMetricsV2?.tfi, { metricDataPoints, modelPerformance: { auc, uncertaintyRange: { lowerBoundValue: Number, upperBoundValue: Number } } })
  t.equal(detail?.trainingResultV2?.trainingMetricsV2?.ofi, undefined)
  const importances = detail?.trainingResult?.variableImportanceMetrics?.logOddsMetrics ?? []
  t.strictSame(importances.map(({ variableName, variableType }) => [variableName, variableType]), [['amt', 'PRICE'], ['merchant', 'CATEGORICAL'], ['email', 'EMAIL_ADDRESS']])
  t.equal(importances[2]?.variableImportance, 0, 'the e-mail address tells nothing')

  clock.hold()
  const activate = () => client.send(new UpdateModelVersionStatusCommand({ ...VERSION, status: 'ACTIVE' }))
  await activate()
  await t.rejects(activate(), { name: 'ConflictException', message: /ACTIVATE_REQUESTED/ })
  await client.send(new PutDetectorCommand({ detectorId: 'card_detector', eventTypeName: 'card_tx' }))
  const createVersion = () => client.send(new CreateDetectorVersionCommand({
    detectorId: 'card_detector', rules: [{ detectorId: 'card_detector', ruleId: 'high', ruleVersion: '1' }], modelVersions: [{ ...VERSION, arn: '' }]
  }))
  await client.send(new PutOutcomeCommand({ name: 'fraud' }))
  await client.send(new CreateRuleCommand({ ruleId: 'high', detectorId: 'card_detector', expression: '$card_model_insightscore > 900', language: 'DETECTORPL', outcomes: ['fraud'] }))
  await t.rejects(createVersion(), { name: 'ValidationException', message: /not ACTIVE/ })
  clock.release()
  await simulator.settled()
  await createVersion()
  await client.send(new UpdateDetectorVersionStatusCommand({ detectorId: 'card_detector', detectorVersionId: '1', status: 'ACTIVE' }))

  const ask = async (amt: string, merchant: string) => {
    const { modelScores, ruleResults } = await predict({ eventVariables: { amt, merchant } })
    return { score: modelScores?.[0]?.scores?.['card_model_insightscore'] ?? NaN, rules: ruleResults?.map(({ ruleId }) => ruleId) }
  }
  const [bad, good] = [await ask('550', 'casino'), await ask('20', 'shop1')]
  t.strictSame(bad.rules, ['high'])
  t.strictSame(good.rules, [])
  t.ok(bad.score > 900 && good.score < 600, `${bad.score} and ${good.score}`)

  const retire = () => client.send(new UpdateModelVersionStatusCommand({ ...VERSION, status: 'INACTIVE' }))
  await t.rejects(retire(), { name: 'ConflictException', message: /used by version 1 of detector card_detector/ })
  await client.send(new UpdateDetectorVersionStatusCommand({ detectorId: 'card_detector', detectorVersionId: '1', status: 'INACTIVE' }))
  await retire()
  await simulator.settled()
  t.equal(await statusOf(client), 'INACTIVE')
  await t.rejects(activate(), { name: 'ValidationException', message: /INACTIVE to ACTIVE/ })
  await t.rejects(client.send(new DeleteModelVersionCommand(VERSION)), { name: 'ConflictException', message: /used by/ })
  await t.rejects(client.send(new DeleteModelCommand(MODEL)), { name: 'ConflictException', message: /has versions/ })
})

t.test('a model is trained on the events that were sent, and trained again as 1.01', async t => {
  const { client, simulator } = await startTrainable(t, undefined)
  await Promise.all(makeRows(160).map((row, n) => {
    const [eventTimestamp = '', assignedLabel = '', amt = '', merchant = ''] = row.split(',')
    return client.send(new SendEventCommand({
      eventId: `e${n}`,
      eventTypeName: 'card_tx',
      eventTimestamp,
      eventVariables: { amt, ...merchant === '' ? {} : { merchant } },
      entities: [{ entityType: 'customer', entityId: 'c1' }],
      ...n % 20 === 7 ? {} : { assignedLabel, labelTimestamp: eventTimestamp }
    }))
  }))
  const { externalEventsDetail, ...rest } = TRAINING
  await client.send(new CreateModelVersionCommand({
    ...rest, trainingDataSource: 'INGESTED_EVENTS', ingestedEventsDetail: { ingestedEventsTimeWindow: { startTime: '2026-01-01T00:00:00Z', endTime: '2026-12-31T00:00:00Z' } }
  }))
  await simulator.settled()
  t.equal(await statusOf(client), 'TRAINING_COMPLETE')
  t.match((await describe(client))?.trainingResult?.dataValidationMetrics?.fieldLevelMessages, [{ fieldName: 'email', type: 'WARNING', content: '100 % of the values are missing.' }])
  const again = { ...MODEL, modelVersionNumber: '1.01' }
  t.match(await client.send(new UpdateModelVersionCommand({ ...MODEL, majorVersionNumber: '1' })), { ...again, status: 'TRAINING_IN_PROGRESS' })
  await simulator.settled()
  t.equal(await statusOf(client, again), 'TRAINING_COMPLETE')
})

t.test('a training is cancelled, and its version can be deleted', async t => {
  const { client, clock } = await startTrainable(t, CSV)
  clock.hold()
  await client.send(new CreateModelVersionCommand(TRAINING))
  const cancel = () => client.send(new UpdateModelVersionStatusCommand({ ...VERSION, status: 'TRAINING_CANCELLED' }))
  await cancel()
  t.match(await client.send(new GetModelVersionCommand(VERSION)), { status: 'TRAINING_CANCELLED' })
  await t.rejects(cancel(), { name: 'ValidationException' })
  t.match(await client.send(new CreateModelVersionCommand(TRAINING)), { modelVersionNumber: '2.0' })
  await client.send(new DeleteModelVersionCommand(VERSION))
  await t.rejects(client.send(new GetModelVersionCommand(VERSION)), { name: 'ResourceNotFoundException' })
})

t.test('a training that fails ends in ERROR, with the reason, and cannot be activated', async t => {
  for (const [csv, title] of [[undefined, 'Data not found'], [CSV.replace(',email', ',e_mail'), 'Missing columns']] as const) {
    const { client, simulator } = await startTrainable(t, csv)
    await client.send(new CreateModelVersionCommand(TRAINING))
    await simulator.settled()
    const detail = await describe(client)
    t.match(detail, { status: 'ERROR', trainingResult: { dataValidationMetrics: { fileLevelMessages: [{ title, type: 'ERROR' }] } } }, title)
    t.equal(detail?.trainingResult?.trainingMetrics, undefined)
    await t.rejects(client.send(new UpdateModelVersionStatusCommand({ ...VERSION, status: 'ACTIVE' })), { name: 'ValidationException' })
    await t.resolves(client.send(new DeleteModelVersionCommand(VERSION)))
  }
})

t.test('CreateModelVersion refuses', async t => {
  const { client } = await startTrainable(t, CSV, { limits: { concurrentTrainings: 0 } })
  const schema = TRAINING.trainingDataSchema
  for (const [name, changes, errorName, message] of [
    ['an unknown model', { modelId: 'other' }, 'ResourceNotFoundException', /Model other/],
    ['an unknown variable', { trainingDataSchema: { ...schema, modelVariables: ['other'] } }, 'ValidationException', /Variable other/],
    ['no variables', { trainingDataSchema: { ...schema, modelVariables: [] } }, 'ValidationException', /empty/],
    ['a variable twice', { trainingDataSchema: { ...schema, modelVariables: ['amt', 'amt'] } }, 'ValidationException', /more than once/],
    ['no label mapper', { trainingDataSchema: { modelVariables: ['amt'] } }, 'ValidationException', /labelMapper needs labels for FRAUD/],
    ['an unknown label', { trainingDataSchema: { modelVariables: ['amt'], labelSchema: { labelMapper: { FRAUD: ['stolen'], LEGIT: ['legit'] } } } }, 'ValidationException', /Label stolen/],
    ['no data', { externalEventsDetail: undefined }, 'ValidationException', /needs externalEventsDetail/],
    ['another place than S3', { externalEventsDetail: { ...TRAINING.externalEventsDetail, dataLocation: 'https://example.org/card.csv' } }, 'ValidationException', /dataLocation/],
    ['no role', { externalEventsDetail: { dataLocation: 's3://training-data/card.csv', dataAccessRoleArn: 'role' } }, 'ValidationException', /dataAccessRoleArn/],
    ['one training too many', {}, 'ValidationException', /quota of 0 concurrent trainings/]
  ] as const) await t.rejects(client.send(new CreateModelVersionCommand({ ...TRAINING, ...changes } as CreateModelVersionCommandInput)), { name: errorName, message }, name)
})

t.test('the quota of deployed versions holds', async t => {
  const { client, simulator } = await startTrainable(t, CSV, { limits: { minimumRows: 100, minimumFrauds: 20, deployedModelVersions: 0 } })
  await client.send(new CreateModelVersionCommand(TRAINING))
  await simulator.settled()
  await t.rejects(client.send(new UpdateModelVersionStatusCommand({ ...VERSION, status: 'ACTIVE' })), { name: 'ValidationException', message: /deployed/ })
})
