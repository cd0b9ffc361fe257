import type { Evidence, Find } from './evidence.ts'

const ANSWER_OF_KEY: Readonly<Record<string, string>> = { 1: 'genuine', 2: 'fraud' }

/** I4: the call asks the right person about the right card. */
export function asksAboutTheRightCard ({ calls, cases, cards, customers }: Evidence, find: Find): void {
  for (const { contactId, caseId, destination, attributes } of calls) {
    const question = cases.get(caseId)
    if (question === undefined) {
      find('lost', 'a call asks for a case that is not in the table', contactId, caseId)
      continue
    }
    const card = cards.get(question.cardId)
    if (question.last4 !== attributes['CardNo'] || card?.last4 !== attributes['CardNo']) find('wrong card', 'a call names another card than its case', contactId, caseId, question.cardId)
    if (customers.get(question.customerId)?.phoneNumber !== destination) find('wrong card', 'a call went to another phone than the cardholder\'s', contactId, caseId, question.customerId)
  }
}

/** I6: what the flow kept as the answer is the key that was pressed. */
export function keptWhatWasPressed ({ calls }: Evidence, find: Find): void {
  for (const { contactId, answer, pressed, clientToken, attributes } of calls) {
    if (answer !== null && pressed.length > 0 && !pressed.some((key) => ANSWER_OF_KEY[key] === answer)) find('untrue', `kept ${answer}, pressed ${pressed.join(', ')}`, contactId, clientToken ?? '', attributes['CaseId'] ?? '')
  }
}

/** I6: an answer decides its case, unless another call's answer did. */
export function answersAreTaken ({ calls, cases, callsOfCase }: Evidence, find: Find): void {
  for (const { contactId, caseId, answer } of calls) {
    if (answer === null) continue
    const decision = cases.get(caseId)?.decision ?? 'none'
    const wasAnsweredBefore = callsOfCase.get(caseId)?.some((other) => other.contactId !== contactId && other.answer === decision)
    if (decision !== answer && wasAnsweredBefore !== true) find('lost', `answered ${answer}, and the case says ${decision}`, caseId, contactId)
  }
}

/** I5: only an answer decides. Nobody else answers in a proof, so each has a call in which it was given. */
export function decisionsHaveAnswers ({ cases, callsOfCase, calls }: Evidence, find: Find): void {
  const answered = new Set(calls.filter(({ answer }) => answer !== null).map(({ contactId }) => contactId))
  for (const { caseId, decision, ending, attempts } of cases.values()) {
    const isAnswer = decision === 'fraud' || decision === 'genuine'
    if (isAnswer && callsOfCase.get(caseId)?.some(({ answer }) => answer === decision) !== true) find('untrue', `decided ${decision}, and no call gave that answer`, caseId)
    if (!isAnswer && ending === 'answered') find('untrue', 'ended as answered, without an answer', caseId)
    for (const { attemptId, outcome, contactId } of attempts) {
      if (outcome === 'answered' && (contactId === null || !answered.has(contactId))) find('untrue', 'an attempt is told as answered, and its call had no answer', caseId, attemptId)
    }
  }
}

/** I4, I5: a card is blocked when and only when a case of its own says so. */
export function blocksHaveCases ({ cards, cases, casesOfCard }: Evidence, find: Find): void {
  for (const { cardId, isBlocked, blocking } of cards.values()) {
    if (!isBlocked) continue
    const decision = blocking?.by === 'policy' ? 'none' : 'fraud'
    const isOwn = blocking?.by !== 'operator' && casesOfCard.get(cardId)?.some((question) => question.decision === decision)
    if (isOwn !== true) find('wrong card', 'a card is blocked, and no case of its own says so', cardId)
  }
  for (const { caseId, cardId, customerId, decision } of cases.values()) {
    const card = cards.get(cardId)
    if (decision === 'fraud' && card?.isBlocked !== true && (card === undefined || card.customerId === customerId)) find('lost', 'answered fraud, and the card is not blocked', caseId, cardId)
  }
}

/** I9: "blocked" and "active" were true when they were said. */
export function saidIsTrue ({ calls, cases, cards }: Evidence, find: Find): void {
  for (const { contactId, caseId, attributes, said } of calls) {
    const question = cases.get(caseId)
    const card = question === undefined ? undefined : cards.get(question.cardId)
    for (const { text, atMs } of said) {
      const wasBlocked = card?.isBlocked === true && card.blocking !== null && card.blocking.atMs <= atMs
      if (text === spoken(attributes['PromptBlocked']) && !wasBlocked) find('untrue', 'said "blocked", and the card was not', contactId, caseId)
      if (text === spoken(attributes['PromptActive']) && question?.decision !== 'genuine') find('untrue', 'said "active", and the case says otherwise', contactId, caseId)
    }
  }
}

/** As the simulator writes down what it speaks. */
function spoken (prompt: string | undefined): string | undefined {
  return prompt?.replace(/\s+/g, ' ').trim()
}
