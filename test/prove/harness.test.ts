import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { FAILPOINTS, withFailpoint } from '../../src/adapters/failpoints.ts'
import { createDynamoDbClient, createStoreSender } from '../../src/adapters/aws/clients.ts'
import { createDynamoDbStore } from '../../src/adapters/dynamodb/store.ts'
import { ensureTable } from '../../src/adapters/dynamodb/table.ts'
import { newCard } from '../../src/domain/card.ts'
import { scheduleChaos } from '../../src/prove/chaos.ts'
import { sendJson } from '../../src/prove/http-json.ts'
import { NO_WAY_FAULTS, startLoadBalancer } from '../../src/prove/load-balancer.ts'
import { createRandom } from '../../src/model/random.ts'
import { NO_STORE_FAULTS, withStoreFaults } from '../../src/prove/store-faults.ts'
import { createWorld, postTransaction, putSampleCustomer, transactionBody } from '../world.ts'

const CARD = newCard('card_1', '8788', 'c')

/** The real engine behind the faults, and the real store before them. */
async function faultyStore (t: Test) {
  const { default: dynalite } = await import('dynalite')
  const server = dynalite({ createTableMs: 0 })
  const [engine] = server.listeners('request') as RequestListener[]
  if (engine === undefined) throw new Error('no engine')
  const { listener, set } = withStoreFaults(engine, 1)
  server.removeAllListeners('request')
  server.on('request', listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = createDynamoDbClient(5_000, { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  const sender = createStoreSender(client, 5_000, 'direct')
  t.teardown(() => { sender.destroy(); server.closeAllConnections(); server.close() })
  await ensureTable(client, 'proof')
  return { store: createDynamoDbStore({ client: sender, tableName: 'proof', timeoutMs: 5_000 }), set }
}

t.test('the store\'s faults: a throttled write was not made, a write whose reply is lost was, a slow one is made', async (t) => {
  const { store, set } = await faultyStore(t)
  set({ ...NO_STORE_FAULTS, throttle: 1 })
  await t.rejects(store.cards.save(CARD), { code: 'store_unavailable' })
  set({ ...NO_STORE_FAULTS, fail: 1 })
  await t.rejects(store.cards.save(CARD), { code: 'store_unavailable' })
  set(NO_STORE_FAULTS)
  t.equal(await store.cards.get('card_1'), undefined)

  set({ ...NO_STORE_FAULTS, dropReply: 1 })
  await t.rejects(store.cards.save(CARD), { code: 'store_unavailable' })
  set(NO_STORE_FAULTS)
  t.match(await store.cards.get('card_1'), { version: 1 })
  set({ ...NO_STORE_FAULTS, slow: 1, slowMs: 5 })
  t.equal(await store.cards.save({ ...CARD, version: 1 }), true)
})

t.test('the way of the bridge and the events: lost, taken without a word, twice, and past a replica that is gone', async (t) => {
  const counted = { taken: 0 }
  const replica = createServer((request, response) => { counted.taken++; request.resume().once('end', () => { response.end('{"ok":true}') }) }).listen(0, '127.0.0.1')
  await once(replica, 'listening')
  t.teardown(() => { replica.closeAllConnections(); replica.close() })
  const url = `http://127.0.0.1:${(replica.address() as AddressInfo).port}`
  const balancer = await startLoadBalancer(() => ['http://127.0.0.1:1', url], createRandom(1))
  t.teardown(balancer.close)
  const post = async () => await sendJson(`${balancer.url}/v1/connect/events`, 'POST', { a: 1 })

  t.match(await post(), { status: 200, body: { ok: true } })
  t.equal(counted.taken, 1)
  balancer.setFaults({ ...NO_WAY_FAULTS, lose: 1 })
  await t.rejects(post())
  t.equal(counted.taken, 1)
  balancer.setFaults({ ...NO_WAY_FAULTS, loseReply: 1 })
  await t.rejects(post())
  t.equal(counted.taken, 2)
  balancer.setFaults({ ...NO_WAY_FAULTS, double: 1, delay: 1, delayMs: 5 })
  t.match(await post(), { status: 200 })
  while (counted.taken < 4) await new Promise((resolve) => { setImmediate(resolve) })
  t.equal(counted.taken, 4)
})

t.test('a seed makes the same trouble again, another seed makes another, and each step has its turn', async (t) => {
  const schedule = (seed: number) => scheduleChaos({ random: createRandom(seed), durationMs: 60_000, steps: FAILPOINTS, kills: 4, freezes: 2, replicas: 3 })
  t.same(schedule(7), schedule(7))
  t.notSame(schedule(7), schedule(8))
  const steps = schedule(7).flatMap((trouble) => trouble.kind === 'failpoint' ? [trouble.step] : [])
  t.same(new Set(steps), new Set(FAILPOINTS))
  t.ok(schedule(7).every(({ atMs }) => atMs >= 0 && atMs < 60_000))
})

t.test('failpoints: each is passed in a story of its own, right after the step and before anybody hears of it; an unknown name is refused', async (t) => {
  const passed = new Set<string>()
  const world = await createWorld({
    policy: { ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: 0 }] },
    breakStore: (store) => FAILPOINTS.reduce((wrapped, name) => withFailpoint(wrapped, [], { name, count: 1 }, () => { passed.add(name) }).store, store)
  })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const { case: { id } } = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>()
  t.same([...passed], ['transaction_recorded', 'card_claimed', 'case_opened', 'question_attached'])
  await postTransaction(world.app, transactionBody('tx-2'))
  t.ok(passed.has('transaction_joined'))
  await world.dial()
  for (const step of ['lease_written', 'submission_begun', 'contact_bound', 'submission_recorded']) t.ok(passed.has(step), step)
  const { callers: [caller] } = withFailpoint(world.store, [{ channel: 'voice', start: async () => ({ kind: 'submitted', contactId: 'c' }) }], { name: 'contact_started', count: 2 }, () => { passed.add('contact_started') })
  await caller?.start({ clientToken: 'a', phoneNumber: '', attributes: {}, ringMs: 0 })
  t.notOk(passed.has('contact_started'), 'not before its time')
  await caller?.start({ clientToken: 'a', phoneNumber: '', attributes: {}, ringMs: 0 })
  t.ok(passed.has('contact_started'))
  await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: { authorization: 'Bearer test-key' }, payload: { answer: 'fraud' } })
  for (const step of ['answer_decided', 'card_settled', 'case_closed']) t.ok(passed.has(step), step)
  t.throws(() => withFailpoint(world.store, [], { name: 'nowhere', count: 1 }, () => {}), { message: /names no step; the steps are transaction_recorded/ })
})
