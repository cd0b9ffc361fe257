import type { ContactView } from '../simulators/connect/contact.ts'

/** What the client was told of one transaction, by the first reply that acknowledged it and by every later one. */
export interface Acknowledgement {
  transactionId: string
  /** What was sent. */
  customerId: string
  cardId: string
  outcome: 'approve' | 'investigate' | 'fraud' | 'blocked'
  caseId: string | null
  isReplay: boolean
  /** When the reply was in hand. Unix milliseconds. */
  atMs: number
}

/** Everything that the checker may read: nothing in it comes from the service's own memory. */
export interface ProofRecord {
  acknowledgements: Acknowledgement[]
  /** The simulator's own record of every call. */
  contacts: ContactView[]
  /** Every item of the table, read with the plain SDK, unmarshalled. */
  items: Array<Record<string, unknown>>
  /** Service processes that died on the way. */
  deaths: number
  /** Seconds from each restart after a kill of the dialling process to the next call, and such measures, by name. */
  measures: Record<string, number[]>
}
