import type { CardModel } from '../../model/card-model.ts'
import type { Metrics, ShadowScorer } from '../../ports.ts'

/**
 * Creates the scorer that only looks on. It takes some tens of microseconds of the request, as the embedded scorer does, and waits for nothing.
 *
 * @param current the model of this moment, asked for anew at each score: a reload puts another one in its place.
 */
export function createShadowScorer ({ current }: { current: () => CardModel }, metrics: Pick<Metrics, 'scored'>): ShadowScorer {
  return {
    score (transaction) {
      const startedAtMs = performance.now()
      const cardModel = current()
      const { name, version } = cardModel.card
      const { score } = cardModel.assess(transaction)
      metrics.scored('shadow', performance.now() - startedAtMs)
      return { model: name, version, score }
    }
  }
}
