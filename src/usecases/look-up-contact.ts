import type { Attempt, AttemptOutcome } from '../domain/attempt.ts'
import { endAttempt, liveAttempt, lookUpAgain, type Case } from '../domain/case.ts'
import { contactOutcome } from '../domain/contact-outcome.ts'
import type { ContactReader, ContactReport } from '../ports.ts'
import { changeCase } from './change.ts'
import { toldBy, type ConcludeContactDeps, type ToldOfContact } from './conclude-contact.ts'
import { optOutByContact, type OptOutDeps } from './opt-out.ts'
import { settleAnswer, type AnsweringContact } from './settle-answer.ts'
import { settleCase } from './settle-case.ts'

export interface LookUpContactDeps extends ConcludeContactDeps, OptOutDeps {
  contactReader: ContactReader
}

/** So many failures in a row, with 1, 2 and 4 times `retryMs` between them, and the attempt ends by what is known. */
const MAX_FAILED_LOOK_UPS = 4
/** A call that is still under way at its deadline is looked at again so often before the deadline's length has passed once more. */
const LOOKS_AT_A_LONG_CALL = 8

/**
 * Asks the calling service what became of a contact, when events said that it is over and not why, or when its deadline came without a word.
 * An answer or an opt-out that the flow left there counts as one that the bridge brought. A calling service that cannot be asked holds the ladder up for a moment only.
 */
export async function lookUpContact (deps: LookUpContactDeps, question: Case, attempt: Attempt): Promise<void> {
  if (attempt.contactId === null) return await end(deps, question, attempt, 'unknown')
  const { contactId } = attempt
  const told = toldBy((await deps.contactEvents.read(contactId)).events)
  const report = await deps.contactReader.describe(contactId)
  deps.metrics.contactLookedUp(report.kind)
  if (report.kind === 'found' && await takeWhatWasLeft(deps, question.caseId, { attemptId: attempt.attemptId, contactId }, report)) return
  const next = nextLook(deps, attempt, told, report)
  if (next === undefined) return await end(deps, question, attempt, outcomeOf(attempt, told, report))
  deps.log.info({ caseId: question.caseId, attemptId: attempt.attemptId, contactId, result: report.kind, why: 'why' in report ? report.why : 'under way' }, 'contact looked up again later')
  await changeCase(deps.cases, question.caseId, (current) => isUnmoved(current, attempt) ? lookUpAgain(current, attempt, next.atMs, next.failedLookUps) : current)
}

/** @returns whether the flow had left anything */
async function takeWhatWasLeft (deps: LookUpContactDeps, caseId: string, via: AnsweringContact, { answer, optOut }: ContactReport & { kind: 'found' }): Promise<boolean> {
  // It is the dialer that comes here, and it is awake.
  if (optOut.length > 0) await optOutByContact({ ...deps, wakeDialer () {} }, caseId, optOut, via)
  if (answer !== null) await settleAnswer(deps, caseId, answer, 'cardholder, read from the contact', via)
  return optOut.length > 0 || answer !== null
}

/** When to ask again; `undefined` when what is known is all that will be. */
function nextLook ({ policy, nowMs }: LookUpContactDeps, attempt: Attempt, told: ToldOfContact, report: ContactReport): { atMs: number, failedLookUps: number } | undefined {
  if (report.kind === 'not_found' || (report.kind === 'found' && report.endedAtMs !== null)) return undefined
  // A record that lags behind its events has failed us as well.
  if (report.kind === 'failed' || told.isOver) {
    const failedLookUps = (attempt.failedLookUps ?? 0) + 1
    return failedLookUps >= MAX_FAILED_LOOK_UPS ? undefined : { atMs: nowMs() + policy.retryMs * 2 ** (failedLookUps - 1), failedLookUps }
  }
  // A text stays open for replies; one that came in time would have been heard.
  if (attempt.channel === 'sms' || nowMs() >= (attempt.submittedAtMs ?? 0) + 2 * policy.attemptMs) return undefined
  return { atMs: nowMs() + Math.ceil(policy.attemptMs / LOOKS_AT_A_LONG_CALL), failedLookUps: 0 }
}

function outcomeOf ({ channel }: Attempt, told: ToldOfContact, report: ContactReport): AttemptOutcome {
  if (report.kind !== 'found') return told.isOver ? contactOutcome({ ...told, channel, heard: null }) : 'unknown'
  if (!told.isOver && report.endedAtMs === null && channel === 'voice') return 'unknown'
  return contactOutcome({
    channel,
    connectedAtMs: report.connectedAtMs ?? told.connectedAtMs,
    disconnectReason: report.disconnectReason ?? told.disconnectReason,
    answeringMachine: report.answeringMachine ?? told.answeringMachine,
    heard: report.heard
  })
}

async function end (deps: LookUpContactDeps, question: Case, attempt: Attempt, outcome: AttemptOutcome): Promise<void> {
  let isEnded = false
  const ended = await changeCase(deps.cases, question.caseId, (current) => {
    isEnded = isUnmoved(current, attempt)
    return isEnded ? endAttempt(current, attempt, outcome, deps.policy, deps.nowMs()) : current
  })
  if (!isEnded) return
  deps.metrics.attemptEnded(attempt.channel, outcome)
  deps.log.info({ caseId: question.caseId, attemptId: attempt.attemptId, contactId: attempt.contactId, outcome }, 'contact over without an answer')
  await settleCase(deps, ended)
}

/** Whoever else moved this attempt since it was read knows better. */
function isUnmoved (current: Case, attempt: Attempt): boolean {
  const seen = current.status === 'open' ? liveAttempt(current) : undefined
  return seen?.attemptId === attempt.attemptId && seen.status === attempt.status && seen.dueAtMs === attempt.dueAtMs
}
