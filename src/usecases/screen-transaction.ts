import type { Amount } from '../domain/amount.ts'
import { isQuiet, type Card } from '../domain/card.ts'
import { MAX_SCORE, ruledOutcome, ruleOutcome, type Outcome, type Reason, type RuleOutcome } from '../domain/outcome.ts'
import { outcomeByFindings } from '../domain/rule-finding.ts'
import type { ShadowScore, Transaction } from '../domain/transaction.ts'
import { RingfenceError } from '../errors.ts'
import type { Assessment, GuardedScorer, Log, RuleFacts, Rules, ScorableTransaction, ScorerName, ShadowScorer } from '../ports.ts'
import { askCardholder, type AskCardholderDeps } from './ask-cardholder.ts'

/** A transaction as it came in, its card number turned into an id and dropped. */
export interface IncomingTransaction extends ScorableTransaction {
  contentHash: string
  cardId: string
  amount: Amount
  merchant: string | null
}

export interface ScreenTransactionDeps extends AskCardholderDeps {
  /** In the order in which they are asked; each stands by for the one before it. */
  scorers: readonly GuardedScorer[]
  /** Those of a detector file; `undefined`: the policy's thresholds. */
  rules: Rules | undefined
  /** A model that is tried beside them. */
  shadow?: ShadowScorer | undefined
  newCaseId: () => string
  wakeDialer: () => void
  log: Log
}

/** A scorer's word, and whether another one should have spoken. */
interface HeardAssessment extends Assessment {
  scorerName: ScorerName
  isFallback: boolean
}

/** The decision, and whether it was made before. */
export interface ScreenedTransaction {
  transaction: Transaction
  replayed: boolean
}

/**
 * Screens one transaction: reads the card, scores, decides by rules, records the decision once, and sees to the question. A decision that
 * stands is answered as it is.
 * @throws RingfenceError `card_not_found`, `card_not_of_customer`, `transaction_changed`, `store_unavailable`
 */
export async function screenTransaction (deps: ScreenTransactionDeps, incoming: IncomingTransaction): Promise<ScreenedTransaction> {
  // A score from outside costs money, and what is scored twice under one id takes the place of the event that was decided about.
  // The model in this process costs less than the read would.
  const isScoredOutside = deps.scorers[0] !== undefined && deps.scorers[0].name !== 'embedded'
  const reading = deps.cards.get(incoming.cardId)
  const [card, decidedBefore] = isScoredOutside ? await Promise.all([reading, deps.transactions.get(incoming.transactionId)]) : [await reading, undefined]
  const decided = decidedBefore === undefined && card?.customerId === incoming.customerId ? await decide(deps, card, incoming) : undefined
  // A card may have changed hands since the first decision, which stands all the same.
  const stands = decidedBefore ?? (decided === undefined ? await deps.transactions.get(incoming.transactionId) : await deps.transactions.recordOnce(decided))
  if (stands === undefined) throw new RingfenceError(card === undefined ? 'card_not_found' : 'card_not_of_customer')
  if (stands.contentHash !== incoming.contentHash) throw new RingfenceError('transaction_changed')
  const replayed = stands !== decided

  const asked = await askCardholder(deps, stands)
  if (asked !== stands) deps.wakeDialer()

  deps.metrics.transactionDecided(stands.outcome, stands.scorer?.name ?? 'none', stands.degraded, replayed)
  const { transactionId, customerId, cardId, outcome, score, reasons, degraded, question } = asked
  const caseId = question?.state === 'attached' ? question.caseId : null
  deps.log.info({ transactionId, customerId, cardId, outcome, score, reasons, degraded, replayed, caseId }, 'transaction decided')
  return { transaction: asked, replayed }
}

async function decide (deps: ScreenTransactionDeps, card: Card, incoming: IncomingTransaction): Promise<Transaction> {
  const assessment = card.isBlocked ? null : await assess(deps, incoming)
  const nowMs = deps.nowMs()
  const { outcome, reasons } = judge(deps, card, assessment, incoming, nowMs)
  const { transactionId, contentHash, customerId, cardId, amount, merchant, occurredAtMs } = incoming
  const shadow = assessment === null ? undefined : shadowScore(deps, incoming)
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
      : { name: assessment.scorerName, model: assessment.model.name, version: assessment.model.version },
    degraded: assessment === undefined || assessment?.isFallback === true,
    ...shadow === undefined ? {} : { shadow },
    cardWasBlocked: card.isBlocked,
    question: asks ? { state: 'pending', proposedCaseId: deps.newCaseId() } : null
  }
}

/** Asked when the decision is made: whatever becomes of it, the decision stands. */
function shadowScore ({ shadow, metrics, log }: ScreenTransactionDeps, incoming: IncomingTransaction): ShadowScore | undefined {
  if (shadow === undefined) return undefined
  try {
    const scored = shadow.score(incoming)
    metrics.shadowScored('scored')
    return scored
  } catch (error) {
    metrics.shadowScored('failed')
    log.warn({ err: error, transactionId: incoming.transactionId }, 'shadow model failed, the decision stands')
    return undefined
  }
}

/** `null`: not scored, because the card is blocked; `undefined`: no score could be had. */
function judge (deps: ScreenTransactionDeps, card: Card, assessment: HeardAssessment | null | undefined, incoming: IncomingTransaction, nowMs: number): { outcome: Outcome, reasons: Reason[] } {
  if (assessment === null) return { outcome: 'blocked', reasons: ['card_blocked'] }
  const { outcome, reasons: said, isByScore } = verdict(deps, card, assessment, incoming, nowMs)
  const reasons: Reason[] = assessment === undefined || assessment.isFallback ? ['scorer_failed', ...said] : said
  if (assessment !== undefined && outcome !== 'approve' && isQuiet(card, { score: assessment.score, amount: incoming.amount }, nowMs, deps.policy)) {
    return { outcome: 'approve', reasons: [...reasons, 'confirmed_genuine_recently'] }
  }
  if (assessment === undefined || outcome === 'approve' || !isByScore) return { outcome, reasons }
  return { outcome, reasons: [...reasons, ...explain(deps, assessment)] }
}

/** What made the score high, for whoever looks at the case; a decision stands without it. */
function explain ({ log }: ScreenTransactionDeps, assessment: HeardAssessment): Reason[] {
  try {
    return assessment.explain?.().map((variable): Reason => `model:${variable}`) ?? []
  } catch (error) {
    log.warn({ err: error, scorer: assessment.scorerName }, 'score could not be explained')
    return []
  }
}

interface Verdict {
  outcome: RuleOutcome
  reasons: Reason[]
  /** Whether the score had a part in it: only then what made the score high tells why. */
  isByScore: boolean
}

/** A scorer's own rules win over those of the detector file, and they over our thresholds. */
function verdict (deps: ScreenTransactionDeps, card: Card, assessment: HeardAssessment | undefined, incoming: IncomingTransaction, nowMs: number): Verdict {
  if (assessment?.ruled !== undefined) return { ...ruledOutcome(assessment.ruled), isByScore: true }
  // The guard lets nothing through that has neither ruling nor score; if it did, the worst would be assumed.
  const scored = assessment && { score: assessment.score ?? MAX_SCORE, scorerName: assessment.scorerName, isFallback: assessment.isFallback }
  if (deps.rules !== undefined) return verdictByRules(deps, deps.rules, { transaction: incoming, card, scored, nowMs })
  if (scored === undefined) return { outcome: deps.policy.unscoredOutcome, reasons: [], isByScore: false }
  const { outcome, reason } = ruleOutcome(scored.score, deps.policy.thresholds)
  return { outcome, reasons: [reason], isByScore: true }
}

function verdictByRules ({ policy, metrics, log }: ScreenTransactionDeps, rules: Rules, facts: RuleFacts): Verdict {
  const findings = rules.evaluate(facts)
  for (const { ruleId, kind } of findings) metrics.ruleFound(ruleId, kind)
  const failed = findings.filter((finding) => finding.kind === 'failed').map(({ ruleId, why }) => ({ ruleId, why }))
  if (failed.length > 0) log.warn({ transactionId: facts.transaction.transactionId, detector: rules.name, failed }, 'rules could not be evaluated')
  return outcomeByFindings(findings, { otherwise: rules.otherwise, unscoredOutcome: policy.unscoredOutcome })
}

/** Asks one scorer after the other; `undefined` when none of them has a word. */
async function assess (deps: ScreenTransactionDeps, incoming: IncomingTransaction): Promise<HeardAssessment | undefined> {
  const { scorers, policy, metrics, log } = deps
  for (const [index, scorer] of scorers.entries()) {
    try {
      const assessment = await scorer.score(incoming)
      for (const { name, why } of assessment.unusedVariables) metrics.variableUnused(name, why)
      return { ...assessment, scorerName: scorer.name, isFallback: index > 0 }
    } catch (error) {
      // Whatever a scorer dies of, the cardholder at the till gets the named fallback, and the log gets the cause.
      const why = error instanceof RingfenceError ? error.code : 'internal'
      const fallback = scorers[index + 1]?.name ?? policy.unscoredOutcome
      metrics.scorerFailed(scorer.name, why, fallback)
      const fields = { transactionId: incoming.transactionId, scorer: scorer.name, why, fallback }
      // Of a breaker that is open the guard has told already, once; what is late or throttled may be so a thousand times, and a stack tells nothing of it.
      if (why === 'scorer_timeout' || why === 'scorer_throttled') log.warn(fields, 'scorer failed, fallback used')
      else if (why !== 'scorer_paused') log.error({ err: error, ...fields }, 'scorer failed, fallback used')
    }
  }
  return undefined
}
