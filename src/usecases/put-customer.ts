import { newCard, type Card } from '../domain/card.ts'
import type { Customer } from '../domain/customer.ts'
import { RingfenceError } from '../errors.ts'
import type { CardStore, CustomerStore } from '../ports.ts'
import { changeCard } from './change.ts'

export interface PutCustomerDeps {
  customers: CustomerStore
  cards: CardStore
}

/** A card as a customer names it: by number (then `last4` is known) or by the id of a card that exists. */
export interface NamedCard {
  cardId: string
  last4: string | undefined
}

/** A cardholder with the cards they hold. */
export interface CustomerWithCards {
  customer: Customer
  cards: readonly Card[]
}

/**
 * Creates or replaces a cardholder. The card says whose it is; the customer's list is the intent, written before the cards,
 * so that a PUT that broke off is mended by sending it again. Cards left out are released and keep their block.
 * @throws RingfenceError `card_not_found`, `card_not_of_customer`
 */
export async function putCustomer (deps: PutCustomerDeps, customer: Customer, named: readonly NamedCard[]): Promise<CustomerWithCards> {
  const { customers, cards } = deps
  // Looked at first, so that a refused request leaves nothing behind.
  await Promise.all(named.map(async ({ cardId, last4 }) => {
    const card = await cards.get(cardId)
    if (card === undefined && last4 === undefined) throw new RingfenceError('card_not_found')
    if (card !== undefined) refuseForeign(card, customer.customerId)
  }))
  const before = await customers.get(customer.customerId)
  await customers.put({ ...customer, cardIds: [...new Set([...customer.cardIds, ...before?.cardIds ?? []])] })
  const held = await Promise.all(named.map(async (one) => await holdCard(cards, one, customer.customerId)))
  await Promise.all((before?.cardIds ?? []).filter((cardId) => !customer.cardIds.includes(cardId)).map(async (cardId) => {
    await releaseCard(cards, cardId, customer.customerId)
  }))
  await customers.put(customer)
  return { customer: { ...customer, optOuts: before?.optOuts ?? [] }, cards: held }
}

/** @throws RingfenceError `customer_not_found` */
export async function getCustomer ({ customers, cards }: PutCustomerDeps, customerId: string): Promise<CustomerWithCards> {
  const customer = await customers.get(customerId)
  if (customer === undefined) throw new RingfenceError('customer_not_found')
  const named = await Promise.all(customer.cardIds.map(async (cardId) => await cards.get(cardId)))
  return { customer, cards: named.filter((card) => card?.customerId === customerId).filter((card) => card !== undefined) }
}

async function holdCard (cards: CardStore, { cardId, last4 }: NamedCard, customerId: string): Promise<Card> {
  if (last4 !== undefined && await cards.get(cardId) === undefined && await cards.save(newCard(cardId, last4, customerId))) {
    return newCard(cardId, last4, customerId)
  }
  return await changeCard(cards, cardId, (card) => {
    refuseForeign(card, customerId)
    return card.customerId === customerId ? card : { ...card, customerId }
  })
}

async function releaseCard (cards: CardStore, cardId: string, customerId: string): Promise<void> {
  if (await cards.get(cardId) === undefined) return
  await changeCard(cards, cardId, (card) => card.customerId === customerId ? { ...card, customerId: null } : card)
}

function refuseForeign (card: Card, customerId: string): void {
  if (card.customerId !== null && card.customerId !== customerId) throw new RingfenceError('card_not_of_customer')
}
