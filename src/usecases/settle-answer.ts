import type { Attempt, AttemptOutcome } from '../domain/attempt.ts'
import { endAttempt, recordAnswer, type Answer, type Case } from '../domain/case.ts'
import { contactOutcome, type Heard } from '../domain/contact-outcome.ts'
import { RingfenceError } from '../errors.ts'
import type { Log } from '../ports.ts'
import { changeCase } from './change.ts'
import { countEnded } from './count-ended.ts'
import { settleCase, type SettleCaseDeps } from './settle-case.ts'

export interface SettleAnswerDeps extends SettleCaseDeps {
  wakeDialer: () => void
  log: Log
}

/** What binds an answer to the attempt that asked: an answer through one contact never settles another's case. */
export interface AnsweringContact {
  attemptId: string
  contactId: string
}

/** What became of an answer, and what is true now. */
export interface SettledAnswer {
  verdict: 'recorded' | 'repeated' | 'refused'
  case: Case
  cardIsBlocked: boolean
  /** False when the card went to another cardholder since the question was opened. */
  cardIsTheirs: boolean
}

/**
 * Takes an answer: decides the case, brings the card in line, closes the case, and tells what is true then.
 * The first answer wins; a repeat changes nothing, a contradiction is refused and logged.
 * @throws RingfenceError `case_not_found`, `attempt_not_found`, `contact_mismatch`, `state_contended`, `store_unavailable`
 */
export async function settleAnswer (deps: Omit<SettleAnswerDeps, 'wakeDialer'>, caseId: string, answer: Answer, who: string, via?: AnsweringContact): Promise<SettledAnswer> {
  // Set anew by every try of the change, so that the last one, the one that was written, tells.
  const heard: { verdict: SettledAnswer['verdict'], before?: Case } = { verdict: 'repeated' }
  const decided = await changeCase(deps.cases, caseId, (question) => {
    const attempt = via === undefined ? undefined : answeringAttempt(question, via)
    const recorded = recordAnswer(question, answer, who, attempt, deps.nowMs())
    heard.verdict = recorded.verdict
    heard.before = question
    return recorded.case
  })
  const { verdict, before } = heard
  if (before !== undefined) countEnded(deps.metrics, before, decided)
  // Told before the card is written, which may fail: the answer stands from here on.
  if (verdict === 'recorded') deps.log.info({ caseId, answer, who, ...via }, 'answer heard')
  const settled = await settleCase(deps, decided)
  const card = await deps.cards.get(settled.cardId)

  deps.metrics.answerHeard(answer, verdict)
  const fields = { caseId, cardId: settled.cardId, answer, who, verdict, decision: settled.decision, ...via }
  if (verdict === 'refused') deps.log.warn(fields, 'contradicting answer refused')
  else deps.log.info(fields, 'answer settled')
  return { verdict, case: settled, cardIsBlocked: card?.isBlocked ?? false, cardIsTheirs: card?.customerId === settled.customerId }
}

/**
 * Notes that a contact's flow ended without a valid key: the attempt ends, the ladder goes on. Repeatable.
 * @param heard whether any key or reply came; a flow that does not say is taken to have heard one
 * @throws RingfenceError as `settleAnswer`
 */
export async function noteNoAnswer (deps: SettleAnswerDeps, caseId: string, via: AnsweringContact, heard: Heard = null): Promise<void> {
  // Set anew by every try of the change, so that what was written is counted, once.
  const ended: { attempt?: Pick<Attempt, 'channel'> & { outcome: AttemptOutcome } } = {}
  const noted = await changeCase(deps.cases, caseId, (question) => {
    const attempt = answeringAttempt(question, via)
    delete ended.attempt
    if (question.status !== 'open' || attempt.status === 'ended') return question
    const outcome = contactOutcome({
      channel: attempt.channel, connectedAtMs: deps.nowMs(), disconnectReason: null, answeringMachine: null, heard: heard ?? 'key'
    })
    ended.attempt = { channel: attempt.channel, outcome }
    return endAttempt(question, attempt, outcome, deps.policy, deps.nowMs())
  })
  if (ended.attempt !== undefined) deps.metrics.attemptEnded(ended.attempt.channel, ended.attempt.outcome)
  deps.log.info({ caseId, ...via, outcome: ended.attempt?.outcome }, 'contact ended without an answer')
  await settleCase(deps, noted)
  deps.wakeDialer()
}

/**
 * The attempt that a contact belongs to.
 * @throws RingfenceError `attempt_not_found`, `contact_mismatch`
 */
export function answeringAttempt (question: Case, { attemptId, contactId }: AnsweringContact): Attempt {
  const attempt = question.attempts.find((one) => one.attemptId === attemptId)
  if (attempt === undefined) throw new RingfenceError('attempt_not_found')
  if (attempt.submissions === 0) throw new RingfenceError('contact_mismatch', { detail: 'This attempt has called nobody yet.' })
  // A call can be answered before the reply that names its contact has arrived; then the contact proves the submission.
  if (attempt.contactId !== null && attempt.contactId !== contactId) throw new RingfenceError('contact_mismatch')
  return attempt.contactId === null ? { ...attempt, contactId } : attempt
}
