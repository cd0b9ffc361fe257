import type { Amount } from './amount.ts'
import type { Policy } from './policy.ts'

/** Who blocked a card, in words for a person and for a machine. */
export interface Blocking {
  atMs: number
  by: 'answer' | 'operator' | 'policy'
  reason: string
}

/** One operator's act on a card. */
export interface Operation {
  atMs: number
  who: string
  what: 'blocked' | 'unblocked'
  why: string
}

/** A payment card, known by an opaque id. */
export interface Card {
  cardId: string
  last4: string
  /** The cardholder; `null` when a customer was replaced without this card. */
  customerId: string | null
  isBlocked: boolean
  blocking: Blocking | null
  /** The one open case. Writing it here, under a condition, is what makes a second one impossible. */
  openCaseId: string | null
  /** Until when, up to which score and up to which amount of each currency the cardholder's word stands that this card is in their hands. */
  quiet: { untilMs: number, score: number, amounts: readonly Amount[] } | null
  /** The case whose decision was applied last, so that applying it again changes nothing. */
  lastSettled: { caseId: string, decision: string } | null
  /** What operators did, the latest `MAX_OPERATIONS`, oldest first. Cases keep their own history. */
  operations: readonly Operation[]
  /** Counts the writes; 0 is not written yet. */
  version: number
}

/** A card not seen before, not blocked. */
export function newCard (cardId: string, last4: string, customerId: string): Card {
  return { cardId, last4, customerId, isBlocked: false, blocking: null, openCaseId: null, quiet: null, lastSettled: null, operations: [], version: 0 }
}

/** Gives the card an open case, unless it has one: then the card comes back as it was. */
export function claimForCase (card: Card, caseId: string): Card {
  return card.openCaseId === null ? { ...card, openCaseId: caseId } : card
}

/** Takes an ended case off the card. */
export function releaseFromCase (card: Card, caseId: string): Card {
  return card.openCaseId === caseId ? { ...card, openCaseId: null } : card
}

/** Blocks the card; one that is blocked keeps its first blocking. */
export function blockCard (card: Card, blocking: Blocking): Card {
  return card.isBlocked ? card : { ...card, isBlocked: true, blocking, quiet: null }
}

/** Takes the block away. */
export function unblockCard (card: Card): Card {
  return card.isBlocked ? { ...card, isBlocked: false, blocking: null } : card
}

const MAX_OPERATIONS = 50

/** An operator's block or unblock, kept with who and why; on a card that is so already it changes nothing. */
export function operate (card: Card, operation: Operation): Card {
  const { atMs, who, what, why } = operation
  const changed = what === 'blocked' ? blockCard(card, { atMs, by: 'operator', reason: `${why} (${who})` }) : unblockCard(card)
  return changed === card ? card : { ...changed, operations: [...card.operations, operation].slice(-MAX_OPERATIONS) }
}

/** What a case's end does to its card. */
export interface Settlement {
  caseId: string
  /** Who was asked. */
  customerId: string
  decision: 'fraud' | 'genuine' | 'none'
  /** The greatest score that the cardholder was asked about. 0 to 1000. */
  score: number
  /** The greatest amount of each currency that they were asked about. */
  amounts: readonly Amount[]
  /** Whether a case without an answer blocks, by the policy `nobodyReached`. */
  blockWithoutAnswer: boolean
  atMs: number
}

/** Applies a case's decision to its card, once: a settlement that the card has seen changes nothing. */
export function settleCard (card: Card, settlement: Settlement, policy: Pick<Policy, 'quietMs'>): Card {
  const { caseId, decision, score, amounts, atMs } = settlement
  if (card.lastSettled?.caseId === caseId && card.lastSettled.decision === decision) return card
  const released: Card = {
    ...card,
    openCaseId: card.openCaseId === caseId ? null : card.openCaseId,
    lastSettled: { caseId, decision }
  }
  // The card went to somebody else while the phone rang: what its former holder says decides nothing.
  if (card.customerId !== null && card.customerId !== settlement.customerId) return released
  switch (decision) {
    case 'fraud':
      return blockCard({ ...released }, { atMs, by: 'answer', reason: `The cardholder answered fraud in ${caseId}.` })
    case 'genuine':
      // What silence blocked, the cardholder's own word in the same case frees.
      return grantQuiet(wasBlockedBySilence(card, caseId) ? unblockCard(released) : released, { untilMs: atMs + policy.quietMs, score, amounts })
    case 'none':
      if (!settlement.blockWithoutAnswer) return released
      return blockCard(released, { atMs, by: 'policy', reason: `Nobody answered in ${caseId}.` })
  }
}

/** A card that an operator blocked gets no credit that would outlive the block. */
function grantQuiet (card: Card, quiet: NonNullable<Card['quiet']>): Card {
  return card.isBlocked ? card : { ...card, quiet }
}

function wasBlockedBySilence (card: Card, caseId: string): boolean {
  return card.blocking?.by === 'policy' && card.lastSettled?.caseId === caseId
}

/**
 * Whether the cardholder's last word, "mine", still covers a transaction: not much more suspicious, and of no greater amount, than what they confirmed.
 * A transaction without a score (a detector's rules may decide without one) counts as 0 here: its amount alone bounds the cover.
 */
export function isQuiet (card: Card, { score, amount }: { score: number | null, amount: Amount }, nowMs: number, policy: Pick<Policy, 'quietScoreMargin'>): boolean {
  if (card.quiet === null || nowMs >= card.quiet.untilMs || (score ?? 0) > card.quiet.score + policy.quietScoreMargin) return false
  return card.quiet.amounts.some(({ currency, valueMinor }) => currency === amount.currency && amount.valueMinor <= valueMinor)
}
