import type { Log, Metrics } from '../ports.ts'
import type { DialerLease } from './dialer-lease.ts'

export interface Dialer {
  start: () => void
  /** Makes the next pass follow at once. */
  wake: () => void
  /** Lets what is under way finish, starts nothing more, and gives the lease back. */
  stop: () => Promise<void>
}

export interface DialerOptions {
  lease: Pick<DialerLease, 'hold' | 'isHeld' | 'release'>
  /** One pass; tells when the next one is worth while, in milliseconds, if that is before the pause is over. */
  pass: (signal: AbortSignal) => Promise<{ nextInMs: number | undefined }>
  /** Resolves when nothing is under way. */
  settled: () => Promise<void>
  /** Pause between two passes. */
  intervalMs: number
  metrics: Metrics
  log: Log
}

/** A storm of wakes makes no storm of passes. */
const MIN_PAUSE_MS = 50

/** The loop around the passes: one at a time, while the lease is ours, at once after a wake, otherwise after a pause. */
export function createDialer ({ lease, pass, settled, intervalMs, metrics, log }: DialerOptions): Dialer {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let wakeUp: (() => void) | undefined
  let stopNow: (() => void) | undefined
  let isWoken = false
  let isHeld = false

  /** Ends early when the dialer stops, and by a wake once the passes are far enough from each other. */
  async function pause (pauseMs: number): Promise<void> {
    await sleep(Math.min(pauseMs, MIN_PAUSE_MS), false)
    if (!isWoken) await sleep(pauseMs - MIN_PAUSE_MS, true)
  }

  async function sleep (ms: number, isLight: boolean): Promise<void> {
    if (ms <= 0 || stopping.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      const end = () => { clearTimeout(timer); resolve() }
      stopNow = end
      if (isLight) wakeUp = end
    })
    wakeUp = stopNow = undefined
  }

  async function run (): Promise<void> {
    let isStoreDown = false
    let passedAtMs = performance.now()
    while (!stopping.signal.aborted) {
      isWoken = false
      isHeld = false
      let pauseMs = intervalMs
      try {
        isHeld = await lease.hold()
        metrics.leaseHeld(isHeld)
        if (isHeld) pauseMs = Math.min(intervalMs, (await pass(stopping.signal)).nextInMs ?? intervalMs)
        isStoreDown = false
        passedAtMs = performance.now()
      } catch (error) {
        // What is due cannot be seen, and has waited for as long as nobody looked.
        metrics.dialerPassFailed(isHeld ? performance.now() - passedAtMs : undefined)
        // Whoever cannot write the lease must not go on telling that it dials.
        metrics.leaseHeld(lease.isHeld())
        if (!isStoreDown) log.error({ err: error }, 'dialer pass failed, trying again')
        isStoreDown = true
      }
      await pause(pauseMs)
    }
  }

  return {
    start () { running ??= run() },
    wake () {
      // Whoever does not dial has nothing to hurry for.
      if (!isHeld) return
      isWoken = true
      wakeUp?.()
    },
    async stop () {
      stopping.abort()
      stopNow?.()
      await running
      await settled()
      await lease.release().catch((error: unknown) => { log.warn({ err: error }, 'dialer lease not given back') })
      metrics.leaseHeld(false)
    }
  }
}
