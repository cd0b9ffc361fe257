import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { BRIDGE_SECRET, createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, START_MS, transactionBody, type World } from '../world.ts'

const START_SECONDS = START_MS / 1000

function signed (body: string, { secret = BRIDGE_SECRET, seconds = START_SECONDS }: { secret?: string, seconds?: number } = {}) {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

async function post (world: World, body: string, headers: Record<string, string>, url = '/v1/connect/answers') {
  return await world.app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload: body })
}

async function openCase (t: Test) {
  const world = await createWorld()
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  const [request] = world.line.requests
  const attemptId = request?.attributes['AttemptId'] ?? ''
  const contactId = `contact-of-${request?.clientToken ?? ''}`
  const event = (answer: string, change: { caseId?: string, attemptId?: string, contactId?: string, heard?: string } = {}) => JSON.stringify({
    Name: 'ContactFlowEvent',
    Details: {
      ContactData: { Channel: 'VOICE', ContactId: change.contactId ?? contactId, Attributes: { CaseId: change.caseId ?? caseId, AttemptId: change.attemptId ?? attemptId, Name: 'Ada' }, Queue: null },
      Parameters: { answer, ...change.heard === undefined ? {} : { heard: change.heard } }
    }
  })
  return { world, cardId, caseId, attemptId, event }
}

t.test('POST /v1/connect/answers', async (t) => {
  await t.test('key 2, signed: the card is blocked before the flow is told so', async (t) => {
    const { world, cardId, caseId, event } = await openCase(t)
    const body = event('fraud')
    const reply = await post(world, body, { 'ringfence-signature': signed(body) })
    t.equal(reply.statusCode, 200)
    t.same(reply.json(), { result: 'blocked' })
    t.match((await world.app.inject({ url: `/v1/cards/${cardId}`, headers: KEY_HEADERS })).json(), { isBlocked: true, blockedBy: 'answer', openCaseId: null })
    t.match((await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json(), { status: 'closed', decision: 'fraud', ending: 'answered', attempts: [{ outcome: 'answered' }] })
  })

  await t.test('key 1: the card stays active, a repeat gets the same reply, a contradiction is refused and changes nothing', async (t) => {
    const { world, cardId, caseId, event } = await openCase(t)
    const replyTo = async (answer: string) => (await post(world, event(answer), { 'ringfence-signature': signed(event(answer)) })).json<{ result: string }>().result
    t.equal(await replyTo('genuine'), 'active')
    t.equal(await replyTo('genuine'), 'active')
    t.equal(await replyTo('fraud'), 'already_answered')
    t.match((await world.app.inject({ url: `/v1/cards/${cardId}`, headers: KEY_HEADERS })).json(), { isBlocked: false })
    const { history } = (await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json<{ history: Array<{ what: string }> }>()
    t.same(history.map(({ what }) => what), ['opened', 'voice contact started', 'decided genuine', 'closed', 'answer fraud refused'])
    t.match(world.logLines.join(''), /contradicting answer refused/)
  })

  await t.test('no key: the attempt ends, the card is left as it is', async (t) => {
    const { world, cardId, caseId, event } = await openCase(t)
    const reply = await post(world, event('none'), { 'ringfence-signature': signed(event('none')) })
    t.same(reply.json(), { result: 'noted' })
    t.match((await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json(), { status: 'open', decision: null, attempts: [{ status: 'ended', outcome: 'no_input' }, { channel: 'sms', status: 'due' }] })
    t.match((await world.app.inject({ url: `/v1/cards/${cardId}`, headers: KEY_HEADERS })).json(), { isBlocked: false })
  })

  await t.test('no answer, by what the flow heard', async (t) => {
    for (const [heard, outcome] of [['nothing', 'voicemail_suspected'], ['', 'voicemail_suspected'], ['key', 'no_input']] as const) {
      const { world, caseId, event } = await openCase(t)
      const body = event('none', { heard })
      t.same((await post(world, body, { 'ringfence-signature': signed(body) })).json(), { result: 'noted' })
      t.match((await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json(), { status: 'open', attempts: [{ outcome }, { status: 'due' }] }, heard)
    }
    const { world, event } = await openCase(t)
    const body = event('none', { heard: 'music' })
    t.equal((await post(world, body, { 'ringfence-signature': signed(body) })).statusCode, 400)
  })

  await t.test('what is not signed by the bridge, freshly, is refused and changes nothing', async (t) => {
    const { world, caseId, event } = await openCase(t)
    const body = event('fraud')
    const REFUSED = [
      { name: 'no signature', headers: {}, code: 'signature_missing' },
      { name: 'an API key in its place', headers: KEY_HEADERS, code: 'signature_missing' },
      { name: 'no signature form', headers: { 'ringfence-signature': 'v1=abc' }, code: 'signature_invalid' },
      { name: 'another secret', headers: { 'ringfence-signature': signed(body, { secret: 'another-secret-altogether-0123456789' }) }, code: 'signature_invalid' },
      { name: 'a signature of another body', headers: { 'ringfence-signature': signed(event('genuine')) }, code: 'signature_invalid' },
      { name: 'a signature of another time', headers: { 'ringfence-signature': signed(body).replace(`t=${START_SECONDS}`, `t=${START_SECONDS + 1}`) }, code: 'signature_invalid' },
      { name: '301 s old', headers: { 'ringfence-signature': signed(body, { seconds: START_SECONDS - 301 }) }, code: 'signature_expired' },
      { name: '301 s ahead', headers: { 'ringfence-signature': signed(body, { seconds: START_SECONDS + 301 }) }, code: 'signature_expired' }
    ]
    for (const { name, headers, code } of REFUSED) {
      const reply = await post(world, body, headers)
      t.equal(reply.statusCode, 401, name)
      t.match(reply.json(), { code }, name)
    }
    t.match((await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json(), { status: 'open' })
    t.equal((await post(world, body, { 'ringfence-signature': signed(body, { seconds: START_SECONDS - 300 }) })).statusCode, 200, '300 s old is fresh enough')
  })

  await t.test('an answer of another contact, attempt or case is refused', async (t) => {
    const { world, caseId, attemptId, event } = await openCase(t)
    const REFUSED = [
      { change: { contactId: 'another-contact' }, status: 409, code: 'contact_mismatch' },
      { change: { attemptId: attemptId.replace(/_1$/, '_7') }, status: 404, code: 'attempt_not_found' },
      { change: { caseId: 'case_01a20562-446f-708a-a322-efd89151236e' }, status: 404, code: 'case_not_found' }
    ]
    for (const { change, status, code } of REFUSED) {
      const body = event('fraud', change)
      const reply = await post(world, body, { 'ringfence-signature': signed(body) })
      t.equal(reply.statusCode, status)
      t.match(reply.json(), { code })
    }
    t.match((await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json(), { status: 'open' })
  })

  await t.test('signed nonsense gets its 400', async (t) => {
    const { world } = await openCase(t)
    for (const [body, code] of [['{', 'malformed_json'], ['{}', 'validation_failed'], ['null', 'validation_failed']] as const) {
      const reply = await post(world, body, { 'ringfence-signature': signed(body) })
      t.equal(reply.statusCode, 400)
      t.match(reply.json(), { code })
    }
  })
})

t.test('POST /v1/connect/events', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const url = '/v1/connect/events'
  const eventBody = (change: object = {}, detail: object = {}) => JSON.stringify({
    version: '0', id: 'event-1', 'detail-type': 'Amazon Connect Contact Event', source: 'aws.connect', detail: { eventType: 'DISCONNECTED', contactId: 'contact-1', later: { x: [1] }, ...detail }, ...change
  })
  const event = eventBody()
  const READER = { authorization: 'Bearer reader-key' }

  await t.test('a signature or a key with events:write lets it in; neither is refused, and so is a key that may not', async (t) => {
    const TABLE = [
      { name: 'signed', headers: { 'ringfence-signature': signed(event) }, status: 202 },
      { name: 'a key', headers: KEY_HEADERS, status: 202 },
      { name: 'a key, with the content type of an API destination', headers: { ...KEY_HEADERS, 'content-type': 'application/json; charset=utf-8' }, status: 202 },
      { name: 'both', headers: { ...KEY_HEADERS, 'ringfence-signature': signed(event) }, status: 202 },
      { name: 'signed, beside a key that may not', headers: { ...READER, 'ringfence-signature': signed(event) }, status: 202 },
      { name: 'neither', headers: {}, status: 401, code: 'signature_missing' },
      { name: 'an unknown key', headers: { authorization: 'Bearer nobody' }, status: 401, code: 'api_key_unknown' },
      { name: 'no key behind Bearer', headers: { authorization: 'Bearer ' }, status: 401, code: 'api_key_missing' },
      { name: 'a key without the scope', headers: READER, status: 403, code: 'scope_missing' },
      { name: 'a false signature', headers: { 'ringfence-signature': signed(event, { secret: 'another-secret-altogether-0123456789' }) }, status: 401, code: 'signature_invalid' },
      { name: 'a false signature beside a key', headers: { ...KEY_HEADERS, 'ringfence-signature': 't=1,v1=00' }, status: 401, code: 'signature_invalid' }
    ]
    for (const { name, headers, status, code } of TABLE) {
      const reply = await post(world, event, headers, url)
      t.equal(reply.statusCode, status, name)
      if (code !== undefined) t.match(reply.json(), { code }, name)
    }
  })

  await t.test('a key is no way to answer as the contact flow', async (t) => {
    t.match((await post(world, event, KEY_HEADERS)).json(), { status: 401, code: 'signature_missing' })
  })

  await t.test('the same event again is taken again and kept once', async (t) => {
    for (let i = 0; i < 3; i++) t.same((await post(world, event, KEY_HEADERS, url)).json(), { recorded: true })
    t.equal((await world.store.contactEvents.read('contact-1')).events.length, 1)
  })

  await t.test('types and fields that we do not know are taken; what tells nothing is not kept', async (t) => {
    for (const detail of [{ eventType: 'SOMETHING_NEW' }, { eventType: 'Initiated.v2' }, { initiationMethod: 'INBOUND' }, { channel: 'TASK' }, { eventType: 'INITIATED', channel: { odd: true }, disconnectReason: 5 }]) {
      const reply = await post(world, eventBody({ id: 'event-2' }, { ...detail, contactId: 'contact-2' }), KEY_HEADERS, url)
      t.equal(reply.statusCode, 202, JSON.stringify(detail))
      t.same(reply.json(), { recorded: false })
    }
    t.same((await world.store.contactEvents.read('contact-2')).events, [])
  })

  await t.test('what is no contact event is refused', async (t) => {
    for (const [body, code] of [['{', 'malformed_json'], ['{}', 'validation_failed'], [eventBody({ source: 'aws.s3' }), 'validation_failed'], [eventBody({}, { contactId: null }), 'validation_failed'], [eventBody({}, { eventType: '2442230821108788' }), 'validation_failed']] as const) {
      const reply = await post(world, body, KEY_HEADERS, url)
      t.equal(reply.statusCode, 400)
      t.match(reply.json(), { code })
    }
  })
})

t.test('POST /v1/connect/*: who is not let in is told so whatever the body is, and whether there is any', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const BODIES = [
    { headers: {} }, { headers: { 'content-type': 'application/json' } }, { headers: { 'content-type': 'text/plain' }, payload: 'x' },
    { headers: { 'content-type': 'application/json' }, payload: 'x'.repeat(300_000) }, { headers: { 'content-type': 'application/json' }, payload: '{' }
  ]
  for (const url of ['/v1/connect/answers', '/v1/connect/events']) {
    for (const { headers, payload } of BODIES) {
      const reply = await world.app.inject({ method: 'POST', url, headers, ...payload === undefined ? {} : { payload } })
      t.match(reply.json(), { status: 401, code: 'signature_missing' }, `${url} ${JSON.stringify(headers)} ${payload?.slice(0, 5) ?? 'empty'}`)
    }
    const empty = async (signature: string) => (await world.app.inject({ method: 'POST', url, headers: { 'ringfence-signature': signature } })).json<object>()
    t.match(await empty(signed('x')), { status: 401, code: 'signature_invalid' }, `${url}: a signature of another body`)
    t.match(await empty(signed('')), { status: 400, code: 'validation_failed' }, `${url}: signed emptiness`)
  }
  t.match((await world.app.inject({ method: 'POST', url: '/v1/connect/events', headers: KEY_HEADERS })).json(), { status: 400, code: 'validation_failed' }, 'with a key')
})
