import { DETECTOR } from './payment.ts'

/** A payment as it is sent. */
export interface Payment {
  transactionId: string
  customerId: string
  card: { number: string }
  amount: { value: number, currency: string }
  occurredAt: string
  variables: Record<string, string>
}

/** As long as a SHA-256. */
const HASH = '0123456789abcdef'.repeat(4)

function decision (isScoredOutside: boolean) {
  return isScoredOutside
    ? { score: 249, reasons: ['detector_rule_matched', 'rule:rule_approve'], scorer: { name: 'frauddetector', model: 'card_model', version: '1.0' } }
    : { score: 249, reasons: ['no_rule_matched'], scorer: { name: 'embedded', model: 'card-fraud', version: '2' } }
}

/** The transaction's item, as the service writes it: the same attributes, in the same number of bytes. */
export function createItem ({ transactionId, customerId, amount, occurredAt, variables }: Payment, cardId: string, last4: string, isScoredOutside: boolean): object {
  const { score, reasons, scorer } = decision(isScoredOutside)
  return {
    transactionId: { S: transactionId },
    contentHash: { S: HASH },
    customerId: { S: customerId },
    cardId: { S: cardId },
    last4: { S: last4 },
    amount: { M: { valueMinor: { N: String(amount.value) }, currency: { S: amount.currency } } },
    merchant: { S: variables['merchant_id'] },
    occurredAtMs: { N: String(Date.parse(occurredAt)) },
    assessedAtMs: { N: String(Date.now()) },
    outcome: { S: 'approve' },
    score: { N: String(score) },
    reasons: { L: reasons.map((S) => ({ S })) },
    scorer: { M: { name: { S: scorer.name }, model: { S: scorer.model }, version: { S: scorer.version } } },
    degraded: { BOOL: false },
    cardWasBlocked: { BOOL: false },
    question: { NULL: true },
    pk: { S: `TRANSACTION#${transactionId}` },
    sk: { S: 'TRANSACTION' }
  }
}

/** The decision, as the service tells it. */
export function createReply ({ transactionId }: Payment, cardId: string, last4: string, isScoredOutside: boolean): object {
  return {
    transactionId, outcome: 'approve', ...decision(isScoredOutside), degraded: false, card: { id: cardId, last4, isBlocked: false }, case: null, assessedAt: new Date().toISOString()
  }
}

/** What the detector is asked, as the service asks it. */
export function createPredictionRequest ({ transactionId, customerId, occurredAt, variables }: Payment): object {
  return {
    detectorId: DETECTOR.detectorId,
    eventId: transactionId,
    eventTypeName: DETECTOR.eventType,
    entities: [{ entityType: DETECTOR.entityType, entityId: customerId }],
    eventTimestamp: occurredAt,
    eventVariables: variables
  }
}
