import t, { type Test } from 'tap'
import type { Lease } from '../../src/domain/lease.ts'
import type { LeaseStore } from '../../src/ports.ts'
import { createDialerLease, type DialerLease } from '../../src/usecases/dialer-lease.ts'
import { createWorld } from '../world.ts'

const LEASE_MS = 6_000
const PACING = { perSecond: 2, burst: 5, maxLiveCalls: 10 }
const SILENT = { info () {}, warn () {}, error () {} }

/** Processes that share one lease, in a real store; each has a clock of its own. */
async function shared (t: Test, breakStore: (leases: LeaseStore) => LeaseStore = (leases) => leases) {
  const world = await createWorld()
  t.teardown(world.close)
  const process = (holder: string, clock = { monotonicMs: 0, nowMs: 0 }) => ({
    clock,
    lease: createDialerLease({
      leases: breakStore(world.store.leases), holder, leaseMs: LEASE_MS, pacing: PACING, monotonicMs: () => clock.monotonicMs, nowMs: () => clock.nowMs, log: SILENT
    })
  })
  return { leases: world.store.leases, process }
}

/** Lets the time of these go on, in steps, each asking for the lease at each. @returns who dials in the end */
async function pass (ms: number, ...processes: Array<{ clock: { monotonicMs: number, nowMs: number }, lease: DialerLease }>): Promise<boolean[]> {
  let held: boolean[] = []
  for (let passed = 0; passed < ms; passed += 500) {
    for (const { clock } of processes) { clock.monotonicMs += 500; clock.nowMs += 500 }
    held = []
    for (const { lease } of processes) held.push(await lease.hold())
  }
  return held
}

t.test('one of several dials, for as long as it lives', async (t) => {
  const { process, leases } = await shared(t)
  const processes = ['a', 'b', 'c'].map((holder) => process(holder, { monotonicMs: Math.random() * 1e6, nowMs: 0 }))
  const first = await Promise.all(processes.map(async ({ lease }) => await lease.hold()))
  t.equal(first.filter(Boolean).length, 1, 'of those that ask at the same moment too')
  t.same(await pass(60_000, ...processes), first)
  t.match(await leases.get(), { token: 1 })
})

t.test('a holder that dies is followed within the lease and one look, and its token is refused for ever', async (t) => {
  const { process, leases } = await shared(t)
  const [dead, next] = [process('dead'), process('next')]
  await pass(2_500, dead, next)
  t.same(await pass(LEASE_MS - 500, next), [false], 'not before')
  t.same(await pass(1_000, next), [true])
  t.match(await leases.get(), { holder: 'next', token: 2 })
  dead.clock.monotonicMs += 100
  t.equal(await dead.lease.prove(), false, 'a process that was frozen cannot write')
  t.equal(await dead.lease.hold(), false)
  t.match(await leases.get(), { holder: 'next', token: 2 })
})

t.test('a frozen holder knows by its own clock that it may have been followed, before it asks anybody', async (t) => {
  const { process } = await shared(t)
  const frozen = process('frozen')
  await frozen.lease.hold()
  frozen.clock.monotonicMs += LEASE_MS * 3 / 4 - 1
  t.equal(frozen.lease.isHeld(), true)
  frozen.clock.monotonicMs += 1
  t.equal(frozen.lease.isHeld(), false, 'before anybody else may begin')
  t.equal(await frozen.lease.prove(), true, 'nobody had followed: it goes on')
  t.equal(frozen.lease.isHeld(), true)
})

t.test('a lease that is given back is taken at the next look', async (t) => {
  const { process, leases } = await shared(t)
  const [leaving, next] = [process('leaving'), process('next')]
  await leaving.lease.hold()
  t.equal(await next.lease.hold(), false)
  await leaving.lease.release()
  t.equal(await next.lease.hold(), true)
  t.match(await leases.get(), { holder: 'next', token: 2 })
  await leaving.lease.release()
  t.match(await leases.get(), { holder: 'next', token: 2 }, 'giving back again gives nothing back')
})

t.test('whoever follows goes on at the pace of the one before: no second burst', async (t) => {
  const { process } = await shared(t)
  const [dead, next] = [process('dead'), process('next')]
  await dead.lease.hold()
  for (let turn = 0; turn < 5; turn++) t.equal(dead.lease.takeTurn(), true)
  t.equal(dead.lease.takeTurn(), false)
  t.same(dead.lease.turns(), { now: 0, nextInMs: 500 })
  await dead.lease.prove()
  await dead.lease.release()
  await next.lease.hold()
  t.equal(next.lease.takeTurn(), false)
  next.clock.nowMs += 500
  t.equal(next.lease.takeTurn(), true)
})

t.test('a reply that is lost after the write does not lose the lease; a store that is down does, in time', async (t) => {
  let next: 'works' | 'loses the reply' | 'is down' = 'works'
  const { process } = await shared(t, (leases) => ({
    async get () {
      if (next === 'is down') throw new Error('down')
      return await leases.get()
    },
    async save (lease: Lease) {
      if (next === 'is down') throw new Error('down')
      if (next === 'loses the reply') {
        next = 'works'
        // The SDK asks again, and is told that somebody wrote.
        await leases.save(lease)
      }
      return await leases.save(lease)
    }
  }))
  const holder = process('holder')
  await holder.lease.hold()
  next = 'loses the reply'
  t.same(await pass(2_000, holder), [true])
  next = 'is down'
  holder.clock.monotonicMs += 2_000
  await t.rejects(holder.lease.hold())
  t.equal(holder.lease.isHeld(), true, 'for a moment it may go on')
  holder.clock.monotonicMs += 4_000
  await t.rejects(holder.lease.hold())
  t.equal(holder.lease.isHeld(), false)
  next = 'works'
  t.equal(await holder.lease.hold(), true, 'nobody else took it meanwhile')
})

t.test('proofs that are asked for together share writes, and each write begins after it was asked for', async (t) => {
  let writes = 0
  const { process } = await shared(t, (leases) => ({ ...leases, async save (lease) { writes++; return await leases.save(lease) } }))
  const { lease } = process('holder')
  await lease.hold()
  writes = 0
  t.same(new Set(await Promise.all(Array.from({ length: 20 }, async () => await lease.prove()))), new Set([true]))
  t.ok(writes <= 2, `${writes} writes`)
})

t.test('a pace that another clock left in the future, or this one before it was set back, keeps nobody waiting', async (t) => {
  const { process } = await shared(t)
  const ahead = process('ahead', { monotonicMs: 0, nowMs: 600_000 })
  await ahead.lease.hold()
  while (ahead.lease.takeTurn());
  await ahead.lease.prove()
  const next = process('next')
  await next.lease.hold()
  t.same(await pass(LEASE_MS + 500, next), [true])
  t.equal(next.lease.takeTurn(), false, 'it goes on where the other one was')
  await pass(1_000, next)
  t.equal(next.lease.turns().now, 2)
  while (next.lease.takeTurn());
  next.clock.nowMs -= 3_600_000
  t.equal(next.lease.turns().now, 0)
  await pass(1_000, next)
  t.ok(next.lease.takeTurn())
})
