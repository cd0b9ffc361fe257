import {
  DeleteEventCommand, DeleteEventTypeCommand, DeleteEventsByEventTypeCommand, DeleteLabelCommand, GetDeleteEventsByEventTypeStatusCommand, GetEventCommand,
  GetEventPredictionMetadataCommand, GetEventTypesCommand, ListEventPredictionsCommand, SendEventCommand, UpdateEventLabelCommand
} from '@aws-sdk/client-frauddetector'
import t from 'tap'
import { createTestClock } from '../connect/test-clock.ts'
import { EVENT, SEED, startAccount } from './simulated-account.ts'

const NAME = { eventId: 'tx-1', eventTypeName: 'card_tx' }
const LABELLED = { ...NAME, assignedLabel: 'fraud', labelTimestamp: '2026-11-22T10:05:00Z' }
const { eventTimestamp, eventVariables, entities } = EVENT
const SENT = { ...NAME, eventTimestamp, eventVariables, entities }

t.test('a predicted event is kept and can be labelled, also again', async t => {
  const { client, simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  await t.rejects(client.send(new UpdateEventLabelCommand(LABELLED)), { name: 'ResourceNotFoundException' })
  await predict()
  const { event } = await client.send(new GetEventCommand(NAME))
  t.strictSame(event, SENT)
  await client.send(new UpdateEventLabelCommand(LABELLED))
  await client.send(new UpdateEventLabelCommand({ ...LABELLED, assignedLabel: 'legit' }))
  t.match(simulator.events(), [{ eventId: 'tx-1', currentLabel: 'legit', labelTimestamp: '2026-11-22T10:05:00Z' }])
  await predict()
  t.match(simulator.events(), [{ currentLabel: 'legit' }], 'a second prediction keeps the label')
  t.match((await client.send(new GetEventTypesCommand({}))).eventTypes, [{ ingestedEventStatistics: { numberOfEvents: 1, leastRecentEvent: '2026-11-22T10:00:00Z' } }])
})

t.test('an event type that keeps no events has none to label', async t => {
  const { client, simulator, predict } = await startAccount(t)
  simulator.seedDetector({ ...SEED, keepsEvents: false })
  await predict()
  t.strictSame(simulator.events(), [])
  await t.rejects(client.send(new UpdateEventLabelCommand(LABELLED)), { name: 'ResourceNotFoundException' })
  await t.rejects(client.send(new SendEventCommand(SENT)), { name: 'ValidationException', message: /eventIngestion is DISABLED/ })
})

t.test('labels are refused', async t => {
  const { client, simulator, predict } = await startAccount(t)
  simulator.seedDetector(SEED)
  await predict()
  for (const [name, changes, errorName] of [
    ['an unknown label', { assignedLabel: 'stolen' }, 'ValidationException'],
    ['a label in capitals', { assignedLabel: 'FRAUD' }, 'ValidationException'],
    ['an event id in capitals', { eventId: 'TX-1' }, 'ValidationException'],
    ['a local time', { labelTimestamp: '2026-11-22T10:05:00' }, 'ValidationException'],
    ['no label', { assignedLabel: undefined }, 'ValidationException'],
    ['an unknown event', { eventId: 'tx-2' }, 'ResourceNotFoundException'],
    ['an unknown event type', { eventTypeName: 'other' }, 'ResourceNotFoundException']
  ] as const) await t.rejects(client.send(new UpdateEventLabelCommand({ ...LABELLED, ...changes })), { name: errorName }, name)
  t.equal(simulator.events()[0]?.currentLabel, undefined)
})

t.test('SendEvent keeps an event without predicting; label and time go together', async t => {
  const { client, simulator } = await startAccount(t)
  simulator.seedDetector(SEED)
  await client.send(new SendEventCommand({ ...SENT, assignedLabel: 'fraud', labelTimestamp: '2026-11-22T10:05:00Z' }))
  t.match(simulator.events(), [{ currentLabel: 'fraud' }])
  t.strictSame(simulator.predictions(), [])
  await t.rejects(client.send(new SendEventCommand({ ...SENT, assignedLabel: 'fraud' })), { name: 'ValidationException', message: /go together/ })
  await t.rejects(client.send(new SendEventCommand({ ...SENT, labelTimestamp: '2026-11-22T10:05:00Z' })), { name: 'ValidationException' })
  await t.rejects(client.send(new SendEventCommand({ ...SENT, eventId: 'TX' })), { name: 'ValidationException' })
  await t.rejects(client.send(new SendEventCommand({ ...SENT, eventVariables: { cvv: 'M' } })), { name: 'ValidationException' })
  await client.send(new DeleteEventCommand(NAME))
  await t.rejects(client.send(new GetEventCommand(NAME)), { name: 'ResourceNotFoundException' })
})

t.test('all events of a type are deleted in the background; meanwhile the type is busy', async t => {
  const clock = createTestClock()
  const { client, simulator, predict } = await startAccount(t, { clock })
  simulator.seedDetector(SEED)
  await client.send(new SendEventCommand({ ...SENT, assignedLabel: 'fraud', labelTimestamp: '2026-11-22T10:05:00Z' }))
  const status = async () => (await client.send(new GetDeleteEventsByEventTypeStatusCommand({ eventTypeName: 'card_tx' }))).eventsDeletionStatus
  const busy = { name: 'ConflictException' }
  await t.rejects(status(), { name: 'ResourceNotFoundException' })
  await t.rejects(client.send(new DeleteLabelCommand({ name: 'fraud' })), busy)
  await t.rejects(client.send(new DeleteEventTypeCommand({ name: 'card_tx' })), busy)
  clock.hold()
  t.match(await client.send(new DeleteEventsByEventTypeCommand({ eventTypeName: 'card_tx' })), { eventTypeName: 'card_tx', eventsDeletionStatus: 'IN_PROGRESS_INITIALIZING' })
  t.equal(await status(), 'IN_PROGRESS')
  await t.rejects(client.send(new DeleteEventsByEventTypeCommand({ eventTypeName: 'card_tx' })), busy)
  await t.rejects(client.send(new SendEventCommand(SENT)), busy)
  await t.rejects(client.send(new UpdateEventLabelCommand(LABELLED)), busy)
  await t.rejects(predict(), busy)
  clock.release()
  await simulator.settled()
  t.equal(await status(), 'COMPLETE')
  t.strictSame(simulator.events(), [])
})

t.test('predictions are listed, and told in detail', async t => {
  const clock = createTestClock()
  const { client, simulator, predict } = await startAccount(t, { clock })
  simulator.seedDetector({
    ...SEED,
    externalModels: { 'xgb-endpoint': { variable: 'xgb_score', answer: () => ({ xgb_score: '0.5\n' }) } },
    rules: [...SEED.rules, { ruleId: 'never', expression: '$merchant == "m-1" and $xgb_score > 0.4', outcomes: ['fraud'] }]
  })
  await predict({ eventVariables: { transaction_amt: '80', merchant: 'm-1' } })
  clock.advance(60_000)
  await predict({ eventId: 'tx-2' })
  const list = async (filters: object) => (await client.send(new ListEventPredictionsCommand(filters))).eventPredictionSummaries?.map(({ eventId }) => eventId)
  t.strictSame(await list({}), ['tx-1', 'tx-2'])
  t.strictSame(await list({ eventId: { value: 'tx-2' } }), ['tx-2'])
  t.strictSame(await list({ detectorId: { value: 'other' } }), [])
  t.strictSame(await list({ eventType: { value: 'card_tx' }, detectorVersionId: { value: '1' }, predictionTimeRange: { startTime: '2026-11-22T10:00:30Z', endTime: '2026-11-22T11:00:00Z' } }), ['tx-2'])
  await t.rejects(list({ eventId: { value: 'tx 2' } }), { name: 'ValidationException' })
  const name = { ...NAME, detectorId: 'card_detector', detectorVersionId: '1', predictionTimestamp: '2026-11-22T10:00:00.000Z' }
  const { $metadata, ...told } = await client.send(new GetEventPredictionMetadataCommand(name))
  t.strictSame(told, {
    ...NAME,
    eventTimestamp,
    detectorId: 'card_detector',
    detectorVersionId: '1',
    predictionTimestamp: '2026-11-22T10:00:00.000Z',
    entityId: 'c1',
    entityType: 'customer',
    detectorVersionStatus: 'ACTIVE',
    ruleExecutionMode: 'FIRST_MATCHED',
    eventVariables: [{ name: 'transaction_amt', value: '80', source: 'EVENT' }, { name: 'merchant', value: 'm-1', source: 'EVENT' }],
    outcomes: ['investigate', 'notify'],
    rules: [
      { ruleId: 'high', ruleVersion: '1', expression: '$card_model_insightscore > 900', expressionWithValues: '800 > 900', outcomes: ['fraud'], evaluated: true, matched: false },
      { ruleId: 'medium', ruleVersion: '1', expression: '$card_model_insightscore > 700', expressionWithValues: '800 > 700', outcomes: ['investigate', 'notify'], evaluated: true, matched: true },
      { ruleId: 'never', ruleVersion: '1', expression: '$merchant == "m-1" and $xgb_score > 0.4', expressionWithValues: '"m-1" == "m-1" and 0.5 > 0.4', outcomes: ['fraud'], evaluated: false, matched: false }
    ],
    evaluatedModelVersions: [{
      modelId: 'card_model', modelType: 'TRANSACTION_FRAUD_INSIGHTS', modelVersion: '1.0', evaluations: [{ outputVariableName: 'card_model_insightscore', evaluationScore: '800' }]
    }],
    evaluatedExternalModels: [{
      modelEndpoint: 'xgb-endpoint', useEventVariables: true, inputVariables: { transaction_amt: '80', merchant: 'm-1' }, outputVariables: { xgb_score: '0.5\n' }
    }]
  })
  await t.rejects(client.send(new GetEventPredictionMetadataCommand({ ...name, predictionTimestamp: '2026-11-22T10:00:01.000Z' })), { name: 'ResourceNotFoundException' })
})
