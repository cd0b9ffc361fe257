import { cardIdOf, holdsCardNumber } from '../domain/card-number.ts'
import { RingfenceError } from '../errors.ts'
import { closedObject, component, Text } from './wire-format.ts'

/** Why an operator does something; it is kept. */
export const ReasonBody = component('OperatorReason', closedObject({ reason: Text(200, 'Why, for the record.', 'Cardholder called the hotline.') }, { examples: [{ reason: 'Cardholder called the hotline.' }] }))

/**
 * Keeps card numbers out of what is kept.
 * @throws RingfenceError `card_number_leaked`
 */
export function refuseCardNumber (reason: string, cardId: string, tokenisationKey: string): void {
  if (!holdsCardNumber(reason, undefined, (digits) => cardIdOf(digits, tokenisationKey) === cardId)) return
  throw new RingfenceError('card_number_leaked', { faults: [{ path: '/reason', message: 'holds a card number' }] })
}
