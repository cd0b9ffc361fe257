import { Type, type Static } from '@sinclair/typebox'
import { operate, type Card } from '../domain/card.ts'
import type { App } from './app-type.ts'
import { ReasonBody, refuseCardNumber } from './operator-reason.ts'
import { BODY_PROBLEMS, KEY_PROBLEMS, problems, STORE_PROBLEMS } from './problem.ts'
import { addComponents, CardId, CaseId, closedObject, component, CustomerId, jsonReply, Last4, nullable, oneOf, Timestamp, timestamp, timestampOrNull } from './wire-format.ts'

const CardOperation = component('CardOperation', closedObject({
  at: Timestamp,
  who: Type.String({ description: 'The API key that did it.', examples: ['key hotline'] }),
  what: oneOf(['blocked', 'unblocked']),
  why: Type.String({ description: 'The reason that was given.', examples: ['Cardholder called the hotline.'] })
}))

const CardReply = component('Card', closedObject({
  cardId: CardId,
  last4: Last4,
  customerId: nullable(CustomerId, { description: 'Who holds the card; `null` when a customer was replaced without it.' }),
  isBlocked: Type.Boolean({ description: 'Whether payments with this card are answered `blocked`.' }),
  blockedAt: nullable(Timestamp, { description: 'Since when; RFC 3339. `null` when it is not blocked.' }),
  blockedBy: nullable(oneOf(['answer', 'operator', 'policy']), { description: 'What blocked it: the cardholder, an operator, or the policy for a case that nobody answered.' }),
  blockedReason: nullable(Type.String(), { description: 'Why, for people.' }),
  openCaseId: nullable(CaseId, { description: 'The open case of this card; there is never more than one.' }),
  operations: Type.Array(CardOperation, { description: 'What operators did, oldest first; the last 50.' })
}, { description: 'A card as it is now.' }))

const EXAMPLE: Static<typeof CardReply> = {
  cardId: 'card_9cae025a118a15f77f75e42f4deee6ae5e1f4aee',
  last4: '8788',
  customerId: 'u82-1alz-RI301',
  isBlocked: true,
  blockedAt: '2026-11-22T10:00:41.000Z',
  blockedBy: 'answer',
  blockedReason: 'The cardholder answered fraud in case_01a20562-446f-708a-a322-efd89151236e.',
  openCaseId: null,
  operations: []
}

export interface CardRoutesOptions {
  getCard: (cardId: string) => Promise<Card>
  changeCard: (cardId: string, change: (card: Card) => Card) => Promise<Card>
  tokenisationKey: string
  nowMs: () => number
}

/** State of a card; an operator's block and unblock. */
export async function cardRoutes (app: App, { getCard, changeCard, tokenisationKey, nowMs }: CardRoutesOptions): Promise<void> {
  const params = closedObject({ cardId: CardId })
  const security = [{ apiKey: [] }]
  addComponents(app, [CardOperation, CardReply])
  const tags = ['cards']

  app.get('/v1/cards/:cardId', {
    config: { scope: 'cards:read' },
    schema: {
      operationId: 'getCard',
      summary: 'Read the state of a card',
      tags,
      security,
      params,
      response: { 200: jsonReply('The card.', CardReply, EXAMPLE), ...problems('validation_failed', ...KEY_PROBLEMS, 'card_not_found', ...STORE_PROBLEMS) }
    }
  }, async (request) => toReply(await getCard(request.params.cardId)))

  const operations = [
    { name: 'block', summary: 'Block a card', what: 'blocked' },
    { name: 'unblock', summary: 'Take the block off a card', what: 'unblocked' }
  ] as const
  for (const { name, summary, what } of operations) {
    app.post(`/v1/cards/:cardId/${name}`, {
      config: { scope: 'cards:write' },
      schema: {
        operationId: `${name}Card`,
        summary,
        description: 'May be repeated; a card that is so already stays as it is.',
        tags,
        security,
        params,
        body: ReasonBody,
        response: {
          200: jsonReply('The card after it.', CardReply, EXAMPLE),
          ...problems(...BODY_PROBLEMS, 'card_number_leaked', ...KEY_PROBLEMS, 'card_not_found', ...STORE_PROBLEMS, 'state_contended')
        }
      }
    }, async (request) => {
      const { reason } = request.body
      const { cardId } = request.params
      refuseCardNumber(reason, cardId, tokenisationKey)
      let wasSoAlready = false
      const card = await changeCard(cardId, (current) => {
        const operated = operate(current, { atMs: nowMs(), who: `key ${request.callerName}`, what, why: reason })
        wasSoAlready = operated === current
        return operated
      })
      request.log.info({ cardId: card.cardId, who: request.callerName, reason }, wasSoAlready ? `card was ${what} already` : `card ${what}`)
      return toReply(card)
    })
  }
}

function toReply (card: Card): Static<typeof CardReply> {
  const { cardId, last4, customerId, isBlocked, blocking, openCaseId, operations } = card
  return {
    cardId,
    last4,
    customerId,
    isBlocked,
    blockedAt: timestampOrNull(blocking?.atMs ?? null),
    blockedBy: blocking?.by ?? null,
    blockedReason: blocking?.reason ?? null,
    openCaseId,
    operations: operations.map(({ atMs, who, what, why }) => ({ at: timestamp(atMs), who, what, why }))
  }
}
