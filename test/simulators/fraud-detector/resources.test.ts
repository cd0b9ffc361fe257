import {
  BatchCreateVariableCommand, CreateDetectorVersionCommand, CreateModelCommand, CreateRuleCommand, CreateVariableCommand, DeleteDetectorCommand, DeleteDetectorVersionCommand,
  DeleteEntityTypeCommand, DeleteEventTypeCommand, DeleteLabelCommand, DeleteModelCommand, DeleteOutcomeCommand, DeleteRuleCommand, DeleteVariableCommand, DescribeDetectorCommand,
  GetDetectorVersionCommand, GetDetectorsCommand, GetEventTypesCommand, GetLabelsCommand, GetModelsCommand, GetOutcomesCommand, GetRulesCommand, GetVariablesCommand,
  PutDetectorCommand, PutEntityTypeCommand, PutEventTypeCommand, PutLabelCommand, PutOutcomeCommand, UpdateDetectorVersionCommand, UpdateDetectorVersionStatusCommand,
  UpdateRuleVersionCommand, UpdateVariableCommand, type CreateRuleCommandInput, type FraudDetectorClient
} from '@aws-sdk/client-frauddetector'
import t from 'tap'
import { createTestClock } from '../connect/test-clock.ts'
import { startAccount } from './simulated-account.ts'

const VARIABLE = { name: 'amt', dataType: 'FLOAT', dataSource: 'EVENT', defaultValue: '0.0', variableType: 'PRICE' } as const
const EVENT_TYPE = { name: 'card_tx', eventVariables: ['amt'], entityTypes: ['customer'], labels: ['fraud', 'legit'] }
const RULE: CreateRuleCommandInput = { ruleId: 'high', detectorId: 'detector', expression: '$amt > 100', language: 'DETECTORPL', outcomes: ['fraud'] }
const RULE_NAME = { detectorId: 'detector', ruleId: 'high', ruleVersion: '1' }

async function build (client: FraudDetectorClient) {
  await client.send(new CreateVariableCommand(VARIABLE))
  for (const name of ['fraud', 'legit']) await client.send(new PutLabelCommand({ name }))
  await client.send(new PutEntityTypeCommand({ name: 'customer' }))
  await client.send(new PutEventTypeCommand(EVENT_TYPE))
  for (const name of ['fraud', 'review']) await client.send(new PutOutcomeCommand({ name }))
  await client.send(new PutDetectorCommand({ detectorId: 'detector', eventTypeName: 'card_tx' }))
  await client.send(new CreateRuleCommand(RULE))
}

t.test('a detector of rules is built, read, changed and predicts', async t => {
  const { client, predict } = await startAccount(t)
  await build(client)
  t.match(await client.send(new GetVariablesCommand({ name: 'amt' })), { variables: [{ ...VARIABLE, arn: 'arn:aws:frauddetector:eu-west-1:123456789012:variable/amt', createdTime: /Z$/ }] })
  t.match(await client.send(new GetEventTypesCommand({})), { eventTypes: [{ ...EVENT_TYPE, eventIngestion: 'DISABLED' }] })
  t.match(await client.send(new GetDetectorsCommand({ detectorId: 'detector' })), { detectors: [{ detectorId: 'detector', eventTypeName: 'card_tx' }] })
  t.match(await client.send(new UpdateRuleVersionCommand({ rule: RULE_NAME, expression: '$amt > 50', language: 'DETECTORPL', outcomes: ['review'] })), { rule: { ...RULE_NAME, ruleVersion: '2' } })
  t.match((await client.send(new GetRulesCommand({ detectorId: 'detector' }))).ruleDetails, [
    { ruleId: 'high', ruleVersion: '1', expression: '$amt > 100', outcomes: ['fraud'] }, { ruleId: 'high', ruleVersion: '2', expression: '$amt > 50', outcomes: ['review'] }
  ])
  const created = await client.send(new CreateDetectorVersionCommand({ detectorId: 'detector', rules: [RULE_NAME] }))
  t.match(created, { detectorId: 'detector', detectorVersionId: '1', status: 'DRAFT' })
  const version = { detectorId: 'detector', detectorVersionId: '1' }
  const event = { detectorId: 'detector', eventVariables: { amt: '70' } }
  await t.rejects(predict(event), { name: 'ResourceNotFoundException' }, 'no version is ACTIVE')
  t.strictSame((await predict({ ...event, detectorVersionId: '1' })).ruleResults, [], 'a DRAFT can be asked by its number')
  await client.send(new UpdateDetectorVersionCommand({ ...version, rules: [RULE_NAME, { ...RULE_NAME, ruleVersion: '2' }], externalModelEndpoints: [], ruleExecutionMode: 'ALL_MATCHED' }))
  await client.send(new UpdateDetectorVersionStatusCommand({ ...version, status: 'ACTIVE' }))
  t.strictSame((await predict(event)).ruleResults, [{ ruleId: 'high', outcomes: ['review'] }])
  t.match(await client.send(new GetDetectorVersionCommand(version)), { status: 'ACTIVE', ruleExecutionMode: 'ALL_MATCHED', rules: [RULE_NAME, { ruleVersion: '2' }] })
  await t.rejects(client.send(new UpdateDetectorVersionCommand({ ...version, rules: [], externalModelEndpoints: [] })), { name: 'ValidationException' }, 'only a DRAFT can be changed')
})

t.test('one version of a detector is ACTIVE; a number is not given twice', async t => {
  const { client } = await startAccount(t)
  await build(client)
  const setStatus = (detectorVersionId: string, status: 'DRAFT' | 'ACTIVE' | 'INACTIVE') =>
    client.send(new UpdateDetectorVersionStatusCommand({ detectorId: 'detector', detectorVersionId, status }))
  const create = async () => (await client.send(new CreateDetectorVersionCommand({ detectorId: 'detector', rules: [RULE_NAME] }))).detectorVersionId
  await create()
  await create()
  for (const [id, status] of [['1', 'INACTIVE'], ['1', 'DRAFT']] as const) await t.rejects(setStatus(id, status), { name: 'ValidationException' }, `DRAFT to ${status}`)
  await setStatus('1', 'ACTIVE')
  await t.rejects(setStatus('1', 'ACTIVE'), { name: 'ValidationException' })
  await t.rejects(setStatus('1', 'DRAFT'), { name: 'ValidationException' })
  await setStatus('2', 'ACTIVE')
  const statuses = async () => (await client.send(new DescribeDetectorCommand({ detectorId: 'detector' }))).detectorVersionSummaries?.map(({ detectorVersionId, status }) => `${detectorVersionId} ${status}`)
  t.strictSame(await statuses(), ['1 INACTIVE', '2 ACTIVE'])
  await setStatus('1', 'ACTIVE')
  t.strictSame(await statuses(), ['1 ACTIVE', '2 INACTIVE'])
  await client.send(new DeleteDetectorVersionCommand({ detectorId: 'detector', detectorVersionId: '2' }))
  t.equal(await create(), '3')
  await t.rejects(setStatus('2', 'ACTIVE'), { name: 'ResourceNotFoundException' })
})

t.test('what is used cannot be deleted; the documented order can', async t => {
  const { client, simulator, endpoint } = await startAccount(t)
  await build(client)
  await client.send(new CreateModelCommand({ modelId: 'card_model', modelType: 'ONLINE_FRAUD_INSIGHTS', eventTypeName: 'card_tx' }))
  t.match((await client.send(new GetVariablesCommand({ name: 'card_model_insightscore' }))).variables, [{ dataSource: 'MODEL_SCORE' }])
  const version = { detectorId: 'detector', detectorVersionId: '1' }
  await client.send(new CreateDetectorVersionCommand({ detectorId: 'detector', rules: [RULE_NAME] }))
  await client.send(new UpdateDetectorVersionStatusCommand({ ...version, status: 'ACTIVE' }))
  const isBlocked = (deletion: Promise<unknown>, message: RegExp) => t.rejects(deletion, { name: 'ConflictException', message })
  const deleteRule = () => client.send(new DeleteRuleCommand({ rule: RULE_NAME }))
  await isBlocked(client.send(new DeleteDetectorVersionCommand(version)), /ACTIVE/)
  await isBlocked(deleteRule(), /used by version 1 of detector detector/)
  await isBlocked(client.send(new DeleteDetectorCommand({ detectorId: 'detector' })), /has versions/)
  await client.send(new UpdateDetectorVersionStatusCommand({ ...version, status: 'INACTIVE' }))
  await isBlocked(deleteRule(), /used by version 1/)
  await client.send(new DeleteDetectorVersionCommand(version))
  await isBlocked(client.send(new DeleteDetectorCommand({ detectorId: 'detector' })), /has rules/)
  await isBlocked(client.send(new DeleteOutcomeCommand({ name: 'fraud' })), /used by rule high version 1/)
  await deleteRule()
  await isBlocked(client.send(new DeleteEventTypeCommand({ name: 'card_tx' })), /used by detector detector/)
  await client.send(new DeleteDetectorCommand({ detectorId: 'detector' }))
  await isBlocked(client.send(new DeleteEventTypeCommand({ name: 'card_tx' })), /used by model card_model/)
  await t.rejects(client.send(new DeleteVariableCommand({ name: 'card_model_insightscore' })), { name: 'ValidationException' })
  await client.send(new DeleteModelCommand({ modelId: 'card_model', modelType: 'ONLINE_FRAUD_INSIGHTS' }))
  await t.rejects(client.send(new GetVariablesCommand({ name: 'card_model_insightscore' })), { name: 'ResourceNotFoundException' })
  for (const name of ['fraud', 'review']) await client.send(new DeleteOutcomeCommand({ name }))
  await isBlocked(client.send(new DeleteLabelCommand({ name: 'fraud' })), /used by event type card_tx/)
  await isBlocked(client.send(new DeleteEntityTypeCommand({ name: 'customer' })), /used by event type card_tx/)
  await isBlocked(client.send(new DeleteVariableCommand({ name: 'amt' })), /used by event type card_tx/)
  await client.send(new DeleteEventTypeCommand({ name: 'card_tx' }))
  for (const name of ['fraud', 'legit']) await client.send(new DeleteLabelCommand({ name }))
  await client.send(new DeleteEntityTypeCommand({ name: 'customer' }))
  await client.send(new DeleteVariableCommand({ name: 'amt' }))
  await client.send(new DeleteVariableCommand({ name: 'amt' }))
  const state = await (await fetch(`${endpoint}/_simulator/state`)).json() as Record<string, unknown[]>
  t.strictSame(Object.entries(state).filter(([, things]) => things.length > 0), [])
  t.strictSame(simulator.events(), [])
})

t.test('names, references and what exists are checked', async t => {
  const { client } = await startAccount(t)
  await build(client)
  const model = { modelId: 'm', modelType: 'ONLINE_FRAUD_INSIGHTS', eventTypeName: 'card_tx' } as const
  await client.send(new CreateModelCommand(model))
  const refusals: Array<[name: string, call: () => Promise<unknown>, message: RegExp]> = [
    ['a label in capitals', () => client.send(new PutLabelCommand({ name: 'FRAUD' })), /'name' failed to satisfy constraint: Member must satisfy regular expression pattern/],
    ['a name too long', () => client.send(new PutOutcomeCommand({ name: 'a'.repeat(65) })), /less than or equal to 64/],
    ['no name', () => client.send(new PutEntityTypeCommand({ name: undefined })), /'name' failed to satisfy constraint: Member must not be null/],
    ['a long description', () => client.send(new PutLabelCommand({ name: 'a', description: 'd'.repeat(129) })), /'description'/],
    ['two faults at once', () => client.send(new PutLabelCommand({ name: 'A', description: '' })), /^2 validation errors detected/],
    ['a variable twice', () => client.send(new CreateVariableCommand(VARIABLE)), /already exists/],
    ['a variable with a capital', () => client.send(new CreateVariableCommand({ ...VARIABLE, name: 'Amt' })), /pattern/],
    ['no default value', () => client.send(new CreateVariableCommand({ ...VARIABLE, name: 'b', defaultValue: undefined })), /'defaultValue'/],
    ['a default value of another type', () => client.send(new CreateVariableCommand({ ...VARIABLE, name: 'b', defaultValue: 'x' })), /default value/],
    ['an unknown variable type', () => client.send(new CreateVariableCommand({ ...VARIABLE, name: 'b', variableType: 'COLOUR' })), /COLOUR/],
    ['an unknown data type', () => client.send(new CreateVariableCommand({ ...VARIABLE, name: 'b', dataType: 'MONEY' as 'FLOAT' })), /enum value set: \[STRING, INTEGER/],
    ['an event type without variables', () => client.send(new PutEventTypeCommand({ ...EVENT_TYPE, eventVariables: [] })), /'eventVariables'/],
    ['an unknown variable', () => client.send(new PutEventTypeCommand({ ...EVENT_TYPE, eventVariables: ['b'] })), /Variable b does not exist/],
    ['a score as a variable', () => client.send(new PutEventTypeCommand({ ...EVENT_TYPE, eventVariables: ['m_insightscore'] })), /does not exist/],
    ['an unknown label', () => client.send(new PutEventTypeCommand({ ...EVENT_TYPE, labels: ['b'] })), /Label b/],
    ['an unknown entity type', () => client.send(new PutEventTypeCommand({ ...EVENT_TYPE, entityTypes: ['b'] })), /Entity type b/],
    ['a model id with a hyphen', () => client.send(new CreateModelCommand({ ...model, modelId: 'card-model' })), /'modelId'/],
    ['a model twice', () => client.send(new CreateModelCommand(model)), /already exists/],
    ['a model for nothing', () => client.send(new CreateModelCommand({ ...model, modelId: 'n', eventTypeName: 'other' })), /EventType other/],
    ['a detector for nothing', () => client.send(new PutDetectorCommand({ detectorId: 'd', eventTypeName: 'other' })), /EventType other/],
    ['a rule twice', () => client.send(new CreateRuleCommand(RULE)), /already exists/],
    ['a rule of no detector', () => client.send(new CreateRuleCommand({ ...RULE, ruleId: 'r', detectorId: 'other' })), /Detector other/],
    ['a rule that does not parse', () => client.send(new CreateRuleCommand({ ...RULE, ruleId: 'r', expression: '$amt >' })), /not valid: Unexpected the end/],
    ['a rule with an unknown variable', () => client.send(new CreateRuleCommand({ ...RULE, ruleId: 'r', expression: '$other > 1' })), /\$other does not exist/],
    ['a rule with an unknown outcome', () => client.send(new CreateRuleCommand({ ...RULE, ruleId: 'r', outcomes: ['other'] })), /Outcome other/],
    ['a rule without outcomes', () => client.send(new CreateRuleCommand({ ...RULE, ruleId: 'r', outcomes: [] })), /'outcomes'/],
    ['a rule too long', () => client.send(new CreateRuleCommand({ ...RULE, ruleId: 'r', expression: `$amt > ${'1'.repeat(4096)}` })), /4096/],
    ['a rule twice in a version', () => client.send(new CreateDetectorVersionCommand({ detectorId: 'detector', rules: [RULE_NAME, RULE_NAME] })), /more than once/],
    ['a page too small', () => client.send(new GetLabelsCommand({ maxResults: 9 })), /greater than or equal to 10/],
    ['a page too large', () => client.send(new GetOutcomesCommand({ maxResults: 101 })), /less than or equal to 100/],
    ['a wrong token', () => client.send(new GetOutcomesCommand({ nextToken: 'x' })), /nextToken/],
    ['a batch too large', () => client.send(new BatchCreateVariableCommand({ variableEntries: Array.from({ length: 26 }, (_, n) => ({ name: `v${n}` })) })), /less than or equal to 25/]
  ]
  for (const [name, call, message] of refusals) await t.rejects(call(), { name: 'ValidationException', message }, name)
  const missing: Array<[name: string, call: () => Promise<unknown>]> = [
    ['a label', () => client.send(new GetLabelsCommand({ name: 'other' }))],
    ['an event type', () => client.send(new GetEventTypesCommand({ name: 'other' }))],
    ['a detector', () => client.send(new GetDetectorsCommand({ detectorId: 'other' }))],
    ['rules of no detector', () => client.send(new GetRulesCommand({ detectorId: 'other' }))],
    ['a rule', () => client.send(new GetRulesCommand({ detectorId: 'detector', ruleId: 'other' }))],
    ['a model', () => client.send(new GetModelsCommand({ modelId: 'other', modelType: 'ONLINE_FRAUD_INSIGHTS' }))],
    ['a version of no detector', () => client.send(new CreateDetectorVersionCommand({ detectorId: 'other', rules: [] }))],
    ['a version with an unknown rule', () => client.send(new CreateDetectorVersionCommand({ detectorId: 'detector', rules: [{ ...RULE_NAME, ruleVersion: '9' }] }))],
    ['a variable to change', () => client.send(new UpdateVariableCommand({ name: 'other', defaultValue: '1' }))]
  ]
  for (const [name, call] of missing) await t.rejects(call(), { name: 'ResourceNotFoundException' }, name)
})

t.test('a batch of variables makes the good ones and tells of the others', async t => {
  const { client } = await startAccount(t)
  const { errors } = await client.send(new BatchCreateVariableCommand({ variableEntries: [VARIABLE, VARIABLE, { name: 'b' }, { ...VARIABLE, name: 'c' }] }))
  t.match(errors, [{ name: 'amt', code: 400, message: /already exists/ }, { name: 'b', message: /dataType/ }])
  t.equal(errors?.length, 2)
  t.strictSame((await client.send(new GetVariablesCommand({}))).variables?.map(({ name }) => name), ['amt', 'c'])
  await client.send(new UpdateVariableCommand({ name: 'c', defaultValue: '5', description: 'five' }))
  t.match((await client.send(new GetVariablesCommand({ name: 'c' }))).variables, [{ defaultValue: '5', description: 'five', dataType: 'FLOAT' }])
})

t.test('lists come in pages', async t => {
  const { client } = await startAccount(t)
  for (let n = 0; n < 25; n++) await client.send(new PutLabelCommand({ name: `label${n}` }))
  const names: Array<string | undefined> = []
  let nextToken: string | undefined
  const sizes: number[] = []
  do {
    const page = await client.send(new GetLabelsCommand({ maxResults: 10, nextToken }))
    sizes.push(page.labels?.length ?? 0)
    names.push(...page.labels?.map(({ name }) => name) ?? [])
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  t.strictSame(sizes, [10, 10, 5])
  t.equal(new Set(names).size, 25)
})

t.test('putting a label again changes its description and keeps its birth', async t => {
  const clock = createTestClock()
  const { client } = await startAccount(t, { clock })
  await client.send(new PutLabelCommand({ name: 'fraud', description: 'one' }))
  clock.advance(1000)
  await client.send(new PutLabelCommand({ name: 'fraud', description: 'two' }))
  t.match((await client.send(new GetLabelsCommand({ name: 'fraud' }))).labels, [{ description: 'two', createdTime: '2026-11-22T10:00:00.000Z', lastUpdatedTime: '2026-11-22T10:00:01.000Z' }])
})

t.test('quotas hold', async t => {
  const { client } = await startAccount(t, { limits: { types: 2, things: 3, models: 1, detectors: 1, draftDetectorVersions: 1 } })
  await build(client)
  const over = { name: 'ValidationException', message: /quota/ }
  await t.rejects(client.send(new PutLabelCommand({ name: 'third' })), over)
  await t.resolves(client.send(new PutLabelCommand({ name: 'fraud' })), 'what is there already can be changed')
  await t.rejects(client.send(new PutDetectorCommand({ detectorId: 'second', eventTypeName: 'card_tx' })), over)
  await client.send(new CreateModelCommand({ modelId: 'm', modelType: 'ONLINE_FRAUD_INSIGHTS', eventTypeName: 'card_tx' }))
  await t.rejects(client.send(new CreateModelCommand({ modelId: 'n', modelType: 'ONLINE_FRAUD_INSIGHTS', eventTypeName: 'card_tx' })), over)
  await client.send(new CreateDetectorVersionCommand({ detectorId: 'detector', rules: [RULE_NAME] }))
  await t.rejects(client.send(new CreateDetectorVersionCommand({ detectorId: 'detector', rules: [RULE_NAME] })), over)
})
