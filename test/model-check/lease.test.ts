import fc from 'fast-check'
import t from 'tap'
import type { Lease } from '../../src/domain/lease.ts'
import type { LeaseStore } from '../../src/ports.ts'
import { createDialerLease, type DialerLeaseOptions } from '../../src/usecases/dialer-lease.ts'

const RUNS = Number(process.env['FC_RUNS'] ?? 300)
const SEED = Number(process.env['FC_SEED'] ?? 20_261_127)
const LEASE_MS = 6_000
const SILENT = { info () {}, warn () {}, error () {} }
const PACING = { perSecond: 2, burst: 5, maxLiveCalls: 10 }

type Step = { kind: 'hold' | 'prove' | 'release', process: number } | { kind: 'time', ms: number } | { kind: 'restart', process: number }
const replica = fc.nat(2)
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('hold' as const, 'hold' as const, 'prove' as const), process: replica }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(500, 1_999, 2_001, 4_499, 4_501, 6_001) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), process: replica }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), process: replica }) }
), { minLength: 10, maxLength: 60 })

/** The store's contract in memory: compare and set, at once; each word to it and from it may take as long as the scheduler likes, or be lost after the write. */
function createLeases (scheduler: Pick<fc.Scheduler, 'schedule'>, isLost: () => boolean): LeaseStore & { stored: () => Lease | undefined } {
  let stored: Lease | undefined
  return {
    stored: () => stored,
    async get () {
      await scheduler.schedule(Promise.resolve('get'))
      const read = stored
      await scheduler.schedule(Promise.resolve('got'))
      return read
    },
    async save (lease) {
      await scheduler.schedule(Promise.resolve('save'))
      const isMine = lease.version === (stored?.version ?? 0)
      if (isMine) stored = { ...lease, version: lease.version + 1 }
      await scheduler.schedule(Promise.resolve('saved'))
      // The SDK sends it again, and is told that somebody wrote.
      return isMine && !isLost()
    }
  }
}

/** Three processes, each doing one thing after the other, all at once. @throws Error when two of them may call under two tokens */
async function explore (scheduler: fc.Scheduler, all: readonly Step[], losses: readonly boolean[], change: (options: DialerLeaseOptions) => DialerLeaseOptions = (options) => options): Promise<void> {
  let timeMs = 0
  let loss = 0
  const leases = createLeases(scheduler, () => losses[loss++ % losses.length] ?? false)
  let started = 0
  const start = () => createDialerLease(change({ leases, holder: `process ${started++}`, leaseMs: LEASE_MS, pacing: PACING, monotonicMs: () => timeMs, nowMs: () => timeMs, log: SILENT }))
  const processes = [start(), start(), start()]

  async function act (step: Step & { process: number }): Promise<void> {
    const lease = processes[step.process]
    if (lease === undefined) return
    if (step.kind === 'restart') processes[step.process] = start()
    if (step.kind === 'release') await lease.release()
    if (step.kind === 'hold') await lease.hold()
    if (step.kind === 'prove') await lease.prove()
    const holders = processes.filter((one) => one.isHeld())
    if (holders.length > 1) throw new Error('two processes hold the lease')
  }
  const queues = [0, 1, 2].map(() => Promise.resolve())
  for (const step of all) {
    if (step.kind === 'time') {
      // What is on its way arrives before time goes on, as far as the scheduler likes.
      timeMs += step.ms
      continue
    }
    queues[step.process] = (queues[step.process] ?? Promise.resolve()).then(async () => { await act(step) })
    if (step.process === 0) await scheduler.waitFor(Promise.resolve())
  }
  await scheduler.waitFor(Promise.all(queues))
}

t.test('however three processes and their words to the store interleave, at most one holds the lease', async (t) => {
  await fc.assert(fc.asyncProperty(fc.scheduler(), steps, fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), async (scheduler, all, losses) => { await explore(scheduler, all, losses) }), { numRuns: RUNS, seed: SEED })
  t.pass(`${RUNS} stories from seed ${SEED}`)
})

t.test('it can fail: a store that does not compare is found', async (t) => {
  const careless = (options: DialerLeaseOptions): DialerLeaseOptions => ({ ...options, leases: { ...options.leases, save: async (lease) => { await options.leases.save(lease); return true } } })
  await t.rejects(fc.assert(fc.asyncProperty(fc.scheduler(), steps, fc.constant([false]), async (scheduler, all, losses) => { await explore(scheduler, all, losses, careless) }), { numRuns: RUNS, seed: SEED }), { message: /Property failed/ })
})
