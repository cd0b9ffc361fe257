import t from 'tap'
import { RingfenceError } from '../../src/errors.ts'
import { createWorld, postTransaction, putSampleCustomer, transactionBody } from '../world.ts'

t.test('GET /readyz says which dependency is missing, GET /livez does not care', async (t) => {
  let isStoreDown = false
  const world = await createWorld({
    breakStore: (store) => ({ ...store, async checkReady () { if (isStoreDown) throw new RingfenceError('store_unavailable'); await store.checkReady() } })
  })
  t.teardown(world.close)
  const readyz = async () => { const reply = await world.app.inject('/readyz'); return [reply.statusCode, reply.json()] }

  t.same(await readyz(), [200, { status: 'ready', checks: { store: 'ok', scorer: 'ok' } }])
  isStoreDown = true
  t.same(await readyz(), [503, { status: 'not_ready', checks: { store: 'failing', scorer: 'ok' } }])
  world.scorer.next = new Error('no model')
  t.same(await readyz(), [503, { status: 'not_ready', checks: { store: 'failing', scorer: 'failing' } }])
  const livez = await world.app.inject('/livez')
  t.same([livez.statusCode, livez.json()], [200, { status: 'alive' }])
})

t.test('GET /readyz: a detector that fails is degraded and no less ready, and is not asked for it', async (t) => {
  const world = await createWorld({ scorers: (held) => [{ name: 'frauddetector', score: held.score }, { ...held, score: async () => ({ score: 1, model: { name: 'm', version: '1' }, unusedVariables: [] }), async checkReady () {} }] })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  const readyz = async () => { const reply = await world.app.inject('/readyz'); return [reply.statusCode, reply.json<{ checks: object }>().checks] }
  t.same(await readyz(), [200, { store: 'ok', scorer: 'ok' }])
  world.scorer.next = new RingfenceError('scorer_denied')
  await postTransaction(world.app, transactionBody('tx-1'))
  t.same(await readyz(), [200, { store: 'ok', scorer: 'degraded' }])
  t.equal(world.scorer.seen.length, 1)
  world.scorer.next = 10
  await postTransaction(world.app, transactionBody('tx-2'))
  t.same(await readyz(), [200, { store: 'ok', scorer: 'ok' }])
})

t.test('GET /metrics counts decisions by outcome, in Prometheus text', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  for (const [id, score] of [['tx-1', 10], ['tx-2', 20], ['tx-3', 999]] as const) {
    world.scorer.next = score
    await postTransaction(world.app, transactionBody(id))
  }
  const reply = await world.app.inject('/metrics')
  t.equal(reply.statusCode, 200)
  t.match(reply.headers['content-type'], /^text\/plain/)
  t.match(reply.body, 'ringfence_transactions_total{outcome="approve",scorer="embedded",degraded="false",replayed="false"} 2')
  t.match(reply.body, 'ringfence_transactions_total{outcome="fraud",scorer="embedded",degraded="false",replayed="false"} 1')
  t.match(reply.body, 'ringfence_cases_opened_total 1')
})

t.test('a store that does not answer gives 503 with Retry-After and no word of why', async (t) => {
  const world = await createWorld({
    breakStore: (store) => ({ ...store, cards: { ...store.cards, get: async () => { throw new RingfenceError('store_unavailable', { cause: new Error('secret host down') }) } } })
  })
  t.teardown(world.close)
  const reply = await postTransaction(world.app, transactionBody('tx-1'))
  t.equal(reply.statusCode, 503)
  t.equal(reply.headers['retry-after'], '1')
  t.match(reply.json(), { code: 'store_unavailable' })
  t.notMatch(reply.body, 'secret host')
})
