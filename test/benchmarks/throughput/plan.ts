import type { Subject } from './subjects.ts'

/** How the stubs answer: at once, or after as many milliseconds as AWS may take. */
export interface StubSpeed {
  name: string
  storeMs: number
  detectorMs: number
  connectMs: number
}

export const AT_ONCE: StubSpeed = { name: 'at once', storeMs: 0, detectorMs: 0, connectMs: 0 }
export const DELAYED: StubSpeed = { name: '4 / 60 ms', storeMs: 4, detectorMs: 60, connectMs: 150 }

/** How long each part of a turn takes, in seconds. */
export interface Plan {
  rounds: number
  warmUp: number
  /** A warm-up ends after so many requests: by then the code is compiled. */
  warmUpRequests: number
  /** Before the delayed stubs are measured. */
  warmUpDelayed: number
  saturation: number
  halfLoad: number
  /** The first part of either, before it runs evenly, which does not count. */
  saturationLead: number
  halfLoadLead: number
  /** After so long it is given up. */
  bound: number
}

/** Of a turn, what is not measured: to start, to begin and end the parts. */
const START_SECONDS = 1
const PAUSE_SECONDS = 0.35
const SATURATION_SHARE = 0.4
const LONGEST_LEAD = 0.7
/** The service comes to the CPU that it then keeps after some 3,000 requests; `expected` is how long that takes, about. */
const LONG_WARM_UP = { warmUp: 9, warmUpRequests: 4_000, warmUpDelayed: 0.7, expected: { floor: 1.5, service: 5, peer: 2 } }
const SHORT_WARM_UP = { warmUp: 4, warmUpRequests: 1_500, warmUpDelayed: 0.4, expected: { floor: 1, service: 3, peer: 1 } }
/** Of a turn, planned: with less, more of it would be warm-up than measuring. */
const SECONDS_FOR_LONG = 8
const SHORTEST = { saturation: 0.5, halfLoad: 0.8 }
/** A run that takes so much longer than planned hangs. */
const BOUND = { times: 1.5, seconds: 30 }

export function speedsOf (subject: Pick<Subject, 'asks'>): StubSpeed[] {
  return subject.asks === null ? [AT_ONCE] : [AT_ONCE, DELAYED]
}

/** The stubs' own part of an answer, which no service can be faster than. Milliseconds: the reads are made at once, so they count as one. */
export function stubMs ({ asks }: Pick<Subject, 'asks'>, { storeMs, detectorMs }: StubSpeed): number {
  return asks === null ? 0 : 2 * storeMs + (asks.detector ? detectorMs : 0)
}

/** Connections that fill a process while stubs answer at once. */
export const CONNECTIONS = 64
const MOST_CONNECTIONS = 1_024

/**
 * Connections that fill it while the stubs take their time: twice as many as are then under way, at the requests per second that go through without it
 * (Little's law).
 */
export function connectionsFor (perSecondAtOnce: number, ownMs: number): number {
  return Math.min(MOST_CONNECTIONS, Math.max(CONNECTIONS, Math.ceil(2 * perSecondAtOnce * ownMs / 1000)))
}

/** Parts that make the whole as long as it is to be, as far as that goes. */
export function makePlan ({ seconds, rounds }: { seconds: number, rounds: number }, turns: ReadonlyArray<{ asks: Subject['asks'], kind: Subject['kind'] | 'peer' }>): Plan {
  const cells = turns.reduce((sum, subject) => sum + speedsOf(subject).length, 0)
  const { expected, ...warmUps } = seconds / rounds / Math.max(1, turns.length) > SECONDS_FOR_LONG ? LONG_WARM_UP : SHORT_WARM_UP
  const unmeasured = turns.reduce((sum, { kind }) => sum + START_SECONDS + expected[kind], 0) + (cells - turns.length) * warmUps.warmUpDelayed + cells * PAUSE_SECONDS
  const perCell = Math.max(0, seconds / rounds - unmeasured) / cells
  const saturation = Math.max(SHORTEST.saturation, perCell * SATURATION_SHARE)
  const halfLoad = Math.max(SHORTEST.halfLoad, perCell * (1 - SATURATION_SHARE))
  const planned = rounds * (unmeasured + cells * (saturation + halfLoad))
  return { rounds, ...warmUps, saturation, halfLoad, saturationLead: Math.min(LONGEST_LEAD, saturation / 4), halfLoadLead: Math.min(LONGEST_LEAD, halfLoad / 4), bound: Math.round(planned * BOUND.times + BOUND.seconds) }
}

/** The order of a round: each begins with another one. */
export function rotated<T> (things: readonly T[], round: number): T[] {
  const first = things.length === 0 ? 0 : round % things.length
  return [...things.slice(first), ...things.slice(0, first)]
}
