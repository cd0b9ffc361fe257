import { claimForCase, settleCard } from '../domain/card.ts'
import { answeredExtent, closeCase, followUpCase, mergeCase, type Case } from '../domain/case.ts'
import type { Policy } from '../domain/policy.ts'
import { RingfenceError } from '../errors.ts'
import type { AnswerFeedback, CardStore, CaseStore, Log, Metrics, NowMs } from '../ports.ts'
import { changeCard, changeCase } from './change.ts'

export interface SettleCaseDeps {
  cards: CardStore
  cases: CaseStore
  policy: Policy
  /** `undefined` when nothing is told to the detector. */
  feedback?: AnswerFeedback | undefined
  metrics: Metrics
  log: Log
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
    const isBlocked = await applyToCard(deps, question)
    await askAboutTheRest(deps, question)
    // Set anew by every try of the change, so that what was written is counted, once.
    let isMine = false
    question = await changeCase(deps.cases, question.caseId, (current) => {
      // Somebody who answers late may have changed the decision while the card was written: then settle that one.
      isMine = current.status === 'settling' && current.decision === decision
      return isMine ? closeCase(current, deps.nowMs(), deps.feedback !== undefined) : current
    }, question)
    if (isMine) {
      deps.metrics.caseClosed(question.decision ?? 'none')
      deps.log.info({ caseId: question.caseId, cardId: question.cardId, decision: question.decision, ending: question.ending, cardIsBlocked: isBlocked }, 'case closed')
    }
  }
  return question
}

/** @returns whether the card is blocked now */
async function applyToCard ({ cards, policy, log, nowMs }: SettleCaseDeps, question: Case): Promise<boolean> {
  const settlement = {
    caseId: question.caseId,
    decision: question.decision ?? 'none',
    customerId: question.customerId,
    ...answeredExtent(question),
    blockWithoutAnswer: policy.nobodyReached === 'block' && (question.ending === 'nobody_reached' || question.ending === 'expired'),
    atMs: nowMs()
  }
  try {
    let wasBlocked = false
    const { isBlocked } = await changeCard(cards, question.cardId, (card) => {
      wasBlocked = card.isBlocked
      return settleCard(card, settlement, policy)
    })
    if (isBlocked !== wasBlocked) log.info({ caseId: question.caseId, cardId: question.cardId, decision: question.decision, ending: question.ending }, isBlocked ? 'card blocked' : 'card unblocked')
    return isBlocked
  } catch (error) {
    // Cards are never deleted by us; if somebody did, the case must still end.
    if (!(error instanceof RingfenceError && error.code === 'card_not_found')) throw error
    return false
  }
}

/** What joined while the phone rang was not asked about, and "mine" does not cover it: it gets a case of its own, which rings again. */
async function askAboutTheRest ({ cards, cases, policy, metrics, log, nowMs }: SettleCaseDeps, settled: Case): Promise<void> {
  const followUp = followUpCase(settled, policy, nowMs())
  if (followUp === undefined || await cases.get(followUp.caseId) !== undefined) return
  const card = await changeCard(cards, settled.cardId, (current) => current.customerId === settled.customerId ? claimForCase(current, followUp.caseId) : current)
  if (card.customerId !== settled.customerId) return
  if (card.openCaseId === followUp.caseId) {
    if (await cases.save(followUp)) {
      metrics.caseOpened()
      log.info({ caseId: followUp.caseId, cardId: followUp.cardId, follows: settled.caseId }, 'case opened')
    }
  } else if (card.openCaseId !== null) {
    const joined = await changeCase(cases, card.openCaseId, (current) => current.status === 'open' ? mergeCase(current, followUp) : current)
    // That one is being decided as well; this case stays unsettled until the card is free, and the dialer comes back to it.
    if (joined.status !== 'open') throw new RingfenceError('state_contended')
  }
}
