import { groupBy, type Evidence, type Find } from './evidence.ts'

/** A case lists no more transactions than these; a later one names its case itself. */
const MAX_LISTED = 100

/** I1: what was acknowledged is in the table, as it was told. */
export function acknowledgedIsStored ({ acknowledgements, transactions }: Evidence, find: Find): void {
  for (const { transactionId, customerId, cardId, outcome, caseId } of acknowledgements) {
    const stored = transactions.get(transactionId)
    if (stored === undefined) {
      find('lost', 'an acknowledged transaction is not in the table', transactionId)
      continue
    }
    if (stored.outcome !== outcome) find('untrue', `told ${outcome}, stored ${stored.outcome}`, transactionId)
    if (stored.cardId !== cardId || stored.customerId !== customerId) find('wrong card', 'stored for another card or customer than was sent', transactionId, cardId, stored.cardId)
    if (caseId !== null && stored.question?.caseId !== caseId) find('untrue', 'the case that was told is not the one that is stored', transactionId, caseId)
    if (outcome === 'fraud' && caseId === null) find('lost', 'acknowledged as fraud without a case', transactionId)
  }
}

/** I1: every reply about one transaction tells the same decision. */
export function repliesAgree ({ acknowledgements }: Evidence, find: Find): void {
  for (const [transactionId, told] of groupBy(acknowledgements, (one) => one.transactionId)) {
    if (new Set(told.map(({ outcome, caseId }) => `${outcome} ${caseId}`)).size > 1) find('untrue', 'two replies tell different decisions', transactionId)
  }
}

/** I2: a suspicious transaction is in a case, and somebody was asked about it or about the card. */
export function suspiciousHasCase ({ transactions, cases, casesOfCard }: Evidence, find: Find): void {
  for (const { transactionId, question, cardId } of transactions.values()) {
    if (question?.caseId === undefined) continue
    const asked = cases.get(question.caseId)
    if (asked === undefined) {
      find('lost', 'the case of a transaction is not in the table', transactionId, question.caseId)
      continue
    }
    if (asked.cardId !== cardId) find('wrong card', 'the case of a transaction is about another card', transactionId, asked.caseId)
    const isListed = asked.transactions.some((one) => one.transactionId === transactionId)
    if (!isListed && asked.transactions.length < MAX_LISTED) find('lost', 'a case does not list its transaction', transactionId, asked.caseId)
    const wasNotAskedAbout = isListed && asked.decision === 'genuine' && asked.answeredIds?.includes(transactionId) === false
    const hasFollowUp = () => casesOfCard.get(cardId)?.some((other) => other !== asked && other.transactions.some((one) => one.transactionId === transactionId))
    if (wasNotAskedAbout && hasFollowUp() !== true) find('lost', 'joined after the question was asked, and no other case asks about it', transactionId, asked.caseId)
  }
}

/** I2: everything that began has ended. */
export function everythingEnds ({ transactions, cases, cards, calls }: Evidence, find: Find): void {
  for (const { transactionId, question } of transactions.values()) if (question?.state === 'pending') find('unfinished', 'a question is still pending', transactionId)
  for (const { caseId, status, decision, attempts } of cases.values()) {
    if (status !== 'closed') find('unfinished', `a case is still ${status}`, caseId)
    else if (decision === null) find('unfinished', 'a case is closed without a decision', caseId)
    for (const attempt of attempts) if (attempt.status !== 'ended') find('unfinished', `an attempt is still ${attempt.status}`, caseId, attempt.attemptId)
  }
  for (const { cardId, openCaseId } of cards.values()) if (openCaseId !== null) find('unfinished', 'a card still has an open case', cardId, openCaseId)
  for (const { contactId, endedAtMs } of calls) if (endedAtMs === Infinity) find('unfinished', 'a call goes on', contactId)
}
