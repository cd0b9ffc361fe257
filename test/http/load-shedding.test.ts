import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody, type World, type WorldOptions } from '../world.ts'

const LIMITS = { maxRequests: 10, maxBodyBytes: 1_000_000, maxTurnMs: 0, maxEventLoopDelayMs: 0, requestsPerSecond: 0 }

async function listening (t: Test, options: WorldOptions): Promise<{ world: World, url: string, port: number }> {
  const world = await createWorld(options)
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  const url = await world.app.listen({ host: '127.0.0.1', port: 0 })
  return { world, url, port: (world.app.server.address() as AddressInfo).port }
}

/** A gate that holds up every read of a card until it is opened. */
function gate () {
  let open = () => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  const state = { waiting: 0, isShut: false }
  const breakStore: NonNullable<WorldOptions['breakStore']> = (store) => ({
    ...store,
    cards: {
      ...store.cards,
      async get (cardId) {
        if (state.isShut) {
          state.waiting++
          await opened
        }
        return await store.cards.get(cardId)
      }
    }
  })
  return { breakStore, state, open: () => { state.isShut = false; open() } }
}

async function post (url: string, path: string, body: object) {
  const reply = await fetch(`${url}${path}`, { method: 'POST', headers: { ...KEY_HEADERS, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { status: reply.status, retryAfter: reply.headers.get('retry-after'), body: await reply.json() as { code?: string, transactionId?: string } }
}

t.test('more requests than there are places: 503 with Retry-After at once; answers still get in, health is told, and what was taken on is decided', async (t) => {
  const { breakStore, state, open } = gate()
  const { world, url } = await listening(t, { breakStore, settings: { limits: LIMITS } })
  world.scorer.next = 987
  const asked = (await postTransaction(world.app, transactionBody('tx-asked'))).json<{ case: { id: string } }>()
  state.isShut = true
  const taken = Array.from({ length: 8 }, async (_, index) => await post(url, '/v1/transactions', transactionBody(`tx-${index}`)))
  while (state.waiting < 8) await new Promise((resolve) => { setImmediate(resolve) })

  const refused = await Promise.all(Array.from({ length: 30 }, async (_, index) => await post(url, '/v1/transactions', transactionBody(`tx-more-${index}`))))
  t.same(new Set(refused.map(({ status, retryAfter, body: { code } }) => `${status} ${retryAfter ?? ''} ${code ?? ''}`)), new Set(['503 1 overloaded']))
  t.equal((await fetch(`${url}/livez`)).status, 200)
  t.equal((await fetch(`${url}/metrics`)).status, 200)
  const answer = post(url, `/v1/cases/${asked.case.id}/answer`, { answer: 'genuine' })
  while (state.waiting < 9) await new Promise((resolve) => { setImmediate(resolve) })

  // Who hangs up gives no place back: the work goes on.
  const leaving = new AbortController()
  const left = fetch(`${url}/v1/cases`, { headers: KEY_HEADERS, signal: leaving.signal }).then(({ status }) => status)
  t.equal(await left, 503)
  leaving.abort()

  open()
  for (const { status, body } of await Promise.all(taken)) {
    t.equal(status, 200)
    t.equal((await world.store.transactions.get(body.transactionId ?? ''))?.outcome, 'fraud', 'what was acknowledged is stored')
  }
  t.equal((await answer).status, 200)
  for (let index = 0; index < 30; index++) if (await world.store.transactions.get(`tx-more-${index}`) !== undefined) t.fail('what was refused left something behind')
  t.equal((await post(url, '/v1/transactions', transactionBody('tx-more-0'))).status, 200, 'the same request again is taken')
  t.same(world.logLines.map((line) => JSON.parse(line) as { level: number }).filter(({ level }) => level > 30), [], 'a refusal raises no alarm')
  const told = world.logLines.map((line) => JSON.parse(line) as { msg: string, code?: string, refused?: number }).filter(({ msg }) => msg.includes('refused'))
  t.match(told[0], { msg: 'requests refused', code: 'overloaded', refused: 1 })
  t.ok(told.length < 31, 'nor a line each')
})

t.test('a payment that is refused at the door is told as any other request is, counted, and its connection kept', async (t) => {
  const { breakStore, state, open } = gate()
  const { world, url, port } = await listening(t, { breakStore, settings: { limits: LIMITS } })
  state.isShut = true
  const taken = Array.from({ length: 8 }, async (_, index) => await post(url, '/v1/transactions', transactionBody(`tx-${index}`)))
  while (state.waiting < 8) await new Promise((resolve) => { setImmediate(resolve) })

  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  async function ask (method: string, path: string, body: string, headers: Record<string, string> = {}) {
    const outgoing = request({ port, host: '127.0.0.1', method, path, agent, headers: { ...KEY_HEADERS, 'content-type': 'application/json', ...headers } }).end(body)
    const [reply] = await once(outgoing, 'response') as [IncomingMessage]
    const problem = JSON.parse((await reply.toArray()).join('')) as { requestId: string }
    return { status: reply.statusCode, headers: reply.headers, problem, port: outgoing.socket?.localPort }
  }
  const atTheDoor = await ask('POST', '/v1/transactions', JSON.stringify(transactionBody('tx-more')))
  const [again, inside] = [await ask('POST', '/v1/transactions', JSON.stringify(transactionBody('tx-more'))), await ask('GET', '/v1/cases', '')]
  t.equal(atTheDoor.headers['x-request-id'], atTheDoor.problem.requestId)
  t.not(again.problem.requestId, atTheDoor.problem.requestId)
  const withoutId = ({ status, headers: { 'x-request-id': _id, date: _date, ...headers }, problem }: typeof inside) => ({ status, headers, problem: { ...problem, requestId: 'id' } })
  t.same(withoutId(atTheDoor), withoutId(inside))
  t.same([again.port, inside.port], [atTheDoor.port, atTheDoor.port], 'on the same connection')
  t.match(await world.metricsText(), /http_request_seconds_count\{method="POST",route="\/v1\/transactions",status="5xx"\} 2\n/)
  const long = await ask('POST', '/v1/transactions', 'x'.repeat(100_000))
  t.match([long.status, long.headers.connection], [503, 'close'], 'a long body is not waited for')

  open()
  t.same(new Set((await Promise.all(taken)).map(({ status }) => status)), new Set([200]))
})

t.test('bodies that never end hold no more memory than is set, whoever sends them, and a client that goes away gives its place back', async (t) => {
  const { world, url, port } = await listening(t, { settings: { limits: { ...LIMITS, maxBodyBytes: 100_000 } } })
  const sockets = await Promise.all(Array.from({ length: 8 }, async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`POST /v1/transactions HTTP/1.1\r\nhost: x\r\nauthorization: ${KEY_HEADERS.authorization}\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n\r\n{`)
    return socket
  }))
  const isFull = async () => (await post(url, '/v1/transactions', transactionBody('tx-1'))).status === 503
  while (!await isFull());
  t.equal((await fetch(`${url}/v1/cases`, { headers: KEY_HEADERS })).status, 503, 'all places but those for answers are taken')
  t.equal((await fetch(`${url}/v1/nowhere`, { method: 'POST', headers: KEY_HEADERS, body: '{' })).status, 404, 'nothing is read for a route that is not there')
  for (const socket of sockets) socket.destroy()
  while (await isFull());
  t.equal((await world.store.transactions.get('tx-1'))?.transactionId, 'tx-1')
})

t.test('a key that comes too often is refused with 429 and Retry-After, and no other key suffers', async (t) => {
  const { url, world } = await listening(t, { settings: { limits: { ...LIMITS, requestsPerSecond: 3 } } })
  const get = async (headers: Record<string, string>) => (await fetch(`${url}/v1/cases`, { headers })).status
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => await get(KEY_HEADERS)))
  // Putting the customer was one of the three.
  t.ok(statuses.filter((status) => status === 200).length >= 2)
  t.ok(statuses.includes(429))
  t.equal(await get({ authorization: 'Bearer reader-key' }), 200)
  t.equal(await get({ authorization: 'Bearer nobody' }), 401)
  const told = world.logLines.map((line) => JSON.parse(line) as { code?: string, msg: string }).filter(({ msg }) => msg === 'request refused')
  t.match(told.filter(({ code }) => code === 'rate_limited'), [{ caller: 'tests', route: '/v1/cases', requestId: /^[0-9a-f-]{36}$/ }], 'whose key it was stands in the log')
  t.notOk('caller' in told.find(({ code }) => code === 'api_key_unknown')!)
  t.match(await world.metricsText(), /http_request_seconds_count\{method="GET",route="\/v1\/cases",status="429"\} [1-9]/)
})

t.test('a request whose head is longer than Node takes is refused before it is read', async (t) => {
  const { port } = await listening(t, {})
  const agent = new Agent()
  t.teardown(() => { agent.destroy() })
  const outgoing = request({ port, host: '127.0.0.1', path: '/livez', agent, headers: { 'x-long': 'x'.repeat(20_000) } }).end()
  const [reply] = await once(outgoing, 'response') as [{ statusCode: number, resume: () => void }]
  reply.resume()
  t.equal(reply.statusCode, 431)
})

t.test('an event loop that is late refuses what can wait, and takes an answer', async (t) => {
  const { world, url } = await listening(t, { settings: { limits: { ...LIMITS, maxEventLoopDelayMs: 1 } } })
  world.scorer.next = 987
  const asked = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case?: { id: string } }>()
  let refusal: Awaited<ReturnType<typeof post>> | undefined
  while (refusal?.status !== 503) {
    // What blocks the loop, as a synchronous computation would.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    refusal = await post(url, '/v1/transactions', transactionBody('tx-2'))
  }
  t.match(refusal, { retryAfter: '1', body: { code: 'overloaded' } })
  t.equal((await fetch(`${url}/livez`)).status, 200)
  t.not((await post(url, `/v1/cases/${asked.case?.id ?? 'case_01a20562-446f-708a-a322-efd89151236e'}/answer`, { answer: 'genuine' })).status, 503)
})

t.test('a flood that waits for its signature to be checked takes no place of an answer or a block that comes by a key', async (t) => {
  const { url, port } = await listening(t, { settings: { limits: { ...LIMITS, maxBodyBytes: 10_000_000 } } })
  const sockets = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'))
  let refusals = 0
  const allButOne = new Promise<void>((resolve) => { for (const socket of sockets) socket.once('data', () => { if (++refusals === sockets.length - 1) resolve() }) })
  for (const socket of sockets) socket.on('error', () => {}).write('POST /v1/connect/answers HTTP/1.1\r\nhost: x\r\nringfence-signature: t=1,v1=0\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
  // The one place of that kind is taken when the others are refused.
  await allButOne
  t.equal((await post(url, '/v1/cards/card_0000000000000000000000000000000000000000/block', { reason: 'stolen' })).status, 404)
  for (const socket of sockets) socket.destroy()
})

t.test('a request that is sent by the drop has as long as any other', async (t) => {
  const { world } = await listening(t, {})
  const { headersTimeout, requestTimeout } = world.app.server
  t.ok(requestTimeout > 0)
  t.equal(headersTimeout, requestTimeout, 'Node gives the whole request the longer of the two')
})

/** A close that waits for such a connection would wait for ever: so long after it, that is a failure. */
const CLOSE_MS = 10_000

t.test('a connection that was opened ahead and asked nothing does not hold the close up', { timeout: CLOSE_MS }, async (t) => {
  const { world, port } = await listening(t, {})
  const accepted = once(world.app.server, 'connection')
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  const closed = once(socket, 'close')
  await accepted
  await world.app.close()
  t.same(await closed, [false], 'it is closed without an error')
})

const HEAD = `POST /v1/transactions HTTP/1.1\r\nhost: x\r\nauthorization: ${KEY_HEADERS.authorization}\r\ncontent-type: application/json\r\n`
const WITHOUT_BODY = `${HEAD}content-length: 2\r\n\r\n`
for (const { what, places, sent, later } of [
  { what: 'was refused and whose body comes after the close began', places: 0, sent: WITHOUT_BODY, later: '{}' },
  { what: 'was refused and whose body never comes', places: 0, sent: WITHOUT_BODY, later: '' },
  { what: 'was taken on and whose body never comes', places: 10, sent: WITHOUT_BODY, later: '' },
  { what: 'has half a head', places: 10, sent: HEAD, later: '' }
]) {
  t.test(`a request that ${what} does not hold the close up`, { timeout: CLOSE_MS }, async (t) => {
    const world = await createWorld({ settings: { limits: { ...LIMITS, maxRequests: places } } })
    t.teardown(world.close)
    await world.app.listen({ host: '127.0.0.1', port: 0 })
    const { server } = world.app
    const begun = sent.endsWith('\r\n\r\n') ? once(server, 'request') : once(server, 'connection')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    t.teardown(() => { socket.destroy() })
    socket.on('error', () => {}).resume().write(sent)
    await begun
    const closed = once(socket, 'close')
    const closing = world.app.close()
    if (later !== '') socket.write(later)
    await Promise.all([closing, closed])
    t.equal(server.listening, false)
  })
}

t.test('what was asked before the close is answered, also when the connections that asked nothing are long gone', { timeout: CLOSE_MS }, async (t) => {
  const { breakStore, state, open } = gate()
  const { world, url, port } = await listening(t, { breakStore })
  state.isShut = true
  const outgoing = request(`${url}/v1/transactions`, { method: 'POST', agent: false, headers: { ...KEY_HEADERS, 'content-type': 'application/json' } }).end(JSON.stringify(transactionBody('tx-1')))
  const replied = once(outgoing, 'response') as Promise<[{ statusCode: number, resume: () => void }]>
  while (state.waiting < 1) await new Promise((resolve) => { setImmediate(resolve) })
  const accepted = once(world.app.server, 'connection')
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  const unused = once(socket, 'close')
  await accepted
  const closed = world.app.close()
  const [[reply]] = await Promise.all([replied, unused.then(open)])
  reply.resume()
  t.equal(reply.statusCode, 200)
  await closed
})
