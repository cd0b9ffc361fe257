import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import t, { type Test } from 'tap'
import { createDynamoDbClient } from '../../src/adapters/aws/clients.ts'
import { startEmbeddedDynamoDb } from '../../src/simulators/dynamodb.ts'
import { LOCAL_SETTINGS, poll, spawnNode, startLocalService, startProgram, type LocalService } from './local-process.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The sample's payment, as `examples/transaction.json` has it. */
const SUSPICIOUS = JSON.parse(readFileSync(new URL('../../examples/transaction.json', import.meta.url), 'utf8'))

/** The sample's card, another one that passes the Luhn check, a security code, the sample's phone. */
const OWN_PAN = '2442230821108788'
const PAN = '4556737586899855'
const PAN_SPACED = '4556 7375 8689 9855'
const SECURITY_CODE = '7391'
const PHONE = '+4915112345678'
const CUSTOMER = { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345699', timeZone: 'Europe/Berlin', cards: [] }

// Most of their time these tests wait for processes.
t.jobs = 3

t.test('kill -9 right after an acknowledged suspicious transaction: the restarted service asks the cardholder, once', async t => {
  const dataDir = t.testdir()
  // The first step is due a second later, so the first life certainly ends before it.
  const env = { RINGFENCE_LADDER: 'voice:1' }
  const first = await startLocalService(t, { dataDir, env })
  const decision = await first.api('POST', '/v1/transactions', SUSPICIOUS)
  first.kill('SIGKILL')
  t.match(decision, { status: 200, body: { outcome: 'fraud', case: { status: 'open' } } })
  t.match(await first.ended, { signal: 'SIGKILL' })

  const second = await startLocalService(t, { dataDir, env })
  const replay = await second.api('POST', '/v1/transactions', SUSPICIOUS)
  t.equal(replay.status, 200)
  t.equal(replay.headers.get('idempotent-replayed'), 'true')
  t.equal(replay.text, decision.text)
  t.match((await second.api('GET', `/v1/cases/${decision.body.case.id}`)).body, { status: 'open' })
  await answerAfterRestart(t, second, decision.body)
})

t.test('kill -9 while nobody knows whether the phone rings: the restarted service asks with the same token', async t => {
  const dataDir = t.testdir()
  const first = await startLocalService(t, { dataDir })
  await first.phones('PUT', '/faults', { fault: 'drop_reply_after_start' })
  const decision = await first.api('POST', '/v1/transactions', SUSPICIOUS)
  const lost = await ringingContact(first, decision.body.case.id)
  await poll('the lost reply to be noticed', async () => {
    const { attempts } = (await first.api('GET', `/v1/cases/${decision.body.case.id}`)).body
    return attempts[0].status === 'submission_unknown' ? true : undefined
  })
  first.kill('SIGKILL')
  await first.ended

  const second = await startLocalService(t, { dataDir })
  const { clientToken } = await answerAfterRestart(t, second, decision.body)
  t.equal(clientToken, lost.clientToken)
})

async function answerAfterRestart (t: Test, service: LocalService, decision: { case: { id: string }, card: { id: string } }) {
  const { contactId } = await ringingContact(service, decision.case.id)
  const contact = await answerCall(service, contactId, '2')
  t.match(contact.transcript.filter(({ who }: { who: string }) => who === 'system').at(-1), { text: /is now blocked/ })
  t.match((await service.api('GET', `/v1/cases/${decision.case.id}`)).body, { status: 'closed', decision: 'fraud', attempts: [{ contactId, status: 'ended', outcome: 'answered' }] })
  t.match((await service.api('GET', `/v1/cards/${decision.card.id}`)).body, { isBlocked: true, openCaseId: null })
  t.equal((await service.phones('GET', '/contacts')).body.contacts.length, 1)
  return contact
}

async function ringingContact (service: LocalService, caseId: string) {
  return await poll('the phone to ring', async () => {
    const { contacts } = (await service.phones('GET', '/contacts')).body
    return contacts.find(({ state, attributes }: { state: string, attributes: Record<string, string> }) => state === 'ringing' && attributes['CaseId'] === caseId)
  })
}

/** Picks up, presses the key at the question, and stays on the phone until the call ends. */
async function answerCall ({ phones }: LocalService, contactId: string, key: string) {
  const read = async () => (await phones('GET', `/contacts/${contactId}`)).body
  await phones('POST', `/contacts/${contactId}/pick-up`)
  await poll('the question', async () => (await read()).transcript.some(({ who }: { who: string }) => who === 'system') ? true : undefined)
  await phones('POST', `/contacts/${contactId}/keys`, { key })
  return await poll('the end of the call', async () => {
    const contact = await read()
    return contact.state === 'ended' ? contact : undefined
  })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} under load: what was asked before is answered in full, and the process ends with 0`, async t => {
    const service = await startLocalService(t, { dataDir: t.testdir(), env: { RINGFENCE_LOG_LEVEL: 'warn' } })
    const agent = new Agent({ keepAlive: true })
    t.teardown(() => { agent.destroy() })
    // A card each: many writers of one card's case are another story.
    const cards = Array.from({ length: 20 }, (_, number) => ({ number: `55553412444411${number + 10}` }))
    t.equal((await service.api('PUT', `/v1/customers/${SUSPICIOUS.customerId}`, { ...CUSTOMER, cards })).status, 200)
    await Promise.all(cards.map(async () => await openRequest(agent, `${service.url}/livez`).reply))
    const requests = cards.map((card, index) => openRequest(agent, `${service.url}/v1/transactions`, { ...SUSPICIOUS, card, transactionId: `tx-${index}` }))
    await Promise.all(requests.map(async ({ sent }) => { await sent }))
    const signalledAtMs = Date.now()
    service.kill(signal)
    service.kill('SIGTERM')
    for (const [index, reply] of (await Promise.all(requests.map(async ({ reply }) => await reply))).entries()) {
      t.match(reply, { status: 200, isComplete: true }, `reply ${index}`)
      t.match(JSON.parse(reply.text), { transactionId: `tx-${index}`, outcome: 'fraud', case: { status: 'open' } })
    }
    t.strictSame(await service.ended, { code: 0, signal: null })
    t.ok(Date.now() - signalledAtMs < 10_000)
    t.equal(service.stderr(), '')
  })
}

/** A request of which is known when its last byte was handed to the system, and whether its reply arrived whole. */
function openRequest (agent: Agent, url: string, body?: object) {
  const outgoing = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers: { authorization: 'Bearer rf_local', 'content-type': 'application/json' } })
  const reply = once(outgoing, 'response').then(async ([response]: IncomingMessage[]) => {
    let text = ''
    for await (const chunk of response ?? []) text += chunk
    return { status: response?.statusCode, isComplete: response?.complete, text }
  })
  const sent = once(outgoing, 'finish')
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  return { sent, reply }
}

t.test('settings that are not right: each is named, nothing listens', async t => {
  const child = startProgram(t, 'main', { env: { ...LOCAL_SETTINGS, PORT: 'http', RINGFENCE_LOG_LEVEL: 'loud', RINGFENCE_LADDER: 'letter:0', RINGFENCE_COLOUR: 'red' } })
  t.match(await child.ended, { code: 1 })
  for (const name of ['PORT', 'RINGFENCE_LOG_LEVEL', 'RINGFENCE_LADDER', 'RINGFENCE_COLOUR']) t.match(child.stderr(), new RegExp(`^  - ${name} `, 'm'))
  t.notMatch(child.stderr(), /\n {4}at /)
  t.equal(child.stdout(), '')
})

t.test('a detector file that is not right: each fault is named, nothing listens', async t => {
  const path = join(t.testdir({ 'd.yaml': 'name: d\nmatch: all\nrules:\n  - { id: a, when: amout > 5, outcome: fraud }\n  - { id: b, when: amount > "5", outcome: fraud }\notherwise: approve\n' }), 'd.yaml')
  const child = startProgram(t, 'main', { env: { ...LOCAL_SETTINGS, RINGFENCE_DETECTOR: path } })
  t.match(await child.ended, { code: 1 })
  t.match(child.stderr(), `ringfence: The detector in ${path} is not right:\n  - line 4, rule a, character 1 (amout): nothing is called amout; known are amount, card, `)
  t.match(child.stderr(), '\n  - line 5, rule b, character 1: no such operation: double > string\n')
  t.notMatch(child.stderr(), /\n {4}at /)
  t.equal(child.stdout(), '')
})

t.test('a detector file decides, and brings its model', async t => {
  const folder = t.testdir({ 'd.yaml': `name: d\nmodel: ${join(ROOT, 'models/card-fraud')}\nmatch: first\nrules:\n  - { id: large, when: amount > 4000 && currency == "EUR", outcome: investigate }\notherwise: approve\n` })
  const path = join(folder, 'd.yaml')
  const service = await startLocalService(t, { dataDir: join(folder, 'data'), env: { RINGFENCE_DETECTOR: path } })
  t.match((await service.api('POST', '/v1/transactions', SUSPICIOUS)).body, { outcome: 'investigate', reasons: ['rule:large'], scorer: { name: 'embedded' }, case: null })
  t.match(service.stdout(), /"detector":"d","rules":1,"sha256":"[0-9a-f]{64}","msg":"rules of a detector file decide"/)
  const both = startProgram(t, 'main', { env: { ...LOCAL_SETTINGS, RINGFENCE_DETECTOR: path, RINGFENCE_MODEL: 'models/card-fraud' } })
  t.match(await both.ended, { code: 1 })
  t.equal(both.stderr(), 'ringfence: RINGFENCE_MODEL and the file of RINGFENCE_DETECTOR name a model each; one of them is enough.\n')
})

t.test('NODE_ENV=production without settings is refused with the list of what is missing', async t => {
  const child = startProgram(t, 'main', { env: { NODE_ENV: 'production', PORT: '0' } })
  t.match(await child.ended, { code: 1 })
  const missing = [...child.stderr().matchAll(/^ {2}- (\w+) is missing/gm)].map(([, name]) => name)
  t.strictSame(missing, [
    'RINGFENCE_API_KEYS', 'RINGFENCE_TOKENISATION_KEY', 'RINGFENCE_BRIDGE_SECRET', 'RINGFENCE_INSTITUTION',
    'RINGFENCE_CONNECT_INSTANCE_ID', 'RINGFENCE_CONNECT_FLOW_ID', 'RINGFENCE_CONNECT_SOURCE_NUMBER'
  ])
  t.equal(child.stdout(), '')
})

t.test('service mode without a DynamoDB to make its table in: one line says so, nothing listens', async t => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  holder.close()
  await once(holder, 'close')
  const child = startProgram(t, 'main', {
    env: {
      PORT: '0',
      RINGFENCE_MODE: 'service',
      RINGFENCE_CREATE_TABLE: 'true',
      RINGFENCE_API_KEYS: JSON.stringify([{ name: 'till', sha256: 'ab'.repeat(32), scopes: ['transactions:write'] }]),
      RINGFENCE_TOKENISATION_KEY: 'T'.repeat(32),
      RINGFENCE_BRIDGE_SECRET: 'B'.repeat(32),
      RINGFENCE_INSTITUTION: 'First Example Bank',
      RINGFENCE_CONNECT_INSTANCE_ID: 'b2f1a3c4-0000-4000-8000-000000000001',
      RINGFENCE_CONNECT_FLOW_ID: 'c3f1a3c4-0000-4000-8000-000000000002',
      RINGFENCE_CONNECT_SOURCE_NUMBER: '+4930123456',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`
    }
  })
  t.match(await child.ended, { code: 1 })
  t.equal(child.stderr(), `ringfence: The table ringfence cannot be looked for or made (RINGFENCE_CREATE_TABLE): connect ECONNREFUSED 127.0.0.1:${port}\n`)
  t.equal(child.stdout(), '')
})

t.test('a port that is taken, and a data folder that is in use, are one clear line each', async t => {
  const dataDir = t.testdir({ first: {}, other: {} })
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.teardown(() => { holder.close() })
  const port = String((holder.address() as AddressInfo).port)
  const first = await startLocalService(t, { dataDir: join(dataDir, 'first') })

  const other = { ...LOCAL_SETTINGS, RINGFENCE_DATA_DIR: join(dataDir, 'other') }
  const refusals = [
    { env: { ...other, PORT: port }, line: `ringfence: Port ${port} is taken; set PORT (the API) or RINGFENCE_SIMULATOR_PORT (the phone), 0 for any.\n` },
    { env: { ...other, RINGFENCE_SIMULATOR_PORT: port }, line: `ringfence: Port ${port} is taken; set PORT (the API) or RINGFENCE_SIMULATOR_PORT (the phone), 0 for any.\n` },
    { env: { ...LOCAL_SETTINGS, RINGFENCE_DATA_DIR: join(dataDir, 'first') }, line: 'ringfence: The data folder is in use by another Ringfence; stop it or set RINGFENCE_DATA_DIR.\n' }
  ]
  for (const { env, line } of refusals) {
    const child = startProgram(t, 'main', { env: { ...env, RINGFENCE_LOG_LEVEL: 'error' } })
    t.match(await child.ended, { code: 1 })
    t.equal(child.stderr(), line)
    t.equal(child.stdout(), '')
  }
  t.equal((await first.api('GET', '/readyz')).status, 200, 'the first one is not disturbed')
})

t.test('no card number, security code or whole phone number is told or kept, wherever a caller puts it', async t => {
  const dataDir = t.testdir()
  const service = await startLocalService(t, { dataDir, env: { RINGFENCE_LOG_LEVEL: 'trace' } })
  const { api } = service
  const decision = await api('POST', '/v1/transactions', SUSPICIOUS)
  t.equal(decision.body.outcome, 'fraud')
  // At once: phones that live fast do not ring for long.
  const contact = await answerCall(service, (await ringingContact(service, decision.body.case.id)).contactId, '2')

  const misplaced = await Promise.all([
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: PAN }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: `tx-${OWN_PAN}` }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-2', customerId: PAN }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-3', card: { number: PAN } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-4', card: { number: Number(PAN) } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-5', card: { id: PAN } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-6', card: { number: PAN, cvv: SECURITY_CODE } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-7', amount: { value: 1, currency: PAN } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-8', variables: { note: `paid with ${PAN_SPACED}` } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-9', variables: { merchant_id: PAN } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-10', variables: { cvv: SECURITY_CODE } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-11', variables: { [`v${PAN}`]: 'x' } }),
    api('POST', '/v1/transactions', { ...SUSPICIOUS, transactionId: 'tx-12', [PAN]: PAN }),
    api('POST', '/v1/transactions', `{"card":{"number":"${PAN}","cvv":${SECURITY_CODE}`),
    api('POST', '/v1/transactions', PAN),
    api('POST', '/v1/transactions', SUSPICIOUS, { 'content-type': `text/${PAN}` }),
    api('POST', '/v1/transactions', SUSPICIOUS, { authorization: `Bearer ${PAN}` }),
    api('GET', `/v1/transactions/${PAN}`),
    api('GET', `/v1/cards/${PAN}`),
    api('GET', `/v1/cases/${PAN}`),
    api('GET', `/v1/cases?cardId=${PAN}&cursor=${PAN}`),
    api('GET', `/v1/customers/${PAN}`),
    api('GET', `/v1/nothing/${PAN}?card=${PAN}`),
    api('GET', `/${PAN}%`),
    api('PUT', `/v1/customers/${PAN}`, CUSTOMER),
    api('PUT', '/v1/customers/c-1', { ...CUSTOMER, firstName: PAN }),
    api('PUT', '/v1/customers/c-1', { ...CUSTOMER, phoneNumber: `+${PAN}` }),
    api('PUT', '/v1/customers/c-1', { ...CUSTOMER, timeZone: PAN }),
    api('PUT', '/v1/customers/c-1', { ...CUSTOMER, cards: [{ number: PAN_SPACED }] }),
    api('PUT', '/v1/customers/c-1', { ...CUSTOMER, [PHONE]: PHONE }),
    api('POST', `/v1/cards/${decision.body.card.id}/block`, { reason: `stolen: ${PAN}` }),
    api('POST', `/v1/cases/${decision.body.case.id}/answer`, { answer: PAN })
  ])
  for (const [index, reply] of misplaced.entries()) {
    t.ok(reply.status >= 400 && reply.status < 500, `misplaced ${index} is refused: ${reply.status}`)
    t.notOk(findSecret(reply.text), `reply ${index}`)
  }
  // Taken, because these headers mean nothing to the service.
  t.equal((await api('GET', '/v1/transactions/tx-0001', undefined, { 'x-request-id': PAN, 'user-agent': PAN, traceparent: PAN, 'idempotency-key': PAN, referer: `http://x/${PAN}` })).status, 200)
  t.match(await sendRaw(service.url, `GET /${PAN} HTTP/9.9\r\n${PAN}\r\n\r\n`), /^HTTP\/1\.1 400 /)
  t.match(await sendRaw(service.url, `GET / HTTP/1.1\r\nhost: x\r\nx: ${`${PAN} `.repeat(2_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)

  t.equal((await api('GET', `/v1/cards/${decision.body.card.id}`)).body.isBlocked, true)
  t.equal(findSecret(JSON.stringify(contact.attributes)), undefined, 'contact attributes')
  t.equal(findSecret((await api('GET', '/metrics')).text), undefined, 'metrics')
  service.kill('SIGTERM')
  t.match(await service.ended, { code: 0 })
  t.equal(findSecret(service.stdout()), undefined, 'stdout')
  t.equal(findSecret(service.stderr()), undefined, 'stderr')

  const items = await readItems(dataDir)
  t.ok(items.length >= 4)
  for (const item of items) t.equal(findSecret(item.startsWith('{"pk":{"S":"CUSTOMER#') ? item.replaceAll(PHONE, '') : item), undefined, item.slice(0, 60))
  for (const path of readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))) {
    t.equal(findSecret(readFileSync(path, 'latin1').replaceAll(PHONE, '')), undefined, path)
  }
})

t.test('the service starts from a folder whose name a URL would write otherwise, and drains from the moment that it listens', { skip: !existsSync(`${ROOT}dist/main.js`) && 'needs npm run build' }, async t => {
  const folder = join(t.testdir(), 'a b é 100%')
  for (const name of ['dist', 'models', 'contact-flow', 'examples', 'package.json']) cpSync(`${ROOT}${name}`, join(folder, name), { recursive: true })
  symlinkSync(`${ROOT}node_modules`, join(folder, 'node_modules'))
  // By this name it listens on two addresses, one after the other.
  const env = { PATH: process.env['PATH'], HOST: 'localhost', PORT: '0', RINGFENCE_SIMULATOR_PORT: '0', RINGFENCE_DATA_DIR: join(folder, 'data') }
  const child = spawnNode([join(folder, 'dist/main.js')], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => { child.kill('SIGKILL') })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.text += text
      if (output.text.includes('Server listening at')) child.kill('SIGTERM')
    })
  }
  const ended = once(child, 'close')
  t.strictSame(await ended, [0, null], output.text)
})

/** The first secret in a text, with what stands around it: as it is, as bytes that a logger wrote as numbers, or in base64. */
function findSecret (text: string): string | undefined {
  const isAlone = `(?<![\\w.-])${SECURITY_CODE}(?![\\w.-])`
  const spellings = [OWN_PAN, PAN].flatMap((pan) => [pan, pan.replace(/(.{4})(?!$)/g, '$1[ -]'), [...Buffer.from(pan)].join(','), Buffer.from(pan).toString('hex')])
  const phones = [PHONE, '+4915112345699', '(565)912-3989'].map((phone) => phone.replace(/^\+49/, '').replaceAll(/[()]/g, '\\$&'))
  return new RegExp(`.{0,60}(${[...spellings, ...phones, isAlone].join('|')}).{0,20}`).exec(text)?.[0]
}

async function sendRaw (url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.setEncoding('utf8').end(text)
  let reply = ''
  for await (const chunk of socket) reply += chunk
  return reply
}

/** Every item of every table, through the engine's own protocol. */
async function readItems (dataDir: string): Promise<string[]> {
  const engine = await startEmbeddedDynamoDb({ path: join(dataDir, 'dynamodb') })
  const client = createDynamoDbClient(5_000, { endpoint: engine.endpoint })
  try {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'ringfence' }))
    return Items.map(({ pk, ...rest }) => JSON.stringify({ pk, ...rest }))
  } finally {
    client.destroy()
    await engine.close()
  }
}
