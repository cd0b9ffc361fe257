import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { BRIDGE_SECRET, CARD_NUMBER, createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, START_MS, transactionBody, type World, type WorldOptions } from '../world.ts'
import { operations } from '../wire/document.ts'
import { checkExchange } from '../wire/exchange.ts'

/** Whose reply: the service's as it should be, or when its table's engine calls every request invalid, or is not there. */
type Where = 'up' | 'refusing store' | 'no store' | 'much asked'
/** One request, and what the document has for it. */
interface Row {
  operation: string
  status: number
  code?: string
  where?: Where
  url: string
  headers?: Record<string, string>
  body?: object | string
  isSigned?: boolean
  replyHeaders?: Record<string, string>
}
type Good = Omit<Row, 'status' | 'code'>
interface Ids { cardId: string, caseId: string, attemptId: string, contactId: string }

const READER = { authorization: 'Bearer reader-key' }
const NOBODY = '/v1/customers/nobody'
const NO_CASE = 'case_01a20562-446f-708a-a322-efd89151236e'
const NO_CARD = `card_${'0'.repeat(40)}`
const CUSTOMER = { firstName: 'Eve', lastName: 'Moneypenny', phoneNumber: '+4915112345679', timeZone: 'Europe/Berlin', cards: [{ number: '4111111111111111' }] }
const EVENT = { id: 'event-1', source: 'aws.connect', detail: { contactId: 'contact-1', eventType: 'DISCONNECTED', channel: 'VOICE', initiationMethod: 'API' } }

const ok = (good: Good, status = 200): Row => ({ ...good, status })
const refused = (good: Good, status: number, code: string, change: Partial<Row> = {}): Row => ({ ...good, status, code, ...change })
const behindStore = (good: Good) => [
  refused(good, 500, 'internal', { where: 'refusing store' }),
  refused(good, 503, 'store_unavailable', { where: 'no store', replyHeaders: { 'retry-after': '1' } })
]
const behindKey = (good: Good) => [
  refused(good, 401, 'api_key_missing', { headers: {}, replyHeaders: { 'www-authenticate': 'Bearer' } }),
  refused(good, 403, 'scope_missing', { headers: READER }),
  refused(good, 429, 'rate_limited', { where: 'much asked', replyHeaders: { 'retry-after': '1' } })
]
const withBody = (good: Good) => [
  refused(good, 400, 'malformed_json', { body: '{' }),
  refused(good, 413, 'body_too_large', { body: 'x'.repeat(300_000) }),
  refused(good, 415, 'media_type_unsupported', { body: 'x', headers: { ...good.headers, 'content-type': 'text/plain' } })
]

/** Every operation and every status of the document, in an order in which one sets the stage for the next. */
function rowsOf ({ cardId, caseId, attemptId, contactId }: Ids): Row[] {
  const get = (path: string, url: string): Good => ({ operation: `GET ${path}`, url, headers: KEY_HEADERS })
  const screen: Good = { operation: 'POST /v1/transactions', url: '/v1/transactions', headers: KEY_HEADERS, body: transactionBody('tx-1') }
  const decision = get('/v1/transactions/{transactionId}', '/v1/transactions/tx-1')
  const put: Good = { operation: 'PUT /v1/customers/{customerId}', url: '/v1/customers/eve', headers: KEY_HEADERS, body: CUSTOMER }
  const customer = get('/v1/customers/{customerId}', '/v1/customers/eve')
  const optOut: Good = { operation: 'PUT /v1/customers/{customerId}/opt-outs/{channel}', url: '/v1/customers/eve/opt-outs/sms', headers: KEY_HEADERS }
  const takeBack: Good = { ...optOut, operation: 'DELETE /v1/customers/{customerId}/opt-outs/{channel}' }
  const card = get('/v1/cards/{cardId}', `/v1/cards/${cardId}`)
  const cases = get('/v1/cases', '/v1/cases?status=open&limit=5')
  const question = get('/v1/cases/{caseId}', `/v1/cases/${caseId}`)
  const answer: Good = { operation: 'POST /v1/cases/{caseId}/answer', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, body: { answer: 'genuine' } }
  const close: Good = { ...answer, operation: 'POST /v1/cases/{caseId}/close', url: `/v1/cases/${caseId}/close`, body: { reason: 'Settled by letter.' } }
  const flowEvent = (change: { CaseId?: string, contactId?: string } = {}) => ({
    Name: 'ContactFlowEvent', Details: { ContactData: { ContactId: change.contactId ?? contactId, Attributes: { CaseId: change.CaseId ?? caseId, AttemptId: attemptId } }, Parameters: { answer: 'none' } }
  })
  const fromFlow: Good = { operation: 'POST /v1/connect/answers', url: '/v1/connect/answers', body: flowEvent(), isSigned: true }
  const fromConnect: Good = { operation: 'POST /v1/connect/events', url: '/v1/connect/events', body: EVENT, headers: KEY_HEADERS }
  const operate = (verb: string): Good => ({ operation: `POST /v1/cards/{cardId}/${verb}`, url: `/v1/cards/${cardId}/${verb}`, headers: KEY_HEADERS, body: { reason: 'Cardholder called.' } })

  return [
    ok(screen),
    { ...ok(screen), replyHeaders: { 'idempotent-replayed': 'true' } },
    ...withBody(screen),
    refused(screen, 400, 'validation_failed', { body: {} }),
    ...behindKey(screen),
    refused(screen, 404, 'card_not_found', { body: transactionBody('tx-2', { card: { id: NO_CARD } }) }),
    refused(screen, 409, 'transaction_changed', { body: transactionBody('tx-1', { variables: {} }) }),
    ...behindStore(screen),

    ok(decision),
    refused(decision, 400, 'validation_failed', { url: '/v1/transactions/-' }),
    ...behindKey(decision),
    refused(decision, 404, 'transaction_not_found', { url: '/v1/transactions/tx-none' }),
    ...behindStore(decision),

    ok(put),
    ...withBody(put),
    ...behindKey(put),
    refused(put, 404, 'card_not_found', { body: { ...CUSTOMER, cards: [{ id: NO_CARD }] } }),
    refused(put, 409, 'card_not_of_customer', { body: { ...CUSTOMER, cards: [{ number: CARD_NUMBER }] } }),
    ...behindStore(put),

    ok(customer),
    ok({ ...customer, headers: { ...customer.headers, 'content-type': 'application/json; charset=latin1', 'content-encoding': 'gzip' } }),
    refused(customer, 400, 'validation_failed', { url: '/v1/customers/-' }),
    ...[65, 101, 8000].map((length) => refused(customer, 400, 'validation_failed', { url: `/v1/customers/${'x'.repeat(length)}` })),
    ...behindKey(customer),
    refused(customer, 404, 'customer_not_found', { url: NOBODY }),
    ...behindStore(customer),

    ...[optOut, takeBack].flatMap((good) => [
      ok(good),
      // None of these routes takes a body, so none is read, whatever it is.
      ok({ ...good, headers: { ...good.headers, 'content-type': 'application/json' } }),
      ok({ ...good, body: 'x', headers: { ...good.headers, 'content-type': 'text/plain', 'content-encoding': 'gzip' } }),
      ok({ ...good, body: '{'.repeat(300_000) }),
      refused(good, 400, 'validation_failed', { url: '/v1/customers/eve/opt-outs/pigeon' }),
      ...behindKey(good),
      refused(good, 404, 'customer_not_found', { url: `${NOBODY}/opt-outs/sms` }),
      ...behindStore(good)
    ]),

    ok(card),
    refused(card, 400, 'validation_failed', { url: '/v1/cards/1' }),
    ...behindKey(card),
    refused(card, 404, 'card_not_found', { url: `/v1/cards/${NO_CARD}` }),
    ...behindStore(card),

    ok(cases),
    refused(cases, 400, 'validation_failed', { url: '/v1/cases?limit=1&limit=2' }),
    refused(cases, 400, 'cursor_invalid', { url: '/v1/cases?cursor=AAAA' }),
    ...behindKey(cases),
    ...behindStore(cases),

    ok(question),
    refused(question, 400, 'validation_failed', { url: '/v1/cases/1' }),
    ...behindKey(question),
    refused(question, 404, 'case_not_found', { url: `/v1/cases/${NO_CASE}` }),
    ...behindStore(question),

    ok(fromFlow),
    ...withBody(fromFlow),
    refused(fromFlow, 401, 'signature_missing', { isSigned: false, replyHeaders: { 'www-authenticate': 'Ringfence-Signature' } }),
    refused(fromFlow, 404, 'case_not_found', { body: flowEvent({ CaseId: NO_CASE }) }),
    refused(fromFlow, 409, 'contact_mismatch', { body: flowEvent({ contactId: 'contact-of-another' }) }),
    ...behindStore(fromFlow),

    ok(fromConnect, 202),
    ok({ ...fromConnect, isSigned: true }, 202),
    ...withBody(fromConnect),
    refused(fromConnect, 401, 'signature_missing', { headers: {}, replyHeaders: { 'www-authenticate': 'Bearer, Ringfence-Signature' } }),
    refused(fromConnect, 401, 'api_key_unknown', { headers: { authorization: 'Bearer nope' }, replyHeaders: { 'www-authenticate': 'Bearer, Ringfence-Signature' } }),
    refused(fromConnect, 403, 'scope_missing', { headers: READER }),
    refused(fromConnect, 429, 'rate_limited', { where: 'much asked', replyHeaders: { 'retry-after': '1' } }),
    ...behindStore(fromConnect),

    ok(close),
    ok(close),
    ...withBody(close),
    refused(close, 400, 'validation_failed', { body: {} }),
    refused(close, 400, 'card_number_leaked', { body: { reason: `lost ${CARD_NUMBER}` } }),
    ...behindKey(close),
    refused(close, 404, 'case_not_found', { url: `/v1/cases/${NO_CASE}/close` }),
    ...behindStore(close),

    // An answer that comes after an operator's close is still heard.
    ok(answer),
    refused(close, 409, 'case_already_answered'),
    ...withBody(answer),
    ...behindKey(answer),
    refused(answer, 404, 'case_not_found', { url: `/v1/cases/${NO_CASE}/answer` }),
    refused(answer, 409, 'case_already_answered', { body: { answer: 'fraud' } }),
    ...behindStore(answer),

    ...['block', 'unblock'].flatMap((verb) => [
      ok(operate(verb)),
      ...withBody(operate(verb)),
      refused(operate(verb), 400, 'card_number_leaked', { body: { reason: `lost ${CARD_NUMBER}` } }),
      ...behindKey(operate(verb)),
      refused(operate(verb), 404, 'card_not_found', { url: `/v1/cards/${NO_CARD}/${verb}` }),
      ...behindStore(operate(verb))
    ]),

    ok(get('/livez', '/livez')),
    { ...ok(get('/livez', '/livez')), where: 'no store' },
    ok(get('/readyz', '/readyz')),
    { ...ok(get('/readyz', '/readyz'), 503), where: 'no store' },
    ok(get('/metrics', '/metrics')),
    ...['/livez', '/readyz', '/metrics'].map((path) => refused(get(path, path), 400, 'validation_failed', { url: `${path}?x=1` }))
  ]
}

t.test('the rows below are the operations and statuses of openapi.yaml, all of them and no others', async (t) => {
  const inTable = rowsOf({ cardId: '', caseId: '', attemptId: '', contactId: '' }).map(({ operation, status }) => `${operation}: ${status}`)
  const inDocument = operations().flatMap(({ name, operation }) => Object.keys(operation.responses).map((status) => `${name}: ${status}`))
  t.same([...new Set(inTable)].sort(), inDocument.sort())
})

t.test('a query that the document does not have is refused on every operation, and so is HEAD', async (t) => {
  const { up, ids } = await createPlayedWorld(t)
  const good = rowsOf(ids).filter(({ operation, status }, index, rows) => status < 300 && rows.findIndex((row) => row.operation === operation) === index)
  t.equal(good.length, operations().length)
  for (const row of good) await t.test(nameOf(row), async (t) => { await play(t, { ...row, status: 400, code: 'validation_failed', url: `${row.url}${row.url.includes('?') ? '&' : '?'}x=1` }, { up, 'refusing store': up, 'no store': up, 'much asked': up }) })
  for (const { operation, url } of good.filter(({ operation }) => operation.startsWith('GET '))) t.equal((await fetch(`${up}${url}`, { method: 'HEAD', headers: KEY_HEADERS })).status, 404, operation)
})

t.test('what the document says is what the wire does, status by status', async (t) => {
  const { up, ids } = await createPlayedWorld(t)
  const refusing = await startRefusingEngine(t)
  const gone = await startRefusingEngine(t)
  const broken = { 'refusing store': await createListeningWorld(t, refusing.endpoint), 'no store': await createListeningWorld(t, gone.endpoint), 'much asked': await createListeningWorld(t, gone.endpoint, { limits: { maxRequests: 512, maxBodyBytes: 1e9, maxTurnMs: 0, maxEventLoopDelayMs: 0, requestsPerSecond: 1 } }) }
  await gone.close()
  const urls: Record<Where, string> = { up, ...broken }

  const rows = rowsOf(ids)
  for (const row of rows.filter(({ where = 'up' }) => where === 'up')) await t.test(nameOf(row), async (t) => { await play(t, row, urls) })
  // Each waits for the retries of its store calls, so they wait together.
  t.jobs = 8
  await Promise.all(rows.filter(({ where = 'up' }) => where !== 'up').map((row) => t.test(nameOf(row), { buffered: true }, async (t) => { await play(t, row, urls) })))
})

function nameOf ({ operation, status, code, where = 'up' }: Row): string {
  return `${operation}: ${status}${code === undefined ? '' : ` ${code}`}${where === 'up' ? '' : ` (${where})`}`
}

async function play (t: Test, { operation, status, code, where = 'up', url, headers = {}, body, isSigned = false, replyHeaders = {} }: Row, urls: Record<Where, string>) {
  const method = operation.replace(/ .*/, '')
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const sentHeaders = { ...text === undefined ? {} : { 'content-type': 'application/json' }, ...headers, ...isSigned ? { 'ringfence-signature': signatureOf(text ?? '') } : {} }
  // The one before it was one too many in its second.
  if (where === 'much asked') await Promise.all([1, 2, 3].map(async () => await fetch(`${urls[where]}/v1/cases?x=1`, { headers: KEY_HEADERS })))
  const reply = await fetch(`${urls[where]}${url}`, { method, headers: sentHeaders, ...text === undefined ? {} : { body: text } })
  const exchange = { method, url, sent: { body: text }, status: reply.status, headers: Object.fromEntries(reply.headers), text: await reply.text() }
  t.match(exchange, { status, headers: replyHeaders }, exchange.text)
  t.same(checkExchange(exchange), { operation, status })
  if (code !== undefined) t.match(JSON.parse(exchange.text), { code })
}

function signatureOf (text: string): string {
  const seconds = START_MS / 1000
  return `t=${seconds},v1=${createHmac('sha256', BRIDGE_SECRET).update(`${seconds}.${text}`).digest('hex')}`
}

/** The reader's key may nothing here. */
const SETTINGS = {
  apiKeys: [
    { name: 'tests', sha256: '62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef', scopes: ['transactions:write', 'customers:write', 'customers:read', 'cards:write', 'cards:read', 'cases:read', 'cases:write', 'answers:write', 'events:write'] as const },
    { name: 'reader', sha256: 'ec4408df15da46b328f6f3246fa723d0aa6cb0f0a0dd9c4626080ab1b02aa3b2', scopes: [] }
  ]
}

async function createListeningWorld (t: Test, endpoint: string, settings: WorldOptions['settings'] = {}): Promise<string> {
  const world = await createWorld({ settings: { ...SETTINGS, ...settings }, endpoint })
  t.teardown(world.close)
  return await world.app.listen({ host: '127.0.0.1', port: 0 })
}

/** A world in which the cardholder of a suspicious transaction is being called. */
async function createPlayedWorld (t: Test): Promise<{ up: string, ids: Ids }> {
  const world = await createWorld({ settings: SETTINGS })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-suspicious'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  const [request] = world.line.requests
  const up = await world.app.listen({ host: '127.0.0.1', port: 0 })
  return { up, ids: { cardId, caseId, attemptId: request?.attributes['AttemptId'] ?? '', contactId: `contact-of-${request?.clientToken ?? ''}` } }
}

/** An engine that has the table and calls every other request invalid, which is the service's own fault. */
async function startRefusingEngine (t: Test): Promise<{ endpoint: string, close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume()
    const isDescribe = String(request.headers['x-amz-target']).endsWith('.DescribeTable')
    response.writeHead(isDescribe ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify(isDescribe ? { Table: { TableStatus: 'ACTIVE' } } : { __type: 'com.amazon.coral.validate#ValidationException', message: 'One or more parameter values were invalid' }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => { server.close(resolve) })
  }
  t.teardown(close)
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

t.test('a body of 256 KiB is read, and of one byte more is not', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const post = async (bytes: number) => await postTransaction(world.app, { x: 'x'.repeat(bytes - '{"x":""}'.length) })
  t.match((await post(256 * 1024)).json(), { code: 'validation_failed' })
  t.match((await post(256 * 1024 + 1)).json(), { code: 'body_too_large', title: 'The body is larger than 256 KiB.' })
})

/** Pino's number. */
const INFO_LEVEL = 30

t.test('a request on a connection that was open when the service began to close: 503 draining, as the document has it; health is still told', async (t) => {
  for (const { url, status, body } of [
    { url: '/v1/cases', status: 503, body: { code: 'draining' } },
    { url: '/livez', status: 200, body: { status: 'alive' } }
  ]) {
    const world = await createWorld()
    t.teardown(world.close)
    const reply = await askWhileClosing(world, url)
    t.match(reply, { status, headers: { connection: 'close' } }, url)
    t.match(JSON.parse(reply.text), body)
    t.equal(checkExchange(reply)?.status, status)
    t.same(world.logLines.map((line) => JSON.parse(line) as { level: number }).filter(({ level }) => level > INFO_LEVEL), [], `${url}: nothing that would raise an alarm`)
  }
})

async function askWhileClosing (world: World, url: string) {
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  const accepted = once(world.app.server, 'connection')
  const socket = connect(port, '127.0.0.1')
  await accepted
  const closed = world.app.close()
  // Until the server takes no more connections, the close has only begun.
  while (world.app.server.listening) await new Promise(setImmediate)
  socket.end(`GET ${url} HTTP/1.1\r\nhost: ringfence\r\nauthorization: ${KEY_HEADERS.authorization}\r\n\r\n`)
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
  await closed
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => [line.replace(/:.*/, '').toLowerCase(), line.replace(/^[^:]*: */, '')]))
  return { method: 'GET', url, sent: { body: undefined }, status: Number(first.split(' ')[1]), headers, text: body }
}
