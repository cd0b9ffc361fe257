import type { Random } from '../model/random.ts'
import type { StoreFaults } from './store-faults.ts'
import type { WayFaults } from './load-balancer.ts'

/** What is done to the running system, and when, in milliseconds after the load began. */
export type Trouble =
  | { kind: 'kill', replica: number }
  | { kind: 'kill_dialer' }
  /** The replica is started again with a failpoint, and dies at it by itself. */
  | { kind: 'failpoint', replica: number, step: string, count: number }
  | { kind: 'freeze_dialer', forMs: number }
  | { kind: 'store', faults: StoreFaults, forMs: number }
  | { kind: 'way', faults: WayFaults, forMs: number }
  | { kind: 'connect', fault: 'drop_reply_after_start' | 'hang' | 'reset' | 'throttle' | '500', calls: number }
  | { kind: 'events', delivery: object, forMs: number }
export type ScheduledTrouble = Trouble & { atMs: number }

/**
 * Makes a schedule of trouble: the same for the same random numbers. Every step gets its failpoint, and every fault its turn, some of them together.
 * @param steps the failpoints of the service, each once
 */
export function scheduleChaos ({ random, durationMs, steps, kills, freezes, replicas }: { random: Random, durationMs: number, steps: readonly string[], kills: number, freezes: number, replicas: number }): ScheduledTrouble[] {
  const at = (from: number, to: number) => Math.round(durationMs * (from + (to - from) * random.next()))
  const phase = (trouble: Trouble): ScheduledTrouble => ({ ...trouble, atMs: at(0.05, 0.8) })
  const forMs = Math.round(durationMs / 6)
  const troubles: ScheduledTrouble[] = [
    ...Array.from({ length: kills }, (): ScheduledTrouble => ({ kind: 'kill', replica: random.integer(0, replicas - 1), atMs: at(0.05, 0.95) })),
    ...Array.from({ length: Math.ceil(kills / 2) }, (): ScheduledTrouble => ({ kind: 'kill_dialer', atMs: at(0.05, 0.9) })),
    ...steps.map((step, index): ScheduledTrouble => ({ kind: 'failpoint', replica: random.integer(0, replicas - 1), step, count: random.integer(1, 5), atMs: Math.round(durationMs * (0.05 + 0.85 * index / Math.max(1, steps.length))) })),
    ...Array.from({ length: freezes }, (_, index): ScheduledTrouble => ({ kind: 'freeze_dialer', forMs: 9_000, atMs: Math.round(durationMs * (index + 0.5) / (freezes + 1)) })),
    phase({ kind: 'store', faults: { throttle: 0.1, dropReply: 0, fail: 0, slow: 0, slowMs: 0 }, forMs }),
    phase({ kind: 'store', faults: { throttle: 0, dropReply: 0.05, fail: 0.02, slow: 0.05, slowMs: 300 }, forMs }),
    phase({ kind: 'store', faults: { throttle: 0.05, dropReply: 0.05, fail: 0, slow: 0, slowMs: 0 }, forMs }),
    phase({ kind: 'way', faults: { lose: 0.1, loseReply: 0.1, double: 0.2, delay: 0.2, delayMs: 2_000 }, forMs: forMs * 2 }),
    phase({ kind: 'events', delivery: { copies: 2, order: 'reversed' }, forMs }),
    phase({ kind: 'events', delivery: { drop: ['DISCONNECTED'] }, forMs }),
    ...(['drop_reply_after_start', 'hang', 'reset', 'throttle', '500'] as const).flatMap((fault) => [
      phase({ kind: 'connect', fault, calls: random.integer(3, 8) }),
      phase({ kind: 'connect', fault, calls: random.integer(3, 8) })
    ])
  ]
  return troubles.sort((one, other) => one.atMs - other.atMs)
}
