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
  const event = (answer: string, change: { caseId?: string, attemptId?: string, contactId?: string } = {}) => JSON.stringify({
    Name: 'ContactFlowEvent',
    Details: {
      ContactData: { Channel: 'VOICE', ContactId: change.contactId ?? contactId, Attributes: { CaseId: change.caseId ?? caseId, AttemptId: change.attemptId ?? attemptId, Name: 'Ada' }, Queue: null },
      Parameters: { answer }
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

t.test('POST /v1/connect/events: a signed event is recorded once, with fields we do not know; an unsigned one is not', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const event = JSON.stringify({
    version: '0', id: 'event-1', 'detail-type': 'Amazon Connect Contact Event', source: 'aws.connect', detail: { eventType: 'SOMETHING_NEW', contactId: 'contact-1', later: { x: [1] } }
  })
  const url = '/v1/connect/events'
  t.equal((await post(world, event, {}, url)).statusCode, 401)
  for (let i = 0; i < 2; i++) {
    const reply = await post(world, event, { 'ringfence-signature': signed(event) }, url)
    t.equal(reply.statusCode, 202)
    t.same(reply.json(), { recorded: true })
  }
})
