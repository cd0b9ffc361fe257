// First, so that it counts what the others do.
import { takeWork, type Work } from './growth/work-counter.ts'
import t, { type Test } from 'tap'
import { DUE_SHARDS } from '../../src/adapters/dynamodb/item.ts'
import { createCountedWorld, payment, type CountedWorld } from './growth/counted-world.ts'
import { allocatedBytes } from './growth/processes.ts'
import type { StoreCall } from './growth/recorded-engine.ts'

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
 * At most so much for a decision. To set them again after a change that is meant: `COUNTS=show npx tap --reporter=tap test/benchmarks/decision-counts.test.ts`
 * tells what they are now; counts stand here as they are, bytes with some 3 % more.
 */
const LIMITS: Readonly<Record<'approved' | 'suspicious' | 'replayed', Counts>> = {
  approved: {
    storeCalls: 2, readUnits: 1, writeUnits: 1, requestBytes: 1_150, storeReplyBytes: 395, itemBytes: 500, logLines: 1, logBytes: 402, replyBytes: 355, jsonParsed: 3, jsonWritten: 6, digests: 9, randoms: 1, timers: 5
  },
  suspicious: {
    storeCalls: 7, readUnits: 3, writeUnits: 9, requestBytes: 4_680, storeReplyBytes: 795, itemBytes: 2_560, logLines: 2, logBytes: 837, replyBytes: 510, jsonParsed: 8, jsonWritten: 10, digests: 26, randoms: 1, timers: 15
  },
  // The engine of the tests does not hand out the winner of a race, so that it is asked for: on DynamoDB a call, and a unit, less.
  replayed: {
    storeCalls: 3, readUnits: 2, writeUnits: 1, requestBytes: 1_330, storeReplyBytes: 1_370, itemBytes: 0, logLines: 1, logBytes: 402, replyBytes: 355, jsonParsed: 4, jsonWritten: 7, digests: 12, randoms: 1, timers: 7
  }
}
const IDLE_PASS = { storeCalls: Object.values(DUE_SHARDS).reduce((sum, shards) => sum + shards, 0), readUnits: 3.5, writeUnits: 0 }
/** Bytes that an approved decision allocates without the optimizer, by the major version of Node; of another version nobody knows. */
const ALLOCATED: Readonly<Record<string, number>> = { 20: 205_000, 24: 195_000 }
/** A limit that is this far above what it guards guards little. */
const LOOSE = 0.9
const DECISIONS = 50

const allocated = allocatedBytes()
// Told of where it is waited for.
allocated.catch(() => {})
const counted = await createCountedWorld(DECISIONS + 1)
t.teardown(counted.close)

// What is done once, such as finding credentials, and the connection to the store.
for (let count = 0; count < 20; count++) await counted.pay(payment('transaction-harmless', 'warm', count, 0))
await counted.pay(payment('transaction', 'warm', 99, 0))
await counted.world.dial()

for (const [kind, example, name] of [['approved', 'transaction-harmless', 'good'], ['suspicious', 'transaction', 'evil'], ['replayed', 'transaction-harmless', 'good']] as const) {
  t.test(`a decision that is ${kind} takes no more than it did`, async (t) => {
    const payments = Array.from({ length: DECISIONS }, (_, count) => payment(example, name, count, count + 1))
    const made = await countsOf(counted, payments)
    if (process.env['COUNTS'] === 'show') t.comment(`${kind}: ${JSON.stringify(made.counts)}`)
    for (const [what, limit] of Object.entries(LIMITS[kind])) isWithin(t, what, made.counts[what as keyof Counts], limit)
    t.equal(made.connections, 0, 'connections opened')
  })
}

t.test('a pass of the dialer, while nothing is due, takes no more than it did', async (t) => {
  await counted.recorder.take()
  await counted.world.dial()
  const { calls } = await counted.recorder.take()
  t.same({ storeCalls: calls.length, readUnits: sum(calls, 'readUnits'), writeUnits: sum(calls, 'writeUnits') }, IDLE_PASS)
})

t.test('a decision that is approved allocates no more than it did', async (t) => {
  const bytes = await allocated
  const [major = ''] = process.versions.node.split('.')
  if (process.env['COUNTS'] === 'show') t.comment(`allocated, Node ${major}: ${bytes}`)
  isWithin(t, 'bytes', bytes, ALLOCATED[major] ?? Infinity)
})

function isWithin (t: Test, what: string, value: number, limit: number): void {
  t.ok(value <= limit, `${what}: ${value} of ${limit}`)
  if (value < limit * LOOSE) t.comment(`the limit of ${what} may be lowered from ${limit} to ${value}`)
}

/** The mean of a decision; of all of them together nothing may be more than that. */
async function countsOf ({ world, recorder, pay }: CountedWorld, payments: readonly string[]): Promise<{ counts: Counts, connections: number }> {
  await recorder.take()
  const linesBefore = world.logLines.length
  takeWork()
  let replyBytes = 0
  for (const one of payments) replyBytes += await pay(one)
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
  return { counts: Object.fromEntries(Object.entries(total).map(([name, value]) => [name, value / payments.length])) as unknown as Counts, connections }
}

function sum (calls: readonly StoreCall[], what: 'readUnits' | 'writeUnits' | 'requestBytes' | 'replyBytes'): number {
  return calls.reduce((total, call) => total + call[what], 0)
}
