import type { Amount } from '../domain/amount.ts'
import { isQuiet, type Card } from '../domain/card.ts'
import { MAX_SCORE, ruleOutcome, type Outcome, type Reason } from '../domain/outcome.ts'
import type { Transaction } from '../domain/transaction.ts'
import { RingfenceError } from '../errors.ts'
import type { Assessment, Log, ScorableTransaction, Scorer } from '../ports.ts'
import { askCardholder, type AskCardholderDeps } from './ask-cardholder.ts'

/** A transaction as it came in, its card number turned into an id and dropped. */
export interface IncomingTransaction extends ScorableTransaction {
  contentHash: string
  cardId: string
  amount: Amount
  merchant: string | null
}

export interface ScreenTransactionDeps extends AskCardholderDeps {
  scorer: Scorer
  scoreTimeoutMs: number
  newCaseId: () => string
  wakeDialer: () => void
  log: Log
}

/** The decision, and whether it was made before. */
export interface ScreenedTransaction {
  transaction: Transaction
  replayed: boolean
}

/**
 * Screens one transaction: reads the card, scores, decides by rules, records the decision once, and sees to the question.
 * @throws RingfenceError `card_not_found`, `card_not_of_customer`, `transaction_changed`, `store_unavailable`
 */
export async function screenTransaction (deps: ScreenTransactionDeps, incoming: IncomingTransaction): Promise<ScreenedTransaction> {
  const card = await deps.cards.get(incoming.cardId)
  const decided = card?.customerId === incoming.customerId ? await decide(deps, card, incoming) : undefined
  // A card may have changed hands since the first decision, which stands all the same.
  const stands = decided === undefined ? await deps.transactions.get(incoming.transactionId) : await deps.transactions.recordOnce(decided)
  if (stands === undefined) throw new RingfenceError(card === undefined ? 'card_not_found' : 'card_not_of_customer')
  if (stands.contentHash !== incoming.contentHash) throw new RingfenceError('transaction_changed')
  const replayed = stands !== decided

  const asked = await askCardholder(deps, stands)
  if (asked !== stands) deps.wakeDialer()

  deps.metrics.transactionDecided(stands.outcome, stands.degraded, replayed)
  const { transactionId, customerId, cardId, outcome, score, reasons, degraded, question } = asked
  const caseId = question?.state === 'attached' ? question.caseId : null
  deps.log.info({ transactionId, customerId, cardId, outcome, score, reasons, degraded, replayed, caseId }, 'transaction decided')
  return { transaction: asked, replayed }
}

async function decide (deps: ScreenTransactionDeps, card: Card, incoming: IncomingTransaction): Promise<Transaction> {
  const assessment = card.isBlocked ? null : await assess(deps, incoming)
  const nowMs = deps.nowMs()
  const { outcome, reasons } = judge(deps, card, assessment, incoming.amount, nowMs)
  const { transactionId, contentHash, customerId, cardId, amount, merchant, occurredAtMs } = incoming
  const asks = outcome === 'fraud' || (outcome === 'investigate' && deps.policy.investigateOpensCase)
  return {
    transactionId,
    contentHash,
    customerId,
    cardId,
    last4: card.last4,
    amount,
    merchant,
    occurredAtMs,
    assessedAtMs: nowMs,
    outcome,
    score: assessment?.score ?? null,
    reasons,
    scorer: assessment === null || assessment === undefined
      ? null
      : { name: deps.scorer.name, model: assessment.model.name, version: assessment.model.version },
    degraded: assessment === undefined,
    cardWasBlocked: card.isBlocked,
    question: asks ? { state: 'pending', proposedCaseId: deps.newCaseId() } : null
  }
}

/** `null`: not scored, because the card is blocked; `undefined`: no score could be had. */
function judge (deps: ScreenTransactionDeps, card: Card, assessment: Assessment | null | undefined, amount: Amount, nowMs: number): { outcome: Outcome, reasons: Reason[] } {
  if (assessment === null) return { outcome: 'blocked', reasons: ['card_blocked'] }
  if (assessment === undefined) return { outcome: deps.policy.unscoredOutcome, reasons: ['scorer_failed'] }
  const { outcome, reason } = ruleOutcome(assessment.score, deps.policy.thresholds)
  if (outcome !== 'approve' && isQuiet(card, { score: assessment.score, amount }, nowMs, deps.policy)) {
    return { outcome: 'approve', reasons: [reason, 'confirmed_genuine_recently'] }
  }
  return { outcome, reasons: [reason] }
}

async function assess (deps: ScreenTransactionDeps, incoming: IncomingTransaction): Promise<Assessment | undefined> {
  const { scorer, metrics, log, scoreTimeoutMs, nowMs } = deps
  const startedAtMs = nowMs()
  const deadline = new AbortController()
  const timer = setTimeout(() => { deadline.abort() }, scoreTimeoutMs)
  try {
    const late = new Promise<never>((_resolve, reject) => {
      deadline.signal.addEventListener('abort', () => { reject(new RingfenceError('scorer_unavailable', { detail: `No score within ${scoreTimeoutMs} ms.` })) })
    })
    const assessment = await Promise.race([scorer.score(incoming, deadline.signal), late])
    if (!(assessment.score >= 0 && assessment.score <= MAX_SCORE)) throw new RingfenceError('scorer_unavailable', { detail: 'The score is not one of 0 to 1000.' })
    metrics.scored(scorer.name, nowMs() - startedAtMs)
    for (const { name, why } of assessment.unusedVariables) metrics.variableUnused(name, why)
    return assessment
  } catch (error) {
    // Whatever a scorer dies of, the cardholder at the till gets the named fallback, and the log gets the cause.
    metrics.scorerFailed(scorer.name)
    log.error({ err: error, transactionId: incoming.transactionId, scorer: scorer.name }, 'scorer failed, fallback used')
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
