import { releaseLease, takeLease, type Lease } from '../domain/lease.ts'
import { fullPace, nextTokenInMs, refill, takeToken, type Pace, type Pacing } from '../domain/pace.ts'
import type { LeaseStore, Log, NowMs } from '../ports.ts'

/** The right to dial, which one process has at a time, and the pace that goes with it. */
export interface DialerLease {
  /**
   * Takes the lease when nobody has it, or its holder gave no sign for as long as it lasts; keeps it when it is ours.
   * @returns whether this process dials
   * @throws RingfenceError `store_unavailable`
   */
  hold: () => Promise<boolean>
  /** Whether nobody else can have taken over yet, by our own clock: a process that was frozen finds out here. */
  isHeld: () => boolean
  /** Takes a start from the pace; `false` when it has to wait. */
  takeTurn: () => boolean
  /** How many starts there are now, and how long until there is one, in milliseconds. */
  turns: () => { now: number, nextInMs: number }
  /** Writes under the fencing token: whoever asks before a call, after its intent was written, knows that nobody had taken over by then. */
  prove: () => Promise<boolean>
  /** Gives the lease back, so that another one dials at once. */
  release: () => Promise<void>
}

export interface DialerLeaseOptions {
  leases: LeaseStore
  /** This process, by a name that no other has. */
  holder: string
  /** After this long without a sign of its holder the lease is free, in milliseconds. */
  leaseMs: number
  pacing: Pacing
  /** Time that no setting of the clock moves. Milliseconds since whenever. */
  monotonicMs: () => number
  nowMs: NowMs
  log: Log
}

/**
 * The holder writes the lease at least three times while it lasts, and stops before it ends. Whoever waits judges by its own clock how long the lease has
 * not been written, so that clocks that differ do no harm. Two that take over together write under the same version: one of them.
 */
export function createDialerLease ({ leases, holder, leaseMs, pacing, monotonicMs, nowMs, log }: DialerLeaseOptions): DialerLease {
  const renewMs = leaseMs / 3
  // A holder that renews late must be sure that it stops before another one begins.
  const safeMs = leaseMs * 3 / 4
  let mine: { lease: Lease, writtenAtMs: number } | undefined
  let seen: { version: number, sinceMs: number } | undefined
  let pace: Pace = fullPace(pacing, nowMs())
  let writing: Promise<boolean> = Promise.resolve(true)
  let following: Promise<boolean> | undefined

  const isHeld = () => mine !== undefined && monotonicMs() - mine.writtenAtMs < safeMs

  function lose (): false {
    if (mine !== undefined) log.warn({ token: mine.lease.token }, 'dialer lease lost')
    mine = undefined
    return false
  }

  async function take (): Promise<boolean> {
    const current = await leases.get()
    const atMs = monotonicMs()
    if (current !== undefined && current.holder !== null && current.holder !== holder) {
      if (seen?.version !== current.version) seen = { version: current.version, sinceMs: atMs }
      if (atMs - seen.sinceMs < leaseMs) return false
    }
    const taken = takeLease(current, holder, pace)
    if (!await leases.save(taken)) return false
    mine = { lease: { ...taken, version: taken.version + 1 }, writtenAtMs: atMs }
    pace = taken.pace
    seen = undefined
    log.info({ token: taken.token, from: current?.holder ?? null }, 'dialer lease taken')
    return true
  }

  async function write (): Promise<boolean> {
    if (mine === undefined) return false
    const { token } = mine.lease
    const atMs = monotonicMs()
    const next = { ...mine.lease, pace }
    if (!await leases.save(next)) {
      // A reply that was lost on its way looks like a lost lease, and is ours all the same.
      const current = await leases.get()
      if (current?.holder !== holder || current.token !== token) return lose()
      mine = { lease: current, writtenAtMs: atMs }
      return true
    }
    mine = { lease: { ...next, version: next.version + 1 }, writtenAtMs: atMs }
    return true
  }

  /** One write at a time; whoever asks while one is under way shares the one that follows it, since theirs must begin after they asked. */
  async function prove (): Promise<boolean> {
    following ??= writing.catch(() => false).then(async () => {
      following = undefined
      writing = write()
      return await writing
    })
    return await following
  }

  return {
    async hold () {
      if (mine === undefined) return await take()
      if (monotonicMs() - mine.writtenAtMs < renewMs) return true
      try {
        return await prove()
      } catch (error) {
        if (!isHeld()) lose()
        throw error
      }
    },
    isHeld,
    // Brought to our own clock first: a pace of another clock's, or of this one before it was set back, may lie in what is the future here.
    takeTurn () {
      pace = refill(pace, pacing, nowMs())
      const taken = takeToken(pace, pacing, nowMs())
      pace = taken ?? pace
      return taken !== undefined
    },
    turns () {
      pace = refill(pace, pacing, nowMs())
      return { now: Math.floor(pace.tokens), nextInMs: nextTokenInMs(pace, pacing, nowMs()) }
    },
    prove,
    async release () {
      await writing.catch(() => false)
      if (mine === undefined) return
      const { lease } = mine
      mine = undefined
      if (await leases.save(releaseLease({ ...lease, pace }))) log.info({ token: lease.token }, 'dialer lease given back')
    }
  }
}
