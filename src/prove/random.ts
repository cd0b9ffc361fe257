/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  next: () => number
  /** Whole, from 0 up to `below`. */
  whole: (below: number) => number
  chance: (probability: number) => boolean
  pick: <T>(from: readonly T[]) => T
}

/** Mulberry32: 32 bits of state are enough to schedule faults. Source: Tommy Ettinger, public domain. */
export function createRandom (seed: number): Random {
  let state = seed >>> 0
  function next (): number {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
  const whole = (below: number) => Math.floor(next() * below)
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick (from) {
      const picked = from[whole(from.length)]
      if (picked === undefined) throw new Error('there is nothing to pick from')
      return picked
    }
  }
}
