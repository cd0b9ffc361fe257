import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmbeddedScorer } from '../../../src/adapters/scorers/embedded-scorer.ts'
import { loadCardModel } from '../../../src/model/card-model.ts'
import { findModelCard } from '../../../src/model/model-folder.ts'
import { BRIDGE_SECRET, createWorld, KEY_HEADERS, type World } from '../../world.ts'
import { startRecordedEngine, type StoreCall } from './recorded-engine.ts'

/** A step of the story, and the calls to the store that it made. */
export interface Step { name: string, calls: StoreCall[] }

/** The story of the sample's customer: a harmless payment, then fraud, a call, "not mine", a blocked card. */
export interface Story {
  customer: Step
  approved: Step
  /** The suspicious payment's own request. */
  suspicious: Step
  /** All that becomes of its case, without what the dialer asks whether anything is due or not. */
  afterwards: Step[]
  /** Of a card under attack: the last suspicious payment that its case still lists. */
  hundredth: Step
  /** A pass of the dialer while nothing is due. */
  idlePass: Step
}

/** A case lists so many payments. Restated, as all that is counted here. */
const CASE_PAYMENTS = 100

/** The scorer that is shipped, with its model. */
export async function shippedScorer (root: string) {
  const model = await loadCardModel(await findModelCard(join(root, 'models/card-fraud')))
  return createEmbeddedScorer({ current: () => model }, { metrics: { eventSparse () {} }, log: { info () {}, warn () {}, error () {} }, nowMs: Date.now })
}

/** A payment of the examples under another id. */
export function examplePayment (root: string, name: 'transaction' | 'transaction-harmless', transactionId: string): string {
  return JSON.stringify({ ...JSON.parse(readFileSync(join(root, `examples/${name}.json`), 'utf8')) as object, transactionId })
}

/** Lets the story happen on an engine that writes down every call. */
export async function recordStory (root: string): Promise<Story> {
  const engine = await startRecordedEngine()
  const scorer = await shippedScorer(root)
  const world = await createWorld({ endpoint: engine.endpoint, scorers: () => [scorer] })
  try {
    const step = async (name: string, act: () => Promise<unknown>): Promise<Step> => {
      engine.take()
      await act()
      return { name, calls: engine.take() }
    }
    const customer = await step('a cardholder is put', async () => { await ask(world, 'PUT', '/v1/customers/u82-1alz-RI301', readFileSync(join(root, 'examples/customer.json'), 'utf8')) })
    await world.dial()
    const idlePass = await step('a pass of the dialer, nothing due', world.dial)
    // Ids as long as a UUID, as most callers make them.
    const approved = await step('an approved payment', async () => { await ask(world, 'POST', '/v1/transactions', examplePayment(root, 'transaction-harmless', '0c5b1a52-7e0f-4d58-9d31-5b1f6e1c7a01')) })
    const suspicious = await step('a suspicious payment', async () => { await ask(world, 'POST', '/v1/transactions', examplePayment(root, 'transaction', '0c5b1a52-7e0f-4d58-9d31-5b1f6e1c7a02')) })
    const started = await step('the call is started', world.dial)
    const [call] = world.line.requests
    const contactId = `contact-of-${call?.clientToken ?? ''}`
    const event = async (eventType: string, detail: object = {}) => { await signed(world, '/v1/connect/events', { id: `event-${eventType}`, source: 'aws.connect', detail: { eventType, contactId, initiationMethod: 'API', channel: 'VOICE', ...detail } }) }
    const at = { connectedToSystemTimestamp: '2026-11-22T10:00:14.501Z' }
    const pickedUp = await step('somebody picks up', async () => { await event('CONNECTED_TO_SYSTEM', at) })
    const answered = await step('"not mine": the card is blocked', async () => {
      await signed(world, '/v1/connect/answers', { Name: 'ContactFlowEvent', Details: { ContactData: { ContactId: contactId, Attributes: { CaseId: call?.attributes['CaseId'], AttemptId: call?.attributes['AttemptId'] } }, Parameters: { answer: 'fraud' } } })
    })
    const over = await step('the call is over', async () => { await event('DISCONNECTED', { ...at, disconnectTimestamp: '2026-11-22T10:01:11.840Z' }) })
    const attacked = { customerId: 'u82-1alz-RI302', card: { number: '2442230821108796' } }
    await ask(world, 'PUT', `/v1/customers/${attacked.customerId}`, JSON.stringify({ ...JSON.parse(readFileSync(join(root, 'examples/customer.json'), 'utf8')) as object, cards: [attacked.card] }))
    const attack = async (count: number) => { await ask(world, 'POST', '/v1/transactions', JSON.stringify({ ...JSON.parse(examplePayment(root, 'transaction', `0c5b1a52-7e0f-4d58-9d31-${String(count).padStart(12, '0')}`)) as object, ...attacked })) }
    for (let count = 1; count < CASE_PAYMENTS; count++) await attack(count)
    const hundredth = await step('the hundredth suspicious payment of one case', async () => { await attack(CASE_PAYMENTS) })
    return { customer, approved, suspicious, hundredth, afterwards: [{ ...started, calls: started.calls.filter(isForTheCase) }, pickedUp, answered, over], idlePass }
  } finally {
    await world.close()
    await engine.close()
  }
}

/** The dialer looks at the index and renews its lease whether or not anything is due. */
function isForTheCase ({ what }: StoreCall): boolean {
  return !['due', 'casesByStatus', 'LEASE'].includes(what)
}

async function ask ({ app }: World, method: 'PUT' | 'POST', url: string, payload: string, headers: Record<string, string> = KEY_HEADERS): Promise<void> {
  const reply = await app.inject({ method, url, payload, headers: { 'content-type': 'application/json', ...headers } })
  if (reply.statusCode >= 300) throw new Error(reply.body)
}

async function signed (world: World, url: string, body: object): Promise<void> {
  const text = JSON.stringify(body)
  const seconds = Math.floor(world.clock.nowMs / 1000)
  await ask(world, 'POST', url, text, { 'ringfence-signature': `t=${seconds},v1=${createHmac('sha256', BRIDGE_SECRET).update(`${seconds}.${text}`).digest('hex')}` })
}
