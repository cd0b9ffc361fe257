import { BUNDLED_CARD_PATH } from '../model/bundled-model.ts'
import { loadCardModel } from '../model/card-model.ts'
import { VARIABLE_NAMES } from '../model/event-variables.ts'
import type { SeededDetector } from './fraud-detector/seed.ts'

/** Names under which the Fraud Detector simulator knows the detector that is there from the start. */
export const CARD_DETECTOR = { detectorId: 'card_fraud', eventTypeName: 'card_transaction' } as const
const MODEL_ID = 'card_fraud_model'
const NUMBERS: ReadonlySet<string> = new Set(['transaction_amt', 'transaction_adj_amt'])

/**
 * A detector that scores with the bundled model, and decides at its thresholds: above 860 (3 % false positives) `fraud`, above 775 (5 %) `investigate`.
 * @throws Error when the bundled model cannot be used
 */
export async function readCardDetector (): Promise<SeededDetector> {
  const model = await loadCardModel(BUNDLED_CARD_PATH)
  const score = `$${MODEL_ID}_insightscore`
  return {
    ...CARD_DETECTOR,
    variables: Object.fromEntries(VARIABLE_NAMES.map((name) => [name, NUMBERS.has(name) ? 'number' : 'string'])),
    model: {
      modelId: MODEL_ID,
      // The amount stands in the variables or nowhere.
      score: ({ eventTimestamp, variables }) => model.assess({ occurredAtMs: Date.parse(eventTimestamp), amount: { valueMinor: Number.NaN, currency: '' }, variables }).score
    },
    rules: [
      { ruleId: 'fraud', expression: `${score} > 860`, outcomes: ['fraud'] },
      { ruleId: 'investigate', expression: `${score} > 775`, outcomes: ['investigate'] },
      { ruleId: 'approve', expression: `${score} <= 775`, outcomes: ['approve'] }
    ]
  }
}
