/** How fast contacts may be started, and how many calls may be under way. */
export interface Pacing {
  /** Starts a second, over time. */
  perSecond: number
  /** Starts at once after a rest. At least 1. */
  burst: number
  /** Calls that ring or are talked on at the same time. */
  maxLiveCalls: number
}

/** A token bucket: what was in it at a moment. */
export interface Pace {
  tokens: number
  /** Unix milliseconds. */
  atMs: number
}

/** A bucket that nobody took from. */
export function fullPace ({ burst }: Pacing, nowMs: number): Pace {
  return { tokens: burst, atMs: nowMs }
}

/** What is in the bucket now. A clock that was set back, or another machine's, adds nothing. */
export function refill (pace: Pace, { perSecond, burst }: Pacing, nowMs: number): Pace {
  const gained = Math.max(0, nowMs - pace.atMs) * perSecond / 1000
  return { tokens: Math.min(burst, pace.tokens + gained), atMs: nowMs }
}

/** Takes one token; `undefined` when there is none. */
export function takeToken (pace: Pace, pacing: Pacing, nowMs: number): Pace | undefined {
  const now = refill(pace, pacing, nowMs)
  return now.tokens < 1 ? undefined : { ...now, tokens: now.tokens - 1 }
}

/** How long until there is a token, in milliseconds; 0 when there is one. */
export function nextTokenInMs (pace: Pace, pacing: Pacing, nowMs: number): number {
  const { tokens } = refill(pace, pacing, nowMs)
  return tokens >= 1 ? 0 : Math.ceil((1 - tokens) * 1000 / pacing.perSecond)
}
