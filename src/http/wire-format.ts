import { Type, type Static, type TSchema, type TUnsafe } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { CHANNELS } from '../domain/policy.ts'

/** An object of the contract: what is not named is refused. */
export const closedObject = <T extends Record<string, TSchema>>(properties: T, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** A schema that the document keeps under a name of its own, and what stands for it wherever it is used. */
export interface Component<T> extends TUnsafe<T> {
  $ref: string
  /** The schema itself, `$id` and all. */
  definition: TSchema
}

/** Gives a schema its name in the document, which is also the name of its type in a generated client. */
export function component<T extends TSchema> (name: string, schema: T): Component<Static<T>> {
  const reference = Type.Unsafe<Static<T>>({ $ref: name })
  // Not enumerable: validators and the document see a plain reference.
  return Object.defineProperty(reference, 'definition', { value: { title: name, ...schema, $id: name } }) as Component<Static<T>>
}

/** Makes components known to a part of the service and to the document. */
export function addComponents (app: Pick<FastifyInstance, 'addSchema'>, components: ReadonlyArray<Component<unknown>>): void {
  for (const { definition } of components) app.addSchema(definition)
}

/** A value or null. */
export const nullable = <T extends TSchema>(schema: T, options: object = {}) => Type.Union([schema, Type.Null()], options)

/** One of a list of words. */
export const oneOf = <const T extends string>(words: readonly T[], options: object = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: [...words], ...options })

const ID_RULE = 'Up to 64 letters, digits and `._:-`; never 13 digits on end (as Unix milliseconds are), nor 12 or more digits without a letter, so that no card number passes for an id.'

/** Ids from outside: 1 to 64 characters, never 13 digits on end, and a letter among 12 digits or more, so that no card number passes for one. */
const OutsideId = (description: string, example: string) => Type.String({
  pattern: '^(?!.*[0-9]{13})(?!(?:[._:-]*[0-9]){12,}[._:-]*$)[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$', description: `${description} ${ID_RULE}`, examples: [example]
})

export const TransactionId = OutsideId("The caller's id of the transaction, and its idempotency key.", 'tx-0001')
export const CustomerId = OutsideId("The institution's id of the cardholder.", 'u82-1alz-RI301')
export const CardId = Type.String({ pattern: '^card_[0-9a-f]{40}$', description: 'Opaque id of a card.', examples: ['card_5f0c8b1f0d3e6a7b9c2d4e6f8a0b1c3d5e7f9a0b'] })
export const CaseId = Type.String({ pattern: '^case_[0-9a-f-]{36}$', description: 'Id of a case; sorts by time.', examples: ['case_019aab4e-7c00-7b1e-9a35-5d2f6c1e8a44'] })
export const Last4 = Type.String({ description: 'Last four digits of the card number.', examples: ['8788'] })
// The format alone, as validators read it, takes a blank for the T and an offset without a colon or minutes.
export const Timestamp = Type.String({ format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)$', description: 'RFC 3339.', examples: ['2026-11-22T10:00:00Z'] })
export const Score = Type.Integer({ minimum: 0, maximum: 1000, description: "0 (harmless) to 1000, on Amazon Fraud Detector's scale.", examples: [987] })
export const ChannelName = component('Channel', oneOf(CHANNELS, { description: 'How a cardholder is contacted.' }))

export const Amount = component('Amount', closedObject({
  value: Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description: "In the currency's minor units (cents).", examples: [415500] }),
  currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217, in use.', examples: ['EUR'] })
}, { description: 'Money, in minor units.' }))

/** A card named by its number or by its id: one of the two. */
export const CardReference = component('CardReference', closedObject({
  number: Type.Optional(Type.String({ pattern: '^[0-9]{12,19}$', description: 'Card number; turned into an id at once and dropped.', examples: ['2442230821108788'] })),
  id: Type.Optional(CardId)
}, { minProperties: 1, maxProperties: 1, description: 'A card by its `number` or by its `id`: one of the two.' }))

export const CardSummary = component('CardSummary', closedObject({
  id: CardId, last4: Last4, isBlocked: Type.Boolean({ description: 'Whether the card was blocked at the time of the reply.' })
}))

export const CaseStatus = component('CaseStatus', oneOf(['open', 'settling', 'closed'], { description: '`settling`: decided, and the card is being brought in line.' }))
export const AnswerWord = component('Answer', oneOf(['fraud', 'genuine'], { description: 'What the cardholder said: `fraud` blocks the card, `genuine` lets it go.' }))

/** Components that more than one resource uses. */
export const SHARED_COMPONENTS = [ChannelName, Amount, CardReference, CardSummary, CaseStatus, AnswerWord]

/** A reply of the contract, with one example: `response: { 200: jsonReply(…) }`. */
export function jsonReply (description: string, schema: TSchema, example: object) {
  return { description, content: { 'application/json': { schema, example } } }
}

/** Text for people, without control characters. */
export const Text = (maxLength: number, description: string, example: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description, examples: [example] })

/** Unix milliseconds as RFC 3339 in UTC. */
export function timestamp (ms: number): string {
  return new Date(ms).toISOString()
}

/** The same, where nothing may have happened yet. */
export function timestampOrNull (ms: number | null): string | null {
  return ms === null ? null : timestamp(ms)
}
