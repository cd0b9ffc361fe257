import { claimForCase, releaseFromCase } from '../domain/card.ts'
import { joinCase, openCase, type Case } from '../domain/case.ts'
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

  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const card = await changeCard(deps.cards, transaction.cardId, (current) => claimForCase(current, question.proposedCaseId))
    const asked = await openOrJoin(deps, card.openCaseId ?? question.proposedCaseId, transaction)
    // Decided between two lines, or by a crash left on the card: help to end it and free the card.
    if (asked.status !== 'open') await freeCard(deps, await settleCase(deps, asked))
    if (asked.status === 'open' || asked.transactions.some(({ transactionId }) => transactionId === transaction.transactionId)) {
      await deps.transactions.attachCase(transaction.transactionId, asked.caseId, asked.status)
      return { ...transaction, question: { state: 'attached', caseId: asked.caseId, caseStatus: asked.status } }
    }
  }
  throw new RingfenceError('state_contended')
}

async function freeCard ({ cards }: AskCardholderDeps, ended: Case): Promise<void> {
  await changeCard(cards, ended.cardId, (card) => releaseFromCase(card, ended.caseId))
}

async function openOrJoin (deps: AskCardholderDeps, caseId: string, transaction: Transaction): Promise<Case> {
  const { cases, policy, nowMs, metrics } = deps
  if (await cases.get(caseId) === undefined) {
    const opened = openCase(caseId, transaction, policy, nowMs())
    if (await cases.save(opened)) {
      metrics.caseOpened()
      return opened
    }
  }
  return await changeCase(cases, caseId, (current) => current.status === 'open' ? joinCase(current, transaction) : current)
}
