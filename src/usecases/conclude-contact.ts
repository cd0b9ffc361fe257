import { endAttempt, recordOver, recordOverLate, recordPickedUp, type Case } from '../domain/case.ts'
import { contactOutcome, wasNeverReached } from '../domain/contact-outcome.ts'
import type { ContactEvent, ContactEventStore, Log } from '../ports.ts'
import { changeCase } from './change.ts'
import { settleCase, type SettleCaseDeps } from './settle-case.ts'

export interface ConcludeContactDeps extends SettleCaseDeps {
  contactEvents: ContactEventStore
  log: Log
}

/** What a contact's events tell together, in whatever order they came. */
export interface ToldOfContact {
  isOver: boolean
  connectedAtMs: number | null
  disconnectReason: string | null
  answeringMachine: string | null
}

/** Amazon Connect's words for a contact that is over. Source: Administrator Guide, "Amazon Connect contact events". */
export const OVER: ReadonlySet<string> = new Set(['DISCONNECTED', 'COMPLETED'])

/** Takes a contact event: recorded once, and then concluded from. Events may come twice, late, or in any order. */
export async function takeContactEvent (deps: ConcludeContactDeps, event: ContactEvent): Promise<void> {
  await deps.contactEvents.record(event)
  if (event.wasConnected || isOver(event)) await concludeContact(deps, event.contactId)
}

/** Puts a contact's events together. */
export function toldBy (events: readonly ContactEvent[]): ToldOfContact {
  const picked = events.find(({ wasConnected }) => wasConnected)
  return {
    isOver: events.some(isOver),
    connectedAtMs: picked === undefined ? null : picked.connectedAtMs ?? picked.receivedAtMs,
    disconnectReason: events.find(({ disconnectReason }) => disconnectReason !== undefined)?.disconnectReason ?? null,
    answeringMachine: events.find(({ answeringMachine }) => answeringMachine !== undefined)?.answeringMachine ?? null
  }
}

/**
 * Concludes from events that somebody picked up, or that a contact is over. One that nobody picked up, and that says why, ends its attempt, and the ladder goes on.
 * Any other may have left an answer with the calling service: its attempt becomes due, and the dialer asks. Called when an event comes
 * and when a contact gets its attempt: whichever is second finds the other. An answer that is still under way is heard all the same.
 * An attempt that ended before, without the contact's word, leaves one later look due.
 */
export async function concludeContact (deps: ConcludeContactDeps, contactId: string): Promise<void> {
  const { origin, events } = await deps.contactEvents.read(contactId)
  const told = toldBy(events)
  if (origin === undefined || (!told.isOver && told.connectedAtMs === null)) return
  const isTold = told.connectedAtMs === null && wasNeverReached(told.disconnectReason)
  let isEnded = false
  let isPickedUp = false
  const concluded = await changeCase(deps.cases, origin.caseId, (question: Case) => {
    const attempt = question.attempts.find(({ attemptId }) => attemptId === origin.attemptId)
    isEnded = isPickedUp = false
    if (attempt === undefined) return question
    if (attempt.status === 'ended') return isTold || !told.isOver ? question : recordOverLate(question, { ...attempt, contactId }, deps.nowMs())
    if (question.status !== 'open') return question
    // A text is never picked up.
    if (!told.isOver) {
      const pickedUp = attempt.channel === 'voice' ? recordPickedUp(question, attempt) : question
      isPickedUp = pickedUp !== question
      return pickedUp
    }
    if (!isTold) return recordOver(question, { ...attempt, contactId }, deps.nowMs())
    isEnded = true
    return endAttempt(question, { ...attempt, contactId }, contactOutcome({ ...told, channel: attempt.channel, heard: null }), deps.policy, deps.nowMs())
  })
  if (isPickedUp) deps.log.info({ ...origin, contactId }, 'contact picked up')
  if (!isEnded) return
  const ended = concluded.attempts.find(({ attemptId }) => attemptId === origin.attemptId)
  if (ended?.outcome != null) deps.metrics.attemptEnded(ended.channel, ended.outcome)
  deps.log.info({ ...origin, contactId, outcome: ended?.outcome }, 'contact over without an answer')
  await settleCase(deps, concluded)
}

function isOver ({ eventType, endedAtMs }: ContactEvent): boolean {
  return OVER.has(eventType) || endedAtMs !== undefined
}
