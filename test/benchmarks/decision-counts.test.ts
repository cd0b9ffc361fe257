// First, so that it counts what the others do.
import { takeWork, type Work } from './growth/work-counter.ts'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { DUE_SHARDS } from '../../src/adapters/dynamodb/item.ts'
import { createWorld, KEY_HEADERS, type World } from '../world.ts'
import { startRecorder, type Recorder } from './growth/processes.ts'
import type { StoreCall } from './growth/recorded-engine.ts'
import { examplePayment, shippedScorer } from './growth/recorded-story.ts'
import { cardNumber } from './growth/table-filling.ts'

/** What one decision takes, in counts and bytes: no times, so that a busy machine changes nothing. */
interface Counts extends Work {
  storeCalls: number
  readUnits: number
  writeUnits: number
  /** Bodies that go to the store and come back, in bytes. */
  requestBytes: number
  storeReplyBytes: number
  /** Of the items that are written, as DynamoDB counts them. */
  itemBytes: number
  logLines: number
  logBytes: number
  replyBytes: number
}

/**
 * At most so much for a decision. To set them again after a change that is meant: `COUNTS=show npx tap test/benchmarks/decision-counts.test.ts` tells
 * what they are now; counts stand here as they are, bytes with some 3 % more.
 */
const LIMITS: Readonly<Record<'approved' | 'suspicious' | 'replayed', Counts>> = {
  approved: {
    storeCalls: 2, readUnits: 1, writeUnits: 1, requestBytes: 1_150, storeReplyBytes: 395, itemBytes: 500, logLines: 1, logBytes: 350, replyBytes: 355, jsonParsed: 5, jsonWritten: 4, digests: 11, randoms: 1, timers: 11
  },
  suspicious: {
    storeCalls: 7, readUnits: 3, writeUnits: 9, requestBytes: 4_680, storeReplyBytes: 795, itemBytes: 2_560, logLines: 2, logBytes: 735, replyBytes: 510, jsonParsed: 10, jsonWritten: 5, digests: 33, randoms: 1, timers: 36
  },
  // The engine of the tests does not hand out the winner of a race, so that it is asked for: on DynamoDB a call, and a unit, less.
  replayed: {
    storeCalls: 3, readUnits: 2, writeUnits: 1, requestBytes: 1_330, storeReplyBytes: 1_370, itemBytes: 0, logLines: 1, logBytes: 350, replyBytes: 355, jsonParsed: 6.5, jsonWritten: 4.5, digests: 15, randoms: 1, timers: 16
  }
}
const IDLE_PASS = { storeCalls: Object.values(DUE_SHARDS).reduce((sum, shards) => sum + shards, 0), readUnits: 3.5, writeUnits: 0 }

const DECISIONS = 50
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const recorder = await startRecorder()
const scorer = await shippedScorer(ROOT)
const world = await createWorld({ endpoint: recorder.endpoint, scorers: () => [scorer], policy: { ladder: [{ channel: 'voice', delayMs: 3_600_000 }] } })
t.teardown(async () => { await world.close(); await recorder.close() })
for (let card = 0; card <= DECISIONS; card++) await putCard(world, card)

// What is done once, such as finding credentials, and the connection to the store.
for (let count = 0; count < 50; count++) await post(world, payment('transaction-harmless', 'warm', count, 0))
await post(world, payment('transaction', 'warm', 99, 0))
await world.dial()
await recorder.take()

for (const [kind, example, name] of [['approved', 'transaction-harmless', 'good'], ['suspicious', 'transaction', 'evil'], ['replayed', 'transaction-harmless', 'good']] as const) {
  t.test(`a decision that is ${kind} takes no more than it did`, async (t) => {
    const bodies = Array.from({ length: DECISIONS }, (_, count) => payment(example, name, count, count + 1))
    const made = await countsOf(world, recorder, bodies)
    if (process.env['COUNTS'] === 'show') t.comment(`${kind}: ${JSON.stringify(made.counts)}`)
    for (const [what, limit] of Object.entries(LIMITS[kind])) t.ok(made.counts[what as keyof Counts] <= limit, `${what}: ${made.counts[what as keyof Counts]} of ${limit}`)
    t.equal(made.connections, 0, 'connections opened')
  })
}

t.test('a pass of the dialer, while nothing is due, takes no more than it did', async (t) => {
  await recorder.take()
  await world.dial()
  const { calls } = await recorder.take()
  t.same({ storeCalls: calls.length, readUnits: sum(calls, 'readUnits'), writeUnits: sum(calls, 'writeUnits') }, IDLE_PASS)
})

async function putCard ({ app }: World, card: number): Promise<void> {
  const payload = { salutation: 'Mrs', firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: cardNumber(card) }] }
  const reply = await app.inject({ method: 'PUT', url: `/v1/customers/${customerId(card)}`, headers: KEY_HEADERS, payload })
  if (reply.statusCode !== 200) throw new Error(reply.body)
}

function customerId (card: number): string {
  return `customer-${String(card).padStart(4, '0')}`
}

/** Ids of one length, so that bytes are the same each time. */
function payment (example: 'transaction' | 'transaction-harmless', name: string, count: number, card: number): string {
  const body = JSON.parse(examplePayment(ROOT, example, `0c5b1a52-7e0f-4d58-9d31-${name}-${String(count).padStart(7, '0')}`)) as object
  return JSON.stringify({ ...body, customerId: customerId(card), card: { number: cardNumber(card) } })
}

async function post ({ app }: World, payload: string): Promise<number> {
  const reply = await app.inject({ method: 'POST', url: '/v1/transactions', headers: { ...KEY_HEADERS, 'content-type': 'application/json' }, payload })
  if (reply.statusCode !== 200) throw new Error(reply.body)
  return reply.rawPayload.length
}

/** The mean of a decision; of all of them together nothing may be more than that. */
async function countsOf (world: World, recorder: Recorder, bodies: readonly string[]): Promise<{ counts: Counts, connections: number }> {
  await recorder.take()
  const linesBefore = world.logLines.length
  takeWork()
  let replyBytes = 0
  for (const body of bodies) replyBytes += await post(world, body)
  const work = takeWork()
  const lines = world.logLines.slice(linesBefore)
  const { calls, connections } = await recorder.take()
  const total: Counts = {
    storeCalls: calls.length,
    readUnits: sum(calls, 'readUnits'),
    writeUnits: sum(calls, 'writeUnits') + calls.reduce((units, { indexWrites }) => units + indexWrites.reduce((all, one) => all + one.units, 0), 0),
    requestBytes: sum(calls, 'requestBytes'),
    storeReplyBytes: sum(calls, 'replyBytes'),
    itemBytes: calls.reduce((bytes, call) => bytes + (call.item === undefined ? 0 : call.itemBytes), 0),
    logLines: lines.length,
    logBytes: lines.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0),
    replyBytes,
    ...work
  }
  return { counts: Object.fromEntries(Object.entries(total).map(([name, value]) => [name, value / bodies.length])) as unknown as Counts, connections }
}

function sum (calls: readonly StoreCall[], what: 'readUnits' | 'writeUnits' | 'requestBytes' | 'replyBytes'): number {
  return calls.reduce((total, call) => total + call[what], 0)
}
