/** A quota in requests a second, with the burst that may come at once. */
export interface RateLimit {
  perSecond: number
  burst: number
}

/** Says whether one more request may pass now; a token bucket per operation, whose limit may change at any time. */
export function createRequestRate (limitOf: (operation: string) => RateLimit | undefined, nowMs: () => number) {
  const buckets = new Map<string, { tokens: number, atMs: number }>()

  return {
    /** Takes a token of the operation's bucket; an operation without a limit always passes. */
    take (operation: string): boolean {
      const limit = limitOf(operation)
      if (limit === undefined) return true
      const { tokens, atMs } = buckets.get(operation) ?? { tokens: limit.burst, atMs: nowMs() }
      const left = Math.min(limit.burst, tokens + (nowMs() - atMs) / 1000 * limit.perSecond)
      const mayPass = left >= 1
      buckets.set(operation, { tokens: mayPass ? left - 1 : left, atMs: nowMs() })
      return mayPass
    },
    reset: (): void => buckets.clear()
  }
}
