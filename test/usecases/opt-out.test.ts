import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Case } from '../../src/domain/case.ts'
import { BRIDGE_SECRET, createWorld, CUSTOMER_ID, KEY_HEADERS, postTransaction, putSampleCustomer, START_MS, transactionBody, type World, type WorldOptions } from '../world.ts'

const MINUTE_MS = 60_000

/** A case whose first call is under way. */
async function onThePhone (t: Test, options: WorldOptions = {}) {
  const world = await createWorld({ policy: { ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: MINUTE_MS }, { channel: 'sms', delayMs: MINUTE_MS }] }, ...options })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app, { channels: ['voice', 'sms'] })
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  const attributes = world.line.requests[0]?.attributes ?? {}
  const contactId = `contact-of-${world.line.requests[0]?.clientToken ?? ''}`
  return {
    world,
    cardId,
    caseId,
    async press (parameters: object, change: { contactId?: string } = {}) {
      const body = JSON.stringify({
        Name: 'ContactFlowEvent', Details: { ContactData: { ContactId: contactId, Attributes: attributes, ...change.contactId === undefined ? {} : { ContactId: change.contactId } }, Parameters: parameters }
      })
      const seconds = world.clock.nowMs / 1000
      const signature = `t=${seconds},v1=${createHmac('sha256', BRIDGE_SECRET).update(`${seconds}.${body}`).digest('hex')}`
      return await world.app.inject({ method: 'POST', url: '/v1/connect/answers', headers: { 'content-type': 'application/json', 'ringfence-signature': signature }, payload: body })
    },
    async at (afterMs: number): Promise<Case | undefined> {
      world.clock.nowMs = START_MS + afterMs
      await world.dial()
      return await world.store.cases.get(caseId)
    }
  }
}

async function optOutsOf (world: World): Promise<unknown> {
  return (await world.app.inject({ url: `/v1/customers/${CUSTOMER_ID}`, headers: KEY_HEADERS })).json<{ optOuts: unknown }>().optOuts
}

async function changeOptOut (world: World, method: 'PUT' | 'DELETE', channel = 'voice', customerId = CUSTOMER_ID, headers = KEY_HEADERS) {
  return await world.app.inject({ method, url: `/v1/customers/${customerId}/opt-outs/${channel}`, headers })
}

t.test('optOutByContact: key 9 ends the attempt, is stored, and no later step of the ladder calls; the card is left and the case stays open', async (t) => {
  const { world, cardId, press, at } = await onThePhone(t)
  t.same((await press({ answer: 'opt_out', channels: 'voice' })).json(), { result: 'opted_out' })
  t.same(await optOutsOf(world), [{ channel: 'voice', at: '2026-11-22T10:00:00.000Z', via: 'voice' }])
  t.match(await at(0), { status: 'open', decision: null, attempts: [{ status: 'ended', outcome: 'opted_out' }, { channel: 'voice', status: 'due' }] })
  t.match(await at(MINUTE_MS), { status: 'open', attempts: [{}, { channel: 'voice', status: 'ended', outcome: 'opted_out', submissions: 0 }, { channel: 'sms', status: 'due' }] })
  t.equal(world.line.requests.length, 1, 'one call, the one in which they said so')
  t.match(await world.store.cards.get(cardId), { isBlocked: false })
})

t.test('optOutByContact: when no channel is left the case ends without an answer', async (t) => {
  const { world, press, at } = await onThePhone(t)
  await press({ answer: 'opt_out', channels: 'voice,sms' })
  await at(MINUTE_MS)
  t.match(await at(2 * MINUTE_MS), { status: 'closed', decision: 'none', ending: 'nobody_reached', attempts: [{ outcome: 'opted_out' }, { outcome: 'opted_out' }, { channel: 'sms', outcome: 'opted_out' }] })
  t.equal(world.line.requests.length, 1)
})

t.test('optOutByContact may be repeated, as a bridge does; it is stored, counted and logged once, without the number', async (t) => {
  const { world, caseId, press } = await onThePhone(t)
  for (let time = 0; time < 3; time++) t.same((await press({ answer: 'opt_out', channels: 'voice' })).json(), { result: 'opted_out' })
  t.match(await world.store.cases.get(caseId), { attempts: [{ outcome: 'opted_out' }, { status: 'due' }] })
  t.match(await world.metricsText(), /^ringfence_opt_outs_total\{channel="voice",change="set"\} 1$/m)
  t.match(await world.metricsText(), /^ringfence_attempts_ended_total\{channel="voice",outcome="opted_out"\} 1$/m)
  const lines = world.logLines.filter((line) => line.includes('opted out'))
  t.equal(lines.length, 1)
  t.match(lines[0], new RegExp(CUSTOMER_ID))
  t.match(JSON.parse(lines[0] ?? ''), { caseId }, 'it belongs to the story of its case')
  t.notMatch(world.logLines.join(''), '4915112345678')
})

t.test('optOutByContact: no channel named, or an empty one, is the channel of the contact', async (t) => {
  for (const parameters of [{ answer: 'opt_out' }, { answer: 'opt_out', channels: '' }]) {
    const { world, press } = await onThePhone(t)
    t.same((await press(parameters)).json(), { result: 'opted_out' })
    t.match(await optOutsOf(world), [{ channel: 'voice' }])
  }
})

t.test('optOutByContact: a word that is no channel is refused, and so is a contact that is not the attempt\'s; nothing is stored', async (t) => {
  const { world, press } = await onThePhone(t)
  t.match((await press({ answer: 'opt_out', channels: 'voice,fax' })).json(), { status: 400, code: 'validation_failed' })
  t.match((await press({ answer: 'opt_out', channels: 'voice' }, { contactId: 'another-contact' })).json(), { status: 409, code: 'contact_mismatch' })
  t.same(await optOutsOf(world), [])
})

t.test('optOutByContact: an opt-out after the answer is stored, and the answer stands', async (t) => {
  const { world, cardId, caseId, press } = await onThePhone(t)
  t.same((await press({ answer: 'fraud' })).json(), { result: 'blocked' })
  t.same((await press({ answer: 'opt_out', channels: 'voice' })).json(), { result: 'opted_out' })
  t.match(await optOutsOf(world), [{ channel: 'voice' }])
  t.match(await world.store.cases.get(caseId), { status: 'closed', decision: 'fraud', attempts: [{ outcome: 'answered' }] })
  t.match(await world.store.cards.get(cardId), { isBlocked: true })
})

t.test('optOutByContact: an answer after the opt-out still counts', async (t) => {
  const { cardId, world, press } = await onThePhone(t)
  await press({ answer: 'opt_out', channels: 'voice' })
  t.same((await press({ answer: 'fraud' })).json(), { result: 'blocked' })
  t.match(await world.store.cards.get(cardId), { isBlocked: true })
})

t.test('optOutByContact: a store that fails after the opt-out was stored leaves nothing undone that a repeat would not do', async (t) => {
  let isBroken = false
  const { world, caseId, press, at } = await onThePhone(t, {
    breakStore: (store) => ({ ...store, cases: { ...store.cases, async save (question) { if (isBroken) throw new Error('the process died'); return await store.cases.save(question) } } })
  })
  isBroken = true
  t.equal((await press({ answer: 'opt_out', channels: 'voice' })).statusCode, 500)
  t.match(await optOutsOf(world), [{ channel: 'voice' }], 'the intent was first')
  isBroken = false
  t.same((await press({ answer: 'opt_out', channels: 'voice' })).json(), { result: 'opted_out' })
  t.match(await world.store.cases.get(caseId), { attempts: [{ outcome: 'opted_out' }, { status: 'due' }] })
  await at(MINUTE_MS)
  t.equal(world.line.requests.length, 1)
})

t.test('a submission that nobody knows of is not asked for again after an opt-out, it might ring only then; and no second contact starts beside it', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  world.line.next = () => ({ kind: 'unknown', why: 'TimeoutError' })
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  await world.dial()
  await changeOptOut(world, 'PUT')
  world.clock.nowMs = START_MS + 5_000
  await world.dial()
  t.equal(world.line.requests.length, 1)
  t.match((await world.store.cases.get(caseId))?.attempts, [{ status: 'submission_unknown', submissions: 1, dueAtMs: START_MS + 4 * MINUTE_MS }])
  world.clock.nowMs = START_MS + 4 * MINUTE_MS - 1
  await world.dial()
  t.equal((await world.store.cases.get(caseId))?.attempts.length, 1, 'the first call may be under way')
  world.clock.nowMs += 1
  await world.dial()
  t.equal(world.line.requests.length, 1)
  t.match(await world.store.cases.get(caseId), { attempts: [{ status: 'ended', outcome: 'unknown', submissions: 1 }, { channel: 'sms' }] })
})

t.test('PUT and DELETE of an opt-out: from an app or an agent, honoured from the next attempt on, in both directions', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const set = await changeOptOut(world, 'PUT')
  t.equal(set.statusCode, 200)
  t.same(set.json(), { customerId: CUSTOMER_ID, optOuts: [{ channel: 'voice', at: '2026-11-22T10:00:00.000Z', via: 'key tests' }] })
  world.clock.nowMs += MINUTE_MS
  t.match((await changeOptOut(world, 'PUT')).json(), { optOuts: [{ at: '2026-11-22T10:00:00.000Z' }] }, 'the first one stands')

  const put = await world.app.inject({ method: 'PUT', url: `/v1/customers/${CUSTOMER_ID}`, headers: KEY_HEADERS, payload: { firstName: 'Ada', lastName: 'King', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', cards: [{ number: '2442230821108788' }] } })
  t.match(put.json(), { lastName: 'King', optOuts: [{ channel: 'voice' }] }, 'and outlives a PUT')
  await postTransaction(world.app, transactionBody('tx-1'))
  await world.dial()
  t.equal(world.line.requests.length, 0)

  t.match((await changeOptOut(world, 'DELETE')).json(), { optOuts: [] })
  t.match((await changeOptOut(world, 'DELETE')).json(), { optOuts: [] })
  t.same(await optOutsOf(world), [])
  await world.app.inject({ method: 'PUT', url: '/v1/customers/bob', headers: KEY_HEADERS, payload: { firstName: 'Bob', lastName: 'B', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', cards: [{ number: '5555341244441115' }] } })
  await changeOptOut(world, 'PUT', 'voice', 'bob')
  await changeOptOut(world, 'DELETE', 'voice', 'bob')
  await postTransaction(world.app, transactionBody('tx-2', { customerId: 'bob', card: { number: '5555341244441115' } }))
  await world.dial()
  t.equal(world.line.requests.length, 1, 'taken back: called again')
  t.match(await world.metricsText(), /^ringfence_opt_outs_total\{channel="voice",change="taken_back"\} 2$/m)
})

t.test('PUT and DELETE of an opt-out are refused for who is not there, for what is no channel, and without the scope', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  for (const method of ['PUT', 'DELETE'] as const) {
    t.match((await changeOptOut(world, method, 'voice', 'nobody')).json(), { status: 404, code: 'customer_not_found' })
    t.match((await changeOptOut(world, method, 'fax')).json(), { status: 400, code: 'validation_failed' })
    t.match((await changeOptOut(world, method, 'voice', CUSTOMER_ID, { authorization: 'Bearer reader-key' })).json(), { code: 'scope_missing' })
  }
  t.same(await optOutsOf(world), [])
})

/** Each attempt that ended is counted once, however often its write was refused because somebody else wrote before. */
t.test('an attempt whose end another writer made to be written twice is counted and logged once', async (t) => {
  const plan = { conflicts: 0 }
  const breakStore: WorldOptions['breakStore'] = (store) => ({
    ...store, cases: { ...store.cases, async save (question) { return plan.conflicts-- > 0 ? false : await store.cases.save(question) } }
  })
  for (const [word, outcome] of [[{ answer: 'none', heard: 'key' }, 'no_input'], [{ answer: 'opt_out' }, 'opted_out']] as const) {
    const { world, press } = await onThePhone(t, { breakStore })
    plan.conflicts = 2
    t.equal((await press(word)).statusCode, 200)
    t.match(await world.metricsText(), `ringfence_attempts_ended_total{channel="voice",outcome="${outcome}"} 1\n`)
  }
  const { world, at } = await onThePhone(t, { breakStore })
  await world.app.inject({ method: 'PUT', url: `/v1/customers/${CUSTOMER_ID}/opt-outs/voice`, headers: KEY_HEADERS })
  world.reader.next = () => ({ kind: 'not_found', why: 'ResourceNotFoundException' })
  await at(4 * MINUTE_MS)
  plan.conflicts = 2
  await at(5 * MINUTE_MS)
  t.match(await world.metricsText(), 'ringfence_attempts_ended_total{channel="voice",outcome="opted_out"} 1\n')
  t.equal(world.logLines.filter((line) => line.includes('"attempt ended"')).length, 1)

  const refused = await createWorld({ breakStore, policy: { ladder: [{ channel: 'voice', delayMs: 0 }] } })
  t.teardown(refused.close)
  await putSampleCustomer(refused.app)
  refused.scorer.next = 987
  await postTransaction(refused.app, transactionBody('tx-1'))
  refused.line.next = () => { plan.conflicts = 2; return { kind: 'refused', outcome: 'rejected', why: 'DestinationNotAllowedException' } }
  await refused.dial()
  t.match(await refused.metricsText(), 'ringfence_attempts_ended_total{channel="voice",outcome="rejected"} 1\n')
})
