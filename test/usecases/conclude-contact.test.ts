import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { BRIDGE_SECRET, createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody, type World } from '../world.ts'

const PICKED_UP = { connectedToSystemTimestamp: '2026-11-22T10:00:05.000Z' }

async function postEvent (world: World, contactId: string, eventType: string, { eventId = `${contactId}-${eventType}`, ...detail }: { eventId?: string, connectedToSystemTimestamp?: string } = {}) {
  const body = JSON.stringify({ id: eventId, source: 'aws.connect', detail: { eventType, contactId, ...detail } })
  const seconds = world.clock.nowMs / 1000
  const signature = createHmac('sha256', BRIDGE_SECRET).update(`${seconds}.${body}`).digest('hex')
  const reply = await world.app.inject({
    method: 'POST', url: '/v1/connect/events', payload: body, headers: { 'content-type': 'application/json', 'ringfence-signature': `t=${seconds},v1=${signature}` }
  })
  if (reply.statusCode !== 202) throw new Error(reply.body)
}

async function suspiciousWorld (t: Test) {
  const world = await createWorld({ policy: { ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: 60_000 }] } })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  const readAttempts = async () => (await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json<{ attempts: Array<{ outcome: string | null, status: string }> }>()
    .attempts.map(({ status, outcome }) => outcome ?? status)
  return { world, caseId, readAttempts, contactId: `contact-of-ringfence-${caseId.replace('case_', 'attempt_')}_1` }
}

t.test('a call that nobody picked up ends its attempt, and the next step of the ladder is due', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'INITIATED')
  t.same(await readAttempts(), ['submitted'])
  await postEvent(world, contactId, 'DISCONNECTED')
  t.same(await readAttempts(), ['no_answer', 'due'])
  world.clock.nowMs += 60_000
  await world.dial()
  t.equal(world.line.requests.length, 2)
})

t.test('a call that was picked up and left without a key ends as no_input, whichever event tells of the picking up', async (t) => {
  for (const tell of [
    async (world: World, contactId: string) => { await postEvent(world, contactId, 'CONNECTED_TO_SYSTEM') },
    async (world: World, contactId: string) => { await postEvent(world, contactId, 'DISCONNECTED', { eventId: 'another', ...PICKED_UP }) }
  ]) {
    const { world, readAttempts, contactId } = await suspiciousWorld(t)
    await world.dial()
    await tell(world, contactId)
    await postEvent(world, contactId, 'DISCONNECTED')
    t.same(await readAttempts(), ['no_input', 'due'])
  }
})

t.test('an event with the 1970 of the documentation is no picking up', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED', { connectedToSystemTimestamp: '1970-01-01T00:00:00.001Z' })
  t.same(await readAttempts(), ['no_answer', 'due'])
})

t.test('an event that comes before the reply which names its contact is not lost', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  world.line.next = async () => {
    await postEvent(world, contactId, 'DISCONNECTED')
    return { kind: 'submitted', contactId }
  }
  await world.dial()
  t.same(await readAttempts(), ['no_answer', 'due'])
})

t.test('an event that comes twice ends one attempt only', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  for (const eventId of ['e1', 'e1', 'e2']) await postEvent(world, contactId, 'DISCONNECTED', { eventId })
  t.same(await readAttempts(), ['no_answer', 'due'])
})

t.test('an event after the answer, or of a contact that nobody knows, changes nothing', async (t) => {
  const { world, caseId, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  await postEvent(world, contactId, 'DISCONNECTED')
  await postEvent(world, 'a-contact-of-somebody', 'DISCONNECTED')
  t.same(await readAttempts(), ['superseded'])
})

t.test('when the last step of the ladder is over, the case ends none and the card stays as it is', async (t) => {
  const { world, caseId, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  world.clock.nowMs += 60_000
  await world.dial()
  await postEvent(world, contactId.replace(/_1$/, '_2'), 'DISCONNECTED')
  t.same(await readAttempts(), ['no_answer', 'no_answer'])
  t.match((await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json(), { status: 'closed', decision: 'none', ending: 'nobody_reached' })
})
