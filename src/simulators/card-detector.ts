import { BUNDLED_CARD_PATH } from '../model/bundled-model.ts'
import { loadCardModel } from '../model/card-model.ts'
import type { SeededDetector } from './fraud-detector/seed.ts'

/** Names under which the Fraud Detector simulator knows the detector that is there from the start. */
export const CARD_DETECTOR = { detectorId: 'sample_detector', eventTypeName: 'sample_transaction' } as const
const MODEL_ID = 'sample_model'
const NUMBERS: ReadonlySet<string> = new Set(['transaction_amt', 'transaction_adj_amt'])
/** As a detector made from the generator's data types them, so that one can be made beside this: an account's variables are shared. */
const TYPES: Readonly<Record<string, string>> = {
  transaction_amt: 'NUMERIC',
  transaction_adj_amt: 'NUMERIC',
  ip_address: 'IP_ADDRESS',
  email_address: 'EMAIL_ADDRESS',
  phone_number: 'PHONE_NUMBER',
  billing_city: 'BILLING_CITY',
  billing_postal: 'BILLING_ZIP',
  billing_state: 'BILLING_STATE',
  currency: 'CURRENCY_CODE',
  applicant_name: 'BILLING_NAME',
  billing_address: 'BILLING_ADDRESS_L1'
}

/**
 * A detector that scores with the bundled model, and decides at its thresholds: above 860 (3 % false positives) `fraud`, above 775 (5 %) `investigate`.
 * @throws Error when the bundled model cannot be used
 */
export async function readCardDetector (): Promise<SeededDetector> {
  const model = await loadCardModel(BUNDLED_CARD_PATH)
  const names = [...new Set(model.card.features.flatMap(({ variables }) => variables))]
  const score = `$${MODEL_ID}_insightscore`
  return {
    ...CARD_DETECTOR,
    variables: Object.fromEntries(names.map((name) => [name, NUMBERS.has(name) ? 'number' : 'string'])),
    variableTypes: Object.fromEntries(names.map((name) => [name, TYPES[name] ?? 'CATEGORICAL'])),
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
