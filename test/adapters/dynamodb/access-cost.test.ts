import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startEmbeddedDynamoDb } from '../../../src/simulators/dynamodb.ts'
import { DUE_SHARDS } from '../../../src/adapters/dynamodb/item.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody, type World, type WorldOptions } from '../../world.ts'

interface Call { operation: string, input: Record<string, unknown> }

/** A proxy in front of an engine that writes down every call. */
async function recordingProxy (target: string): Promise<{ endpoint: string, calls: Call[], server: Server }> {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => { chunks.push(chunk) })
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      calls.push({ operation: String(request.headers['x-amz-target']).split('.')[1] ?? '', input: JSON.parse(body.toString()) as Record<string, unknown> })
      const { 'content-type': type = '', 'x-amz-target': operation = '', authorization = '', 'x-amz-date': date = '' } = request.headers
      fetch(target, { method: 'POST', body, headers: { 'content-type': type, 'x-amz-target': String(operation), authorization, 'x-amz-date': String(date) } })
        .then(async (reply) => { response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0' }).end(Buffer.from(await reply.arrayBuffer())) })
        .catch((error: unknown) => { response.destroy(error as Error) })
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, server }
}

/** A world whose calls to the store are written down. */
async function recordedWorld (t: Test, options: WorldOptions = {}) {
  const engine = await startEmbeddedDynamoDb()
  const { endpoint, calls, server } = await recordingProxy(engine.endpoint)
  const world: World = await createWorld({ ...options, endpoint })
  t.teardown(async () => { await world.close(); server.closeAllConnections(); server.close(); await engine.close() })
  const cardId = await putSampleCustomer(world.app)

  async function callsOf (story: () => Promise<unknown>): Promise<Call[]> {
    const before = calls.length
    await story()
    return calls.slice(before)
  }
  return { world, calls, cardId, callsOf }
}

t.test('what a story costs the store', async (t) => {
  const { world, calls, cardId, callsOf } = await recordedWorld(t)

  function isOneReadAndOneConditionalWrite (t: Test, made: Call[], transactionId: string): void {
    t.same(made.map(({ operation }) => operation), ['GetItem', 'PutItem'])
    t.match(made[0]?.input, { ConsistentRead: true, Key: { pk: { S: `CARD#${cardId}` } } })
    t.match(made[1]?.input, { ConditionExpression: 'attribute_not_exists(pk)', Item: { pk: { S: `TRANSACTION#${transactionId}` } } })
  }

  await t.test('approving is one consistent read of the card and one conditional write, no more', async (t) => {
    world.scorer.next = 12
    isOneReadAndOneConditionalWrite(t, await callsOf(async () => await postTransaction(world.app, transactionBody('tx-approved'))), 'tx-approved')
  })

  await t.test('a replay costs the same; an engine that does not hand out the winner of a race is asked for it', async (t) => {
    const made = await callsOf(async () => await postTransaction(world.app, transactionBody('tx-approved')))
    t.match(made[1]?.input, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }, 'DynamoDB hands it out')
    // Dynalite does not.
    t.match(made.slice(2).map(({ input }) => input['Key']), made.length === 2 ? [] : [{ pk: { S: 'TRANSACTION#tx-approved' } }])
    isOneReadAndOneConditionalWrite(t, made.slice(0, 2), 'tx-approved')
  })

  await t.test('a fallback costs the same', async (t) => {
    world.scorer.next = new Error('down')
    isOneReadAndOneConditionalWrite(t, await callsOf(async () => await postTransaction(world.app, transactionBody('tx-degraded'))), 'tx-degraded')
  })

  await t.test('a story of fraud from screening to the blocked card: a bounded number of calls', async (t) => {
    world.scorer.next = 987
    let caseId = ''
    const screened = await callsOf(async () => {
      caseId = (await postTransaction(world.app, transactionBody('tx-fraud'))).json<{ case: { id: string } }>().case.id
    })
    t.ok(screened.length <= 8, `screening: ${screened.map(({ operation }) => operation).join(', ')}`)
    const dialled = await callsOf(world.dial)
    t.equal(world.line.requests.length, 1)
    // The lease, a query of each shard, the count of open cases, and 11 for the call.
    t.ok(dialled.length <= 22, `dialling: ${dialled.map(({ operation }) => operation).join(', ')}`)
    const answered = await callsOf(async () => await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'fraud' } }))
    t.ok(answered.length <= 6, `answering: ${answered.map(({ operation }) => operation).join(', ')}`)
    t.match(await world.store.cards.get(cardId), { isBlocked: true })
  })

  await t.test('a transaction of a blocked card is one read and one conditional write', async (t) => {
    isOneReadAndOneConditionalWrite(t, await callsOf(async () => await postTransaction(world.app, transactionBody('tx-blocked'))), 'tx-blocked')
  })

  await t.test('an idle pass of the dialer is one query a shard', async (t) => {
    t.same((await callsOf(world.dial)).map(({ operation }) => operation), Array.from({ length: Object.values(DUE_SHARDS).reduce((sum, shards) => sum + shards, 0) }, () => 'Query'))
  })

  await t.test('a contact event that comes again costs a refused write and the reads to see that nothing is left to do; what tells nothing costs nothing', async (t) => {
    const [request] = world.line.requests
    const contactId = `contact-of-${request?.clientToken ?? ''}`
    const event = async (id: string, detail: object) => await world.app.inject({ method: 'POST', url: '/v1/connect/events', headers: KEY_HEADERS, payload: { id, source: 'aws.connect', detail: { eventType: 'DISCONNECTED', contactId, ...detail } } })
    const operations = async (story: () => Promise<unknown>) => (await callsOf(story)).map(({ operation }) => operation)
    t.same(await operations(async () => await event('event-1', {})), ['PutItem', 'Query', 'GetItem', 'PutItem'], 'one look at a contact whose case was answered another way is left due')
    t.same(await operations(async () => await event('event-1', {})), ['PutItem', 'Query', 'GetItem'], 'again')
    t.same(await operations(async () => await event('event-2', { contactId: 'a-stranger' })), ['PutItem', 'Query'], "somebody else's")
    t.same(await operations(async () => await event('event-3', { initiationMethod: 'INBOUND' })), [])
    t.same(await operations(async () => await event('event-4', { eventType: 'INITIATED' })), [])
  })

  await t.test('nothing ever scans, or writes more than one item at once, or writes a card or a case without a condition', async (t) => {
    const everyday = calls.filter(({ operation }) => operation !== 'DescribeTable' && operation !== 'CreateTable')
    const operations = new Set(everyday.map(({ operation }) => operation))
    t.same([...operations].filter((one) => !['GetItem', 'PutItem', 'UpdateItem', 'Query', 'BatchGetItem'].includes(one)), [])
    const written = everyday.filter(({ operation, input }) => operation === 'PutItem' && input['ConditionExpression'] === undefined)
    t.ok(written.length > 0 && written.every(({ input }) => /"(CUSTOMER|CONTACT)#/.test(JSON.stringify(input))), 'only what may be written twice, a customer and the origin of a contact, has none')
    t.ok(everyday.filter(({ operation }) => operation === 'GetItem').every(({ input }) => input['ConsistentRead'] === true), 'every read is consistent')
    t.notMatch(JSON.stringify(calls), '2442230821108788', 'and no call holds the card number')
  })
})

t.test('a shadow costs the store nothing but the room in the decision that is written anyway', async (t) => {
  const { world, callsOf } = await recordedWorld(t, { shadow: { score: () => ({ model: 'next', version: '2', score: 12 }) } })
  const made = await callsOf(async () => await postTransaction(world.app, transactionBody('tx-1')))
  t.same(made.map(({ operation }) => operation), ['GetItem', 'PutItem'])
  t.match(made[1]?.input, { Item: { shadow: { M: { model: { S: 'next' }, version: { S: '2' }, score: { N: '12' } } } } })
})

t.test('a scorer outside this process costs one consistent read of the transaction more, and saves what a replay would score again', async (t) => {
  const { world, calls, cardId, callsOf } = await recordedWorld(t, { scorers: (held) => [{ ...held, name: 'frauddetector' }] })
  const keysRead = (made: Call[]) => made.filter(({ operation }) => operation === 'GetItem').map(({ input }) => (input['Key'] as { pk: { S: string } }).pk.S).toSorted()
  const READ = [`CARD#${cardId}`, 'TRANSACTION#tx-1']

  const first = await callsOf(async () => await postTransaction(world.app, transactionBody('tx-1')))
  t.same(first.map(({ operation }) => operation), ['GetItem', 'GetItem', 'PutItem'])
  t.same(keysRead(first), READ)
  t.equal(world.scorer.seen.length, 1)

  for (const [change, status] of [[{}, 200], [{ amount: { value: 1, currency: 'EUR' } }, 409]] as const) {
    const again = await callsOf(async () => t.equal((await postTransaction(world.app, transactionBody('tx-1', change))).statusCode, status))
    t.same(again.map(({ operation }) => operation), ['GetItem', 'GetItem'])
    t.same(keysRead(again), READ)
  }
  t.equal(world.scorer.seen.length, 1, 'nothing is scored again')
  t.ok(calls.filter(({ operation }) => operation === 'GetItem').every(({ input }) => input['ConsistentRead'] === true))
})
