/** A seeded source of random numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next: () => number
  /** True with the given probability, 0 to 1. */
  chance: (probability: number) => boolean
  /** Uniform integer, both ends included. */
  integer: (min: number, max: number) => number
  /** Normal deviate, mean 0, standard deviation 1. */
  normal: () => number
  /** One item, all equally likely. @throws RangeError when the list is empty */
  pick: <T>(items: readonly T[]) => T
  /** One key, by its weight; weights need not add up to 1. @throws RangeError when no key has weight */
  pickWeighted: <K extends string>(weights: Readonly<Partial<Record<K, number>>>) => K
}

/**
 * Creates the source from an integer seed (taken modulo 2^32).
 * Source: mulberry32 by Tommy Ettinger, public domain; normals by Box-Muller.
 */
export function createRandom (seed: number): Random {
  let state = seed >>> 0

  function next (): number {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  function integer (min: number, max: number): number {
    return min + Math.floor(next() * (max - min + 1))
  }

  return {
    next,
    chance: (probability) => next() < probability,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick (items) {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[integer(0, items.length - 1)]!
    },
    pickWeighted<K extends string> (weights: Readonly<Partial<Record<K, number>>>): K {
      const entries = Object.entries(weights) as [K, number][]
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [key, weight] of entries) {
        left -= weight
        if (left < 0) return key
      }
      throw new RangeError('no key has weight')
    }
  }
}
