import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createPrometheusMetrics } from '../../../src/adapters/prometheus-metrics.ts'
import { createEmbeddedScorer } from '../../../src/adapters/scorers/embedded-scorer.ts'
import { loadReloadableModel } from '../../../src/adapters/scorers/reloadable-model.ts'
import { copyBundledModel, PLAIN_MAP, pointTo } from '../../model/bundled-copy.ts'

const EVENT = { transactionId: 'tx-1', customerId: 'u1', occurredAtMs: Date.UTC(2026, 10, 22, 10), amount: { valueMinor: 415500, currency: 'EUR' }, variables: {} }

/** A directory with the models m-1 and m-2, which score differently, and m-1 loaded from it. */
async function start (t: Test, pathOf = (root: string) => root) {
  const root = t.testdir()
  copyBundledModel(join(root, 'm-1'), { name: 'm', version: '1' })
  copyBundledModel(join(root, 'm-2'), { name: 'm', version: '2', scoreMap: PLAIN_MAP })
  pointTo(root, 'm-1')
  const logged: Array<[level: string, fields: Record<string, unknown>, message: string]> = []
  const say = (level: string) => (fields: object, message: string) => { logged.push([level, { ...fields }, message]) }
  const { metrics, text } = createPrometheusMetrics()
  const model = await loadReloadableModel({ role: 'scorer', path: pathOf(root), metrics, log: { info: say('info'), warn: say('warn'), error: say('error') } })
  const scorer = createEmbeddedScorer(model, { metrics, log: { info () {}, warn () {}, error () {} }, nowMs: Date.now })
  const score = async () => await scorer.score(EVENT, new AbortController().signal)
  t.match((await text()).text, 'ringfence_model_reloads_total{role="scorer",result="refused"} 0', 'so that the first one is seen to rise')
  return { root, model, logged, score, version: async () => (await score()).model.version, metricLines: async () => (await text()).text.split('\n').filter((line) => /^ringfence_model.* [1-9]/.test(line)) }
}

t.test('loadReloadableModel: a path without a model is said', async (t) => {
  const { metrics } = createPrometheusMetrics()
  const log = { info () {}, warn () {}, error () {} }
  await t.rejects(loadReloadableModel({ role: 'scorer', path: '/nowhere/card.json', metrics, log }), { message: /\/nowhere\/card\.json/ })
})

t.test('reload: the pointer\'s other model scores from then on, each decision names its own, and the former one is unloaded', async (t) => {
  const { root, model, logged, score, metricLines } = await start(t)
  const former = model.current()
  const first = await score()
  t.same(first.model, { name: 'm', version: '1' })
  pointTo(root, 'm-2')
  t.same((await score()).model, { name: 'm', version: '1' }, 'until it is told')
  await model.reload()
  const second = await score()
  t.same(second.model, { name: 'm', version: '2' })
  t.not(second.score, first.score)
  t.throws(() => former.assess(EVENT), 'its memory is freed')
  t.match(logged, [['info', { role: 'scorer', model: 'm', version: '1', sha256: /^[0-9a-f]{64}$/ }, 'model loaded'], ['info', { version: '2' }, 'model loaded']])
  t.same(await metricLines(), ['ringfence_model_reloads_total{role="scorer",result="loaded"} 1', 'ringfence_model_info{role="scorer",model="m",version="2"} 1'])
})

t.test('reload: no score fails or is half of each model, however many are asked for meanwhile', async (t) => {
  const { root, model, score } = await start(t)
  const scoreOf = new Map<string, number>()
  scoreOf.set('1', (await score()).score)
  pointTo(root, 'm-2')
  await model.reload()
  scoreOf.set('2', (await score()).score)
  const over = new AbortController()
  let count = 0
  const versions = new Set<string>()
  const scoring = (async () => {
    while (!over.signal.aborted) {
      const { score: own, model: { version } } = await score()
      if (own !== scoreOf.get(version)) t.fail(`${version} said ${own}`)
      versions.add(version)
      count++
      await new Promise(setImmediate)
    }
  })()
  for (const name of ['m-1', 'm-2', 'm-1', 'm-2', 'm-1']) {
    pointTo(root, name)
    await Promise.all([model.reload(), model.reload(), model.look()])
  }
  over.abort()
  await scoring
  t.same([...versions].sort(), ['1', '2'])
  t.ok(count > 20, `${count} scores`)
})

t.test('reload: a bad artefact is refused, told and counted, and the one before goes on', async (t) => {
  const table: Array<[what: string, spoil: (root: string) => void, why: RegExp]> = [
    ['a zip that is cut off', (root) => { truncateSync(join(root, 'm-2', 'model.zip'), 1000) }, /the SHA-256 of model\.zip is not/],
    ['no zip', (root) => { rmSync(join(root, 'm-2', 'model.zip')) }, /model\.zip/],
    ['a card that is none', (root) => { writeFileSync(join(root, 'm-2', 'card.json'), '{}') }, /format/],
    ['features that are not the model\'s', (root) => { copyBundledModel(join(root, 'm-2'), { features: [{ name: 'other', kind: 'numeric', variables: ['x'], transformation: 'number' }] }) }, /the card says nothing of it/],
    ['no folder', (root) => { rmSync(join(root, 'm-2'), { recursive: true }) }, /m-2\/card\.json/],
    ['a pointer that is none', (root) => { writeFileSync(join(root, 'current.json'), '{"model":') }, /current\.json cannot be used/],
    ['a pointer out of the directory', (root) => { pointTo(root, '../m-2') }, /current\.json cannot be used/],
    ['no pointer', (root) => { rmSync(join(root, 'current.json')) }, /There is no model/]
  ]
  for (const [what, spoil, why] of table) {
    await t.test(what, async (t) => {
      const { root, model, logged, version, metricLines } = await start(t)
      pointTo(root, 'm-2')
      spoil(root)
      await model.reload()
      t.equal(await version(), '1')
      t.match(logged.slice(1), [['error', { role: 'scorer', model: 'm', version: '1', err: { message: why } }, 'model refused, the one before goes on']])
      t.same(await metricLines(), ['ringfence_model_reloads_total{role="scorer",result="refused"} 1', 'ringfence_model_info{role="scorer",model="m",version="1"} 1'])
      copyBundledModel(join(root, 'm-2'), { name: 'm', version: '2' })
      pointTo(root, 'm-2')
      await model.reload()
      t.equal(await version(), '2', 'once it is mended')
    })
  }
})

t.test('reload: the same model again stays loaded', async (t) => {
  const { model, logged, version, metricLines } = await start(t)
  const { assess } = model.current()
  await model.reload()
  t.equal(model.current().assess, assess)
  t.equal(await version(), '1')
  t.match(logged.at(-1), ['info', { version: '1' }, 'model unchanged'])
  t.match(await metricLines(), ['ringfence_model_reloads_total{role="scorer",result="unchanged"} 1'])
})

t.test('look: takes up what the pointer names, tells a fault once, and tries again by itself', async (t) => {
  const { root, model, logged, version } = await start(t)
  await model.look()
  t.equal(logged.length, 1, 'nothing is new')
  pointTo(root, 'm-2')
  renameSync(join(root, 'm-2'), join(root, 'late'))
  for (let times = 0; times < 3; times++) await model.look()
  t.equal(await version(), '1')
  t.same(logged.map(([level]) => level), ['info', 'error'])
  await model.reload()
  t.same(logged.map(([level]) => level), ['info', 'error', 'error'], 'who asks is told')
  renameSync(join(root, 'late'), join(root, 'm-2'))
  await model.look()
  t.equal(await version(), '2')
  rmSync(join(root, 'current.json'))
  await model.look()
  t.match(logged.at(-1), ['error', { version: '2' }])
  t.equal(await version(), '2')
})

t.test('look: where one model is named it is exchanged only when that is asked for', async (t) => {
  for (const pathOf of [(root: string) => join(root, 'm-1'), (root: string) => join(root, 'm-1', 'card.json')]) {
    const { root, model, logged, version } = await start(t, pathOf)
    copyBundledModel(join(root, 'm-1'), { name: 'm', version: '9' })
    await model.look()
    t.equal(await version(), '1')
    await model.reload()
    t.equal(await version(), '9')
    rmSync(join(root, 'm-1'), { recursive: true })
    await model.look()
    t.notOk(logged.some(([level]) => level === 'error'), 'nor is it missed')
  }
})
