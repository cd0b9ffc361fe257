import { clientTokenOf, type Attempt } from '../domain/attempt.ts'
import { nextAllowedMs } from '../domain/calling-window.ts'
import {
  awaitSubmission, beginSubmission, deferAttempt, endAttempt, endUnanswered, postponeAttempt, recordSubmissionUnknown, recordSubmitted, unmovedAttempt, type Case
} from '../domain/case.ts'
import { contactAttributes, type Wording } from '../domain/contact-attributes.ts'
import { allowsChannel, hasOptedOut, type Customer } from '../domain/customer.ts'
import type { Caller, CustomerStore, SubmissionResult } from '../ports.ts'
import { changeCase } from './change.ts'
import { concludeContact, type ConcludeContactDeps } from './conclude-contact.ts'
import type { DialerLease } from './dialer-lease.ts'
import { countEnded } from './count-ended.ts'
import { settleCase } from './settle-case.ts'

export interface DialAttemptDeps extends ConcludeContactDeps, Wording {
  customers: CustomerStore
  callers: readonly Caller[]
  lease: Pick<DialerLease, 'isHeld' | 'takeTurn' | 'turns' | 'prove'>
  /** Called when the pace lets a contact wait; one that may have been started already can wait longer. */
  onNoTurn: (caseId: string, isFresh: boolean) => void
  /** Called when a contact is about to be started: from now on the phone may ring. */
  onCalling: (caseId: string) => void
}

/** Starts a due attempt, or finds out what became of one that was being started; always with the attempt's one token. */
export async function dialAttempt (deps: DialAttemptDeps, question: Case, attempt: Attempt): Promise<void> {
  const [card, customer] = await Promise.all([deps.cards.get(question.cardId), deps.customers.get(question.customerId)])
  const isFresh = attempt.submissions === 0
  if (isFresh && card?.isBlocked === true) return await end(deps, question, (current, nowMs) => endUnanswered(current, 'card_blocked', nowMs))
  if (customer === undefined || card?.customerId !== question.customerId) return await end(deps, question, (current, nowMs) => endUnanswered(current, 'customer_gone', nowMs))

  const caller = deps.callers.find(({ channel }) => channel === attempt.channel)
  const isOptedOut = hasOptedOut(customer, attempt.channel)
  if (isOptedOut || caller === undefined || !allowsChannel(customer, attempt.channel)) {
    const outcome = isOptedOut ? 'opted_out' : 'skipped'
    return isFresh ? await endLive(deps, question, attempt, outcome) : await letExpire(deps, question, attempt, outcome)
  }
  if (isFresh && await postponed(deps, question, attempt, customer)) return
  await submit(deps, question, attempt, customer, caller)
}

/** Ends an attempt that told nothing before its deadline. */
export async function expireAttempt (deps: DialAttemptDeps, question: Case, attempt: Attempt): Promise<void> {
  await endLive(deps, question, attempt, 'unknown')
}

async function submit (deps: DialAttemptDeps, question: Case, attempt: Attempt, customer: Customer, caller: Caller): Promise<void> {
  const { cases, policy, nowMs } = deps
  // It stays due.
  if (!deps.lease.takeTurn()) return deps.onNoTurn(question.caseId, attempt.submissions === 0)
  let isMine = false
  const submitting = await changeCase(cases, question.caseId, (current) => {
    const seen = unmovedAttempt(current, attempt)
    isMine = seen !== undefined
    return seen !== undefined ? beginSubmission(current, seen, policy, nowMs()) : current
  }, question)
  const sent = submitting.attempts.find(({ attemptId }) => attemptId === attempt.attemptId)
  if (!isMine || sent === undefined) return
  deps.onCalling(question.caseId)
  // Whoever took over meanwhile finds the intent, and asks with the same token.
  if (!await deps.lease.prove()) {
    deps.log.warn({ caseId: question.caseId, attemptId: attempt.attemptId }, 'contact left to the next dialer')
    return
  }

  const askedAtMs = nowMs()
  const result = await caller.start({
    clientToken: clientTokenOf(attempt),
    phoneNumber: customer.phoneNumber,
    attributes: contactAttributes(submitting, sent, customer, deps),
    ringMs: policy.ringMs
  })
  deps.metrics.contactStarted(attempt.channel, result.kind)
  if (attempt.step === 0 && attempt.submissions === 0 && attempt.dueAtMs === question.openedAtMs) deps.metrics.firstContactAsked(askedAtMs - question.openedAtMs)
  const contactId = result.kind === 'submitted' ? result.contactId : null
  if (contactId !== null) await deps.contactEvents.bind(contactId, { caseId: question.caseId, attemptId: attempt.attemptId })
  const fields = { caseId: question.caseId, attemptId: attempt.attemptId, channel: attempt.channel, result: result.kind }
  if (result.kind === 'submitted') deps.log.info({ ...fields, contactId }, 'contact submitted')
  // Nobody is being called: a missing permission must not look like a day without fraud.
  else deps.log.warn({ ...fields, why: result.why }, result.kind === 'unknown' ? 'contact may have started' : 'contact not started')

  let isTaken = false
  const told = await changeCase(cases, question.caseId, (current) => {
    const seen = current.attempts.find(({ attemptId }) => attemptId === attempt.attemptId)
    isTaken = current.status === 'open' && seen?.status === 'submitting'
    // An answer may have come before this reply; then the attempt has ended and the reply says nothing new.
    return isTaken && seen !== undefined ? afterSubmission(current, seen, result, deps) : current
  }, submitting)
  const outcome = isTaken ? told.attempts.find(({ attemptId }) => attemptId === attempt.attemptId)?.outcome : undefined
  if (outcome != null) deps.metrics.attemptEnded(attempt.channel, outcome)
  await settleCase(deps, told)
  // A busy line is over before its attempt is written.
  if (contactId !== null) await concludeContact(deps, contactId)
}

function afterSubmission (current: Case, attempt: Attempt, result: SubmissionResult, { policy, nowMs }: DialAttemptDeps): Case {
  switch (result.kind) {
    case 'submitted': return recordSubmitted(current, attempt, result.contactId, policy, nowMs())
    case 'unknown': return recordSubmissionUnknown(current, attempt, result.why, policy, nowMs())
    case 'not_now': return deferAttempt(current, attempt, result.why, policy, nowMs())
    case 'refused':
      // An earlier try may have called, whatever this one says.
      if (attempt.submissions > 1) return recordSubmissionUnknown(current, attempt, result.why, policy, nowMs())
      return endAttempt(current, attempt, result.outcome, policy, nowMs())
  }
}

async function postponed (deps: DialAttemptDeps, question: Case, attempt: Attempt, customer: Customer): Promise<boolean> {
  const allowedMs = nextAllowedMs(deps.nowMs(), customer.timeZone, deps.policy.callingWindow)
  if (allowedMs <= deps.nowMs()) return false
  deps.log.info({ caseId: question.caseId, attemptId: attempt.attemptId, untilMs: allowedMs }, 'contact waits for the calling window')
  await changeCase(deps.cases, question.caseId, (current) => {
    const seen = unmovedAttempt(current, attempt)
    return seen !== undefined ? postponeAttempt(current, seen, allowedMs, 'outside the calling window', deps.nowMs()) : current
  }, question)
  return true
}

async function endLive (deps: DialAttemptDeps, question: Case, attempt: Attempt, outcome: 'skipped' | 'opted_out' | 'unknown'): Promise<void> {
  // Set anew by every try of the change, so that what was written is counted, once.
  let isEnded = false
  const ended = await changeCase(deps.cases, question.caseId, (current) => {
    const seen = unmovedAttempt(current, attempt)
    isEnded = seen !== undefined
    return seen !== undefined ? endAttempt(current, seen, outcome, deps.policy, deps.nowMs()) : current
  }, question)
  if (isEnded) {
    deps.metrics.attemptEnded(attempt.channel, outcome)
    deps.log.info({ caseId: question.caseId, attemptId: attempt.attemptId, channel: attempt.channel, outcome }, 'attempt ended')
  }
  await settleCase(deps, ended)
}

async function letExpire (deps: DialAttemptDeps, question: Case, attempt: Attempt, why: string): Promise<void> {
  await changeCase(deps.cases, question.caseId, (current) => {
    const seen = unmovedAttempt(current, attempt)
    return seen !== undefined ? awaitSubmission(current, seen, why, deps.policy, deps.nowMs()) : current
  })
}

async function end (deps: DialAttemptDeps, question: Case, change: (current: Case, nowMs: number) => Case): Promise<void> {
  let before = question
  const ended = await changeCase(deps.cases, question.caseId, (current) => {
    before = current
    return current.status === 'open' ? change(current, deps.nowMs()) : current
  }, question)
  countEnded(deps.metrics, before, ended)
  await settleCase(deps, ended)
}
