import type { Attempt, AttemptOutcome, LaterLook } from '../domain/attempt.ts'
import { endAttempt, lookUpAgain, setLaterLook, unmovedAttempt, type Case } from '../domain/case.ts'
import { contactOutcome } from '../domain/contact-outcome.ts'
import { attemptLifeMs } from '../domain/policy.ts'
import { RingfenceError } from '../errors.ts'
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
/** Asked too much, the calling service is asked again so soon; for this long that is no failure. */
const NOT_ASKED_RETRY_MS = 2_000
const MAX_NOT_ASKED_MS = 120_000
/** When an ended attempt's contact is looked up again, failure by failure; the last one repeats. */
const LATER_LOOKS_MS = [60_000, 300_000, 900_000, 3_600_000] as const
const LATER_LOOKS_END_MS = 24 * 3_600_000

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
  if (next === undefined) {
    const laterLook = isConclusive(attempt, report) ? null : { dueAtMs: deps.nowMs() + laterLookMs(0), failures: 0 }
    return await end(deps, question, attempt, outcomeOf(attempt, told, report), laterLook)
  }
  deps.log.info({ caseId: question.caseId, attemptId: attempt.attemptId, contactId, result: report.kind, why: 'why' in report ? report.why : 'under way' }, 'contact looked up again later')
  await changeCase(deps.cases, question.caseId, (current) => unmovedAttempt(current, attempt) !== undefined ? lookUpAgain(current, attempt, next.atMs, next.failedLookUps) : current)
}

/**
 * Asks once more about an attempt that ended without a word from its contact. An answer found now is a late one, and counts as such; an opt-out is
 * stored. The ladder has gone on long since, so this may take a day.
 */
export async function lookUpLater (deps: LookUpContactDeps, question: Case, attempt: Attempt): Promise<void> {
  const { contactId, laterLook } = attempt
  if (laterLook == null) return
  const report: ContactReport = contactId === null ? { kind: 'not_found', why: 'no contact' } : await deps.contactReader.describe(contactId)
  deps.metrics.contactLookedUp(report.kind)
  const isFound = contactId !== null && report.kind === 'found' && await takeWhatWasLeft(deps, question.caseId, { attemptId: attempt.attemptId, contactId }, report)
  const next = isFound || isConclusive(attempt, report) ? null : nextLaterLook(attempt, laterLook, report, deps.nowMs())
  deps.log.info({ caseId: question.caseId, attemptId: attempt.attemptId, contactId, result: report.kind, isFound, dueAtMs: next?.dueAtMs ?? null }, 'contact of an ended attempt looked up')
  await changeCase(deps.cases, question.caseId, (current) => {
    const seen = current.attempts.find(({ attemptId }) => attemptId === attempt.attemptId)
    return seen?.laterLook?.dueAtMs === laterLook.dueAtMs ? setLaterLook(current, seen, next) : current
  })
}

/** Whether asking again will not tell more. */
function isConclusive ({ channel }: Attempt, report: ContactReport): boolean {
  // A text stays open long after its reply was waited for.
  return report.kind === 'not_found' || (report.kind === 'found' && (report.endedAtMs !== null || channel === 'sms'))
}

function nextLaterLook ({ endedAtMs }: Attempt, { failures }: LaterLook, report: ContactReport, nowMs: number): LaterLook | null {
  if (nowMs - (endedAtMs ?? 0) >= LATER_LOOKS_END_MS) return null
  return report.kind === 'not_asked' ? { dueAtMs: nowMs + laterLookMs(0), failures } : { dueAtMs: nowMs + laterLookMs(failures + 1), failures: failures + 1 }
}

function laterLookMs (failures: number): number {
  return LATER_LOOKS_MS[Math.min(failures, LATER_LOOKS_MS.length - 1)] ?? LATER_LOOKS_MS[0]
}

/** @returns whether the flow had left anything */
async function takeWhatWasLeft (deps: LookUpContactDeps, caseId: string, via: AnsweringContact, { answer, optOut }: ContactReport & { kind: 'found' }): Promise<boolean> {
  // It is the dialer that comes here, and it is awake.
  if (optOut.length > 0) await optOutByContact({ ...deps, wakeDialer () {} }, caseId, optOut, via)
  if (answer === null) return optOut.length > 0
  try {
    await settleAnswer(deps, caseId, answer, 'cardholder, read from the contact', via)
    return true
  } catch (error) {
    // What no attempt can take will not be taken by the next look either, and the attempt must end.
    if (!(error instanceof RingfenceError && (error.code === 'contact_mismatch' || error.code === 'attempt_not_found'))) throw error
    deps.log.error({ err: error, caseId, contactId: via.contactId }, 'an answer was left that fits no attempt')
    return optOut.length > 0
  }
}

/** When to ask again; `undefined` when what is known is all that will be. */
function nextLook ({ policy, nowMs }: LookUpContactDeps, attempt: Attempt, told: ToldOfContact, report: ContactReport): { atMs: number, failedLookUps: number } | undefined {
  if (report.kind === 'not_found' || (report.kind === 'found' && report.endedAtMs !== null)) return undefined
  const waitedMs = nowMs() - (attempt.overSinceMs ?? (attempt.submittedAtMs ?? 0) + attemptLifeMs(policy, attempt.channel))
  if (report.kind === 'not_asked' && waitedMs < MAX_NOT_ASKED_MS) return { atMs: nowMs() + NOT_ASKED_RETRY_MS, failedLookUps: attempt.failedLookUps ?? 0 }
  // A record that lags behind its events has failed us as well.
  if (report.kind !== 'found' || told.isOver) {
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

async function end (deps: LookUpContactDeps, question: Case, attempt: Attempt, outcome: AttemptOutcome, laterLook: LaterLook | null = null): Promise<void> {
  let isEnded = false
  const ended = await changeCase(deps.cases, question.caseId, (current) => {
    isEnded = unmovedAttempt(current, attempt) !== undefined
    return isEnded ? endAttempt(current, { ...attempt, laterLook }, outcome, deps.policy, deps.nowMs()) : current
  })
  if (!isEnded) return
  deps.metrics.attemptEnded(attempt.channel, outcome)
  deps.log.info({ caseId: question.caseId, attemptId: attempt.attemptId, contactId: attempt.contactId, outcome }, 'contact over without an answer')
  await settleCase(deps, ended)
}
