import { RingfenceError } from '../../errors.ts'
import type { CardModel } from '../../model/card-model.ts'
import type { Assessment, GiveUpSignal, Log, Metrics, NowMs, ScorableTransaction, Scorer } from '../../ports.ts'

// Not a transaction of anybody's: it only has to go all the way through the model.
const PROBE: ScorableTransaction = {
  transactionId: 'readiness-probe',
  customerId: 'readiness-probe',
  occurredAtMs: 0,
  amount: { valueMinor: 0, currency: 'EUR' },
  variables: {}
}

/** A caller who has renamed its variables does so in every payment. */
const TELL_EVERY_MS = 60_000

/** The embedded model always has a score, and can be asked at any time. */
export interface EmbeddedScorer extends Scorer {
  score: (transaction: ScorableTransaction, signal: GiveUpSignal) => Promise<Assessment & { score: number }>
  checkReady: () => Promise<void>
}

/**
 * Creates the scorer that needs no network: a model of trees that runs inside the process. Scoring is synchronous inside, some tens of
 * microseconds, so a deadline matters only when it has passed already.
 *
 * A model that finds little of what it knows gives a score all the same, most often a low one; it says so once a minute.
 *
 * @param current the model of this moment, asked for anew at each score: a reload puts another one in its place.
 */
export function createEmbeddedScorer ({ current }: { current: () => CardModel }, { metrics, log, nowMs }: { metrics: Pick<Metrics, 'eventSparse'>, log: Log, nowMs: NowMs }): EmbeddedScorer {
  let toldAtMs = -Infinity

  function tellSparse (model: string, version: string, { transactionId }: ScorableTransaction, unusedVariables: Assessment['unusedVariables']): void {
    metrics.eventSparse('embedded')
    if (nowMs() - toldAtMs < TELL_EVERY_MS) return
    toldAtMs = nowMs()
    log.warn({ transactionId, model, version, unused: unusedVariables.map(({ name }) => name) }, 'the model finds less than half of its variables in payments')
  }

  function assess (transaction: ScorableTransaction): Assessment & { score: number } {
    try {
      const cardModel = current()
      const { name, version } = cardModel.card
      const { score, unusedVariables, isSparse, explain } = cardModel.assess(transaction)
      if (isSparse && transaction !== PROBE) tellSparse(name, version, transaction, unusedVariables)
      return { score, model: { name, version }, unusedVariables, explain: () => explain().map(({ variable }) => variable) }
    } catch (cause) {
      throw new RingfenceError('scorer_unavailable', { detail: 'The embedded model failed.', cause })
    }
  }

  return {
    name: 'embedded',
    async score (transaction, signal) {
      if (signal.aborted) throw new RingfenceError('scorer_timeout', { detail: 'The time for a score was over before it began.', cause: signal.reason })
      return assess(transaction)
    },
    async checkReady () {
      assess(PROBE)
    }
  }
}
