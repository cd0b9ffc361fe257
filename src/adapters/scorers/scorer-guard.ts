import { EventEmitter } from 'node:events'
import CircuitBreaker from 'opossum'
import { MAX_SCORE } from '../../domain/outcome.ts'
import { RingfenceError, type ErrorCode } from '../../errors.ts'
import { withinDeadline } from '../deadline.ts'
import type { Assessment, BreakerState, GiveUpSignal, GuardedScorer, Log, Metrics, NowMs, ScorableTransaction, Scorer } from '../../ports.ts'

/** What the guard of a scorer is made of. */
export interface ScorerGuardOptions {
  scorer: Scorer
  /** Deadline of a score, the second try included. */
  timeoutMs: number
  breaker: {
    /** So many failed scores of at least 10 in 10 s open the breaker. 1 to 100. */
    failurePercent: number
    /** How long the scorer is left alone before one transaction tries it again. */
    resetMs: number
  }
  metrics: Pick<Metrics, 'scored' | 'scorerRetried' | 'breakerStands'>
  log: Log
  nowMs: NowMs
}

const WINDOW_MS = 10_000
const WINDOW_BUCKETS = 10
const MIN_SCORES = 10
/** So long a fault tells how the scorer stands; after it, with no transaction since, nobody knows, and a degraded replica would stay so until one came. */
const FAULT_TELLS_MS = 30_000
/** A second try begins only while this share of the deadline is left: later it could hardly end in time. */
const SECOND_TRY_SHARE = 0.5

/**
 * What is done about a fault: asked again at once, and counted towards an open breaker. Whatever is not listed is counted and not asked again.
 * Throttling is not counted: the quota still serves a part of the transactions, and an open breaker would take that away too.
 * What is not counted closes a half-open breaker, as a score does, and rightly: only a service that answers throttles, refuses or names an
 * outcome. A refusal that nobody had to be asked for would prove nothing, so it never gets as far as the breaker.
 */
const FAULTS: Partial<Record<ErrorCode, { isTriedAgain: boolean, isCounted: boolean }>> = {
  scorer_interrupted: { isTriedAgain: true, isCounted: true },
  scorer_throttled: { isTriedAgain: false, isCounted: false },
  scorer_refused: { isTriedAgain: false, isCounted: false },
  scorer_outcome_unknown: { isTriedAgain: false, isCounted: false }
}

/**
 * Puts a guard before a scorer: a deadline, at most one second try inside it for faults that a second try may mend at once, and a circuit
 * breaker, so that a scorer which fails is neither waited for nor burdened.
 */
export function createGuardedScorer ({ scorer, timeoutMs, breaker: { failurePercent, resetMs }, metrics, log, nowMs }: ScorerGuardOptions): GuardedScorer {
  const { name } = scorer
  const rotation = new EventEmitter()
  let bucketAtMs = nowMs()
  let lastFault: { fault: RingfenceError, atMs: number } | undefined
  let isLeftAlone = false

  const breaker = new CircuitBreaker(askInTime, {
    name,
    // The deadline is ours: each transaction needs a signal of its own.
    timeout: false,
    // The library opens above its threshold, the setting means from it on.
    errorThresholdPercentage: failurePercent - 0.01,
    volumeThreshold: MIN_SCORES,
    resetTimeout: resetMs,
    rollingCountTimeout: WINDOW_MS,
    rollingCountBuckets: WINDOW_BUCKETS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    rotateBucketController: rotation,
    errorFilter: (error) => FAULTS[toFault(error).code]?.isCounted === false
  })
  const state = (): BreakerState => breaker.opened ? 'open' : breaker.halfOpen ? 'half_open' : 'closed'
  metrics.breakerStands(name, 'closed')
  breaker.on('failure', (error) => { lastFault = { fault: toFault(error), atMs: nowMs() } })
  breaker.on('open', () => {
    metrics.breakerStands(name, 'open')
    // A probe that fails opens it again, every few seconds for as long as it lasts.
    if (!isLeftAlone) log.warn({ scorer: name, resetMs, why: lastFault?.fault.code }, 'scorer fails too often and is left alone')
    isLeftAlone = true
  })
  breaker.on('halfOpen', () => { metrics.breakerStands(name, 'half_open') })
  breaker.on('close', () => {
    metrics.breakerStands(name, 'closed')
    log.info({ scorer: name }, 'scorer answers again')
    isLeftAlone = false
    forget(WINDOW_BUCKETS)
  })

  function forget (buckets: number): void {
    for (let count = 0; count < buckets; count++) rotation.emit('rotate')
  }

  /** What happened more than the window ago no longer counts. */
  function forgetThePast (): void {
    const buckets = Math.floor((nowMs() - bucketAtMs) / (WINDOW_MS / WINDOW_BUCKETS))
    forget(Math.min(buckets, WINDOW_BUCKETS))
    bucketAtMs += buckets * (WINDOW_MS / WINDOW_BUCKETS)
  }

  async function askInTime (transaction: ScorableTransaction): Promise<Assessment> {
    return await withinDeadline(timeoutMs, lateBy(timeoutMs), async (signal) => {
      const secondTryBeforeMs = nowMs() + timeoutMs * SECOND_TRY_SHARE
      try {
        return await ask(transaction, signal)
      } catch (error) {
        const fault = toFault(error)
        if (FAULTS[fault.code]?.isTriedAgain !== true || nowMs() > secondTryBeforeMs) throw fault
        metrics.scorerRetried(name)
        return await ask(transaction, signal)
      }
    })
  }

  async function ask (transaction: ScorableTransaction, signal: GiveUpSignal): Promise<Assessment> {
    const assessment = await scorer.score(transaction, signal)
    const { score, ruled } = assessment
    if (score === null ? ruled === undefined : !(score >= 0 && score <= MAX_SCORE)) throw new RingfenceError('scorer_reply_invalid', { detail: 'The score is not one of 0 to 1000.' })
    return assessment
  }

  return {
    name,
    state,

    async score (transaction) {
      const refusal = scorer.refusal?.(transaction)
      if (refusal !== undefined) throw refusal
      forgetThePast()
      const startedAtMs = nowMs()
      try {
        const assessment = await breaker.fire(transaction)
        lastFault = undefined
        metrics.scored(name, nowMs() - startedAtMs)
        return assessment
      } catch (error) {
        const fault = toFault(error)
        if (fault.code === 'scorer_throttled') lastFault = { fault, atMs: nowMs() }
        throw fault
      }
    },

    async checkReady () {
      if (state() === 'open') throw new RingfenceError('scorer_paused')
      if (scorer.checkReady !== undefined) {
        const check = scorer.checkReady
        await withinDeadline(timeoutMs, lateBy(timeoutMs), async () => { await check() })
      } else if (lastFault !== undefined && nowMs() - lastFault.atMs < FAULT_TELLS_MS) throw lastFault.fault
    }
  }
}

function lateBy (timeoutMs: number): () => RingfenceError {
  return () => new RingfenceError('scorer_timeout', { detail: `No score within ${timeoutMs} ms.` })
}

function toFault (error: unknown): RingfenceError {
  if (error instanceof RingfenceError) return error
  if (error instanceof Error && CircuitBreaker.isOurError(error)) return new RingfenceError('scorer_paused')
  return new RingfenceError('scorer_unavailable', { cause: error })
}
