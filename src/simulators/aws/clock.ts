import { setTimeout as sleepFor } from 'node:timers/promises'

/** The time that a simulator lives in. */
export interface SimulatorClock {
  /** Milliseconds since the epoch. */
  nowMs: () => number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** The machine's own clock. */
export const systemClock: SimulatorClock = {
  nowMs: Date.now,
  async sleep (ms, signal) {
    try {
      await sleepFor(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      if (signal?.aborted !== true) throw error
    }
  }
}

/** A clock whose sleeps are shortened. */
export interface SimulatedTime extends SimulatorClock {
  /** How many simulated milliseconds pass in so many of the underlying clock. */
  toSimulatedMs: (ms: number) => number
}

/**
 * Shortens every sleep of a clock; its time of day stays what it is.
 * @param timeScale real milliseconds for a simulated one: 1 is real time, 0.1 ten times faster, 0 no waiting at all
 * @throws RangeError when `timeScale` is below 0 or no number
 */
export function scaleClock (clock: SimulatorClock, timeScale: number): SimulatedTime {
  if (!(timeScale >= 0)) throw new RangeError(`timeScale must be 0 or more, not ${timeScale}`)
  return {
    nowMs: clock.nowMs,
    sleep: (ms, signal) => clock.sleep(ms * timeScale, signal),
    toSimulatedMs: ms => timeScale === 0 ? Number.POSITIVE_INFINITY : ms / timeScale
  }
}
