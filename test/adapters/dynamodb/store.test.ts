import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import t, { type Test } from 'tap'
import { QUEUES } from '../../../src/domain/case-due.ts'
import { createDynamoDbClient, createStoreSender } from '../../../src/adapters/aws/clients.ts'
import { createDynamoDbStore, type Store } from '../../../src/adapters/dynamodb/store.ts'
import { ensureTable } from '../../../src/adapters/dynamodb/table.ts'
import { startEmbeddedDynamoDb } from '../../../src/simulators/dynamodb.ts'
import { RUN, storesAt } from '../../contracts/dynamodb-stores.ts'
import { storeContracts } from '../../contracts/store.ts'

const KINDS = ['direct', 'sdk'] as const
const SHORT_MS = 150
/** What a deadline may cost on top of itself: a retry's pause, a busy machine. */
const SLACK_MS = 1_000

/** Every call of every port; each must fail in the same way when the store does. */
function everyCall (store: Store): Array<[name: string, call: () => Promise<unknown>]> {
  const card = { cardId: 'card_1', last4: '8788', customerId: 'ada', isBlocked: false, blocking: null, openCaseId: null, quiet: null, lastSettled: null, operations: [], version: 0 }
  return [
    ['cards.get', async () => await store.cards.get('card_1')],
    ['cards.save', async () => await store.cards.save(card)],
    ['customers.get', async () => await store.customers.get('ada')],
    ['customers.optOut', async () => await store.customers.optOut('ada', { channel: 'voice', atMs: 1, via: 'voice' })],
    ['customers.takeBackOptOut', async () => await store.customers.takeBackOptOut('ada', { channel: 'voice', atMs: 1, via: 'key app' })],
    ['transactions.get', async () => await store.transactions.get('tx-1')],
    ['transactions.attachCase', async () => { await store.transactions.attachCase('tx-1', 'case_1', 'open') }],
    ['cases.get', async () => await store.cases.get('case_1')],
    ['cases.list', async () => await store.cases.list({ status: undefined, cardId: undefined, limit: 10, olderThan: undefined })],
    ['cases.countOpen', async () => await store.cases.countOpen(10)],
    ['dueIndex.due', async () => await store.dueIndex.due(QUEUES, 1, 10)],
    ['contactEvents.record', async () => { await store.contactEvents.record({ eventId: 'e', contactId: 'c', eventType: 'x', receivedAtMs: 1, wasConnected: false }) }],
    ['contactEvents.bind', async () => { await store.contactEvents.bind('c', { caseId: 'case_1', attemptId: 'attempt_1' }) }],
    ['contactEvents.read', async () => await store.contactEvents.read('c')],
    ['leases.get', async () => await store.leases.get()],
    ['leases.save', async () => await store.leases.save({ holder: 'a', token: 1, pace: { tokens: 1, atMs: 1 }, version: 0 })],
    ['checkReady', async () => { await store.checkReady() }]
  ]
}

async function failsInTime (t: Test, store: Store): Promise<void> {
  await Promise.all(everyCall(store).map(async ([name, call]) => {
    const startedMs = performance.now()
    await t.rejects(call(), { name: 'RingfenceError', code: 'store_unavailable' }, name)
    const tookMs = performance.now() - startedMs
    t.ok(tookMs < SHORT_MS + SLACK_MS, `${name} gave up after ${Math.round(tookMs)} ms`)
  }))
}

for (const kind of KINDS) {
  t.test(`the store on the embedded engine, called by the ${kind} client`, async (t) => {
    const engine = await startEmbeddedDynamoDb()
    const { create, destroy } = storesAt(engine.endpoint, kind)
    t.teardown(async () => { destroy(); await engine.close() })
    await storeContracts(t, create)
  })
}

t.test('the store on the embedded engine', async (t) => {
  const engine = await startEmbeddedDynamoDb()
  const { client, destroy } = storesAt(engine.endpoint)
  t.teardown(async () => { destroy(); await engine.close() })

  await t.test('ensureTable may be called again, and by many at once', async (t) => {
    await t.resolves(Promise.all(Array.from({ length: 5 }, async () => { await ensureTable(client, `again-${RUN}`) })))
    await t.resolves(ensureTable(client, `again-${RUN}`))
  })

  await t.test('a contact event is one item under its contact, the first that came', async (t) => {
    const tableName = `events-${RUN}`
    await ensureTable(client, tableName)
    const { contactEvents } = createDynamoDbStore({ client, tableName, timeoutMs: 5_000 })
    for (const receivedAtMs of [1, 2]) await contactEvents.record({ eventId: 'e1', contactId: 'c1', eventType: 'DISCONNECTED', receivedAtMs, wasConnected: false })
    await contactEvents.record({ eventId: 'e2', contactId: 'c1', eventType: 'INITIATED', receivedAtMs: 3, wasConnected: false })
    const { Items = [] } = await client.send(new QueryCommand({ TableName: tableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'CONTACT#c1' } } }))
    t.same(Items.map((item) => [item['eventId']?.S, item['receivedAtMs']?.N]), [['e1', '1'], ['e2', '3']])
  })

  await t.test('a contact event may be deleted 30 days after it came, and whose contact it is never', async (t) => {
    const tableName = `expiry-${RUN}`
    await ensureTable(client, tableName)
    const { contactEvents } = createDynamoDbStore({ client, tableName, timeoutMs: 5_000 })
    await contactEvents.record({ eventId: 'e1', contactId: 'c1', eventType: 'DISCONNECTED', receivedAtMs: 1_795_341_600_999, wasConnected: false })
    await contactEvents.bind('c1', { caseId: 'case_1', attemptId: 'attempt_1_1' })
    const { Items = [] } = await client.send(new QueryCommand({ TableName: tableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'CONTACT#c1' } } }))
    t.same(Items.map((item) => [item['sk']?.S, item['expiresAt']?.N]), [['EVENT#e1', '1797933600'], ['ORIGIN', undefined]])
    t.notOk('expiresAt' in ((await contactEvents.read('c1')).events[0] ?? {}))
  })

  for (const kind of KINDS) {
    await t.test(`a missing table is store_unavailable, to the ${kind} client`, async (t) => {
      const sender = createStoreSender(createDynamoDbClient(5_000, { endpoint: engine.endpoint }), 5_000, kind)
      t.teardown(() => { sender.destroy() })
      await failsInTime(t, createDynamoDbStore({ client: sender, tableName: 'no-such-table', timeoutMs: SHORT_MS }))
    })
  }
})

for (const kind of KINDS) {
  t.test(`an engine that is down is store_unavailable within the deadline, to the ${kind} client`, async (t) => {
    const engine = await startEmbeddedDynamoDb()
    const sender = createStoreSender(createDynamoDbClient(SHORT_MS, { endpoint: engine.endpoint }), SHORT_MS, kind)
    t.teardown(() => { sender.destroy() })
    const store = createDynamoDbStore({ client: sender, tableName: 'any', timeoutMs: SHORT_MS })
    // While it is up, so that the client knows its way.
    await t.rejects(store.checkReady())
    await engine.close()
    await failsInTime(t, store)
  })

  t.test(`an engine that hangs is store_unavailable within the deadline, to the ${kind} client`, async (t) => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    // The client would wait much longer: the store's own deadline is what ends the call.
    const sender = createStoreSender(createDynamoDbClient(60_000, { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }), 60_000, kind)
    t.teardown(() => { sender.destroy(); server.closeAllConnections(); server.close() })
    const store = createDynamoDbStore({ client: sender, tableName: 'any', timeoutMs: SHORT_MS })
    await failsInTime(t, store)
    // By now it knows its way.
    await failsInTime(t, store)
  })
}

t.test('credentials that do not come are store_unavailable within the deadline', async (t) => {
  let requests = 0
  const server = createServer(() => { requests++ })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  let lookUps = 0
  const client = new DynamoDBClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async credentials () {
      lookUps++
      // Much longer than anybody may wait for them.
      await sleep(10 * SLACK_MS, undefined, { ref: false })
      throw new Error('no credentials')
    }
  })
  t.teardown(() => { client.destroy(); server.closeAllConnections(); server.close() })
  await failsInTime(t, createDynamoDbStore({ client, tableName: 'any', timeoutMs: SHORT_MS }))
  t.ok(lookUps > 0, 'they were looked for')
  t.equal(requests, 0, 'nothing goes out without them')
})

t.test('what is stored survives a restart of the engine on the same folder', async (t) => {
  const path = t.testdir()
  const tableName = `kept-${RUN}`
  const card = { cardId: 'card_kept', last4: '8788', customerId: 'ada', isBlocked: true, blocking: { atMs: 1, by: 'answer' as const, reason: 'fraud' }, openCaseId: null, quiet: null, lastSettled: null, operations: [], version: 0 }
  for (const start of ['first', 'second']) {
    const engine = await startEmbeddedDynamoDb({ path })
    const client = createDynamoDbClient(5_000, { endpoint: engine.endpoint })
    await ensureTable(client, tableName)
    const { cards } = createDynamoDbStore({ client, tableName, timeoutMs: 5_000 })
    if (start === 'first') t.equal(await cards.save(card), true)
    else t.strictSame(await cards.get('card_kept'), { ...card, version: 1 })
    client.destroy()
    await engine.close()
  }
})

// Any other engine, by hand; genuine DynamoDB Local has its turn in test/containers.
const byHand = process.env['AWS_ENDPOINT_URL_DYNAMODB']
if (byHand !== undefined) {
  t.test('the store on the engine at AWS_ENDPOINT_URL_DYNAMODB', async (t) => {
    const { create, destroy } = storesAt(byHand)
    t.teardown(destroy)
    await storeContracts(t, create)
  })
}
