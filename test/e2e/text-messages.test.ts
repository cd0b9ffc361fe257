import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { createHandler } from '../../contact-flow/bridge/index.mjs'
import { createConnectClient } from '../../src/adapters/aws/clients.ts'
import { createConnectContactReader } from '../../src/adapters/connect/contact-reader.ts'
import { createConnectSmsCaller } from '../../src/adapters/connect/sms-caller.ts'
import { createConnectVoiceCaller } from '../../src/adapters/connect/voice-caller.ts'
import type { Store } from '../../src/adapters/dynamodb/store.ts'
import type { LadderStep } from '../../src/domain/policy.ts'
import { RingfenceError } from '../../src/errors.ts'
import type { Caller, ContactReader } from '../../src/ports.ts'
import type { ContactEvent } from '../../src/simulators/connect/contact-event.ts'
import type { ContactView } from '../../src/simulators/connect/contact.ts'
import { BRIDGE_ARN, CARDHOLDER, FLOW_ID, INSTANCE_ID, OUR_NUMBER, startInstance, TEXT_FLOW_ID, TEXT_NUMBER_ARN } from '../simulators/connect/simulated-instance.ts'
import { poll, startLocalService } from './local-process.ts'
import { BRIDGE_SECRET, createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody, type World } from '../world.ts'

const TEXT_ONLY: LadderStep[] = [{ channel: 'sms', delayMs: 0 }]
const MINUTE_MS = 60_000

interface Options {
  ladder?: LadderStep[]
  customer?: object
  breakStore?: (store: Store) => Store
  /** Whether contact events arrive; they do by default. */
  hasEvents?: boolean
}

/** The whole way: a suspicious transaction, the genuine SDK, the simulator, the shipped flow, bot and bridge, and back into the service. */
async function startWay (t: Test, { ladder = TEXT_ONLY, customer = {}, breakStore = (store) => store, hasEvents = true }: Options = {}) {
  const parts: { callers: Caller[], reader?: ContactReader } = { callers: [] }
  const world = await createWorld({
    policy: { ladder }, callers: parts.callers, contactReader: { describe: async (contactId) => await parts.reader?.describe(contactId) ?? { kind: 'failed', why: 'none' } }, breakStore
  })
  t.teardown(world.close)
  const url = await world.app.listen({ host: '127.0.0.1', port: 0 })
  const deliveries: Array<Promise<unknown>> = []
  /** What was so when the bridge brought its reply to the flow. */
  const whenReplied: Array<{ isBlocked: boolean | undefined, texts: number }> = []
  const bridge = createHandler({ url, secret: BRIDGE_SECRET, nowMs: () => world.clock.nowMs })

  const instance = await startInstance(t, {
    lambdas: {
      async [BRIDGE_ARN] (event: unknown) {
        const reply = await bridge(event)
        whenReplied.push({ isBlocked: (await world.store.cards.get(cardId))?.isBlocked, texts: sent(instance.simulator.contacts().at(-1)).length })
        return reply
      }
    },
    onContactEvent (event) { if (hasEvents) deliveries.push(deliver(world, event)) }
  })
  const client = createConnectClient(5_000, { endpoint: instance.endpoint })
  t.teardown(() => { client.destroy() })
  const common = { client, instanceId: INSTANCE_ID, timeoutMs: 5_000 }
  parts.reader = createConnectContactReader({ ...common, nowMs: () => world.clock.nowMs })
  parts.callers.push(
    createConnectVoiceCaller({ ...common, contactFlowId: FLOW_ID, sourcePhoneNumber: OUR_NUMBER }),
    createConnectSmsCaller({ ...common, contactFlowId: TEXT_FLOW_ID, sourceNumberArn: TEXT_NUMBER_ARN, replyMs: 60 * MINUTE_MS })
  )
  const cardId = await putSampleCustomer(world.app, { phoneNumber: CARDHOLDER, channels: ['voice', 'sms'], ...customer })
  world.scorer.next = 987

  const readCase = async (caseId: string) => (await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json<{
    status: string, decision: string | null, attempts: Array<{ channel: string, status: string, outcome: string | null }>
  }>()
  return {
    ...instance,
    world,
    whenReplied,
    readCase,
    readOutcomes: async (caseId: string) => (await readCase(caseId)).attempts.map(({ channel, status, outcome }) => `${channel} ${outcome ?? status}`),
    readCard: async () => await world.store.cards.get(cardId),
    /** A suspicious payment. @returns its case */
    pay: async (transactionId: string, change: object = {}) => (await postTransaction(world.app, transactionBody(transactionId, change))).json<{ case: { id: string } }>().case.id,
    /** One pass of the dialer, all that it started, and all that was told of it. */
    async dial (): Promise<ContactView | undefined> {
      const before = instance.simulator.contacts().length
      await world.dial()
      const started = instance.simulator.contacts()[before]
      const settled = started === undefined ? undefined : await instance.simulator.settledContact(started.contactId)
      await new Promise((resolve) => { setImmediate(resolve) })
      await Promise.all(deliveries)
      return settled
    }
  }
}

async function deliver (world: World, event: ContactEvent): Promise<void> {
  const body = JSON.stringify(event)
  const seconds = Math.floor(world.clock.nowMs / 1000)
  const signature = createHmac('sha256', BRIDGE_SECRET).update(`${seconds}.${body}`).digest('hex')
  const reply = await world.app.inject({
    method: 'POST', url: '/v1/connect/events', payload: body, headers: { 'content-type': 'application/json', 'ringfence-signature': `t=${seconds},v1=${signature}` }
  })
  if (reply.statusCode !== 202) throw new Error(reply.body)
}

function sent (contact: ContactView | undefined): string[] {
  return contact?.transcript.filter(({ who }) => who === 'system').map(({ text }) => text) ?? []
}

t.test('2 blocks the card, and the text that says so goes out after the block is stored', async (t) => {
  const { simulator, pay, dial, readCase, readCard, whenReplied } = await startWay(t)
  simulator.setPhone(CARDHOLDER, { replies: ['2'] })
  const caseId = await pay('tx-1')
  const contact = await dial()
  t.match(contact, { channel: 'CHAT', disconnectReason: 'CONTACT_FLOW_DISCONNECT', attributes: { CaseId: caseId, Answer: 'fraud' } })
  t.match(sent(contact), [/^Test Bank: .*card 8788.*STOP to opt out$/, /^Test Bank: your card 8788 is now blocked\./])
  t.strictSame(whenReplied, [{ isBlocked: true, texts: 1 }], 'one text was out, the question, when the block was stored')
  t.match(await readCase(caseId), { status: 'closed', decision: 'fraud', attempts: [{ channel: 'sms', outcome: 'answered' }] })
  t.equal((await readCard())?.isBlocked, true)
})

t.test('1 leaves the card active and closes the case as genuine', async (t) => {
  const { simulator, pay, dial, readCase, readCard } = await startWay(t)
  simulator.setPhone(CARDHOLDER, { replies: ['1'] })
  const caseId = await pay('tx-1')
  t.match(sent(await dial()).at(-1), /stays active/)
  t.match(await readCase(caseId), { status: 'closed', decision: 'genuine', attempts: [{ outcome: 'answered' }] })
  t.equal((await readCard())?.isBlocked, false)
})

t.test('"hello" is no answer, and the reply after it counts', async (t) => {
  const { simulator, pay, dial, readCase } = await startWay(t)
  simulator.setPhone(CARDHOLDER, { replies: ['hello', '1'] })
  const caseId = await pay('tx-1')
  t.match(sent(await dial()), [/Was it you\?/, /no answer by text yet/, /stays active/])
  t.match(await readCase(caseId), { status: 'closed', decision: 'genuine' })
})

t.test('two replies that are no answer end the attempt, and the next step of the ladder is due', async (t) => {
  const { simulator, pay, dial, readOutcomes, readCard } = await startWay(t, { ladder: [...TEXT_ONLY, { channel: 'voice', delayMs: MINUTE_MS }] })
  simulator.setPhone(CARDHOLDER, { replies: ['hello', 'ok'] })
  const caseId = await pay('tx-1')
  t.match(sent(await dial()).at(-1), /no answer by text was recorded/)
  t.strictSame(await readOutcomes(caseId), ['sms no_input', 'voice due'])
  t.equal((await readCard())?.isBlocked, false)
})

t.test('a store that cannot keep the block: the thread does not say that the card is blocked', async (t) => {
  const breakStore = (store: Store): Store => ({
    ...store,
    cards: { ...store.cards, save: async (card) => { if (card.isBlocked) throw new RingfenceError('store_unavailable'); return await store.cards.save(card) } }
  })
  const { simulator, pay, dial, readCard } = await startWay(t, { breakStore })
  simulator.setPhone(CARDHOLDER, { replies: ['2'] })
  await pay('tx-1')
  const contact = await dial()
  t.match(sent(contact).at(-1), /could not confirm that your reply took effect/)
  t.notMatch(sent(contact).join(), /is now blocked/)
  t.equal(contact?.attributes['Answer'], 'fraud')
  t.equal((await readCard())?.isBlocked, false)
})

t.test('STOP is stored on the cardholder, and no text is sent to them any more; calls are', async (t) => {
  const { simulator, world, pay, dial, readOutcomes } = await startWay(t, { ladder: [...TEXT_ONLY, { channel: 'sms', delayMs: MINUTE_MS }, { channel: 'voice', delayMs: MINUTE_MS }] })
  simulator.setPhone(CARDHOLDER, { replies: ['STOP'], behaviour: 'answer', keys: ['1'] })
  const caseId = await pay('tx-1')
  t.equal((await dial())?.attributes['OptOut'], 'sms')
  const customer = await world.store.customers.get('u82-1alz-RI301')
  t.match(customer?.optOuts, [{ channel: 'sms', via: 'sms' }])
  t.strictSame(await readOutcomes(caseId), ['sms opted_out', 'sms due'])

  world.clock.nowMs += MINUTE_MS
  t.equal(await dial(), undefined)
  t.equal(simulator.contacts().length, 1, 'the second text was not asked for')
  world.clock.nowMs += MINUTE_MS
  t.match(await dial(), { channel: 'VOICE', attributes: { Answer: 'genuine' } })
})

t.test('no reply: the conversation expires, the attempt ends without an answer, and the ladder goes on', async (t) => {
  const { simulator, world, pay, dial, readOutcomes, readCase } = await startWay(t, { ladder: [...TEXT_ONLY, { channel: 'voice', delayMs: 180 * MINUTE_MS }] })
  simulator.setPhone(CARDHOLDER, { behaviour: 'answer', keys: ['2'] })
  const caseId = await pay('tx-1')
  t.match(await dial(), { channel: 'CHAT', disconnectReason: 'EXPIRED', lambdaInvocations: [] })
  await dial()
  t.strictSame(await readOutcomes(caseId), ['sms no_answer', 'voice due'])
  t.match(await world.metricsText(), 'ringfence_attempts_ended_total{channel="sms",outcome="no_answer"} 1')
  world.clock.nowMs += 180 * MINUTE_MS
  t.match(await dial(), { channel: 'VOICE' })
  t.match(await readCase(caseId), { status: 'closed', decision: 'fraud' })
})

t.test('no reply and no news of it: the watchdog waits for as long as a reply may come, and then ends the attempt', async (t) => {
  const { clock, world, pay, readOutcomes, simulator } = await startWay(t, { ladder: [...TEXT_ONLY, { channel: 'voice', delayMs: MINUTE_MS }], hasEvents: false })
  clock.hold()
  const caseId = await pay('tx-1')
  await world.dial()
  for (const minutes of [5, 30, 60]) {
    world.clock.nowMs = Date.parse('2026-11-22T10:00:00Z') + minutes * MINUTE_MS
    await world.dial()
    t.strictSame(await readOutcomes(caseId), ['sms submitted'], `${minutes} minutes`)
  }
  world.clock.nowMs += 2 * MINUTE_MS
  await world.dial()
  t.strictSame(await readOutcomes(caseId), ['sms no_answer', 'voice due'])
  t.equal(simulator.contacts().length, 1)
})

t.test('an answer that comes after the attempt was given up is heard', async (t) => {
  const { clock, endpoint, world, pay, readCase, readOutcomes, simulator } = await startWay(t, { hasEvents: false, ladder: [...TEXT_ONLY, { channel: 'voice', delayMs: 600 * MINUTE_MS }] })
  clock.hold()
  const caseId = await pay('tx-1')
  await world.dial()
  world.clock.nowMs += 62 * MINUTE_MS
  await world.dial()
  t.strictSame(await readOutcomes(caseId), ['sms no_answer', 'voice due'])
  const { contactId = '' } = simulator.contacts()[0] ?? {}
  await fetch(`${endpoint}/_simulator/contacts/${contactId}/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"2"}' })
  t.match(sent(await simulator.settledContact(contactId)).at(-1), /is now blocked/)
  t.match(await readCase(caseId), { status: 'closed', decision: 'fraud' })
})

t.test('every text is one message, in each language, whatever the names and amounts', async (t) => {
  // What is replied, and a piece of what comes back.
  for (const [language, reply, back] of [['en-GB', 'No', /is now blocked/], ['de-AT', 'Nein', /ist jetzt gesperrt/], ['es-MX', 'sí', /queda bloqueada|sigue activa/], ['fr-FR', '2', /is now blocked/]] as const) {
    const { simulator, pay, dial, readCase } = await startWay(t, { customer: { language, firstName: 'Wolfgang Amadeus Theophilus', lastName: 'Bartholomäus-Łukaszewicz' } })
    simulator.setPhone(CARDHOLDER, { replies: ['???', reply] })
    const merchant = { variables: { merchant_id: 'Kaffeehaus „Zum goldenen Löwen“ & Söhne, Graz-Eggenberg' } }
    const caseId = await pay('tx-1', { ...merchant, amount: { value: 123456789, currency: 'CHF' } })
    const contact = await dial()
    const texts = contact?.transcript.filter(({ who }) => who === 'system') ?? []
    t.equal(texts.length, 3)
    for (const { text, encoding } of texts) t.match(encoding, { alphabet: 'GSM-7', segments: 1 }, `${language}: ${text}`)
    t.match(texts.at(-1)?.text, back)
    t.equal((await readCase(caseId)).status, 'closed')
  }
})

t.test('a text holds no name of the cardholder, and neither the phone number nor the card number is in what is told to Amazon Connect', async (t) => {
  const { simulator, pay, dial, world } = await startWay(t)
  simulator.setPhone(CARDHOLDER, { replies: ['2'] })
  await pay('tx-1')
  const contact = await dial()
  t.notMatch(sent(contact).join(), 'Lovelace')
  t.notMatch(JSON.stringify(contact?.attributes), /2442230821108788|4915112345678/)
  t.notMatch(world.logLines.join(), /2442230821108788|4915112345678/)
})

t.test('the local mode sends texts when its ladder names them, and they are answered as calls are', async (t) => {
  const local = await startLocalService(t, { dataDir: t.testdir(), env: { RINGFENCE_LADDER: 'sms:0' } })
  await local.phones('PUT', `/phones/${CARDHOLDER}`, { replies: ['2'] })
  const transaction = JSON.parse(readFileSync(new URL('../../examples/transaction.json', import.meta.url), 'utf8'))
  const { body: { card, case: opened } } = await local.api('POST', '/v1/transactions', transaction)
  const found = await poll('the case to close', async () => {
    const { body } = await local.api('GET', `/v1/cases/${opened.id}`)
    return body.status === 'closed' ? body : undefined
  })
  t.match(found, { decision: 'fraud', attempts: [{ channel: 'sms', outcome: 'answered' }] })
  t.match((await local.api('GET', `/v1/cards/${card.id}`)).body, { isBlocked: true })
  t.notMatch(local.stdout(), 'not set up')
})
