/** What it is made of; times in milliseconds. */
export interface ConcurrencyLimitOptions {
  /** Requests under way at once, at most. */
  max: number
  /** So long may a turn of the event loop take from its first request on; 0 is without bound: then `max` is all there is. */
  maxTurnMs: number
  nowMs: () => number
  /** How long the event loop has had nothing to do, since any start. */
  idleMs: () => number
  /** Calls when this turn of the event loop is over. */
  afterTurn: (call: () => void) => void
}

/** As many requests under way as the event loop serves without being late. */
export interface ConcurrencyLimit {
  /** Whether another request may begin while so many are under way; to be asked of each that comes. */
  hasPlace: (underWay: number) => boolean
}

/** So many are always served: with fewer, a service would wait for its store more than it worked. */
const MIN = 16
/** So many are served however long turns are, as in a process that was just started: to be late is better than to be refused. */
const START = 128
/** Below this share of the bound a turn is quick: whoever is under way waits for others, and not for this process. */
const QUICK = 0.5
/** A turn that is too long lowers the limit by as much as it is, but by no more than half: what is under way has still to be done. */
const SHRINK = 0.5
/** After so long without a refusal the crowd is gone. */
const FORGET_MS = 1_000
/** An event loop that had nothing to do for this share of so long, or longer, bears more than there is. */
const IDLE = 0.4
const WINDOW_MS = 100

/**
 * Finds how many requests may be under way. As long as turns of the event loop are quick, as many as there may be. When they are not, the process has more
 * to do than it can, and everybody waits for each turn, also who is to be refused: then those above the limit are refused, and turns that are too long
 * lower it, so that what is served is served at full speed and what is refused is told at once. Who comes in bursts and leaves the process idle between
 * them does not lower it for the next one.
 */
export function createConcurrencyLimit ({ max, maxTurnMs, nowMs, idleMs, afterTurn }: ConcurrencyLimitOptions): ConcurrencyLimit {
  const start = Math.min(START, max)
  let limit = start
  let turnBeganAtMs = NaN
  let lastTurnMs = 0
  let window = { beganAtMs: nowMs(), idleBeforeMs: idleMs() }
  let refusedAtMs = -Infinity
  let isInTurn = false
  let hasGrown = false
  let wasRefused = false

  function endTurn (): void {
    isInTurn = false
    hasGrown = false
    lastTurnMs = nowMs() - turnBeganAtMs
    if (wasRefused && lastTurnMs > maxTurnMs) limit = Math.max(Math.min(MIN, max), Math.floor(limit * Math.max(SHRINK, maxTurnMs / lastTurnMs)))
    wasRefused = false
  }

  /** Many may have come at once, and yet not too many. */
  function forgetIfIdle (): void {
    const { beganAtMs, idleBeforeMs } = window
    const tookMs = turnBeganAtMs - beganAtMs
    if (tookMs < WINDOW_MS) return
    window = { beganAtMs: turnBeganAtMs, idleBeforeMs: idleMs() }
    if (window.idleBeforeMs - idleBeforeMs < tookMs * IDLE) return
    lastTurnMs = 0
    limit = Math.max(limit, start)
  }

  return {
    hasPlace (underWay) {
      if (maxTurnMs === 0) return underWay < max
      if (!isInTurn) {
        isInTurn = true
        turnBeganAtMs = nowMs()
        afterTurn(endTurn)
        forgetIfIdle()
      }
      if (underWay < limit) return true
      const atMs = nowMs()
      const isCrowd = atMs - refusedAtMs <= FORGET_MS
      if (!isCrowd) limit = Math.max(limit, start)
      const isQuick = Math.max(lastTurnMs, atMs - turnBeganAtMs) < maxTurnMs * QUICK
      // In a crowd one more for each turn, or the next ones would be long.
      if (underWay < limit || (isQuick && underWay < max && !(isCrowd && hasGrown))) {
        hasGrown ||= underWay >= limit
        limit = Math.max(limit, underWay + 1)
        return true
      }
      wasRefused = true
      refusedAtMs = atMs
      return false
    }
  }
}
