import type { Card } from '../domain/card.ts'
import type { Case } from '../domain/case.ts'
import { RingfenceError } from '../errors.ts'
import type { CardStore, CaseStore } from '../ports.ts'

/** Losing a race means that somebody else got further, so a handful of tries is plenty and a loop without end is a fault. */
const MAX_TRIES = 20

/**
 * Reads a card, changes it and writes it unless somebody else did meanwhile; then again from the start.
 * `change` gives the same object back when there is nothing to write.
 * @throws RingfenceError `card_not_found`, `state_contended`
 */
export async function changeCard (cards: CardStore, cardId: string, change: (card: Card) => Card): Promise<Card> {
  return await changeStored(() => cards.get(cardId), (card) => cards.save(card), change, 'card_not_found')
}

/**
 * The same for a case.
 * @throws RingfenceError `case_not_found`, `state_contended`
 */
export async function changeCase (cases: CaseStore, caseId: string, change: (question: Case) => Case): Promise<Case> {
  return await changeStored(() => cases.get(caseId), (question) => cases.save(question), change, 'case_not_found')
}

async function changeStored<T extends object> (
  read: () => Promise<T | undefined>, save: (value: T) => Promise<boolean>, change: (value: T) => T, missing: 'card_not_found' | 'case_not_found'
): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await read()
    if (before === undefined) throw new RingfenceError(missing)
    const after = change(before)
    if (after === before || await save(after)) return after
  }
  throw new RingfenceError('state_contended')
}
