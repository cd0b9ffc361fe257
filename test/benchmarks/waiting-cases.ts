/**
 * What a pass of the dialer costs while few or many cases wait: for their time, and then, when they are all due, for the pace. On the embedded engine,
 * in one process. Exits 1 when 100,000 cost more than twice as much as 100.
 * No test: it takes some minutes, most of them to write the cases, and measures this machine. `npm run bench:waiting`
 */
import { performance } from 'node:perf_hooks'
import { createWorld, postTransaction, putSampleCustomer, transactionBody, type World } from '../world.ts'

const FEW = 100
const MANY = 100_000
const PASSES = 200
const WRITERS = 64
const HOUR_MS = 3_600_000

interface Row { what: string, medianMs: number, p99Ms: number }

// One call is allowed, and then none for years: what is due stays due.
const world = await createWorld({ policy: { ladder: [{ channel: 'voice', delayMs: HOUR_MS }] }, pacing: { perSecond: 1e-9, burst: 1 } })
try {
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const { id } = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case
  await wait(world, id, 1, FEW)
  const rows = [await measure(`${FEW} wait for their time`)]
  await wait(world, id, FEW, MANY)
  rows.push(await measure(`${MANY.toLocaleString('en')} wait for their time`))
  world.clock.nowMs += 2 * HOUR_MS
  await world.dial()
  if (world.line.requests.length !== 1) throw new Error('the one call that is allowed was not made')
  rows.push(await measure(`${MANY.toLocaleString('en')} are due and wait for the pace`))

  console.log(`A pass of the dialer, ${PASSES} of each:\n`)
  console.log('cases                                   p50       p99')
  for (const { what, medianMs, p99Ms } of rows) console.log(`${what.padEnd(36)}${`${medianMs.toFixed(1)} ms`.padStart(8)}${`${p99Ms.toFixed(1)} ms`.padStart(10)}`)
  const [few, many] = rows
  if (few === undefined || many === undefined || many.medianMs > 2 * few.medianMs) process.exitCode = 1
} finally {
  await world.close()
}

/** Copies of a real case, so that there are `until` of them. */
async function wait ({ store }: World, caseId: string, from: number, until: number): Promise<void> {
  const known = await store.cases.get(caseId)
  if (known === undefined) throw new Error('no case')
  let next = from
  await Promise.all(Array.from({ length: WRITERS }, async () => {
    while (next < until) {
      const count = next++
      if (count % 10_000 === 0) process.stderr.write(`${count.toLocaleString('en')} of ${until.toLocaleString('en')} cases are written\n`)
      if (!await store.cases.save({ ...known, caseId: `${caseId}-${count}`, version: 0 })) throw new Error('a case was not written')
    }
  }))
}

async function measure (what: string): Promise<Row> {
  const times: number[] = []
  for (let count = 0; count < PASSES; count++) {
    const startedAtMs = performance.now()
    await world.dial()
    times.push(performance.now() - startedAtMs)
  }
  times.sort((one, other) => one - other)
  return { what, medianMs: times[Math.floor(PASSES / 2)] ?? NaN, p99Ms: times[Math.floor(PASSES * 0.99)] ?? NaN }
}
