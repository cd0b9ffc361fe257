import { createHash } from 'node:crypto'

/** What Amazon Fraud Detector takes as an event id. Source: Amazon Fraud Detector API Reference, UpdateEventLabel. */
const LEGAL_EVENT_ID = /^[0-9a-z_-]{1,64}$/

/** The event id of a transaction: its own id when that is legal, else one made from it. */
export function eventIdOf (transactionId: string): string {
  return LEGAL_EVENT_ID.test(transactionId) ? transactionId : `tx_${createHash('sha256').update(transactionId).digest('hex').slice(0, 40)}`
}
