import { createHash } from 'node:crypto'
import t from 'tap'
import { destroyDetector } from '../../src/detector/destroy-detector.ts'
import { DetectorError } from '../../src/detector/detector-error.ts'
import { namesOf } from '../../src/detector/detector-plan.ts'
import { createDetectorWorld } from './detector-world.ts'

t.test('destroyDetector clears away all that a deployment made, with its stored events; once more, there is nothing left to do', async (t) => {
  const { deploy, destroy, everything, builder, names, fraudDetector } = await createDetectorWorld(t)
  await deploy()
  const prediction = await builder.predict('card_fraud', undefined, {
    eventId: 'trial-1', eventType: names.eventType, entityType: 'customer', entityId: 'c1', occurredAt: '2026-11-22T10:00:00Z', variables: { transaction_amt: '4155.0', cvv: 'N' }
  })
  t.equal(prediction.matchedRules.length, 1)
  t.equal(fraudDetector.events().length, 1)

  const { deleted, kept, left } = await destroy()
  t.same([kept, left], [[], []])
  t.ok(deleted.indexOf('detector card_fraud') < deleted.indexOf('model version 1.0') && deleted.indexOf('the stored events of card_fraud_transaction') < deleted.indexOf('event type card_fraud_transaction'))
  t.same(await everything(), {
    detector: undefined, versions: [], rules: [], model: undefined, modelVersions: [], eventType: undefined, eventTypes: [], variables: [], labels: [], entityTypes: [], outcomes: [], objects: []
  })
  t.same(fraudDetector.events(), [])
  t.same(await destroy(), { deleted: [], kept: [], left: [] })
})

t.test('destroyDetector without --data-too leaves the training data', async (t) => {
  const { deploy, destroy, everything } = await createDetectorWorld(t)
  await deploy({ endAfter: 'labels' })
  await destroy({ data: undefined })
  const { objects, variables } = await everything()
  t.equal(objects.length, 1)
  t.same(variables, [], 'what an interrupted deployment made goes, too')
})

t.test('destroyDetector ends a training that is under way', async (t) => {
  const { deploy, destroy, everything } = await createDetectorWorld(t)
  t.match((await deploy({ wait: false })).deployed, { state: 'training' })
  t.same({ ...await destroy(), deleted: [] }, { deleted: [], kept: [], left: [] })
  t.same((await everything()).modelVersions, [])
})

t.test('destroyDetector keeps what others use or made, and names it', async (t) => {
  const { deploy, destroy, everything, builder } = await createDetectorWorld(t)
  await builder.createVariables([{ name: 'cvv', type: 'CATEGORICAL', description: 'theirs' }])
  await deploy()
  await builder.putEventType({ name: 'other', description: 'theirs', variables: ['ip_address'], labels: ['fraud'], entityTypes: ['customer'], storesEvents: false })
  await builder.putDetector({ detectorId: 'other', description: 'theirs', eventType: 'other' })
  await builder.createRule('other', { ruleId: 'deny', expression: '$ip_address == "10.0.0.1"', outcomes: ['fraud'] })

  const { kept, left } = await destroy()
  t.same(left, [])
  t.same(kept, [
    { thing: 'outcome fraud', why: 'rules of another detector use it' },
    { thing: 'entity type customer', why: 'used by the event type other' },
    { thing: 'label fraud', why: 'used by the event type other' },
    { thing: 'variable cvv', why: 'it was not made by ringfence' },
    { thing: 'variable ip_address', why: 'used by the event type other' }
  ])
  const { variables, labels, outcomes, eventTypes } = await everything()
  t.same([variables, labels, outcomes, eventTypes], [['cvv', 'ip_address'], ['fraud'], ['fraud'], ['other']])
})

t.test('destroyDetector keeps a model and an event type that another detector uses', async (t) => {
  const { deploy, destroy, everything, builder, names } = await createDetectorWorld(t)
  await deploy()
  await builder.putDetector({ detectorId: 'second', description: 'theirs', eventType: names.eventType })
  await builder.createRule('second', { ruleId: 'all', expression: '$card_fraud_insightscore > 1', outcomes: ['fraud'] })
  await builder.createDetectorVersion('second', { rules: [{ ruleId: 'all', version: '1' }], models: [{ modelId: 'card_fraud', version: '1.0' }] })
  const { kept, left } = await destroy()
  t.same(left, [])
  t.match(kept.slice(0, 3), [
    { thing: 'model card_fraud', why: 'the detector second uses it' },
    { thing: 'outcome fraud' },
    { thing: 'event type card_fraud_transaction', why: 'used by detector second, model card_fraud' }
  ])
  t.match(await everything(), { model: { modelId: 'card_fraud' }, modelVersions: [{ status: 'active' }], eventTypes: ['card_fraud_transaction'] })
})

t.test('destroyDetector: what the service refuses is left and named, the rest goes, and the next run goes on', async (t) => {
  const { deploy, destroy, fraudDetector } = await createDetectorWorld(t)
  await deploy()
  fraudDetector.setFault({ fault: 'ConflictException', operation: 'DeleteModelVersion', calls: 1 })
  const first = await destroy()
  t.match(first.left.map(({ thing }) => thing), ['model version 1.0', 'model card_fraud'])
  t.match(first.kept.map(({ thing }) => thing), ['event type card_fraud_transaction', 'entity type customer', 'label fraud'], 'they wait for the model')
  t.ok(first.deleted.includes('detector card_fraud'))
  t.same({ ...await destroy(), deleted: [] }, { deleted: [], kept: [], left: [] })
})

for (const operation of ['UpdateDetectorVersionStatus', 'DeleteDetectorVersion', 'DeleteRule', 'UpdateModelVersionStatus', 'DeleteEventsByEventType', 'DeleteVariable']) {
  t.test(`destroyDetector gets over a lost reply to ${operation}`, async (t) => {
    const { deploy, destroy, everything, fraudDetector } = await createDetectorWorld(t)
    await deploy(operation.includes('Version') || operation.includes('Rule') ? {} : { endAfter: 'outcomes' })
    fraudDetector.setFault({ fault: 'drop_reply', operation, calls: 1 })
    t.same({ ...await destroy(), deleted: [] }, { deleted: [], kept: [], left: [] })
    const { eventTypes, variables, objects } = await everything()
    t.same([eventTypes, variables, objects], [[], [], []])
  })
}

t.test('destroyDetector joins a deletion of events that is under way already', async (t) => {
  const { deploy, destroy, fraudDetector } = await createDetectorWorld(t)
  await deploy({ endAfter: 'event type' })
  fraudDetector.setFault({ fault: 'ConflictException', operation: 'DeleteEventsByEventType' })
  t.same({ ...await destroy(), deleted: [] }, { deleted: [], kept: [], left: [] })
})

t.test('destroyDetector does not touch a detector that others made', async (t) => {
  const { destroy, builder, everything } = await createDetectorWorld(t)
  await builder.putNamed('entity type', { name: 'customer', description: 'theirs' })
  await builder.putNamed('label', { name: 'fraud', description: 'theirs' })
  await builder.createVariables([{ name: 'cvv', type: 'CATEGORICAL', description: 'theirs' }])
  await builder.putEventType({ name: 'e', description: 'theirs', variables: ['cvv'], labels: ['fraud'], entityTypes: ['customer'], storesEvents: false })
  await builder.putDetector({ detectorId: 'card_fraud', description: 'theirs', eventType: 'e' })
  await t.rejects(destroy(), { kind: 'plan', message: /was not made by ringfence; nothing is deleted/ })
  t.match(await everything(), { detector: { detectorId: 'card_fraud' }, eventTypes: ['e'] })
})

t.test('destroyDetector deletes of the data\'s folder only what a deployment uploaded, and names the rest', async (t) => {
  const { deploy, destroy, everything, builder } = await createDetectorWorld(t)
  const put = async (key: string): Promise<void> => {
    const content = Buffer.from('theirs')
    await builder.uploadTrainingData({ bucket: 'training-data', key }, {
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      async * open () { yield content }
    }, () => {})
  }
  await deploy({ endAfter: 'labels' })
  const theirs = ['backups/2026-11.tar', `backups/${'b'.repeat(32)}.csv`, 'ringfence/card_fraud/README.md', `ringfence/card_fraud/old/${'c'.repeat(32)}.csv`, `ringfence/card_fraud/${'a'.repeat(32)}.csv`]
  for (const key of theirs) await put(key)
  t.equal((await everything()).objects.length, 6)

  const { kept, left } = await destroy()
  t.same(left, [])
  t.same(kept.map(({ thing }) => thing).sort(), theirs.filter((key) => key.startsWith('ringfence/')).map((key) => `s3://training-data/${key}`).sort())
  t.same(await destroy({ names: namesOf('backups'), data: { bucket: 'training-data', prefix: '' } }), {
    deleted: [], kept: theirs.slice(0, 2).map((key) => ({ thing: `s3://training-data/${key}`, why: 'it was not made by ringfence' })), left: []
  })
  t.same((await everything()).objects.toSorted(), theirs.toSorted())
})

t.test('destroyDetector, interrupted after the event type, still finds the parts that were made for a detector before it', async (t) => {
  const { deploy, destroy, everything, builder } = await createDetectorWorld(t)
  const names = namesOf('second')
  await builder.putNamed('label', { name: 'legit', description: 'theirs' })
  await deploy({ endAfter: 'event type' })
  await deploy({ names, endAfter: 'event type' })
  t.ok((await destroy()).kept.some(({ thing, why }) => thing === 'label fraud' && why === 'used by the event type second_transaction'))

  await t.rejects(destroyDetector({
    builder,
    tell ({ state, text }) { if (state === 'deleted' && text.startsWith('event type')) throw new DetectorError('interrupted', 'Interrupted.') },
    pause: async () => {}
  }, { names, data: undefined, pollMs: 1 }), { name: 'DetectorError', message: 'Interrupted.' })
  t.match(await everything(), { eventTypes: [], labels: ['fraud', 'legit'], entityTypes: ['customer'] })

  const { deleted, left } = await destroy({ names, data: undefined })
  t.same(left, [])
  t.ok(deleted.includes('label fraud') && deleted.includes('variable ip_address'))
  t.match(await everything(), { variables: [], labels: ['legit'], entityTypes: [] })
})
