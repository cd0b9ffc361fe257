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
/** A turn that is too long lowers the limit by as much as it is, but by no more than half: what is under way has still to be done. */
const SHRINK = 0.5
/** Below this share of the bound a turn is quick, and the limit may grow. */
const QUICK = 0.5
/** After so long without a refusal the crowd is gone, and there is as much room as before it. */
const FORGET_MS = 1_000

/**
 * Finds how many requests may be under way while more come than can be served. Nobody is refused below the maximum, however slow it goes: late is better
 * than refused. Once it is reached, a turn that is too long lowers the limit, and each quick one raises it by one, so that what is served is
 * served at full speed, and what is refused is told at once.
 */
export function createConcurrencyLimit ({ max, maxTurnMs, nowMs, afterTurn }: ConcurrencyLimitOptions): ConcurrencyLimit {
  let limit = max
  let turnBeganAtMs = NaN
  let refusedAtMs = NaN
  let isInTurn = false
  let wasRefused = false

  function endTurn (): void {
    isInTurn = false
    if (!wasRefused) return
    wasRefused = false
    refusedAtMs = nowMs()
    const tookMs = refusedAtMs - turnBeganAtMs
    if (tookMs > maxTurnMs) limit = Math.max(Math.min(MIN, max), Math.floor(limit * Math.max(SHRINK, maxTurnMs / tookMs)))
    else if (tookMs < maxTurnMs * QUICK) limit = Math.min(max, limit + 1)
  }

  return {
    current () {
      if (limit < max && nowMs() - refusedAtMs > FORGET_MS) limit = max
      return limit
    },
    requestCame (isRefused) {
      if (maxTurnMs === 0) return
      wasRefused ||= isRefused
      if (isInTurn) return
      isInTurn = true
      turnBeganAtMs = nowMs()
      afterTurn(endTurn)
    }
  }
}
