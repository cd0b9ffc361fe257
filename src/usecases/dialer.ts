import type { Log, Metrics } from '../ports.ts'

export interface Dialer {
  start: () => void
  /** Makes the next pass follow at once. */
  wake: () => void
  /** Lets the pass under way finish its item and starts no other. */
  stop: () => Promise<void>
}

export interface DialerOptions {
  /** One pass; tells whether more is due than it took on. */
  pass: (signal: AbortSignal) => Promise<boolean>
  /** Pause between two passes when nothing more is due. */
  intervalMs: number
  metrics: Metrics
  log: Log
}

/** The loop around the passes: one at a time, at once after a wake or while there is more, otherwise after a pause. */
export function createDialer ({ pass, intervalMs, metrics, log }: DialerOptions): Dialer {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let wakeUp: (() => void) | undefined
  let isWoken = false

  async function pause (): Promise<void> {
    if (isWoken || stopping.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, intervalMs)
      wakeUp = () => { clearTimeout(timer); resolve() }
    })
    wakeUp = undefined
  }

  async function run (): Promise<void> {
    let isStoreDown = false
    while (!stopping.signal.aborted) {
      isWoken = false
      let hasMore = false
      try {
        hasMore = await pass(stopping.signal)
        isStoreDown = false
      } catch (error) {
        metrics.dialerPassFailed()
        if (!isStoreDown) log.error({ err: error }, 'dialer pass failed, trying again')
        isStoreDown = true
      }
      if (!hasMore) await pause()
    }
  }

  return {
    start () { running ??= run() },
    wake () { isWoken = true; wakeUp?.() },
    async stop () {
      stopping.abort()
      wakeUp?.()
      await running
    }
  }
}
