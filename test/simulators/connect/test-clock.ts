import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SimulatorClock } from '../../../src/simulators/aws/clock.ts'

/** A clock on which every sleep is over at once and moves the time on, or, while it is held, lasts until it is released. */
export function createTestClock (startMs = Date.parse('2026-11-22T10:00:00.000Z')) {
  let nowMs = startMs
  let isHeld = false
  const sleepers = new Set<() => void>()

  return {
    nowMs: () => nowMs,
    async sleep (ms: number, signal?: AbortSignal) {
      if (isHeld) {
        await new Promise<void>(resolve => {
          sleepers.add(resolve)
          signal?.addEventListener('abort', () => resolve(), { once: true })
        })
      } else {
        await nextTurn()
      }
      if (signal?.aborted !== true) nowMs += ms
    },
    advance (ms: number) {
      nowMs += ms
    },
    hold () {
      isHeld = true
    },
    release () {
      isHeld = false
      for (const wake of sleepers) wake()
      sleepers.clear()
    }
  } satisfies SimulatorClock & Record<string, unknown>
}
