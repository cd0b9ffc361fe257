import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { readFile } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  BatchGetItemCommand, ConditionalCheckFailedException, DescribeTableCommand, DynamoDBClient, DynamoDBServiceException, GetItemCommand, PutItemCommand, QueryCommand, ResourceNotFoundException,
  UpdateItemCommand, type DynamoDBClientConfig
} from '@aws-sdk/client-dynamodb'
import { FraudDetectorClient, GetEventPredictionCommand } from '@aws-sdk/client-frauddetector'
import t, { type Test } from 'tap'
import { createDynamoDbClient, createScorerSender, createStoreSender } from '../../../src/adapters/aws/clients.ts'
import { createExchange } from '../../../src/adapters/aws/exchange.ts'
import type { GiveUpSignal } from '../../../src/ports.ts'
import { withinDeadline } from '../../../src/adapters/deadline.ts'
import { spawnNode } from '../../e2e/local-process.ts'

const PATIENT_MS = 10_000
const HOUR_MS = 3_600_000
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const GET = new GetItemCommand({ TableName: 'ringfence', Key: { pk: { S: 'CARD#1' }, sk: { S: 'CARD' } }, ConsistentRead: true })

interface Seen { method: string, path: string, headers: IncomingHttpHeaders, body: unknown, connection: Socket }
/** What is replied to a request; `undefined`: nothing, ever; `reset`: the connection ends. */
type Reply = Said | undefined | 'reset'
interface Said { status?: number, body: string, headers?: Record<string, string> }

const FINE: Reply = { body: '{}' }
const error = (status: number, type: string, more: object = {}): Said => ({ status, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'as the test says', ...more }) })

/** An AWS service that replies what the test says, in turn unless the test judges by what was asked, and well when the test says nothing; whatever it was asked lies open. */
async function startService (t: Test, serve: (listener: RequestListener) => Server = createServer) {
  const seen: Seen[] = []
  const replies: Reply[] = []
  const inTurn = async (): Promise<Reply> => replies.length === 0 ? FINE : replies.shift()
  const judge = { reply: inTurn as (asked: Seen) => Promise<Reply> }
  const server = serve((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => { chunks.push(chunk) })
    response.sendDate = false
    request.on('end', async () => {
      const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()), connection: request.socket }
      seen.push(asked)
      const reply = await judge.reply(asked)
      if (reply === 'reset') request.socket.destroy()
      else if (reply !== undefined) response.writeHead(reply.status ?? 200, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'request-1', ...reply.headers }).end(reply.body)
    })
  })
  let opened = 0
  server.on('connection', () => { opened++ })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return { seen, replies, judge, inTurn, opened: () => opened, port: (server.address() as AddressInfo).port }
}

/** A client that knows its way: its first call, which went through the SDK, is not among those that were seen. */
async function startClient (t: Test, settings: DynamoDBClientConfig = {}, replyTimeoutMs = PATIENT_MS) {
  const service = await startService(t)
  const client = new DynamoDBClient({ region: 'eu-central-1', credentials: CREDENTIALS, maxAttempts: 3, endpoint: `http://127.0.0.1:${service.port}`, ...settings })
  const sender = createStoreSender(client, replyTimeoutMs, 'direct')
  t.teardown(() => { sender.destroy() })
  await sender.send(GET)
  service.seen.length = 0
  return { ...service, client, ...sender }
}

const KEY = { pk: { S: 'a' }, sk: { S: 'b' } }
const COMMANDS = [
  GET,
  new PutItemCommand({ TableName: 'ringfence', Item: { ...KEY, n: { N: '1.5' }, l: { L: [{ BOOL: true }, { NULL: true }] }, m: { M: { text: { S: 'Łódź 🃏 "quoted" \u2028' } } } }, ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  new UpdateItemCommand({ TableName: 'ringfence', Key: KEY, UpdateExpression: 'SET #a = :a', ExpressionAttributeNames: { '#a': 'a' }, ExpressionAttributeValues: { ':a': { N: '1' } } }),
  new QueryCommand({ TableName: 'ringfence', IndexName: 'due', KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'a' } }, Limit: 3, ScanIndexForward: false, ExclusiveStartKey: undefined }),
  new BatchGetItemCommand({ RequestItems: { ringfence: { Keys: [KEY], ConsistentRead: true } } })
]

t.test('each command is asked as the SDK asks it, and its reply is read as the SDK reads it', async (t) => {
  for (const command of COMMANDS) {
    const { seen, replies, client, send } = await startClient(t)
    const body = JSON.stringify({ Item: KEY, Items: [KEY], Count: 1, Responses: { ringfence: [KEY] }, UnprocessedKeys: {}, Attributes: KEY, LastEvaluatedKey: KEY })
    replies.push({ body }, { body })
    const { $metadata: _told, ...bySdk } = await client.send(command as GetItemCommand)
    const direct = await send(command as GetItemCommand)
    const [first, second] = seen
    const what = command.constructor.name
    for (const part of ['method', 'path', 'body'] as const) t.strictSame(second?.[part], first?.[part], `${what}: ${part}`)
    for (const name of ['host', 'content-type', 'x-amz-target', 'user-agent', 'content-length']) t.equal(second?.headers[name], first?.headers[name], `${what}: ${name}`)
    t.match(second?.headers['authorization'], /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/dynamodb\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/)
    // The SDK leaves out what this operation does not know.
    for (const [name, value] of Object.entries(bySdk)) if (value !== undefined) t.strictSame((direct as unknown as Record<string, unknown>)[name], value, `${what}: ${name}`)
  }
})

t.test('a prediction is asked as the SDK asks it, and its reply is read as the SDK reads it', async (t) => {
  const { seen, replies, port } = await startService(t)
  const client = new FraudDetectorClient({ region: 'eu-central-1', credentials: CREDENTIALS, maxAttempts: 1, endpoint: `http://127.0.0.1:${port}` })
  const sender = createScorerSender(client, PATIENT_MS, 'direct')
  t.teardown(() => { sender.destroy() })
  const command = new GetEventPredictionCommand({
    detectorId: 'cards', detectorVersionId: undefined, eventId: 'tx-1', eventTypeName: 'card_tx', eventTimestamp: '2026-11-22T10:00:00Z', entities: [{ entityType: 'customer', entityId: 'u1' }], eventVariables: { merchant: 'Łódź' }
  })
  const body = JSON.stringify({ modelScores: [{ modelVersion: { modelId: 'm', modelType: 'T', modelVersionNumber: '1.0' }, scores: { m_insightscore: 12.5 } }], ruleResults: [{ ruleId: 'r', outcomes: ['approve'] }] })
  const withNulls = JSON.stringify({ modelScores: [{ modelVersion: null, scores: { m_insightscore: 12.5 } }], ruleResults: null, externalModelOutputs: [{ externalModel: null, outputs: { x: ':null' } }] })
  replies.push({ body }, { body }, { body: withNulls }, { body: withNulls })
  const { $metadata: _told, ...bySdk } = await sender.send(command)
  const direct = await sender.send(command)
  t.strictSame(direct, bySdk)
  const { $metadata: _alsoTold, ...nullsBySdk } = await client.send(command)
  t.same(await sender.send(command), nullsBySdk, 'what is null is left out')
  t.strictSame(seen[1]?.body, seen[0]?.body)
  for (const name of ['content-type', 'x-amz-target', 'user-agent']) t.equal(seen[1]?.headers[name], seen[0]?.headers[name], name)
  t.match(seen[1]?.headers['authorization'], /\/eu-central-1\/frauddetector\/aws4_request,/)
})

t.test('errors are the SDK\'s own, with what came with them', async (t) => {
  const { seen, replies, send } = await startClient(t)
  replies.push(error(400, 'ConditionalCheckFailedException', { Item: KEY }))
  const failed: unknown = await send(GET).catch((thrown: unknown) => thrown)
  t.ok(failed instanceof ConditionalCheckFailedException)
  t.match(failed, { name: 'ConditionalCheckFailedException', message: 'as the test says', Item: KEY, $metadata: { httpStatusCode: 400, requestId: 'request-1' } })

  replies.push(error(400, 'ResourceNotFoundException'))
  t.ok(await send(GET).catch((thrown: unknown) => thrown) instanceof ResourceNotFoundException)

  replies.push(error(400, 'ValidationException'))
  const refused: unknown = await send(GET).catch((thrown: unknown) => thrown)
  t.ok(refused instanceof DynamoDBServiceException)
  t.match(refused, { name: 'ValidationException', $metadata: { httpStatusCode: 400 } })
  t.equal(seen.length, 3, 'none of them is asked for again')

  replies.push({ body: '<html>a page of a proxy</html>' })
  await t.rejects(send(GET), { name: 'SyntaxError' })
})

t.test('what another try may mend is tried again, three times in all; what the SDK does not try again is not', async (t) => {
  const { seen, replies, send } = await startClient(t)
  const page: Said = { status: 503, body: '<html>overloaded</html>', headers: { 'content-type': 'text/html' } }
  for (const fault of [error(500, 'InternalServerError'), error(400, 'ProvisionedThroughputExceededException'), error(400, 'ThrottlingException'), 'reset', page] as const) {
    const what = fault === 'reset' ? fault : fault.body
    seen.length = 0
    replies.push(fault)
    t.same(await send(GET), {}, what)
    t.equal(seen.length, 2, what)
  }
  seen.length = 0
  replies.push('reset', page, error(500, 'InternalServerError'))
  await t.rejects(send(GET), { name: 'InternalServerError' })
  t.equal(seen.length, 3, 'and no fourth time')
})

t.test('a client that may try once asks once', async (t) => {
  const { seen, replies, send } = await startClient(t, { maxAttempts: 1 })
  replies.push(error(500, 'InternalServerError'))
  await t.rejects(send(GET), { name: 'InternalServerError' })
  t.equal(seen.length, 1)
})

t.test('a reply that does not come is given up, and asked for again on another connection', async (t) => {
  const { seen, replies, send } = await startClient(t, {}, 100)
  replies.push(undefined)
  t.same(await send(GET), {})
  t.equal(seen.length, 2)
  t.not(seen[1]?.connection, seen[0]?.connection)
})

t.test('who waits no longer is told at once, nothing more is asked, and the connection is not used again', async (t) => {
  const { seen, replies, send } = await startClient(t)
  replies.push(undefined)
  const late = new Error('late')
  let thrown: unknown
  await t.rejects(withinDeadline(50, () => late, async (abortSignal) => await send(GET, { abortSignal }).catch((one: unknown) => { thrown = one; throw one })), late)
  t.match(thrown, { name: 'AbortError', cause: late })
  await send(GET)
  t.equal(seen.length, 2)
  t.not(seen[1]?.connection, seen[0]?.connection)
  await t.rejects(send(GET, { abortSignal: { aborted: true, reason: late, onabort: null } }), { name: 'AbortError' }, 'nor begins what nobody waits for')
  t.equal(seen.length, 2)
})

t.test('what waited for a connection until nobody waited for it costs no connection', async (t) => {
  const { seen, replies, opened, port } = await startService(t)
  const exchange = createExchange({ origin: `http://127.0.0.1:${port}`, connections: 1, connectTimeoutMs: PATIENT_MS, replyTimeoutMs: PATIENT_MS })
  t.teardown(exchange.close)
  const post = async (signal?: GiveUpSignal) => await exchange.post({ path: '/', headers: ['host', 'x'], body: '{}', signal })
  await post()
  replies.push(undefined)
  const first: GiveUpSignal = { aborted: false, reason: undefined, onabort: null }
  const late = post(first)
  const given = Array.from({ length: 20 }, () => ({ aborted: false, reason: new Error('late'), onabort: null as (() => void) | null }))
  const waiting = given.map(async (signal) => await post(signal))
  const last = post()
  for (const signal of given) { signal.aborted = true; signal.onabort?.() }
  t.ok((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected'))
  while (seen.length < 2) await nextTurn()
  first.onabort?.(undefined)
  await t.rejects(late, { name: 'AbortError' })
  t.equal((await last).statusCode, 200)
  t.equal(seen.length, 3)
  t.equal(opened(), 2, 'only that of the one who was given up under way is replaced')
})

t.test('connections are kept, and a call waits for none while there are fewer than there may be', async (t) => {
  const { seen, send } = await startClient(t)
  for (let count = 0; count < 20; count++) await send(GET)
  // The next call may begin before the pool knows that the last one is over.
  t.ok(new Set(seen.map(({ connection }) => connection)).size <= 2)
  seen.length = 0
  await Promise.all(Array.from({ length: 20 }, async () => await send(GET)))
  t.ok(new Set(seen.map(({ connection }) => connection)).size <= 20)
})

t.test('credentials are renewed when they have five minutes left, as those of an ECS task are, and their token is signed', async (t) => {
  let nowMs = Date.now()
  t.intercept(Date, 'now', { value: () => nowMs })
  let asked = 0
  const { seen, send } = await startClient(t, {
    async credentials () {
      asked++
      return { accessKeyId: `KEY${asked}`, secretAccessKey: `secret${asked}`, sessionToken: `token${asked}`, expiration: new Date(nowMs + 6 * HOUR_MS) }
    }
  })
  await send(GET)
  await send(GET)
  nowMs += 6 * HOUR_MS - 4 * 60_000
  await send(GET)
  await send(GET)
  t.same(seen.map(({ headers }) => [/Credential=(\w+)/.exec(headers['authorization'] ?? '')?.[1], headers['x-amz-security-token']]), [['KEY1', 'token1'], ['KEY1', 'token1'], ['KEY2', 'token2'], ['KEY2', 'token2']])
  t.match(seen[0]?.headers['authorization'], 'SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,')
})

t.test('the role of an ECS task: credentials come from the container\'s endpoint, and again before they expire', async (t) => {
  let asked = 0
  const endpoint = createServer((_request, response) => {
    asked++
    // The first ones have four minutes left, which is not enough to go on with.
    const Expiration = new Date(Date.now() + (asked === 1 ? 4 * 60_000 : 6 * HOUR_MS)).toISOString()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ AccessKeyId: `TASK${asked}`, SecretAccessKey: 'secret', Token: `token${asked}`, Expiration }))
  })
  endpoint.listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  const { seen, port } = await startService(t)
  const settings = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/credentials`
  }
  t.intercept(process, 'env', { value: { ...process.env, ...settings } })
  const sender = createStoreSender(createDynamoDbClient(PATIENT_MS), PATIENT_MS, 'direct')
  t.teardown(() => { sender.destroy(); endpoint.closeAllConnections(); endpoint.close() })
  for (let count = 0; count < 3; count++) await sender.send(GET)
  const keys = seen.map(({ headers }) => /Credential=(\w+)/.exec(headers['authorization'] ?? '')?.[1])
  t.equal(keys[0], 'TASK1', 'through the SDK')
  t.same(keys.slice(1), ['TASK2', 'TASK2'])
  t.same(seen.map(({ headers }) => headers['amz-sdk-request'] === undefined), [false, true, true])
})

t.test('a clock that is off is set right by the first refusal, for that call and all that follow', async (t) => {
  const { seen, replies, judge, inTurn, send } = await startClient(t)
  const signedAtMs = ({ headers }: Seen) => Date.parse(String(headers['x-amz-date']).replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const refusal = (hours: number) => ({ ...error(400, 'InvalidSignatureException'), headers: { date: new Date(Date.now() + hours * HOUR_MS).toUTCString() } })
  replies.push(refusal(1))
  t.same(await send(GET), {})
  await send(GET)
  t.same(seen.map((asked) => Math.round((signedAtMs(asked) - Date.now()) / HOUR_MS)), [0, 1, 1])

  // None is refused before all were signed; then whatever is signed an hour ahead of the service is not the time, however often.
  const calls = 5
  let signed = 0
  let refused = 0
  let allAreSigned = () => {}
  const untilSigned = new Promise<void>((resolve) => { allAreSigned = resolve })
  judge.reply = async (asked) => {
    if (++signed === calls) allAreSigned()
    await untilSigned
    if (Math.round((signedAtMs(asked) - Date.now()) / HOUR_MS) === -1) return FINE
    refused++
    return refusal(-1)
  }
  await Promise.all(Array.from({ length: calls }, async () => { t.same(await send(GET), {}, 'all that were signed before it was known are tried again') }))
  t.equal(refused, calls)

  judge.reply = inTurn
  seen.length = 0
  replies.push(error(400, 'InvalidSignatureException'))
  await t.rejects(send(GET), { name: 'InvalidSignatureException' }, 'a signature that is wrong at the right time stays wrong')
  t.equal(seen.length, 1)
})

t.test('what cannot be sent so goes through the SDK: other commands, an endpoint with a path, a retry mode that counts each call', async (t) => {
  const { seen, replies, send } = await startClient(t)
  replies.push({ body: '{"Table":{"CreationDateTime":1.5}}' })
  t.same((await send(new DescribeTableCommand({ TableName: 'ringfence' }))).Table?.CreationDateTime, new Date(1500), 'times are times')
  t.ok(seen[0]?.headers['amz-sdk-request'])

  for (const [what, path, settings] of [['a path', '/proxy', {}], ['a retry mode', '', { retryMode: 'adaptive' }]] as const) {
    const { port, seen } = await startService(t)
    const sender = createStoreSender(new DynamoDBClient({ region: 'eu-central-1', credentials: CREDENTIALS, endpoint: `http://127.0.0.1:${port}${path}`, ...settings }), PATIENT_MS, 'direct')
    t.teardown(() => { sender.destroy() })
    await sender.send(GET)
    await sender.send(GET)
    t.ok(seen[1]?.headers['amz-sdk-request'], what)
  }
})

t.test('over TLS: a certificate that Node trusts is taken, another one is refused', async (t) => {
  const file = (name: string) => fileURLToPath(new URL(`tls/localhost-${name}.pem`, import.meta.url))
  const [key, cert] = await Promise.all([readFile(file('key')), readFile(file('certificate'))])
  const { seen, port } = await startService(t, (listener) => createTlsServer({ key, cert }, listener))
  const endpoint = `https://localhost:${port}`
  const child = spawnNode([...process.execArgv, fileURLToPath(new URL('tls/two-calls.ts', import.meta.url)), endpoint], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_EXTRA_CA_CERTS: file('certificate') } })
  const [code] = await once(child, 'exit') as [number]
  t.equal(code, 0)
  t.same(seen.map(({ headers }) => headers['amz-sdk-request'] === undefined), [false, true], 'the second one directly')

  const sender = createStoreSender(createDynamoDbClient(PATIENT_MS, { endpoint }), PATIENT_MS, 'direct')
  t.teardown(() => { sender.destroy() })
  await t.rejects(sender.send(GET), { code: /CERT/ }, 'by the SDK')
  await t.rejects(sender.send(GET), { code: /CERT/ }, 'and directly')
  t.equal(seen.length, 2)
})
