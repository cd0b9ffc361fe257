import { join } from 'node:path'
import t from 'tap'
import { createPrometheusMetrics } from '../../src/adapters/prometheus-metrics.ts'
import { createEmbeddedScorer } from '../../src/adapters/scorers/embedded-scorer.ts'
import { createShadowScorer } from '../../src/adapters/scorers/shadow-scorer.ts'
import { loadCardModel } from '../../src/model/card-model.ts'
import type { Assessment, ShadowScorer } from '../../src/ports.ts'
import { copyBundledModel, PLAIN_MAP } from '../model/bundled-copy.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody, type World, type WorldOptions } from '../world.ts'

const MODEL = { name: 'detector', version: '1' }
const shadowOf = (score: number): ShadowScorer => ({ score: () => ({ model: 'next', version: '2', score }) })
const BROKEN: ShadowScorer = { score () { throw new Error('the shadow is broken') } }
/** What differs between two worlds that decide the same. */
const STATIC = (body: { case: object | null }) => ({ ...body, case: body.case === null ? null : 'a case' })

async function screen (next: World['scorer']['next'], options: WorldOptions, isBlocked = false) {
  const world = await createWorld(options)
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  if (isBlocked) await world.app.inject({ method: 'POST', url: `/v1/cards/${cardId}/block`, headers: KEY_HEADERS, payload: { reason: 'hotline' } })
  world.scorer.next = next
  const reply = await postTransaction(world.app, transactionBody('tx-1'))
  const read = await world.app.inject({ method: 'GET', url: '/v1/transactions/tx-1', headers: KEY_HEADERS })
  return { status: reply.statusCode, body: STATIC(reply.json()), read: STATIC(read.json()), stored: await world.store.transactions.get('tx-1'), metrics: await world.metricsText(), log: world.logLines.join('') }
}

t.test('a shadow scores beside every scorer, is stored with the decision, and changes nothing of it', async (t) => {
  const ruled: Assessment = { score: null, model: MODEL, unusedVariables: [], ruled: { outcome: 'fraud', ruleIds: ['high'] } }
  const outside: WorldOptions = { scorers: (held) => [{ ...held, name: 'frauddetector' }] }
  const table: Array<[what: string, next: World['scorer']['next'], isScored: boolean, options: WorldOptions, isBlocked?: boolean]> = [
    ['approve', 10, true, {}],
    ['investigate', 800, true, {}],
    ['fraud', 987, true, {}],
    ['a detector\'s ruling without a score', ruled, true, outside],
    ['a detector\'s score', { ...ruled, score: 990 }, true, outside],
    ['a scorer that fails', new Error('down'), true, {}],
    ['a blocked card', 987, false, {}, true]
  ]
  for (const [what, next, isScored, options, isBlocked] of table) {
    const alone = await screen(next, options, isBlocked)
    t.equal(alone.status, 200, what)
    t.notOk(Object.hasOwn(alone.stored ?? {}, 'shadow'), `${what}: nothing of a shadow without one`)
    for (const score of [0, 1000]) {
      const shadowed = await screen(next, { ...options, shadow: shadowOf(score) }, isBlocked)
      t.same([shadowed.body, shadowed.read], [alone.body, alone.read], `${what}, shadow ${score}`)
      t.same(shadowed.stored?.shadow, isScored ? { model: 'next', version: '2', score } : undefined, `${what}, shadow ${score}`)
    }
    const broken = await screen(next, { ...options, shadow: BROKEN }, isBlocked)
    t.same([broken.body, broken.read], [alone.body, alone.read], `${what}, a broken shadow`)
    t.notOk(Object.hasOwn(broken.stored ?? {}, 'shadow'), `${what}, a broken shadow`)
    t.equal(broken.metrics.includes('ringfence_shadow_scores_total{result="failed"} 1'), isScored, what)
    t.equal(broken.log.includes('shadow model failed, the decision stands'), isScored, what)
  }
})

t.test('a replay keeps the shadow\'s first score', async (t) => {
  let score = 100
  const world = await createWorld({ shadow: { score: () => ({ model: 'next', version: '2', score: score++ }) } })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  for (let times = 0; times < 3; times++) await postTransaction(world.app, transactionBody('tx-1'))
  t.match(await world.store.transactions.get('tx-1'), { shadow: { score: 100 } })
})

t.test('createShadowScorer: the score that the model would give as the scorer, and its time', async (t) => {
  const model = await loadCardModel(join(copyBundledModel(t.testdir(), { name: 'next', version: '7', scoreMap: PLAIN_MAP }), 'card.json'))
  t.teardown(model.unload)
  const { metrics, text } = createPrometheusMetrics()
  const event = { transactionId: 'tx-1', customerId: 'u1', occurredAtMs: 0, amount: { valueMinor: 415500, currency: 'EUR' }, variables: { cvv: 'V' } }
  const { score } = await createEmbeddedScorer({ current: () => model }, { metrics, log: { info () {}, warn () {}, error () {} }, nowMs: Date.now }).score(event, new AbortController().signal)
  t.ok(score > 0)
  t.same(createShadowScorer({ current: () => model }, metrics).score(event), { model: 'next', version: '7', score })
  t.match((await text()).text, 'ringfence_scoring_seconds_count{scorer="shadow"} 1')
})
