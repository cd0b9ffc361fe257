import { hash } from 'node:crypto'
import { Type, type Static } from '@sinclair/typebox'
import { isCurrency } from '../domain/amount.ts'
import { cardIdOf, holdsCardNumber, holdsThisCard, passesLuhn } from '../domain/card-number.ts'
import { RULE_OUTCOMES } from '../domain/outcome.ts'
import { holdsSecurityCode } from '../domain/security-code.ts'
import type { Transaction } from '../domain/transaction.ts'
import { RingfenceError, type FieldFault } from '../errors.ts'
import type { Log, TransactionStore } from '../ports.ts'
import type { IncomingTransaction, ScreenedTransaction } from '../usecases/screen-transaction.ts'
import type { App } from './app-type.ts'
import { BODY_PROBLEMS, KEY_PROBLEMS, problems, STORE_PROBLEMS } from './problem.ts'
import {
  addComponents, Amount, CardReference, CardSummary, CaseId, CaseStatus, closedObject, component, CustomerId, jsonReply, nullable, oneOf, Score, Timestamp, timestamp, TransactionId
} from './wire-format.ts'

const MINUTE_MS = 60_000
/** Clocks differ a little; a payment from further ahead, or from before this century, is a mistake. */
const MAX_AHEAD_MS = 5 * MINUTE_MS
/** In characters; more would not be spoken, and a case holds a hundred of them. */
const MAX_MERCHANT_LENGTH = 80
const EARLIEST_MS = Date.UTC(2000, 0)

const TransactionBody = component('TransactionRequest', closedObject({
  transactionId: TransactionId,
  customerId: CustomerId,
  card: CardReference,
  amount: Amount,
  occurredAt: Timestamp,
  variables: Type.Optional(Type.Record(Type.String(), Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 1024 }), {
    propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' },
    maxProperties: 100,
    description: 'Event variables for the scorer, as text. No security code, no card number.',
    examples: [{ ip_address: '62.39.153.176', email_address: 'jonathan15@example.org', merchant_id: '341-81-5775' }]
  }))
}, {
  description: 'One card payment.',
  examples: [{
    transactionId: 'tx-1001',
    customerId: 'u82-1alz-RI301',
    card: { number: '2442230821108788' },
    amount: { value: 415500, currency: 'EUR' },
    occurredAt: '2026-11-22T10:00:00Z',
    variables: { ip_address: '62.39.153.176', email_address: 'jonathan15@example.org', merchant_id: '341-81-5775' }
  }]
}))

const Outcome = component('Outcome', oneOf([...RULE_OUTCOMES, 'blocked'], {
  description: '`approve`: let it pass. `investigate`: suspicious, nobody is called. `fraud`: the cardholder is being asked. `blocked`: the card was blocked already; then nothing was scored.'
}))
const DecidingScorer = component('DecidingScorer', closedObject({
  name: Type.String({ description: 'Kind of scorer.', examples: ['embedded'] }),
  model: Type.String({ description: 'Its model or detector.', examples: ['card-fraud'] }),
  version: Type.String({ description: "The model's or detector's version.", examples: ['1'] })
}, { description: 'Who gave the score.' }))
const CaseSummary = component('CaseSummary', closedObject({ id: CaseId, status: CaseStatus }, { description: 'The case as it was at the decision.' }))

const TransactionReply = component('Decision', closedObject({
  transactionId: TransactionId,
  outcome: Outcome,
  score: nullable(Score, { description: '`null` when nothing was scored, or when a detector decided by its rules and has no score of this scale.' }),
  reasons: Type.Array(Type.String(), { description: 'Why, in stable words. `rule:<id>` is a rule that decided, of a detector file or, after `detector_rule_matched`, of a detector in Amazon Fraud Detector; `rule_failed:<id>` is one that could not be evaluated. Of a suspicious score that the embedded model gave, up to three `model:<variable>` tell which variables raised it most (`model:time`: hour or day). A later version may know more of them.', examples: [['score_over_fraud_threshold']] }),
  scorer: nullable(DecidingScorer, { description: '`null` when nothing was scored.' }),
  degraded: Type.Boolean({ description: 'True when the scorer gave no score in time and the fallback decided: another scorer, which `scorer` then names, or one outcome for all.' }),
  card: CardSummary,
  case: nullable(CaseSummary, { description: 'The case that asks the cardholder about it; `null` when nobody is asked.' }),
  assessedAt: Timestamp
}, { description: 'The decision as it was made; what became of the case is at /v1/cases/{caseId}.' }))

const EXAMPLE: Static<typeof TransactionReply> = {
  transactionId: 'tx-0001',
  outcome: 'fraud',
  score: 999,
  reasons: ['score_over_fraud_threshold'],
  scorer: { name: 'embedded', model: 'card-fraud', version: '2' },
  degraded: false,
  card: { id: 'card_9cae025a118a15f77f75e42f4deee6ae5e1f4aee', last4: '8788', isBlocked: false },
  case: { id: 'case_01a20562-446f-708a-a322-efd89151236e', status: 'open' },
  assessedAt: '2026-11-22T10:00:00.123Z'
}

export interface TransactionRoutesOptions {
  screenTransaction: (log: Log, incoming: IncomingTransaction) => Promise<ScreenedTransaction>
  transactions: TransactionStore
  tokenisationKey: string
  luhnCheck: boolean
  nowMs: () => number
}

/** Screen one transaction; read a decision again. */
export async function transactionRoutes (app: App, options: TransactionRoutesOptions): Promise<void> {
  const { screenTransaction, transactions } = options
  addComponents(app, [TransactionBody, Outcome, DecidingScorer, CaseSummary, TransactionReply])

  app.post('/v1/transactions', {
    config: { scope: 'transactions:write' },
    schema: {
      operationId: 'screenTransaction',
      summary: 'Screen one transaction',
      description: 'Scores the transaction and decides. A suspicious one opens a case, or joins the open case of its card; the cardholder is called after the reply. The same transactionId with the same content always gets the first decision.',
      tags: ['transactions'],
      security: [{ apiKey: [] }],
      body: TransactionBody,
      response: {
        200: {
          ...jsonReply('The decision. With the header `Idempotent-Replayed: true` when it was made before.', TransactionReply, EXAMPLE),
          headers: { 'idempotent-replayed': { type: 'string', description: '`true` on a replay.' } }
        },
        ...problems(
          ...BODY_PROBLEMS, 'card_number_invalid', 'card_number_leaked', 'security_code_refused', 'currency_unknown', 'occurred_at_implausible',
          ...KEY_PROBLEMS, 'card_not_found', 'transaction_changed', 'card_not_of_customer', ...STORE_PROBLEMS, 'state_contended')
      }
    }
  }, async (request, reply) => {
    const { transaction, replayed } = await screenTransaction(request.log, toIncoming(request.body, options))
    if (replayed) reply.header('idempotent-replayed', 'true')
    return toReply(transaction)
  })

  app.get('/v1/transactions/:transactionId', {
    config: { scope: 'cases:read' },
    schema: {
      operationId: 'getTransaction',
      summary: 'Read the stored decision',
      tags: ['transactions'],
      security: [{ apiKey: [] }],
      params: closedObject({ transactionId: TransactionId }),
      response: { 200: jsonReply('The decision as it was made.', TransactionReply, EXAMPLE), ...problems('validation_failed', ...KEY_PROBLEMS, 'transaction_not_found', ...STORE_PROBLEMS) }
    }
  }, async (request) => {
    const transaction = await transactions.get(request.params.transactionId)
    if (transaction === undefined) throw new RingfenceError('transaction_not_found')
    return toReply(transaction)
  })
}

/** Refuses what the schema cannot see, turns the card number into an id, and drops it. */
function toIncoming (body: Static<typeof TransactionBody>, { tokenisationKey, luhnCheck, nowMs }: TransactionRoutesOptions): IncomingTransaction {
  const { transactionId, customerId, card, amount, variables = {} } = body
  if (card.number !== undefined && luhnCheck && !passesLuhn(card.number)) {
    throw new RingfenceError('card_number_invalid', { faults: [{ path: '/card/number', message: 'does not pass the Luhn check' }] })
  }
  if (!isCurrency(amount.currency)) throw new RingfenceError('currency_unknown', { faults: [{ path: '/amount/currency', message: 'is not in use' }] })
  const occurredAtMs = Date.parse(body.occurredAt)
  // Written so that a time which is none (NaN) is refused as well.
  if (!(occurredAtMs <= nowMs() + MAX_AHEAD_MS && occurredAtMs >= EARLIEST_MS)) {
    throw new RingfenceError('occurred_at_implausible', { faults: [{ path: '/occurredAt', message: 'must be a time since 2000 and at most 5 minutes ahead' }] })
  }
  const cardId = card.number === undefined ? card.id ?? '' : cardIdOf(card.number, tokenisationKey)
  refuseSecrets({ transactionId, customerId }, variables, card.number, (digits) => cardIdOf(digits, tokenisationKey) === cardId)

  // A cardholder knows the name of a shop, not its number.
  const merchant = firstCharacters(variables['merchant_name'] ?? variables['merchant_id'] ?? '', MAX_MERCHANT_LENGTH) || null
  const content = { transactionId, customerId, cardId, value: amount.value, currency: amount.currency, occurredAtMs, variables: Object.entries(variables).sort(byName) }
  return {
    transactionId,
    customerId,
    cardId,
    amount: { valueMinor: amount.value, currency: amount.currency },
    occurredAtMs,
    variables,
    merchant,
    contentHash: hash('sha256', JSON.stringify(content))
  }
}

/** Names differ, and hold nothing that sorts before a comma, so that the order is that of name and value as one text. */
function byName ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}

/** Never half a character. */
function firstCharacters (text: string, count: number): string {
  return text.length <= count ? text : [...text].slice(0, count).join('')
}

function refuseSecrets (ids: Record<string, string>, variables: Record<string, string | null>, cardNumber: string | undefined, isThisCard: (digits: string) => boolean): void {
  const leaks: FieldFault[] = []
  for (const [name, id] of Object.entries(ids)) {
    if (holdsThisCard(id, cardNumber, isThisCard)) leaks.push({ path: `/${name}`, message: 'holds the card number' })
  }
  for (const [name, value] of Object.entries(variables)) {
    if (holdsCardNumber(name, cardNumber, isThisCard)) leaks.push({ path: '/variables', message: 'has a name that holds a card number' })
    else if (value !== null && holdsSecurityCode(name, value)) throw new RingfenceError('security_code_refused', { faults: [{ path: `/variables/${name}`, message: 'may hold a result letter, never digits' }] })
    else if (value !== null && holdsCardNumber(value, cardNumber, isThisCard)) leaks.push({ path: `/variables/${name}`, message: 'holds a card number' })
  }
  if (leaks.length > 0) throw new RingfenceError('card_number_leaked', { faults: leaks })
}

function toReply (transaction: Transaction): Static<typeof TransactionReply> {
  const { question } = transaction
  return {
    transactionId: transaction.transactionId,
    outcome: transaction.outcome,
    score: transaction.score,
    reasons: [...transaction.reasons],
    scorer: transaction.scorer,
    degraded: transaction.degraded,
    card: { id: transaction.cardId, last4: transaction.last4, isBlocked: transaction.cardWasBlocked },
    case: question?.state === 'attached' ? { id: question.caseId, status: question.caseStatus } : null,
    assessedAt: timestamp(transaction.assessedAtMs)
  }
}
