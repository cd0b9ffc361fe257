import { endAttempt } from '../domain/case.ts'
import type { Channel } from '../domain/policy.ts'
import type { ContactEvent, ContactEventStore, Log } from '../ports.ts'
import { changeCase } from './change.ts'
import { settleCase, type SettleCaseDeps } from './settle-case.ts'

export interface ConcludeContactDeps extends SettleCaseDeps {
  contactEvents: ContactEventStore
  log: Log
}

/** Amazon Connect's word for a contact that is over. Source: Administrator Guide, "Amazon Connect contact events". */
const OVER = 'DISCONNECTED'

/** Takes a contact event: recorded once, and then concluded from. Events may come twice, late, or in any order. */
export async function takeContactEvent (deps: ConcludeContactDeps, event: ContactEvent): Promise<void> {
  await deps.contactEvents.record(event)
  if (event.eventType === OVER) await concludeContact(deps, event.contactId)
}

/**
 * Ends the attempt whose contact is over and brought no answer, so that the ladder goes on. Called when an event comes and when a
 * contact gets its attempt: whichever is second finds the other. An answer that is still under way is heard all the same.
 */
export async function concludeContact (deps: ConcludeContactDeps, contactId: string): Promise<void> {
  const { origin, events } = await deps.contactEvents.read(contactId)
  if (origin === undefined || !events.some(({ eventType }) => eventType === OVER)) return
  const outcome = events.some(({ wasConnected }) => wasConnected) ? 'no_input' : 'no_answer'
  let endedChannel: Channel | undefined
  const concluded = await changeCase(deps.cases, origin.caseId, (question) => {
    const attempt = question.attempts.find(({ attemptId }) => attemptId === origin.attemptId)
    const endsNow = question.status === 'open' && attempt !== undefined && attempt.status !== 'ended'
    endedChannel = endsNow ? attempt.channel : undefined
    return endsNow ? endAttempt(question, { ...attempt, contactId }, outcome, deps.policy, deps.nowMs()) : question
  })
  if (endedChannel === undefined) return
  deps.metrics.attemptEnded(endedChannel, outcome)
  deps.log.info({ ...origin, contactId, outcome }, 'contact over without an answer')
  await settleCase(deps, concluded)
}
