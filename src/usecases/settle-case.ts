import { settleCard } from '../domain/card.ts'
import { closeCase, gravestTransaction, type Case } from '../domain/case.ts'
import type { Policy } from '../domain/policy.ts'
import { RingfenceError } from '../errors.ts'
import type { CardStore, CaseStore, Metrics, NowMs } from '../ports.ts'
import { changeCard, changeCase } from './change.ts'

export interface SettleCaseDeps {
  cards: CardStore
  cases: CaseStore
  policy: Policy
  metrics: Metrics
  nowMs: NowMs
}

/**
 * Brings the card in line with a decided case, then closes the case. Every step can be done again, by anybody:
 * the decision was written first, so a crash between two lines leaves work that the dialer finds.
 */
export async function settleCase (deps: SettleCaseDeps, decided: Case): Promise<Case> {
  let question = decided
  while (question.status === 'settling') {
    const { decision } = question
    await applyToCard(deps, question)
    question = await changeCase(deps.cases, question.caseId, (current) => {
      // Somebody who answers late may have changed the decision while the card was written: then settle that one.
      return current.status === 'settling' && current.decision === decision ? closeCase(current, deps.nowMs()) : current
    })
    if (question.status === 'closed') deps.metrics.caseClosed(question.decision ?? 'none')
  }
  return question
}

async function applyToCard ({ cards, policy, nowMs }: SettleCaseDeps, question: Case): Promise<void> {
  const settlement = {
    caseId: question.caseId,
    decision: question.decision ?? 'none',
    score: gravestTransaction(question).score ?? 0,
    blockWithoutAnswer: policy.nobodyReached === 'block' && question.ending === 'nobody_reached',
    atMs: nowMs()
  }
  try {
    await changeCard(cards, question.cardId, (card) => settleCard(card, settlement, policy))
  } catch (error) {
    // Cards are never deleted by us; if somebody did, the case must still end.
    if (!(error instanceof RingfenceError && error.code === 'card_not_found')) throw error
  }
}
