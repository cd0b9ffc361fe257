import { claimForCase, releaseFromCase, settleCard } from '../domain/card.ts'
import { answeredExtent, asksAbout, closeCase, followUpCase, mergeCase, successorCaseId, type Case } from '../domain/case.ts'
import type { Policy } from '../domain/policy.ts'
import { RingfenceError } from '../errors.ts'
import type { AnswerFeedback, CardStore, CaseStore, Log, Metrics, NowMs } from '../ports.ts'
import { changeCard, changeCase } from './change.ts'

const MAX_TRIES = 10

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
  let applied: Case['decision'] | undefined
  // One that somebody else closed meanwhile, by another decision: the card is as we left it, not as they did.
  while (question.status === 'settling' || (applied !== undefined && question.decision !== applied)) {
    const { decision } = question
    const isBlocked = await applyToCard(deps, question)
    await askAboutTheRest(deps, question)
    applied = decision
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
  return await unlessCardIsGone(async () => {
    let wasBlocked = false
    const { isBlocked } = await changeCard(cards, question.cardId, (card) => {
      wasBlocked = card.isBlocked
      return settleCard(card, settlement, policy)
    })
    if (isBlocked !== wasBlocked) log.info({ caseId: question.caseId, cardId: question.cardId, decision: question.decision, ending: question.ending }, isBlocked ? 'card blocked' : 'card unblocked')
    return isBlocked
  }) ?? false
}

/** Cards are never deleted by us; if somebody did, the case must still end. */
async function unlessCardIsGone<T> (work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof RingfenceError && error.code === 'card_not_found')) throw error
    return undefined
  }
}

/**
 * What joined while the phone rang was not asked about, and "mine" does not cover it: it gets a case of its own, which rings again, or joins the one
 * that the card has by now. Done again, by whoever, it ends the same: everything left is listed by a case that asks or asked.
 */
async function askAboutTheRest (deps: SettleCaseDeps, settled: Case): Promise<void> {
  const { cards, cases, policy, nowMs } = deps
  let followUp = followUpCase(settled, policy, nowMs())
  for (let tries = 0; followUp !== undefined && tries < MAX_TRIES; tries++) {
    const left: Case = followUp
    const earlier = await cases.get(left.caseId)
    if (earlier !== undefined && asksAbout(earlier, left)) return
    const card = await unlessCardIsGone(async () => await changeCard(cards, settled.cardId, (current) => current.customerId === settled.customerId ? claimForCase(current, left.caseId) : current))
    if (card === undefined || card.customerId !== settled.customerId) return
    const asking = await openOrMerge(deps, card.openCaseId ?? left.caseId, left, settled.caseId)
    if (asksAbout(asking, left)) return
    // Decided between two lines, or left on the card by a crash: help to end it, and free the card.
    if (asking.status !== 'open') {
      const { caseId } = await settleCase(deps, asking)
      await changeCard(cards, settled.cardId, (current) => releaseFromCase(current, caseId))
    }
    // The id was taken by a case that is over, so another one must ask.
    if (asking.caseId === left.caseId) followUp = followUpCase(settled, policy, nowMs(), successorCaseId(left.caseId, left.transactions[0]?.transactionId ?? ''))
  }
  if (followUp !== undefined) throw new RingfenceError('state_contended')
}

async function openOrMerge ({ cases, metrics, log }: SettleCaseDeps, caseId: string, followUp: Case, follows: string): Promise<Case> {
  if (caseId === followUp.caseId && await cases.save(followUp)) {
    metrics.caseOpened()
    log.info({ caseId, cardId: followUp.cardId, follows }, 'case opened')
    return followUp
  }
  return await changeCase(cases, caseId, (current) => current.status === 'open' ? mergeCase(current, followUp) : current)
}
