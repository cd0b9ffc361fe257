import type { Amount } from './amount.ts'
import type { CaseStatus } from './case.ts'
import type { Outcome, Reason } from './outcome.ts'

/** What a model says that decides nothing. */
export interface ShadowScore {
  model: string
  version: string
  /** 0 to 1000. */
  score: number
}

/** One screened card payment as it is recorded: what came in, without the card number and variables, and what was decided. */
export interface Transaction {
  /** From the caller; the idempotency key. */
  transactionId: string
  /** SHA-256 over the whole request with the card's id in the card's place; tells a replay from a reuse of the id. */
  contentHash: string
  customerId: string
  cardId: string
  last4: string
  amount: Amount
  merchant: string | null
  occurredAtMs: number
  assessedAtMs: number
  outcome: Outcome
  /** 0 to 1000; `null` when nothing was scored. */
  score: number | null
  reasons: readonly Reason[]
  scorer: { name: string, model: string, version: string } | null
  degraded: boolean
  /** What the model said that was tried beside the scorer; absent when there was none, and when nothing was scored. */
  shadow?: ShadowScore
  /** As the card was when this was decided. */
  cardWasBlocked: boolean
  /**
   * The question to the cardholder that this transaction asks for. `pending` is the intent, written with the decision;
   * `attached` is its fulfilment, with the case's status of that moment. `null` when nobody is to be asked.
   */
  question: { state: 'pending', proposedCaseId: string } | { state: 'attached', caseId: string, caseStatus: CaseStatus } | null
}
