/** What it is made of; times in milliseconds. */
export interface ConcurrencyLimitOptions {
  /** Requests under way at once, at most; where it begins. */
  max: number
  /** So long may a turn of the event loop take from its first request on; 0 is without bound, and the limit stays where it began. */
  maxTurnMs: number
  nowMs: () => number
  /** Calls when this turn of the event loop is over. */
  afterTurn: (call: () => void) => void
}

/** As many requests under way as the event loop serves without being late. */
export interface ConcurrencyLimit {
  /** How many may be under way now. */
  current: () => number
  /** Tells that a request came, and whether there was no place for it. */
  requestCame: (isRefused: boolean) => void
}

/** So many are always served: with fewer, a service would wait for its store more than it worked. */
const MIN = 16
const SHRINK = 0.8
/** Below this share of the bound a turn is quick, and the limit may grow. */
const QUICK = 0.5

/**
 * Finds how many requests may be under way by what their turns take: a turn that is too long lowers the limit by a fifth, and each quick one in which a
 * request was refused raises it by one. Busy with more than it can serve, a process would be late for all of them, and late to refuse any.
 */
export function createConcurrencyLimit ({ max, maxTurnMs, nowMs, afterTurn }: ConcurrencyLimitOptions): ConcurrencyLimit {
  let limit = max
  let turnBeganAtMs: number | undefined
  let wasRefused = false

  function endTurn (): void {
    const tookMs = nowMs() - (turnBeganAtMs ?? nowMs())
    turnBeganAtMs = undefined
    if (tookMs > maxTurnMs) limit = Math.max(Math.min(MIN, max), Math.floor(limit * SHRINK))
    else if (wasRefused && tookMs < maxTurnMs * QUICK) limit = Math.min(max, limit + 1)
    wasRefused = false
  }

  return {
    current: () => limit,
    requestCame (isRefused) {
      if (maxTurnMs === 0) return
      wasRefused ||= isRefused
      if (turnBeganAtMs !== undefined) return
      turnBeganAtMs = nowMs()
      afterTurn(endTurn)
    }
  }
}
