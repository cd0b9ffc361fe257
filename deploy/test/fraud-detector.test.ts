import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { generateTransactions } from '../../src/training/transaction-generator.ts'
import type { VariableType } from '../../src/training-data/variable-type.ts'
import { createDetectorWorld, csvOf } from '../../test/detector/detector-world.ts'
import { EVENT_VARIABLES } from '../lib/fraud-detector.ts'
import { contactTemplate, INSTANCE_ARN } from './contact-stack.ts'
import { deployed } from './deployment.ts'

const template = contactTemplate()
const VARIABLE_NAMES = Object.keys(generateTransactions({ rows: 1, seed: 1 })[0]!.variables)
const GIVEN = { ConnectInstanceArn: INSTANCE_ARN, SourcePhoneNumber: '+4930555000' }
const made = (given: object) => deployed(template, { ...GIVEN, ...given })
const kindsOf = ({ resources }: ReturnType<typeof made>) => Object.values(resources).map(({ Type }) => Type).filter((type) => type.startsWith('AWS::FraudDetector::'))

test('nothing of Amazon Fraud Detector is made for another scorer, or when all is there', () => {
  for (const given of [{}, { Scorer: 'sagemaker' }, { Scorer: 'frauddetector', FraudDetectorResources: 'existing' }]) assert.deepEqual(kindsOf(made(given)), [])
})

test('with that scorer, the event type and what it is made of are there, but no detector: a rule without a model would be made up', () => {
  const counts: Record<string, number> = {}
  for (const kind of kindsOf(made({ Scorer: 'frauddetector' }))) counts[kind] = (counts[kind] ?? 0) + 1
  assert.deepEqual(counts, {
    'AWS::FraudDetector::Variable': 16, 'AWS::FraudDetector::Label': 2, 'AWS::FraudDetector::Outcome': 3, 'AWS::FraudDetector::EntityType': 1, 'AWS::FraudDetector::EventType': 1
  })
  assert.deepEqual(Object.keys(EVENT_VARIABLES), VARIABLE_NAMES, "which are the sample's")
})

test('the service is told the names, whoever made them', () => {
  for (const FraudDetectorResources of ['create', 'existing']) {
    const { detectorId, eventTypeName, entityTypeName } = made({ Scorer: 'frauddetector', FraudDetectorResources, EntityType: 'cardholder' }).outputs
    assert.deepEqual([detectorId, eventTypeName, entityTypeName], ['card_fraud', 'card_fraud_transaction', 'cardholder'])
  }
})

test('they outlive the stack: an event type is deleted with the events that models learn from', () => {
  const policies = Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::FraudDetector::')).map(({ DeletionPolicy, UpdateReplacePolicy }) => `${DeletionPolicy} ${UpdateReplacePolicy}`)
  assert.deepEqual([...new Set(policies)], ['RetainExceptOnCreate Retain'])
})

test('`ringfence detector deploy` takes what the stack made for its own, adds what CloudFormation cannot, and `destroy` clears it away', async (t: TestContext) => {
  const world = await createDetectorWorld({ teardown: (end) => { t.after(async () => { await end() }) } })
  const { all, only } = made({ Scorer: 'frauddetector' })
  const propertiesOf = (kind: string) => all(`AWS::FraudDetector::${kind}`).map(({ Properties }) => Properties as { Name: string, Description: string, VariableType: VariableType, DataType: string, DefaultValue: string })
  await world.builder.createVariables(propertiesOf('Variable').map(({ Name, Description, VariableType }) => ({ name: Name, description: Description, type: VariableType })))
  for (const [kind, type] of [['label', 'Label'], ['outcome', 'Outcome'], ['entity type', 'EntityType']] as const) {
    for (const { Name, Description } of propertiesOf(type)) await world.builder.putNamed(kind, { name: Name, description: Description })
  }
  const nameIn = ({ Arn }: { Arn: string }) => template.Resources[Arn.slice(1, Arn.indexOf('.'))]?.Properties['Name'] as string
  const { Name, Description, EventVariables, Labels, EntityTypes } = only('AWS::FraudDetector::EventType').Properties
  assert.equal(EntityTypes.length, 1)
  // CloudFormation has no property by which an event type stores its events.
  await world.builder.putEventType({ name: Name, description: Description, variables: EventVariables.map(nameIn), labels: Labels.map(nameIn), entityTypes: ['customer'], storesEvents: false })
  const isNumber = Object.fromEntries((await world.builder.listVariables()).map((variable) => [variable.name, variable.isNumber]))
  assert.deepEqual(propertiesOf('Variable').map((variable) => [variable.Name, variable.DataType, variable.DefaultValue]), Object.keys(EVENT_VARIABLES).map((name) => [name, ...isNumber[name] === true ? ['FLOAT', '0.0'] : ['STRING', '<unknown>']]))

  // The training is not the stack's business.
  const { told } = await world.deploy({ csv: csvOf({ columns: VARIABLE_NAMES }), endAfter: 'model' })
  assert.deepEqual(told.flatMap(({ step, state }) => state === 'made' ? [step] : []), ['upload', 'event type', 'model'])
  assert.deepEqual(told.flatMap(({ step, state }) => state === 'there' ? [step] : []), ['profile', 'survey', 'variables', 'labels', 'entity type', 'outcomes'])
  assert.equal((await world.builder.listEventTypes())[0]?.storesEvents, true)

  const destroyed = await world.destroy()
  assert.deepEqual([destroyed.kept, destroyed.left], [[], []])
  const { eventTypes, variables, labels, entityTypes, outcomes } = await world.everything()
  assert.deepEqual([eventTypes, variables, labels, entityTypes, outcomes], [[], [], [], [], []])
})
