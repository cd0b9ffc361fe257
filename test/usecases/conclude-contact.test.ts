import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { QUEUES } from '../../src/domain/case-due.ts'
import type { ContactReport } from '../../src/ports.ts'
import { BRIDGE_SECRET, createWorld, CUSTOMER_ID, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody, type World, type WorldOptions } from '../world.ts'

const PICKED_UP = { connectedToSystemTimestamp: '2026-11-22T10:00:05.000Z' }
const SECOND_MS = 1_000
const ENDED: ContactReport & { kind: 'found' } = {
  kind: 'found', connectedAtMs: null, endedAtMs: Date.parse('2026-11-22T10:01:00Z'), disconnectReason: 'OTHER', answeringMachine: null, answer: null, optOut: [], heard: null
}
const UNDER_WAY: ContactReport = { ...ENDED, connectedAtMs: Date.parse('2026-11-22T10:00:05Z'), endedAtMs: null, disconnectReason: null }
const FAILED: ContactReport = { kind: 'failed', why: 'TimeoutError' }

async function postEvent (world: World, contactId: string, eventType: string, { eventId = `${contactId}-${eventType}`, ...detail }: { eventId?: string, connectedToSystemTimestamp?: string, disconnectReason?: string } = {}) {
  const body = JSON.stringify({ id: eventId, source: 'aws.connect', detail: { eventType, contactId, ...detail } })
  const seconds = world.clock.nowMs / 1000
  const signature = createHmac('sha256', BRIDGE_SECRET).update(`${seconds}.${body}`).digest('hex')
  const reply = await world.app.inject({
    method: 'POST', url: '/v1/connect/events', payload: body, headers: { 'content-type': 'application/json', 'ringfence-signature': `t=${seconds},v1=${signature}` }
  })
  if (reply.statusCode !== 202) throw new Error(reply.body)
}

async function suspiciousWorld (t: Test, options: Pick<WorldOptions, 'breakStore'> = {}) {
  const world = await createWorld({ ...options, policy: { ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: 60_000 }] } })
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  const readCase = async () => (await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json<{ decision: string, history: object[], attempts: Array<{ outcome: string | null, status: string, dueAt: string | null }> }>()
  const readAttempts = async () => (await readCase()).attempts.map(({ status, outcome }) => outcome ?? status)
  const dialAfter = async (ms: number) => { world.clock.nowMs += ms; await world.dial() }
  return { world, caseId, cardId, readCase, readAttempts, dialAfter, contactId: `contact-of-ringfence-${caseId.replace('case_', 'attempt_')}_1` }
}

t.test('a call that is over ends its attempt once the calling service was asked, and the next step of the ladder is due', async (t) => {
  const { world, readAttempts, contactId, dialAfter } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'INITIATED')
  t.same(await readAttempts(), ['submitted'])
  const wakes = world.dialerWakes()
  await postEvent(world, contactId, 'DISCONNECTED')
  t.same(world.reader.asked, [], 'no request waits for the calling service')
  t.ok(world.dialerWakes() > wakes, 'the dialer does')
  await world.dial()
  t.same(world.reader.asked, [contactId])
  t.same(await readAttempts(), ['no_answer', 'due'])
  await dialAfter(60 * SECOND_MS)
  t.equal(world.line.requests.length, 2)
})

t.test('what the calling service says of a contact that is over becomes its outcome', async (t) => {
  const picked = { ...ENDED, connectedAtMs: Date.parse('2026-11-22T10:00:05Z') }
  const TABLE: Array<[report: ContactReport, outcome: string]> = [
    [{ ...ENDED, disconnectReason: 'TELECOM_BUSY' }, 'busy'],
    [{ ...ENDED, disconnectReason: 'TELECOM_NUMBER_INVALID' }, 'invalid_number'],
    [{ ...ENDED, disconnectReason: 'TELECOM_UNANSWERED' }, 'no_answer'],
    [{ ...ENDED, disconnectReason: 'TELECOM_POTENTIAL_BLOCKING' }, 'rejected'],
    [{ ...ENDED, disconnectReason: 'TELECOM_PROBLEM' }, 'failed'],
    [{ ...picked, disconnectReason: 'CUSTOMER_DISCONNECT' }, 'no_input'],
    [{ ...picked, disconnectReason: 'CONTACT_FLOW_DISCONNECT', heard: 'nothing' }, 'voicemail_suspected'],
    [{ ...picked, disconnectReason: 'CONTACT_FLOW_DISCONNECT', heard: 'key' }, 'no_input'],
    [{ ...picked, disconnectReason: null, answeringMachine: 'VOICEMAIL_BEEP' }, 'voicemail_suspected'],
    [{ kind: 'not_found', why: 'ResourceNotFoundException' }, 'no_answer']
  ]
  for (const [report, outcome] of TABLE) {
    const { world, readAttempts, contactId } = await suspiciousWorld(t)
    world.reader.next = () => report
    await world.dial()
    await postEvent(world, contactId, 'DISCONNECTED')
    await world.dial()
    t.same(await readAttempts(), [outcome, 'due'], JSON.stringify(report))
    t.match(await world.metricsText(), `ringfence_attempts_ended_total{channel="voice",outcome="${outcome}"} 1`)
  }
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
    await world.dial()
    t.same(await readAttempts(), ['no_input', 'due'])
  }
})

t.test('an event with the 1970 of the documentation is no picking up', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED', { connectedToSystemTimestamp: '1970-01-01T00:00:00.001Z' })
  await world.dial()
  t.same(await readAttempts(), ['no_answer', 'due'])
})

t.test('an event that says by itself why nobody was reached ends the attempt at once, and nobody is asked', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED', { disconnectReason: 'TELECOM_BUSY' })
  t.same(await readAttempts(), ['busy', 'due'])
  t.same(world.reader.asked, [])
})

t.test('of a contact that was picked up the calling service is asked whatever the event says: an answer may be there', async (t) => {
  for (const detail of [{ ...PICKED_UP, disconnectReason: 'TELECOM_BUSY' }, { disconnectReason: 'CUSTOMER_DISCONNECT' }, { disconnectReason: 'CONTACT_FLOW_DISCONNECT' }]) {
    const { world, contactId, readCase, cardId } = await suspiciousWorld(t)
    world.reader.next = () => ({ ...ENDED, answer: 'fraud' })
    await world.dial()
    await postEvent(world, contactId, 'DISCONNECTED', detail)
    await world.dial()
    t.match(await readCase(), { status: 'closed', decision: 'fraud', attempts: [{ outcome: 'answered' }] })
    t.match(await world.store.cards.get(cardId), { isBlocked: true })
  }
})

t.test('an answer that the flow kept with its contact is settled, and the history says where it was read', async (t) => {
  for (const [answer, isBlocked] of [['fraud', true], ['genuine', false]] as const) {
    const { world, contactId, cardId, readCase } = await suspiciousWorld(t)
    world.reader.next = () => ({ ...ENDED, answer })
    await world.dial()
    await postEvent(world, contactId, 'DISCONNECTED')
    await world.dial()
    t.match(await readCase(), { status: 'closed', decision: answer, ending: 'answered', attempts: [{ outcome: 'answered', contactId }] })
    t.match((await readCase()).history.at(-2), { who: 'cardholder, read from the contact', what: `decided ${answer}` })
    t.match(await world.store.cards.get(cardId), { isBlocked, openCaseId: null })
  }
})

t.test('an opt-out that the flow kept with its contact is stored and ends the attempt', async (t) => {
  const { world, contactId, readCase, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => ({ ...ENDED, optOut: ['voice'] })
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  t.match((await world.store.customers.get(CUSTOMER_ID))?.optOuts, [{ channel: 'voice' }])
  t.match(await readCase(), { decision: null, attempts: [{ outcome: 'opted_out' }, { status: 'due' }] })
  await dialAfter(60 * SECOND_MS)
  t.equal(world.line.requests.length, 1, 'nobody rings again')
})

t.test('a process that dies while it takes an event has acknowledged nothing, and the event that comes again is concluded', async (t) => {
  const plan = { breaks: false }
  const { world, readAttempts, contactId } = await suspiciousWorld(t, {
    breakStore: (store) => ({ ...store, cases: { ...store.cases, async save (question) { if (plan.breaks) throw new Error('the process died'); return await store.cases.save(question) } } })
  })
  await world.dial()
  plan.breaks = true
  await t.rejects(postEvent(world, contactId, 'DISCONNECTED'), /"status":500/)
  plan.breaks = false
  await postEvent(world, contactId, 'DISCONNECTED')
  plan.breaks = true
  world.reader.next = () => ({ ...ENDED, disconnectReason: 'TELECOM_BUSY' })
  await world.dial()
  plan.breaks = false
  t.same(await readAttempts(), ['submitted'], 'what was learnt is lost, and asked for again')
  world.clock.nowMs += 5 * SECOND_MS
  await world.dial()
  t.same(await readAttempts(), ['busy', 'due'])
})

t.test('an event that comes before the reply which names its contact is not lost', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  world.line.next = async () => {
    await postEvent(world, contactId, 'DISCONNECTED')
    return { kind: 'submitted', contactId }
  }
  await world.dial()
  await world.dial()
  t.same(await readAttempts(), ['no_answer', 'due'])
})

t.test('an event that comes again, or under another id, ends one attempt only and makes nobody ask again', async (t) => {
  const { world, readAttempts, contactId, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => FAILED
  await world.dial()
  for (const eventId of ['e1', 'e1', 'e2']) {
    await postEvent(world, contactId, 'DISCONNECTED', { eventId })
    await world.dial()
  }
  t.equal(world.reader.asked.length, 1, 'a repeated event does not pull the next look forward')
  world.reader.next = () => ENDED
  await dialAfter(5 * SECOND_MS)
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  t.same(await readAttempts(), ['no_answer', 'due'])
  t.equal(world.reader.asked.length, 2)
})

t.test('events that come in the wrong order tell the same', async (t) => {
  const { world, readAttempts, contactId } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await postEvent(world, contactId, 'CONNECTED_TO_SYSTEM', PICKED_UP)
  await postEvent(world, contactId, 'INITIATED')
  await world.dial()
  t.same(await readAttempts(), ['no_input', 'due'])
})

t.test('an event of a contact that nobody knows changes nothing; after an answer another way the contact is looked at once, however often the event comes', async (t) => {
  const { world, caseId, readAttempts, contactId, dialAfter } = await suspiciousWorld(t)
  await world.dial()
  await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
  await postEvent(world, 'a-contact-of-somebody', 'DISCONNECTED')
  await world.dial()
  t.same(world.reader.asked, [])
  for (const eventId of ['e1', 'e1', 'e2', 'e3']) {
    await postEvent(world, contactId, 'DISCONNECTED', { eventId })
    await dialAfter(SECOND_MS)
  }
  t.same(await readAttempts(), ['superseded'])
  t.same(world.reader.asked, [contactId])
  t.same(await world.store.dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 10), [])
})

t.test('when the last step of the ladder is over, the case ends none and the card stays as it is', async (t) => {
  const { world, caseId, readAttempts, contactId, dialAfter } = await suspiciousWorld(t)
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  await dialAfter(60 * SECOND_MS)
  await postEvent(world, contactId.replace(/_1$/, '_2'), 'DISCONNECTED')
  await world.dial()
  t.same(await readAttempts(), ['no_answer', 'no_answer'])
  t.match((await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json(), { status: 'closed', decision: 'none', ending: 'nobody_reached' })
})

t.test('a calling service that cannot be asked holds the ladder up for 35 seconds, then what is known decides', async (t) => {
  for (const [report, outcome] of [[FAILED, 'no_answer'], [UNDER_WAY, 'no_input']] as const) {
    const { world, readAttempts, contactId, dialAfter } = await suspiciousWorld(t)
    world.reader.next = () => report
    await world.dial()
    await postEvent(world, contactId, 'DISCONNECTED')
    await world.dial()
    for (const [afterMs, asked] of [[4_999, 1], [1, 2], [9_999, 2], [1, 3], [19_999, 3]] as const) {
      await dialAfter(afterMs)
      t.equal(world.reader.asked.length, asked)
      t.same(await readAttempts(), ['submitted'])
    }
    await dialAfter(1)
    t.equal(world.reader.asked.length, 4)
    t.same(await readAttempts(), [outcome, 'due'], `${report.kind}: an event that says over is believed before a record that lags`)
  }
})

t.test('a calling service that can be asked again tells what it knows', async (t) => {
  const { world, readAttempts, contactId, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => FAILED
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  world.reader.next = () => ({ ...ENDED, disconnectReason: 'TELECOM_BUSY' })
  await dialAfter(5 * SECOND_MS)
  t.same(await readAttempts(), ['busy', 'due'])
  t.match(await world.metricsText(), /contact_lookups_total\{result="failed"\} 1\n(.*\n)*.*contact_lookups_total\{result="found"\} 1/)
})

t.test('the watchdog asks before it writes unknown', async (t) => {
  const TABLE: Array<[report: ContactReport, attempts: string[], case_: object]> = [
    [{ ...ENDED, disconnectReason: 'TELECOM_BUSY' }, ['busy', 'due'], { status: 'open' }],
    [{ ...ENDED, answer: 'fraud' }, ['answered'], { status: 'closed', decision: 'fraud' }],
    [{ kind: 'not_found', why: 'ResourceNotFoundException' }, ['unknown', 'due'], { status: 'open' }],
    [FAILED, ['submitted'], { status: 'open' }],
    [UNDER_WAY, ['submitted'], { status: 'open' }]
  ]
  for (const [report, attempts, question] of TABLE) {
    const { world, readAttempts, readCase, dialAfter } = await suspiciousWorld(t)
    world.reader.next = () => report
    await world.dial()
    await dialAfter(239_999)
    t.same(world.reader.asked, [])
    await dialAfter(1)
    t.equal(world.reader.asked.length, 1)
    t.same(await readAttempts(), attempts, JSON.stringify(report))
    t.match(await readCase(), question)
  }
})

t.test('a call that is still under way at its deadline is looked at again, and not for ever', async (t) => {
  const { world, readAttempts, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => UNDER_WAY
  await world.dial()
  await dialAfter(240 * SECOND_MS)
  for (let looks = 1; looks <= 8; looks++) {
    t.equal(world.reader.asked.length, looks)
    t.same(await readAttempts(), ['submitted'])
    await dialAfter(30 * SECOND_MS)
  }
  t.same(await readAttempts(), ['unknown', 'due'])
})

t.test('a call that is still under way at its deadline and then ends is concluded', async (t) => {
  const { world, readAttempts, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => UNDER_WAY
  await world.dial()
  await dialAfter(240 * SECOND_MS)
  world.reader.next = () => ({ ...ENDED, connectedAtMs: ENDED.endedAtMs, disconnectReason: 'CUSTOMER_DISCONNECT' })
  await dialAfter(30 * SECOND_MS)
  t.same(await readAttempts(), ['no_input', 'due'])
})

t.test('an answer through the bridge while the calling service is asked stands, and nothing is ended twice', async (t) => {
  const { world, caseId, readCase, contactId } = await suspiciousWorld(t)
  world.reader.next = async () => {
    await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } })
    return ENDED
  }
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  t.match(await readCase(), { status: 'closed', decision: 'genuine', attempts: [{ outcome: 'superseded' }] })
  t.equal((await readCase()).attempts.length, 1)
})

t.test('a reader that breaks leaves the attempt due, and others go on', async (t) => {
  const { world, readAttempts, contactId, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => { throw new Error('a fault of ours') }
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  t.same(await readAttempts(), ['submitted'])
  world.reader.next = () => ENDED
  await dialAfter(5 * SECOND_MS)
  t.same(await readAttempts(), ['no_answer', 'due'])
})

const MINUTE_MS = 60 * SECOND_MS
const THROTTLED: ContactReport = { kind: 'not_asked', why: 'ThrottlingException' }

t.test('a look that was throttled is no failure: it is made again in two seconds, for two minutes, and the answer that the contact holds counts', async (t) => {
  const { world, contactId, readCase, readAttempts, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => THROTTLED
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  for (let looks = 1; looks <= 59; looks++) {
    t.equal(world.reader.asked.length, looks)
    await dialAfter(2 * SECOND_MS)
  }
  t.same(await readAttempts(), ['submitted'])
  world.reader.next = () => ({ ...ENDED, answer: 'fraud' })
  await dialAfter(2 * SECOND_MS)
  t.match(await readCase(), { status: 'closed', decision: 'fraud' })
})

t.test('throttled for ever, a look is no more patient than a failing one', async (t) => {
  const { world, contactId, readAttempts, dialAfter } = await suspiciousWorld(t)
  world.reader.next = () => THROTTLED
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  for (const ms of [2 * MINUTE_MS, 5 * SECOND_MS, 10 * SECOND_MS]) await dialAfter(ms)
  t.same(await readAttempts(), ['submitted'])
  await dialAfter(20 * SECOND_MS)
  t.same(await readAttempts(), ['no_answer', 'due'])
})

/** The first attempt has ended because nobody could be asked; what its contact holds is not known. */
async function unheardWorld (t: Test) {
  const parts = await suspiciousWorld(t)
  const { world, contactId, dialAfter } = parts
  world.reader.next = () => FAILED
  await world.dial()
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  for (const ms of [5, 10, 20]) await dialAfter(ms * SECOND_MS)
  t.same(await parts.readAttempts(), ['no_answer', 'due'])
  world.reader.asked.length = 0
  return parts
}

t.test('an answer that could not be read in time is read later, while the ladder goes on, and counts as a late one', async (t) => {
  const { world, contactId, cardId, readCase, dialAfter } = await unheardWorld(t)
  await dialAfter(59 * SECOND_MS)
  t.same(world.reader.asked, [])
  await dialAfter(SECOND_MS)
  await world.dial()
  t.same(world.reader.asked, [contactId], 'looked at again')
  t.equal(world.line.requests.length, 2, 'and the next call rang in its time')
  world.reader.next = (asked) => asked === contactId ? { ...ENDED, answer: 'fraud' } : UNDER_WAY
  await dialAfter(5 * MINUTE_MS - SECOND_MS)
  t.equal(world.reader.asked.filter((asked) => asked === contactId).length, 1)
  await dialAfter(SECOND_MS)
  await world.dial()
  t.match(await readCase(), { status: 'closed', decision: 'fraud', attempts: [{ outcome: 'answered' }, {}] })
  t.match(await world.store.cards.get(cardId), { isBlocked: true })
})

t.test('a case that ended none takes the answer that is read hours later, and then nothing is due', async (t) => {
  const { world, contactId, cardId, readCase, dialAfter } = await unheardWorld(t)
  world.line.next = () => ({ kind: 'refused', outcome: 'rejected', why: 'DestinationNotAllowedException' })
  for (let minutes = 0; minutes < 5 * 60; minutes += 5) await dialAfter(5 * MINUTE_MS)
  t.match(await readCase(), { status: 'closed', decision: 'none' })
  t.equal(world.reader.asked.length, 7, 'after 1, 5, 15 and then every 60 minutes')
  world.reader.next = () => ({ ...ENDED, answer: 'fraud', optOut: ['voice'] })
  await dialAfter(60 * MINUTE_MS)
  t.match(await readCase(), { status: 'closed', decision: 'fraud', ending: 'answered' })
  t.match(await world.store.cards.get(cardId), { isBlocked: true })
  t.match((await world.store.customers.get(CUSTOMER_ID))?.optOuts, [{ channel: 'voice' }])
  t.same([...new Set(world.reader.asked)], [contactId])
  t.same(await world.store.dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 10), [])
})

t.test('a contact that cannot be looked up for a day is given up, and one that holds nothing is looked at once', async (t) => {
  for (const [report, looks] of [[FAILED, 27], [THROTTLED, 26], [ENDED, 1], [{ kind: 'not_found', why: 'ResourceNotFoundException' }, 1]] as const) {
    const { world, readCase, dialAfter } = await unheardWorld(t)
    world.line.next = () => ({ kind: 'refused', outcome: 'rejected', why: 'DestinationNotAllowedException' })
    world.reader.next = () => report
    let hours = 0
    while ((await world.store.dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 1)).length > 0 && hours++ < 26) await dialAfter(60 * MINUTE_MS)
    t.match(await readCase(), { status: 'closed', decision: 'none' })
    t.ok(world.reader.asked.length <= looks, `${report.kind}: ${world.reader.asked.length} looks`)
    t.same(await world.store.dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 10), [], report.kind)
  }
})

t.test('an opt-out that was given in a call which an answer another way had overtaken is found, whichever came first', async (t) => {
  for (const order of ['answer first', 'event first']) {
    const { world, caseId, contactId, readCase } = await suspiciousWorld(t)
    world.reader.next = () => ({ ...ENDED, optOut: ['voice'] })
    await world.dial()
    const answer = async () => { await world.app.inject({ method: 'POST', url: `/v1/cases/${caseId}/answer`, headers: KEY_HEADERS, payload: { answer: 'genuine' } }) }
    const tell = async () => { await postEvent(world, contactId, 'DISCONNECTED') }
    for (const step of order === 'answer first' ? [answer, tell] : [tell, answer]) await step()
    await world.dial()
    t.match((await world.store.customers.get(CUSTOMER_ID))?.optOuts, [{ channel: 'voice' }], order)
    t.match(await readCase(), { status: 'closed', decision: 'genuine', attempts: [{ outcome: 'superseded' }] })
    t.same(world.reader.asked, [contactId])
    t.same(await world.store.dueIndex.due(QUEUES, Number.MAX_SAFE_INTEGER, 10), [])
  }
})

t.test('a contact whose flow told everything itself is not looked up when it is over', async (t) => {
  const { world, contactId } = await suspiciousWorld(t)
  await world.dial()
  const body = JSON.stringify({ Name: 'ContactFlowEvent', Details: { ContactData: { ContactId: contactId, Attributes: world.line.requests[0]?.attributes }, Parameters: { answer: 'fraud' } } })
  const seconds = world.clock.nowMs / 1000
  const signature = `t=${seconds},v1=${createHmac('sha256', BRIDGE_SECRET).update(`${seconds}.${body}`).digest('hex')}`
  t.equal((await world.app.inject({ method: 'POST', url: '/v1/connect/answers', headers: { 'content-type': 'application/json', 'ringfence-signature': signature }, payload: body })).statusCode, 200)
  await postEvent(world, contactId, 'DISCONNECTED')
  await world.dial()
  t.same(world.reader.asked, [])
})
