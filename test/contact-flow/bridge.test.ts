import t from 'tap'
import { createHandler } from '../../contact-flow/bridge/index.mjs'
import { SECRET, startAnswerService } from '../simulators/connect/simulated-instance.ts'

const EVENT = { Name: 'ContactFlowEvent', Details: { ContactData: { Attributes: { Name: 'Ada Lovelace' }, ContactId: 'c1' }, Parameters: { answer: 'fraud' } } }

t.test('the bridge posts the event unchanged, signed, and returns the reply', async t => {
  const service = await startAnswerService(t, () => ({ body: { result: 'blocked', cardEnding: '8788' } }))
  const handler = createHandler({ url: `${service.url}/`, secret: SECRET, nowMs: () => 1_795_341_600_999 })
  t.strictSame(await handler(EVENT), { result: 'blocked', cardEnding: '8788' })
  t.equal(service.posts.length, 1)
  t.match(service.posts[0], { path: '/v1/connect/answers', isSigned: true, headers: { 'content-type': 'application/json' }, body: JSON.stringify(EVENT) })
  t.match(service.posts[0]?.headers['ringfence-signature'], /^t=1795341600,v1=[0-9a-f]{64}$/)
})

t.test('the bridge retries 5xx and 429 once, each try with a fresh timestamp', async t => {
  for (const status of [500, 502, 503, 429]) {
    let nowMs = 1_000_000_000_000
    let isFirst = true
    const service = await startAnswerService(t, () => {
      const reply = isFirst ? { status, body: {} } : { body: { result: 'active' } }
      isFirst = false
      return reply
    })
    const handler = createHandler({ url: service.url, secret: SECRET, nowMs: () => (nowMs += 1000) })
    t.strictSame(await handler(EVENT), { result: 'active' })
    t.strictSame(service.posts.map(post => post.isSigned), [true, true])
    t.not(service.posts[0]?.headers['ringfence-signature'], service.posts[1]?.headers['ringfence-signature'])
  }
})

t.test('the bridge throws at once on any other refusal', async t => {
  for (const status of [400, 401, 403, 404, 409, 201]) {
    const service = await startAnswerService(t, () => ({ status, body: { result: 'blocked' } }))
    await t.rejects(createHandler({ url: service.url, secret: SECRET })(EVENT), { message: `Ringfence answered ${status} (try 1 of 2)` })
    t.equal(service.posts.length, 1)
  }
})

t.test('the bridge never takes a reply that the flow could not read', async t => {
  for (const body of ['<html>', '"blocked"', '[]', 'null', '{}', '{"result":1}', '{"result":"blocked","case":{}}', { result: 'blocked', more: 'x'.repeat(33_000) }]) {
    const service = await startAnswerService(t, () => ({ body }))
    await t.rejects(createHandler({ url: service.url, secret: SECRET })(EVENT), /something else than a flat map/)
    t.equal(service.posts.length, 1)
  }
})

t.test('the bridge gives up on a service that does not answer, after its tries', async t => {
  const service = await startAnswerService(t, () => 'hang')
  await t.rejects(createHandler({ url: service.url, secret: SECRET, timeoutMs: 40 })(EVENT), { message: 'Ringfence did not answer within 40 ms (try 2 of 2)' })
  t.equal(service.posts.length, 2)
})

t.test('the bridge\'s errors name no address, no secret and nobody', async t => {
  const error = await createHandler({ url: 'http://127.0.0.1:9', secret: SECRET })(EVENT).then(() => undefined, (error: unknown) => error)
  t.ok(error instanceof Error)
  t.match(String(error), /could not be reached/)
  t.notMatch(JSON.stringify([String(error), error instanceof Error ? error.stack : '']), /127\.0\.0\.1|Ada|the-shared-secret/)
})

t.test('the bridge refuses to be made without its settings', async t => {
  t.throws(() => createHandler({ url: '', secret: SECRET }), /RINGFENCE_URL/)
  t.throws(() => createHandler({ url: 'http://localhost', secret: '' }), /RINGFENCE_BRIDGE_SECRET/)
})

t.test('the Lambda entry point reads its settings at its first event and throws while they are missing', async t => {
  const { handler } = await import('../../contact-flow/bridge/index.mjs')
  delete process.env['RINGFENCE_URL']
  await t.rejects(handler(EVENT), /RINGFENCE_URL is not set/)
  const service = await startAnswerService(t, () => ({ body: { result: 'blocked' } }))
  process.env['RINGFENCE_URL'] = service.url
  process.env['RINGFENCE_BRIDGE_SECRET'] = SECRET
  t.strictSame(await handler(EVENT), { result: 'blocked' })
})

const CONTACT_EVENT = {
  version: '0', id: 'event-1', 'detail-type': 'Amazon Connect Contact Event', source: 'aws.connect', detail: { eventType: 'DISCONNECTED', contactId: 'c1', channel: 'VOICE', initiationMethod: 'API' }
}

t.test('an event of EventBridge goes to the events, unchanged and signed', async t => {
  const service = await startAnswerService(t, () => ({ status: 202, body: { recorded: true } }))
  t.strictSame(await createHandler({ url: service.url, secret: SECRET })(CONTACT_EVENT), {})
  t.match(service.posts, [{ path: '/v1/connect/events', isSigned: true, headers: { 'content-type': 'application/json' }, body: JSON.stringify(CONTACT_EVENT) }])
})

t.test('an event that was not taken makes the bridge throw, so that EventBridge delivers it again', async t => {
  for (const [status, tries] of [[503, 2], [429, 2], [400, 1], [401, 1], [200, 1]] as const) {
    const service = await startAnswerService(t, () => ({ status, body: { recorded: true } }))
    await t.rejects(createHandler({ url: service.url, secret: SECRET })(CONTACT_EVENT), { message: `Ringfence answered ${status} (try ${tries} of 2)` })
    t.equal(service.posts.length, tries)
  }
  await t.rejects(createHandler({ url: 'http://127.0.0.1:9', secret: SECRET })(CONTACT_EVENT), /could not be reached/)
})

t.test('a receipt of an event is no reply to a flow', async t => {
  const service = await startAnswerService(t, () => ({ status: 202, body: { result: 'blocked' } }))
  await t.rejects(createHandler({ url: service.url, secret: SECRET })(EVENT), /answered 202/)
})
