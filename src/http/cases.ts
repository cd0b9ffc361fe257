import { Type, type Static } from '@sinclair/typebox'
import { ATTEMPT_OUTCOMES } from '../domain/attempt.ts'
import type { Answer, Case } from '../domain/case.ts'
import { RingfenceError } from '../errors.ts'
import type { CaseStore } from '../ports.ts'
import type { SettledAnswer } from '../usecases/settle-answer.ts'
import type { App } from './app-type.ts'
import { BODY_PROBLEMS, KEY_PROBLEMS, problems, STORE_PROBLEMS } from './problem.ts'
import {
  AmountBody, CardId, CardSummary, CaseId, ChannelName, closedObject, CustomerId, jsonReply, Last4, nullable, oneOf, Score, Timestamp, timestamp, timestampOrNull, TransactionId
} from './wire-format.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

const OUTCOMES_TOLD = 'How the attempt ended. `no_input`: somebody was there and gave no valid answer. `voicemail_suspected`: picked up, and silent to the end; ordinary calls cannot tell a machine from a person. ' +
  '`no_answer`: it rang, or was sent, in vain. `rejected`: the calling service or the network refuses it for good. `unknown`: it told nothing in time. `skipped`: the channel was not allowed. ' +
  '`superseded`: the case ended first. Only `answered` is an answer.'

const CaseReply = closedObject({
  caseId: CaseId,
  status: oneOf(['open', 'settling', 'closed'], { description: '`settling`: decided, and the card is being brought in line.' }),
  decision: nullable(oneOf(['fraud', 'genuine', 'none'])),
  ending: nullable(oneOf(['answered', 'nobody_reached', 'card_blocked', 'customer_gone'])),
  cardId: CardId,
  last4: Last4,
  customerId: CustomerId,
  openedAt: Timestamp,
  closedAt: nullable(Timestamp),
  transactionCount: Type.Integer(),
  transactions: Type.Array(closedObject({
    transactionId: TransactionId, amount: AmountBody, merchant: nullable(Type.String()), score: nullable(Score), occurredAt: Timestamp
  })),
  attempts: Type.Array(closedObject({
    attemptId: Type.String(),
    channel: ChannelName,
    status: oneOf(['due', 'submitting', 'submission_unknown', 'submitted', 'ended']),
    outcome: nullable(oneOf(ATTEMPT_OUTCOMES, { description: OUTCOMES_TOLD })),
    dueAt: nullable(Timestamp),
    contactId: nullable(Type.String()),
    endedAt: nullable(Timestamp)
  })),
  history: Type.Array(closedObject({ at: Timestamp, who: Type.String(), what: Type.String(), why: Type.String() }))
}, { $id: 'Case', title: 'Case' })

const CaseList = closedObject({
  cases: Type.Array(Type.Ref('Case')),
  nextCursor: nullable(Type.String({ description: 'Pass it as `cursor` for what is older; null at the end.' }))
}, { $id: 'CaseList', title: 'CaseList' })

const Query = closedObject({
  status: Type.Optional(oneOf(['open', 'closed'])),
  cardId: Type.Optional(CardId),
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: `1 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} unless said.`, examples: ['20'] })),
  cursor: Type.Optional(Type.String({ maxLength: 100 }))
})

const AnswerBody = closedObject({ answer: oneOf(['fraud', 'genuine'], { description: '`fraud` blocks the card, `genuine` lets it go.' }) }, { title: 'AnswerRequest', examples: [{ answer: 'fraud' }] })
const AnswerReply = closedObject({
  caseId: CaseId,
  answer: oneOf(['fraud', 'genuine']),
  verdict: oneOf(['recorded', 'repeated'], { description: '`repeated`: the same answer was given before.' }),
  caseStatus: oneOf(['open', 'settling', 'closed']),
  card: CardSummary
}, { title: 'AnswerReply' })

const EXAMPLE: Static<typeof CaseReply> = {
  caseId: 'case_01a20562-446f-708a-a322-efd89151236e',
  status: 'closed',
  decision: 'fraud',
  ending: 'answered',
  cardId: 'card_9cae025a118a15f77f75e42f4deee6ae5e1f4aee',
  last4: '8788',
  customerId: 'u82-1alz-RI301',
  openedAt: '2026-11-22T10:00:00.123Z',
  closedAt: '2026-11-22T10:00:41.020Z',
  transactionCount: 1,
  transactions: [{ transactionId: 'tx-0001', amount: { value: 415500, currency: 'EUR' }, merchant: '341-81-5775', score: 999, occurredAt: '2026-11-22T10:00:00.000Z' }],
  attempts: [{
    attemptId: 'attempt_01a20562-446f-708a-a322-efd89151236e_1',
    channel: 'voice',
    status: 'ended',
    outcome: 'answered',
    dueAt: null,
    contactId: '5948cd58-0406-42a0-8de8-1c91ef3d7157',
    endedAt: '2026-11-22T10:00:41.000Z'
  }],
  history: [{ at: '2026-11-22T10:00:00.123Z', who: 'detector', what: 'opened', why: 'score_over_fraud_threshold' }]
}
const ANSWER_EXAMPLE: Static<typeof AnswerReply> = {
  caseId: EXAMPLE.caseId, answer: 'fraud', verdict: 'recorded', caseStatus: 'closed', card: { id: EXAMPLE.cardId, last4: '8788', isBlocked: true }
}

export interface CaseRoutesOptions {
  cases: CaseStore
  settleAnswer: (caseId: string, answer: Answer, who: string) => Promise<SettledAnswer>
}

/** Questions to cardholders: list, read, answer. */
export async function caseRoutes (app: App, { cases, settleAnswer }: CaseRoutesOptions): Promise<void> {
  const security = [{ apiKey: [] }]
  const tags = ['cases']
  const params = closedObject({ caseId: CaseId })
  app.addSchema(CaseReply)
  app.addSchema(CaseList)

  app.get('/v1/cases', {
    config: { scope: 'cases:read' },
    schema: {
      operationId: 'listCases',
      summary: 'List cases, newest first',
      description: 'A case that is settling lists as open. The list may lag a moment behind.',
      tags,
      security,
      querystring: Query,
      response: { 200: jsonReply('One page.', CaseList, { cases: [EXAMPLE], nextCursor: null }), ...problems('validation_failed', 'cursor_invalid', ...KEY_PROBLEMS, ...STORE_PROBLEMS) }
    }
  }, async (request) => {
    const { status, cardId, limit: limitText, cursor } = request.query
    const limit = limitText === undefined ? DEFAULT_LIMIT : Number(limitText)
    const found = await cases.list({ status, cardId, limit, olderThan: cursor === undefined ? undefined : fromCursor(cursor) })
    const last = found.at(-1)
    return { cases: found.map(toReply), nextCursor: last === undefined || found.length < limit ? null : toCursor(last.caseId) }
  })

  app.get('/v1/cases/:caseId', {
    config: { scope: 'cases:read' },
    schema: {
      operationId: 'getCase',
      summary: 'Read one case with its transactions, attempts and history',
      tags,
      security,
      params,
      response: { 200: jsonReply('The case.', CaseReply, EXAMPLE), ...problems('validation_failed', ...KEY_PROBLEMS, 'case_not_found', ...STORE_PROBLEMS) }
    }
  }, async (request) => {
    const found = await cases.get(request.params.caseId)
    if (found === undefined) throw new RingfenceError('case_not_found')
    return toReply(found)
  })

  app.post('/v1/cases/:caseId/answer', {
    config: { scope: 'answers:write' },
    schema: {
      operationId: 'answerCase',
      summary: "Give the cardholder's answer from an app, an agent or another channel",
      description: 'The first answer wins. The same answer again changes nothing; another one is refused with 409.',
      tags,
      security,
      params,
      body: AnswerBody,
      response: {
        200: jsonReply('What is true now.', AnswerReply, ANSWER_EXAMPLE),
        ...problems(...BODY_PROBLEMS, ...KEY_PROBLEMS, 'case_not_found', 'case_already_answered', ...STORE_PROBLEMS, 'state_contended')
      }
    }
  }, async (request) => {
    const { answer } = request.body
    const { verdict, case: settled, cardIsBlocked } = await settleAnswer(request.params.caseId, answer, `key ${request.callerName}`)
    if (verdict === 'refused') throw new RingfenceError('case_already_answered', { detail: `The cardholder answered ${settled.decision ?? 'nothing'} before.` })
    return { caseId: settled.caseId, answer, verdict, caseStatus: settled.status, card: { id: settled.cardId, last4: settled.last4, isBlocked: cardIsBlocked } }
  })
}

function toReply (question: Case): Static<typeof CaseReply> {
  const { caseId, status, decision, ending, cardId, last4, customerId, transactions, attempts, history } = question
  return {
    caseId,
    status,
    decision,
    ending,
    cardId,
    last4,
    customerId,
    openedAt: timestamp(question.openedAtMs),
    closedAt: timestampOrNull(question.closedAtMs),
    transactionCount: transactions.length,
    transactions: transactions.map(({ transactionId, amount, merchant, score, occurredAtMs }) => ({
      transactionId, amount: { value: amount.valueMinor, currency: amount.currency }, merchant, score, occurredAt: timestamp(occurredAtMs)
    })),
    attempts: attempts.map(({ attemptId, channel, status, outcome, dueAtMs, contactId, endedAtMs }) => ({
      attemptId, channel, status, outcome, dueAt: timestampOrNull(dueAtMs), contactId, endedAt: timestampOrNull(endedAtMs)
    })),
    history: history.map(({ atMs, who, what, why }) => ({ at: timestamp(atMs), who, what, why }))
  }
}

function toCursor (caseId: string): string {
  return Buffer.from(caseId).toString('base64url')
}

function fromCursor (cursor: string): string {
  const caseId = Buffer.from(cursor, 'base64url').toString()
  if (!/^case_[0-9a-f-]{36}$/.test(caseId)) throw new RingfenceError('cursor_invalid')
  return caseId
}
