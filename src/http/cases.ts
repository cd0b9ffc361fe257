import { Type, type Static } from '@sinclair/typebox'
import { ATTEMPT_OUTCOMES } from '../domain/attempt.ts'
import type { Answer, Case } from '../domain/case.ts'
import { RingfenceError } from '../errors.ts'
import type { CaseStore, Log } from '../ports.ts'
import type { SettledAnswer } from '../usecases/settle-answer.ts'
import type { App } from './app-type.ts'
import { ReasonBody, refuseCardNumber } from './operator-reason.ts'
import { BODY_PROBLEMS, KEY_PROBLEMS, problems, STORE_PROBLEMS } from './problem.ts'
import {
  addComponents, Amount, AnswerWord, CardId, CardSummary, CaseId, CaseStatus, ChannelName, closedObject, component, CustomerId, jsonReply, Last4, nullable, oneOf, Score, Timestamp, timestamp, timestampOrNull, TransactionId
} from './wire-format.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

const OUTCOMES_TOLD = 'How the attempt ended. `no_input`: somebody was there and gave no valid answer. `voicemail_suspected`: picked up, and silent to the end; ordinary calls cannot tell a machine from a person. ' +
  '`no_answer`: it rang, or was sent, in vain. `rejected`: the calling service or the network refuses it for good. `unknown`: it told nothing in time. `skipped`: the channel was not allowed. ' +
  '`superseded`: the case ended first. Only `answered` is an answer. A later version may know more of them.'

const CaseTransaction = component('CaseTransaction', closedObject({
  transactionId: TransactionId,
  amount: Amount,
  merchant: nullable(Type.String(), { description: 'Its `merchant_name`, else its `merchant_id`; the first 80 characters.' }),
  score: nullable(Score, { description: '0 (harmless) to 1000; `null` when a detector decided by its rules and has no score of this scale.' }),
  occurredAt: Timestamp
}))

const AttemptStatus = component('AttemptStatus', oneOf(['due', 'submitting', 'submission_unknown', 'submitted', 'in_progress', 'ended'], {
  description: '`due`: waits for its time. `submitting`: the calling service is being asked. `submission_unknown`: it gave no reply that can be read, and is asked again with the same token. `submitted`: it rings, or was sent. `in_progress`: somebody picked up. `ended`: see the outcome.'
}))
const AttemptOutcome = component('AttemptOutcome', oneOf(ATTEMPT_OUTCOMES, { description: OUTCOMES_TOLD }))

const Attempt = component('Attempt', closedObject({
  attemptId: Type.String({ description: 'Id of the attempt: its case and its number.', examples: ['attempt_01a20562-446f-708a-a322-efd89151236e_1'] }),
  channel: ChannelName,
  status: AttemptStatus,
  outcome: nullable(AttemptOutcome, { description: 'How it ended; `null` until it has.' }),
  dueAt: nullable(Timestamp, { description: 'When it is looked at next; RFC 3339. `null` once it has ended.' }),
  contactId: nullable(Type.String(), { description: "The calling service's id of the call or text." }),
  endedAt: nullable(Timestamp, { description: 'When it ended; RFC 3339.' })
}, { description: 'One call or text to the cardholder.' }))

const HistoryEntry = component('HistoryEntry', closedObject({
  at: Timestamp,
  who: Type.String({ description: '`detector`, `cardholder`, `dialer`, `key <name>`, …', examples: ['detector'] }),
  what: Type.String({ description: 'What was done, for people.', examples: ['opened'] }),
  why: Type.String({ description: 'Why, for people.', examples: ['score_over_fraud_threshold'] })
}))

const CaseDecision = component('CaseDecision', oneOf(['fraud', 'genuine', 'none'], { description: 'What the case came to. `none`: nobody answered.' }))
const CaseEnding = component('CaseEnding', oneOf(['answered', 'nobody_reached', 'card_blocked', 'customer_gone', 'expired', 'closed_by_operator'], {
  description: '`answered`: by the cardholder or on their behalf. `nobody_reached`: the ladder ended without an answer. `card_blocked`: somebody else blocked the card first. `customer_gone`: there is nobody to ask any more. `expired`: it stayed open for too long. `closed_by_operator`: see the history. A later version may know more of them.'
}))

const CaseReply = component('Case', closedObject({
  caseId: CaseId,
  status: CaseStatus,
  decision: nullable(CaseDecision, { description: '`null` while the case is open.' }),
  ending: nullable(CaseEnding, { description: 'Why the case ended; `null` while it is open.' }),
  cardId: CardId,
  last4: Last4,
  customerId: CustomerId,
  openedAt: Timestamp,
  closedAt: nullable(Timestamp, { description: 'RFC 3339; `null` until the card is in line with the decision.' }),
  transactionCount: Type.Integer({ minimum: 1, maximum: 100, description: 'How many transactions are listed.' }),
  transactions: Type.Array(CaseTransaction, { description: 'What the cardholder is asked about, oldest first; the first 100.' }),
  attempts: Type.Array(Attempt, { description: 'The calls and texts so far, and the next one.' }),
  history: Type.Array(HistoryEntry, { description: 'What happened, oldest first.' })
}, { description: 'One question to a cardholder about suspicious transactions of one card.' }))

const CaseList = component('CaseList', closedObject({
  cases: Type.Array(CaseReply, { description: 'At most `limit` of them.' }),
  nextCursor: nullable(Type.String(), { description: 'Pass it as `cursor` for what is older; `null` at the end.' })
}, { description: 'One page of cases, newest first.' }))

const Query = closedObject({
  status: Type.Optional(oneOf(['open', 'closed'], { description: 'Only these; all unless said.' })),
  cardId: Type.Optional(CardId),
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: `1 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} unless said.`, examples: ['20'] })),
  cursor: Type.Optional(Type.String({ maxLength: 100, description: '`nextCursor` of the page before, as it came.' }))
})

const AnswerBody = component('AnswerRequest', closedObject({ answer: AnswerWord }, { examples: [{ answer: 'fraud' }] }))
const AnswerReply = component('AnswerReply', closedObject({
  caseId: CaseId,
  answer: AnswerWord,
  verdict: oneOf(['recorded', 'repeated'], { description: '`repeated`: the same answer was given before.' }),
  caseStatus: CaseStatus,
  card: CardSummary
}, { description: 'What is true after the answer.' }))

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
  settleAnswer: (log: Log, caseId: string, answer: Answer, who: string) => Promise<SettledAnswer>
  closeCase: (log: Log, caseId: string, who: string, reason: string) => Promise<Case>
  tokenisationKey: string
}

/** Questions to cardholders: list, read, answer, close. */
export async function caseRoutes (app: App, { cases, settleAnswer, closeCase, tokenisationKey }: CaseRoutesOptions): Promise<void> {
  const security = [{ apiKey: [] }]
  const tags = ['cases']
  const params = closedObject({ caseId: CaseId })
  addComponents(app, [CaseTransaction, AttemptStatus, AttemptOutcome, Attempt, HistoryEntry, CaseDecision, CaseEnding, CaseReply, CaseList, AnswerBody, AnswerReply])

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
    const { verdict, case: settled, cardIsBlocked } = await settleAnswer(request.log, request.params.caseId, answer, `key ${request.callerName}`)
    if (verdict === 'refused') throw new RingfenceError('case_already_answered', { detail: `The cardholder answered ${settled.decision ?? 'nothing'} before.` })
    return { caseId: settled.caseId, answer, verdict, caseStatus: settled.status, card: { id: settled.cardId, last4: settled.last4, isBlocked: cardIsBlocked } }
  })

  app.post('/v1/cases/:caseId/close', {
    config: { scope: 'cases:write' },
    schema: {
      operationId: 'closeCase',
      summary: 'End an open case without an answer, as an operator',
      description: 'Nobody is contacted about it any more, and the card stays as it is. Closing again changes nothing; a case that ended otherwise is refused with 409. An answer that comes late is still heard.',
      tags,
      security,
      params,
      body: ReasonBody,
      response: {
        200: jsonReply('The case after it.', CaseReply, EXAMPLE),
        ...problems(...BODY_PROBLEMS, 'card_number_leaked', ...KEY_PROBLEMS, 'case_not_found', 'case_already_answered', ...STORE_PROBLEMS, 'state_contended')
      }
    }
  }, async (request) => {
    const { params: { caseId }, body: { reason } } = request
    const found = await cases.get(caseId)
    if (found === undefined) throw new RingfenceError('case_not_found')
    refuseCardNumber(reason, found.cardId, tokenisationKey)
    return toReply(await closeCase(request.log, caseId, `key ${request.callerName}`, reason))
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
