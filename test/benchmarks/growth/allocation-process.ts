import v8 from 'node:v8'
import { createCountedWorld, payment } from './counted-world.ts'

// A process of its own, since it wants flags: no optimizer, which removes allocations as it learns, and so much room that nothing is collected within a round.
const WARM_UP = 300
const ROUNDS = 10
const DECISIONS = 50

process.on('disconnect', () => { process.exit(0) })
const { pay, close } = await createCountedWorld(1)
let count = 0
for (; count < WARM_UP; count++) await pay(payment('transaction-harmless', 'good', count, 0))

const rounds: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const payments = Array.from({ length: DECISIONS }, () => payment('transaction-harmless', 'good', count++, 0))
  globalThis.gc?.()
  const before = v8.getHeapStatistics().used_heap_size
  for (const one of payments) await pay(one)
  rounds.push((v8.getHeapStatistics().used_heap_size - before) / DECISIONS)
}
await close()
rounds.sort((one, other) => one - other)
process.send?.({ bytes: Math.round(rounds[ROUNDS / 2] ?? NaN) })
