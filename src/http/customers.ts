import { Type, type Static } from '@sinclair/typebox'
import { isTimeZone } from '../domain/calling-window.ts'
import { cardIdOf, holdsCardNumber, holdsThisCard, lastFour, passesLuhn } from '../domain/card-number.ts'
import { isLanguage, isPossiblePhoneNumber, type Customer } from '../domain/customer.ts'
import { RingfenceError } from '../errors.ts'
import type { CustomerWithCards, NamedCard } from '../usecases/put-customer.ts'
import type { App } from './app-type.ts'
import { OptOut, OptOuts, presentOptOuts } from './opt-outs.ts'
import { BODY_PROBLEMS, KEY_PROBLEMS, problems, STORE_PROBLEMS } from './problem.ts'
import { addComponents, CardReference, CardSummary, ChannelName, closedObject, component, CustomerId, jsonReply, Text, Timestamp, timestamp } from './wire-format.ts'

const MAX_CARDS = 20

const person = {
  salutation: Type.String({ maxLength: 40, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description: 'Before the last name, as it is spoken; empty unless said.', examples: ['Mrs'] }),
  firstName: Text(80, 'First name.', 'Ada'),
  lastName: Text(80, 'Last name.', 'Lovelace'),
  phoneNumber: Type.String({ pattern: '^\\+[1-9][0-9]{1,14}$', description: 'E.164.', examples: ['+4915112345678'] }),
  language: Type.String({ minLength: 2, maxLength: 35, description: 'BCP 47; en-US unless said.', examples: ['en-US'] }),
  timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name; calls keep to the window in this zone.', examples: ['Europe/Berlin'] }),
  channels: Type.Array(ChannelName, { uniqueItems: true, description: 'What the cardholder allows; voice unless said.', examples: [['voice', 'sms']] })
}

const CustomerBody = component('CustomerRequest', closedObject({
  ...person,
  salutation: Type.Optional(person.salutation),
  language: Type.Optional(person.language),
  channels: Type.Optional(person.channels),
  cards: Type.Array(CardReference, { maxItems: MAX_CARDS, description: 'All cards of the cardholder; those left out are released.' })
}, {
  description: 'A cardholder and all of their cards.',
  examples: [{
    salutation: 'Mrs', firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', language: 'en-US', timeZone: 'Europe/Berlin', channels: ['voice', 'sms'], cards: [{ number: '2442230821108788' }]
  }]
}))

const CustomerReply = component('Customer', closedObject({
  customerId: CustomerId, ...person, optOuts: OptOuts, cards: Type.Array(CardSummary, { description: 'The cards that the cardholder holds now.' }), updatedAt: Timestamp
}, { description: 'A cardholder as stored.' }))

const EXAMPLE: Static<typeof CustomerReply> = {
  customerId: 'u82-1alz-RI301',
  salutation: 'Mrs',
  firstName: 'Ada',
  lastName: 'Lovelace',
  phoneNumber: '+4915112345678',
  language: 'en-US',
  timeZone: 'Europe/Berlin',
  channels: ['voice', 'sms'],
  optOuts: [],
  cards: [{ id: 'card_9cae025a118a15f77f75e42f4deee6ae5e1f4aee', last4: '8788', isBlocked: false }],
  updatedAt: '2026-11-22T09:00:00.000Z'
}

export interface CustomerRoutesOptions {
  putCustomer: (customer: Customer, cards: readonly NamedCard[]) => Promise<CustomerWithCards>
  getCustomer: (customerId: string) => Promise<CustomerWithCards>
  tokenisationKey: string
  luhnCheck: boolean
  nowMs: () => number
}

/** Create or replace a cardholder; read one. */
export async function customerRoutes (app: App, options: CustomerRoutesOptions): Promise<void> {
  const { putCustomer, getCustomer, tokenisationKey } = options
  const params = closedObject({ customerId: CustomerId })
  addComponents(app, [OptOut, CustomerBody, CustomerReply])

  app.put('/v1/customers/:customerId', {
    config: { scope: 'customers:write' },
    schema: {
      operationId: 'putCustomer',
      summary: 'Create or replace a cardholder and their cards',
      tags: ['customers'],
      security: [{ apiKey: [] }],
      params,
      body: CustomerBody,
      response: {
        200: jsonReply('The cardholder as stored.', CustomerReply, EXAMPLE),
        ...problems(
          ...BODY_PROBLEMS, 'card_number_invalid', 'card_number_leaked', 'phone_number_invalid', 'time_zone_unknown', 'language_unknown',
          ...KEY_PROBLEMS, 'card_not_found', 'card_not_of_customer', ...STORE_PROBLEMS, 'state_contended')
      }
    }
  }, async (request) => {
    const { customerId } = request.params
    refuseUnknown(customerId, request.body, options)
    const named = namedCards(request.body.cards, tokenisationKey)
    return toReply(await putCustomer(toCustomer(customerId, request.body, named, options.nowMs()), named))
  })

  app.get('/v1/customers/:customerId', {
    config: { scope: 'customers:read' },
    schema: {
      operationId: 'getCustomer',
      summary: 'Read a cardholder and the state of their cards',
      tags: ['customers'],
      security: [{ apiKey: [] }],
      params,
      response: { 200: jsonReply('The cardholder.', CustomerReply, EXAMPLE), ...problems('validation_failed', ...KEY_PROBLEMS, 'customer_not_found', ...STORE_PROBLEMS) }
    }
  }, async (request) => toReply(await getCustomer(request.params.customerId)))
}

/** A card named twice counts once; one named by its number can be made. */
function namedCards (cards: Static<typeof CustomerBody>['cards'], tokenisationKey: string): NamedCard[] {
  const byId = new Map<string, NamedCard>()
  for (const { number, id = '' } of cards) {
    const cardId = number === undefined ? id : cardIdOf(number, tokenisationKey)
    byId.set(cardId, { cardId, last4: number === undefined ? byId.get(cardId)?.last4 : lastFour(number) })
  }
  return [...byId.values()]
}

function refuseUnknown (customerId: string, body: Static<typeof CustomerBody>, { luhnCheck }: CustomerRoutesOptions): void {
  const fault = (path: string, message: string) => ({ faults: [{ path, message }] })
  if (!isPossiblePhoneNumber(body.phoneNumber)) throw new RingfenceError('phone_number_invalid', fault('/phoneNumber', 'has a length that its country does not use'))
  if (!isTimeZone(body.timeZone)) throw new RingfenceError('time_zone_unknown', fault('/timeZone', 'is not an IANA time zone'))
  if (body.language !== undefined && !isLanguage(body.language)) throw new RingfenceError('language_unknown', fault('/language', 'is not a BCP 47 tag'))
  for (const [index, { number }] of body.cards.entries()) {
    if (number !== undefined && luhnCheck && !passesLuhn(number)) throw new RingfenceError('card_number_invalid', fault(`/cards/${index}/number`, 'does not pass the Luhn check'))
    if (number !== undefined && customerId.replaceAll(/\D/g, '').includes(number)) throw new RingfenceError('card_number_leaked', fault('/params/customerId', 'holds the card number'))
  }
  for (const name of ['salutation', 'firstName', 'lastName'] as const) {
    const text = body[name] ?? ''
    if (holdsCardNumber(text) || body.cards.some(({ number }) => holdsThisCard(text, number, () => false))) throw new RingfenceError('card_number_leaked', fault(`/${name}`, 'holds a card number'))
  }
}

function toCustomer (customerId: string, body: Static<typeof CustomerBody>, named: readonly NamedCard[], nowMs: number): Customer {
  return {
    customerId,
    salutation: body.salutation ?? '',
    firstName: body.firstName,
    lastName: body.lastName,
    phoneNumber: body.phoneNumber,
    language: body.language ?? 'en-US',
    timeZone: body.timeZone,
    channels: body.channels ?? ['voice'],
    optOuts: [],
    cardIds: named.map(({ cardId }) => cardId),
    updatedAtMs: nowMs
  }
}

function toReply ({ customer, cards }: CustomerWithCards): Static<typeof CustomerReply> {
  const { customerId, salutation, firstName, lastName, phoneNumber, language, timeZone, channels, updatedAtMs } = customer
  return {
    customerId,
    salutation,
    firstName,
    lastName,
    phoneNumber,
    language,
    timeZone,
    channels: [...channels],
    optOuts: presentOptOuts(customer),
    cards: cards.map(({ cardId, last4, isBlocked }) => ({ id: cardId, last4, isBlocked })),
    updatedAt: timestamp(updatedAtMs)
  }
}
