import t from 'tap'
import { DEPLOY_STEPS } from '../../src/detector/deploy-detector.ts'
import { createDetectorWorld, csvOf } from './detector-world.ts'

const VARIABLES = ['card_fraud_insightscore', 'cvv', 'email_address', 'ip_address', 'merchant_id', 'transaction_adj_amt', 'transaction_amt', 'transaction_env']

t.test('deployDetector builds, trains and activates a detector; once more, it changes nothing and says so', async (t) => {
  const { deploy, everything } = await createDetectorWorld(t)
  const first = await deploy()
  t.match(first.deployed, { state: 'ready', modelVersion: '1.0', detectorVersion: '1', hasChanged: true, olderActiveModels: [] })
  t.same(first.told.map(({ step }) => step), DEPLOY_STEPS)
  t.same(first.told.filter(({ state }) => state === 'there').map(({ step }) => step), ['profile', 'survey'], 'all else is made')
  t.same(first.shown, ['profile', 'metrics'])
  t.ok(first.pauses.includes(30_000), 'the training is waited for')

  const state = await everything()
  t.same(state.variables, VARIABLES)
  t.same([state.labels, state.entityTypes, state.outcomes], [['fraud', 'legit'], ['customer'], ['approve', 'fraud', 'investigate']])
  t.match(state.eventType, { storesEvents: true, labels: ['fraud', 'legit'], entityTypes: ['customer'] })
  t.match(state.modelVersions, [{ version: '1.0', status: 'active', schema: { labels: { fraud: ['fraud'], legit: ['legit'] } } }])
  t.same(state.modelVersions[0]?.schema.modelVariables.toSorted(), VARIABLES.filter((name) => !['card_fraud_insightscore', 'merchant_id'].includes(name)), 'a key is no variable of the model')
  t.match(state.versions, [{ version: '1', status: 'active', firstMatchDecides: true, models: [{ modelId: 'card_fraud', version: '1.0' }] }])
  t.same(state.rules.map(({ ruleId, outcomes }) => [ruleId, outcomes]), [['fraud', ['fraud']], ['investigate', ['investigate']], ['approve', ['approve']]])
  t.match(state.objects, [/^ringfence\/card_fraud\/[0-9a-f]{32}\.csv$/])

  const second = await deploy()
  t.match(second.deployed, { state: 'ready', modelVersion: '1.0', detectorVersion: '1', hasChanged: false })
  t.ok(second.told.every(({ state }) => state === 'there'))
  t.same(second.pauses, [])
  t.same(await everything(), state)
})

t.test('deployDetector: ended after each of its steps and run again, it goes on from there and makes nothing twice', async (t) => {
  const { deploy, everything } = await createDetectorWorld(t)
  for (const [index, step] of DEPLOY_STEPS.slice(0, -1).entries()) {
    const { deployed, told } = await deploy({ endAfter: step })
    t.match(deployed, { name: 'DetectorError', kind: 'interrupted' }, `ended after ${step}`)
    t.equal(told.at(-1)?.step, step)
    t.ok(told.slice(0, index).every(({ state }) => state === 'there'), `before ${step} all was there`)
  }
  const { deployed, told } = await deploy()
  t.match(deployed, { state: 'ready', modelVersion: '1.0', detectorVersion: '1', hasChanged: true })
  t.same(told.filter(({ state }) => state === 'made').map(({ step }) => step), ['activation'])
  const { modelVersions, versions, rules, objects } = await everything()
  t.same([modelVersions.length, versions.length, rules.length, objects.length], [1, 1, 3, 1])
})

const LOST: ReadonlyArray<[string, string]> = [
  ['variables', 'BatchCreateVariable'], ['labels', 'PutLabel'], ['entity type', 'PutEntityType'], ['event type', 'PutEventType'], ['outcomes', 'PutOutcome'], ['model', 'CreateModel'],
  ['training', 'CreateModelVersion'], ['model activation', 'UpdateModelVersionStatus'], ['detector', 'PutDetector'], ['rules', 'CreateRule'], ['detector version', 'CreateDetectorVersion'],
  ['activation', 'UpdateDetectorVersionStatus']
]
for (const fault of ['drop_reply', 'throttle'] as const) {
  t.test(`deployDetector: a ${fault} of every call that makes something is got over, and nothing is made twice`, async (t) => {
    const { deploy, everything, fraudDetector } = await createDetectorWorld(t)
    const { deployed } = await deploy({
      onStep (step) {
        const operation = LOST.find(([name]) => name === step)?.[1]
        // What the SDK itself asks for again makes the test wait for its pauses.
        if (operation !== undefined && (fault === 'drop_reply' || !operation.startsWith('Put'))) fraudDetector.setFault({ fault, operation, calls: 1 })
      }
    })
    t.match(deployed, { state: 'ready', modelVersion: '1.0', detectorVersion: '1' })
    const { modelVersions, versions, rules } = await everything()
    t.same([modelVersions.length, versions.length, rules.length], [1, 1, 3])
  })
}

t.test('deployDetector: an upload that breaks off is begun again', async (t) => {
  const { deploy, everything, s3 } = await createDetectorWorld(t)
  s3.setFault({ fault: '500', operation: 'PutObject', calls: 2 })
  const { deployed } = await deploy({ endAfter: 'upload' })
  t.match(deployed, { kind: 'interrupted' })
  t.equal((await everything()).objects.length, 1)
})

t.test('deployDetector without waiting tells that the training goes on; later it goes on, too', async (t) => {
  const { deploy } = await createDetectorWorld(t)
  const { deployed, pauses } = await deploy({ wait: false })
  t.match(deployed, { state: 'training', modelVersion: '1.0', hasChanged: true })
  t.same(pauses, [])
  t.match((await deploy()).deployed, { state: 'ready', modelVersion: '1.0' })
})

t.test('deployDetector: new data need --retrain; then a new version takes over when it is ready, and not before', async (t) => {
  const { deploy, everything } = await createDetectorWorld(t)
  await deploy()
  const csv = csvOf({ rows: 900, seed: 2 })
  const wishes = { csv, retrain: true, falsePositiveRates: { fraud: 0.01, investigate: 0.2 } }
  const before = await everything()
  const refused = await deploy({ csv })
  t.match(refused.deployed, { kind: 'plan', message: /Model version 1\.0 was made from other data.*--retrain/ })
  t.same(await everything(), before, 'nothing was uploaded or made')

  const ended = await deploy({ ...wishes, endAfter: 'detector version' })
  t.match(ended.deployed, { kind: 'interrupted' })
  t.match((await everything()).versions, [{ version: '1', status: 'active' }, { version: '2', status: 'draft' }], 'the former version still decides')

  t.match((await deploy(wishes)).deployed, { state: 'ready', modelVersion: '2.0', detectorVersion: '2', olderActiveModels: ['1.0'] })
  const { versions, rules, modelVersions } = await everything()
  t.match(versions, [{ version: '1', status: 'inactive' }, { version: '2', status: 'active', models: [{ modelId: 'card_fraud', version: '2.0' }] }])
  t.equal(modelVersions.length, 2)
  t.ok(rules.some(({ version }) => version === '2'), 'other thresholds are further versions of the rules')
  t.match((await deploy(wishes)).deployed, { hasChanged: false }, 'the same data are not trained on again')
})

t.test('deployDetector: other rates make other rules without a training, and a version that somebody left is not gone back to unasked', async (t) => {
  const { deploy, everything } = await createDetectorWorld(t)
  await deploy()
  const falsePositiveRates = { fraud: 0.01, investigate: 0.2 }
  t.match((await deploy({ falsePositiveRates })).deployed, { modelVersion: '1.0', detectorVersion: '2', hasChanged: true })
  t.match((await deploy()).deployed, { kind: 'plan', message: /version 1 is what you ask for, but the later version 2 was made active since; --reactivate/ })
  t.match((await deploy({ reactivate: true })).deployed, { detectorVersion: '1', hasChanged: true })
  t.match((await everything()).versions, [{ status: 'active' }, { status: 'inactive' }])
})

t.test('deployDetector: a training that fails tells why, fails again for the same data, and is tried again when asked to', async (t) => {
  const { deploy, everything } = await createDetectorWorld(t, { minimumRows: 5_000 })
  const failed = { kind: 'training', message: /The training of model version 1\.0 failed; --retrain tries again\.\n {2}- Too few events: .*5000/ }
  t.match((await deploy()).deployed, failed)
  t.match((await deploy()).deployed, failed)
  t.equal((await everything()).modelVersions.length, 1)
  t.match((await deploy({ retrain: true })).deployed, { kind: 'training', message: /model version 2\.0 failed/ })
  t.match((await everything()).modelVersions, [{ status: 'failed' }, { status: 'failed' }])
})

t.test('deployDetector does not build on a model version that was made inactive, says so, and trains a new one when asked to', async (t) => {
  const { deploy, destroy, everything, fraudDetector } = await createDetectorWorld(t)
  await deploy()
  fraudDetector.setFault({ fault: 'ConflictException', operation: 'DeleteModelVersion' })
  await destroy({ data: undefined })
  fraudDetector.setFault({ fault: 'none' })
  t.match((await everything()).modelVersions, [{ version: '1.0', status: 'inactive' }])
  t.match((await deploy()).deployed, { kind: 'plan', message: /Model version 1\.0 is of these data, but was made inactive.*--retrain/ })
  t.match((await deploy({ retrain: true })).deployed, { state: 'ready', modelVersion: '2.0' })
  t.match((await everything()).modelVersions, [{ status: 'inactive' }, { status: 'active' }])
  t.match((await deploy()).deployed, { state: 'ready', modelVersion: '2.0', hasChanged: false })
})

t.test('deployDetector refuses data with card numbers before anything leaves the house', async (t) => {
  const { deploy, everything } = await createDetectorWorld(t)
  const csv = csvOf().replace('transaction_env', 'card_no').replaceAll(/,[^,]*,([^,]*)$/gm, ',4111111111111111,$1').replace(',4111111111111111,merchant_id', ',card_no,merchant_id')
  const refused = { kind: 'data', message: /refused; nothing was uploaded/ }
  t.match((await deploy({ csv })).deployed, refused)
  const failing = csv.replaceAll('4111111111111111', '4111111111111112')
  t.match((await deploy({ csv: failing })).deployed, refused, 'numbers that fail the Luhn check are refused by the column\'s name')
  t.same((await everything()).objects, [])
  t.match((await deploy({ csv: failing, notCards: ['card_no'], endAfter: 'upload' })).deployed, { kind: 'interrupted' })
  t.equal((await everything()).objects.length, 1)
})

t.test('deployDetector leaves alone what others made', async (t) => {
  const { deploy, builder, names } = await createDetectorWorld(t)
  await builder.createVariables([{ name: 'cvv', type: 'FREE_FORM_TEXT', description: 'theirs' }])
  t.match((await deploy()).deployed, { kind: 'plan', message: 'Some variables exist with another type. To take them as they are: --types cvv=FREE_FORM_TEXT' })
  await builder.putNamed('entity type', { name: 'customer', description: 'theirs' })
  await builder.putEventType({ name: names.eventType, description: 'theirs', variables: ['cvv'], labels: [], entityTypes: ['customer'], storesEvents: false })
  t.match((await deploy({ types: { cvv: 'FREE_FORM_TEXT' } })).deployed, { kind: 'plan', message: /event type card_fraud_transaction exists and was not made by ringfence; --event-type card_fraud_transaction shares it/ })
  t.match((await deploy({ types: { cvv: 'FREE_FORM_TEXT' }, sharesEventType: true })).deployed, { kind: 'plan', message: /event type card_fraud_transaction exists, was not made by ringfence and lacks/ })
  await builder.putDetector({ detectorId: 'card_fraud', description: 'theirs', eventType: names.eventType })
  t.match((await deploy({ types: { cvv: 'FREE_FORM_TEXT' } })).deployed, { kind: 'plan', message: /detector card_fraud exists and was not made by ringfence/ })
})

t.test('deployDetector trains on no model that others made; an event type of theirs is shared when it is named', async (t) => {
  const { deploy, destroy, builder, names, everything } = await createDetectorWorld(t)
  await deploy({ endAfter: 'event type' })
  const [eventType] = await builder.listEventTypes()
  if (eventType === undefined) throw new Error('no event type')
  await builder.deleteEventType(names.eventType)
  await builder.putEventType({ ...eventType, description: 'theirs' })
  await builder.createModel({ modelId: 'card_fraud', description: 'theirs', eventType: names.eventType })
  const before = await everything()
  t.match((await deploy({ sharesEventType: true })).deployed, { kind: 'plan', message: 'The model card_fraud exists and was not made by ringfence; choose another name with --model.' })
  t.same(await everything(), before)

  const shared = { names: { ...names, modelId: 'ours' }, sharesEventType: true }
  t.match((await deploy({ ...shared, sharesEventType: false })).deployed, { kind: 'plan', message: /event type card_fraud_transaction exists and was not made by ringfence/ })
  t.match((await deploy(shared)).deployed, { state: 'ready' })
  t.match((await destroy({ names: shared.names })).kept, [{ thing: 'event type card_fraud_transaction' }, {}, {}])
})
