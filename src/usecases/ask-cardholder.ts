import { claimForCase, releaseFromCase, type Card } from '../domain/card.ts'
import { endUnanswered, joinCase, openCase, successorCaseId, type Case } from '../domain/case.ts'
import type { Transaction } from '../domain/transaction.ts'
import { RingfenceError } from '../errors.ts'
import type { TransactionStore } from '../ports.ts'
import { changeCard, changeCase } from './change.ts'
import { settleCase, type SettleCaseDeps } from './settle-case.ts'

export interface AskCardholderDeps extends SettleCaseDeps {
  transactions: TransactionStore
}

const MAX_TRIES = 10

/**
 * Sees to it that the cardholder will be asked about a suspicious transaction: opens a case, or joins the card's open one.
 * The intent stands in the transaction already, so whoever comes after a crash does the same again and gets the same case.
 * @returns the transaction with its question attached; one that asks nothing, or is attached already, as it is
 * @throws RingfenceError `card_not_found`, `state_contended`
 */
export async function askCardholder (deps: AskCardholderDeps, transaction: Transaction): Promise<Transaction> {
  const { question } = transaction
  if (question?.state !== 'pending') return transaction

  let proposedCaseId = question.proposedCaseId
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const isHeld = (current: Card) => current.customerId === transaction.customerId
    const card = await changeCard(deps.cards, transaction.cardId, (current) => isHeld(current) ? claimForCase(current, proposedCaseId) : current)
    // Of a former holder nobody is asked: the case is opened for the record, beside the card, and the dialer ends it.
    const asked = await openOrJoin(deps, (isHeld(card) ? card.openCaseId : null) ?? proposedCaseId, transaction)
    const isListed = asked.transactions.some(({ transactionId }) => transactionId === transaction.transactionId)
    // Decided between two lines, or left on the card by a crash: help to end it, and free the card.
    if (asked.status !== 'open') await freeCard(deps, await settleCase(deps, asked))
    if (isListed || (asked.status === 'open' && asked.customerId === transaction.customerId)) {
      await deps.transactions.attachCase(transaction.transactionId, asked.caseId, asked.status)
      return { ...transaction, question: { state: 'attached', caseId: asked.caseId, caseStatus: asked.status } }
    }
    // Nobody was asked about this transaction in the case that had its id, so another one must ask.
    if (asked.caseId === proposedCaseId) proposedCaseId = successorCaseId(proposedCaseId, transaction.transactionId)
  }
  throw new RingfenceError('state_contended')
}

async function freeCard ({ cards }: AskCardholderDeps, ended: Case): Promise<void> {
  await changeCard(cards, ended.cardId, (card) => releaseFromCase(card, ended.caseId))
}

async function openOrJoin (deps: AskCardholderDeps, caseId: string, transaction: Transaction): Promise<Case> {
  const { cases, policy, nowMs, metrics, log } = deps
  if (await cases.get(caseId) === undefined) {
    const opened = openCase(caseId, transaction, policy, nowMs())
    if (await cases.save(opened)) {
      metrics.caseOpened()
      log.info({ caseId, cardId: transaction.cardId, transactionId: transaction.transactionId }, 'case opened')
      return opened
    }
  }
  const joined = await changeCase(cases, caseId, (current) => {
    if (current.status !== 'open') return current
    // The card went to another cardholder, and the one before is not to be asked about it any more.
    if (current.customerId !== transaction.customerId) return endUnanswered(current, 'customer_gone', nowMs())
    return joinCase(current, transaction, nowMs())
  })
  log.info({ caseId, cardId: transaction.cardId, transactionId: transaction.transactionId, count: joined.transactions.length }, 'transaction meets a case that is there')
  return joined
}
