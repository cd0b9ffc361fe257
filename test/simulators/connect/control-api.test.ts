import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { CARDHOLDER, startInstance, startInstanceWithBridge } from './simulated-instance.ts'

async function send (endpoint: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${endpoint}/_simulator${path}`, {
    method,
    headers: { ...headers, ...body === undefined ? {} : { 'content-type': 'application/json' } },
    ...body === undefined ? {} : { body: JSON.stringify(body) }
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

t.test('a phone is set, listed, called and forgotten', async t => {
  const { endpoint, dial, simulator } = await startInstanceWithBridge(t, () => 'blocked')
  t.match(await send(endpoint, 'PUT', `/phones/${CARDHOLDER}`, { behaviour: 'answer', keys: ['2'] }), { status: 200, body: { e164: CARDHOLDER, behaviour: 'answer' } })
  t.strictSame((await send(endpoint, 'GET', '/phones')).body, { [CARDHOLDER]: { behaviour: 'answer', keys: ['2'] } })
  const contactId = await dial()
  await simulator.settledContact(contactId)
  t.match(await send(endpoint, 'GET', `/contacts/${contactId}`), { status: 200, body: { contactId, state: 'ended', keys: ['2'], destination: CARDHOLDER } })
  t.equal((await send(endpoint, 'GET', '/contacts')).body.contacts.length, 1)
  t.equal((await send(endpoint, 'DELETE', `/phones/${CARDHOLDER}`)).status, 204)
  t.equal((await send(endpoint, 'DELETE', `/phones/${CARDHOLDER}`)).status, 404)
})

t.test('bodies and paths are checked strictly', async t => {
  const { endpoint } = await startInstance(t)
  for (const [method, path, body] of [
    ['PUT', '/phones/4915112345678', { behaviour: 'answer' }],
    ['PUT', `/phones/${CARDHOLDER}`, { behaviour: 'sing' }],
    ['PUT', `/phones/${CARDHOLDER}`, { behaviour: 'answer', keys: ['12'] }],
    ['PUT', `/phones/${CARDHOLDER}`, { behaviour: 'answer', keys: [2] }],
    ['PUT', `/phones/${CARDHOLDER}`, { behaviour: 'answer', delayMs: '5' }],
    ['PUT', `/phones/${CARDHOLDER}`, { behaviour: 'answer', colour: 'red' }],
    ['PUT', '/quotas', { activeCalls: -1 }],
    ['PUT', '/quotas', { calls: 1 }],
    ['PUT', '/faults', { fault: 'flood' }],
    ['PUT', '/faults', { fault: '500', calls: 0 }],
    ['POST', '/contacts/x/keys', { key: 'A' }]
  ] as const) t.match(await send(endpoint, method, path, body), { status: 400, body: { message: /.+/ } }, `${method} ${path} ${JSON.stringify(body)}`)
  t.equal((await send(endpoint, 'GET', '/contacts/nobody')).status, 404)
  t.equal((await send(endpoint, 'POST', '/contacts/nobody/pick-up')).status, 404)
  t.equal((await send(endpoint, 'GET', '/nothing')).status, 404)
})

t.test('quotas are put in force while the instance runs, and a reset brings its own back', async t => {
  const { endpoint, clock, dial } = await startInstance(t, { limits: {} })
  clock.hold()
  t.same((await send(endpoint, 'GET', '/quotas')).body, { startsPerSecond: 2, startsBurst: 5, activeCalls: 10, activeChats: 500 })
  t.same((await send(endpoint, 'PUT', '/quotas', { activeCalls: 1 })).body, { startsPerSecond: 2, startsBurst: 5, activeCalls: 1, activeChats: 500 })
  await dial()
  await t.rejects(dial(), { name: 'LimitExceededException' })
  await send(endpoint, 'PUT', '/quotas', { activeCalls: 10, startsBurst: 1 })
  await t.rejects(Promise.all([dial(), dial()]), { name: 'TooManyRequestsException' }, 'one token is all that a burst of one leaves')
  t.same((await send(endpoint, 'PUT', '/quotas', { startsPerSecond: 0 })).body, { startsPerSecond: 0, startsBurst: null, activeCalls: 10, activeChats: 500 })
  await Promise.all([dial(), dial(), dial()])
  clock.release()
  t.equal((await send(endpoint, 'POST', '/reset')).status, 204)
  t.same((await send(endpoint, 'GET', '/quotas')).body, { startsPerSecond: 2, startsBurst: 5, activeCalls: 10, activeChats: 500 })
})

t.test('a human picks up, presses a key and the flow goes on', async t => {
  const { endpoint, clock, dial, simulator } = await startInstanceWithBridge(t, () => 'blocked')
  clock.hold()
  const contactId = await dial()
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/keys`, { key: '2' })).status, 409)
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/hang-up`)).status, 409)
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/pick-up`)).status, 200)
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/pick-up`)).status, 409)
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/keys`, { key: '2' })).status, 200)
  clock.release()
  t.match(await simulator.settledContact(contactId), { disconnectReason: 'CONTACT_FLOW_DISCONNECT', keys: ['2'] })
})

t.test('a human declines, or hangs up after the pick-up', async t => {
  const { endpoint, clock, dial, simulator } = await startInstance(t)
  clock.hold()
  const declined = await dial()
  t.equal((await send(endpoint, 'POST', `/contacts/${declined}/decline`, {})).status, 200)
  t.match(await simulator.settledContact(declined), { disconnectReason: 'TELECOM_BUSY', connectedAt: null })
  const left = await dial()
  await send(endpoint, 'POST', `/contacts/${left}/pick-up`)
  t.equal((await send(endpoint, 'POST', `/contacts/${left}/hang-up`)).status, 200)
  t.match(await simulator.settledContact(left), { disconnectReason: 'CUSTOMER_DISCONNECT' })
})

t.test('faults are set, shown and used up', async t => {
  const { endpoint, dial } = await startInstance(t)
  t.match((await send(endpoint, 'PUT', '/faults', { fault: 'throttle', calls: 2 })).body, { fault: 'throttle', callsLeft: 2 })
  await t.rejects(dial(), { name: 'TooManyRequestsException' })
  await t.rejects(dial(), { name: 'TooManyRequestsException' })
  t.match((await send(endpoint, 'GET', '/faults')).body, { fault: 'none' })
  await t.resolves(dial())
})

t.test('a reset ends all calls and forgets everything', async t => {
  const { endpoint, clock, dial, simulator } = await startInstance(t)
  clock.hold()
  const first = await dial({ ClientToken: 'one' })
  await send(endpoint, 'PUT', `/phones/${CARDHOLDER}`, { behaviour: 'busy' })
  t.equal((await send(endpoint, 'POST', '/reset')).status, 204)
  t.strictSame(simulator.contacts(), [])
  t.strictSame((await send(endpoint, 'GET', '/phones')).body, {})
  t.not(await dial({ ClientToken: 'one' }), first)
})

t.test('a page of another origin cannot press keys here', async t => {
  const { endpoint } = await startInstance(t)
  t.equal((await send(endpoint, 'POST', '/reset', undefined, { 'sec-fetch-site': 'cross-site' })).status, 403)
  t.equal((await send(endpoint, 'GET', '/config', undefined, { 'sec-fetch-site': 'same-origin' })).status, 200)
})

t.test('the story tells the case and its card, and says clearly when it cannot', async t => {
  const asked: Array<[string | undefined, string | undefined]> = []
  let status = 200
  const service = createServer((request, response) => {
    asked.push([request.url, request.headers.authorization])
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(request.url?.startsWith('/v1/cases/') === true ? { caseId: 'case/1', cardId: 'card_1' } : { cardId: 'card_1', isBlocked: true }))
  })
  await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise(resolve => service.close(resolve)))
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const { endpoint, dial } = await startInstance(t, { ringfence: { url: () => url, apiKey: 'rf_test' } })
  const contactId = await dial({ Attributes: { CaseId: 'case/1' } })
  t.match(await send(endpoint, 'GET', `/story/${contactId}`), { status: 200, body: { case: { cardId: 'card_1' }, card: { isBlocked: true } } })
  t.strictSame(asked, [['/v1/cases/case%2F1', 'Bearer rf_test'], ['/v1/cards/card_1', 'Bearer rf_test']])
  t.match((await send(endpoint, 'GET', '/config')).body, { apiUrl: url })
  status = 404
  t.equal((await send(endpoint, 'GET', `/story/${contactId}`)).status, 404)
  status = 500
  t.match(await send(endpoint, 'GET', `/story/${contactId}`), { status: 502, body: { message: /answered 500/ } })
  t.equal((await send(endpoint, 'GET', `/story/${await dial({ Attributes: {} })}`)).status, 404)
  t.equal((await send(endpoint, 'GET', '/story/nobody')).status, 404)
})

t.test('changes of a call are streamed', async t => {
  const { endpoint, clock, dial } = await startInstance(t)
  clock.hold()
  const response = await fetch(`${endpoint}/_simulator/events`)
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  const contactId = await dial()
  let seen = ''
  for await (const chunk of response.body ?? []) {
    seen += Buffer.from(chunk).toString()
    if (seen.includes(contactId)) break
  }
  t.match(seen, /event: contact\ndata: \{"contactId"/)
})
