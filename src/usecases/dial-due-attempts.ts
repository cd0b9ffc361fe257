import { laterLookAttempt, liveAttempt, type Case } from '../domain/case.ts'
import { isExpired, type Queue } from '../domain/case-due.ts'
import type { DueIndex, DueWork } from '../ports.ts'
import { askCardholder, type AskCardholderDeps } from './ask-cardholder.ts'
import { dialAttempt, expireAttempt, type DialAttemptDeps } from './dial-attempt.ts'
import { expireCase } from './expire-case.ts'
import { lookUpContact, lookUpLater, type LookUpContactDeps } from './look-up-contact.ts'
import { sendFeedback, type SendFeedbackDeps } from './send-feedback.ts'
import { settleCase } from './settle-case.ts'

export interface DialDueAttemptsDeps extends DialAttemptDeps, AskCardholderDeps, LookUpContactDeps, SendFeedbackDeps {
  dueIndex: DueIndex
  /** How many items are worked on at once: of new contacts, of calls under way, and of everything else, so many each. */
  concurrency: number
  maxLiveCalls: number
  /** Called when an item is done while others wait for its place. */
  onFree?: () => void
}

/** What the dialer remembers between its passes; lives as long as it. */
export interface DialerState {
  /** Work that failed, and until when it is left alone, in Unix milliseconds. */
  failed: Map<string, number>
  /** What is being worked on, by id. */
  inFlight: Map<string, { pool: Pool, done: Promise<void> }>
  /** Calls that were started a moment ago: the index may not show them yet. When, in Unix milliseconds. */
  started: Map<string, number>
  /** The answers that are being told to the detector. */
  telling: Promise<void> | undefined
  isMoreDue: boolean
  /** When the open cases were counted last, in Unix milliseconds. */
  countedAtMs: number
}

type Pool = 'contacts' | 'live' | 'other'

/** So much of the detector's share one round takes on, and it begins no label after this long: other rounds of work are not to wait for the detector. */
const FEEDBACK_PER_ROUND = 50
const MAX_FEEDBACK_MS = 2_000
/** For so long a call that was started counts as under way whatever the index shows. */
const INDEX_LAG_MS = 1_000
/** For the metrics: what it costs to count grows with what is counted. */
const COUNT_EVERY_MS = 60_000
const MAX_COUNTED = 10_000

export function createDialerState (): DialerState {
  return { failed: new Map(), inFlight: new Map(), started: new Map(), telling: undefined, isMoreDue: false, countedAtMs: -Infinity }
}

/**
 * One pass of the dialer: finds what is due and sets it going, by what the items themselves say; nothing waits for an item that hangs. New contacts
 * are started only as the pace and the ceiling of live calls allow, the oldest first; all else goes on whatever they say. One item's failure is logged
 * and leaves it due, and it does not stand in the way of others for a while.
 * @returns whether more is due than was set going, and when the next pass is worth while if something waits for the pace, in milliseconds
 * @throws RingfenceError `store_unavailable` when the index cannot be read
 */
export async function dialDueAttempts (deps: DialDueAttemptsDeps, state: DialerState, signal?: AbortSignal): Promise<{ isMoreDue: boolean, nextInMs: number | undefined }> {
  const nowMs = deps.nowMs()
  const startedAtMs = nowMs
  forget(state.failed, (untilMs) => untilMs <= nowMs)
  forget(state.started, (atMs) => atMs + INDEX_LAG_MS <= nowMs)
  const free = (pool: Pool) => Math.max(0, deps.concurrency - [...state.inFlight.values()].filter((one) => one.pool === pool).length)
  const find = async (queue: Queue, untilMs: number, limit: number) => await deps.dueIndex.due([queue], untilMs, limit + state.failed.size + state.inFlight.size)
  const isFree = ({ id }: DueWork) => !state.failed.has(id) && !state.inFlight.has(id)

  const [live, other, voice, sms] = await Promise.all([
    deps.dueIndex.due(['live'], Infinity, deps.maxLiveCalls + deps.concurrency + state.failed.size),
    find('other', nowMs, deps.concurrency + 1),
    find('voice', nowMs, deps.concurrency + 1),
    find('sms', nowMs, deps.concurrency + 1)
  ])
  const calls = new Set([...live.map(({ id }) => id), ...state.started.keys()])
  const turns = deps.lease.turns()
  const due = {
    live: live.filter((work) => work.dueAtMs <= nowMs && isFree(work)),
    other: other.filter(isFree),
    contacts: inTime([...voice.filter(isFree).slice(0, Math.max(0, deps.maxLiveCalls - calls.size)), ...sms.filter(isFree)])
  }
  const taken = {
    live: due.live.slice(0, free('live')),
    other: due.other.slice(0, free('other')),
    contacts: due.contacts.slice(0, Math.min(turns.now, free('contacts')))
  }
  for (const pool of ['live', 'other', 'contacts'] as const) {
    for (const work of taken[pool]) if (signal?.aborted !== true) setGoing(deps, state, pool, work)
  }
  if (state.telling === undefined && signal?.aborted !== true) state.telling = tellDetector(deps, state, signal).finally(() => { state.telling = undefined })

  if (nowMs - state.countedAtMs >= COUNT_EVERY_MS) {
    state.countedAtMs = nowMs
    deps.metrics.casesOpen(await deps.cases.countOpen(MAX_COUNTED))
  }

  const oldest = [...due.live, ...due.other, ...voice, ...sms].reduce((first, { dueAtMs }) => Math.min(first, dueAtMs), nowMs)
  deps.metrics.dialerPassed({ lagMs: nowMs - oldest, liveCalls: calls.size, durationMs: deps.nowMs() - startedAtMs })
  state.isMoreDue = (['live', 'other', 'contacts'] as const).some((pool) => due[pool].length > taken[pool].length)
  return { isMoreDue: state.isMoreDue, nextInMs: due.contacts.length > taken.contacts.length && turns.now <= taken.contacts.length ? Math.max(turns.nextInMs, 1) : undefined }
}

/** Resolves when nothing is being worked on. */
export async function settleDialer (state: DialerState): Promise<void> {
  while (state.inFlight.size > 0 || state.telling !== undefined) {
    await Promise.all([...state.inFlight.values()].map(async ({ done }) => { await done }))
    await state.telling
  }
}

function setGoing (deps: DialDueAttemptsDeps, state: DialerState, pool: Pool, work: DueWork): void {
  if (pool === 'contacts') state.started.set(work.id, deps.nowMs())
  const done = attend(deps, state, work, async () => { await advance(deps, work) }).finally(() => {
    state.inFlight.delete(work.id)
    if (state.isMoreDue) deps.onFree?.()
  })
  state.inFlight.set(work.id, { pool, done })
}

async function attend (deps: DialDueAttemptsDeps, state: DialerState, { kind, id }: DueWork, step: () => Promise<void>): Promise<void> {
  try {
    // Somebody else may dial by now.
    if (deps.lease.isHeld()) await step()
  } catch (error) {
    state.failed.set(id, deps.nowMs() + deps.policy.retryMs)
    deps.metrics.dialerPassFailed()
    deps.log.error({ err: error, kind, id, ...kind === 'case' ? { caseId: id } : { transactionId: id } }, 'due work failed, it stays due')
  }
}

/** What the detector is to be told, one after the other and only until the detector fails: nobody's phone waits for it. */
async function tellDetector (deps: DialDueAttemptsDeps, state: DialerState, signal: AbortSignal | undefined): Promise<void> {
  const endMs = deps.nowMs() + MAX_FEEDBACK_MS
  let isDetectorUp = true
  const mayTell = () => isDetectorUp && signal?.aborted !== true && deps.nowMs() < endMs
  try {
    const due = await deps.dueIndex.due(['feedback'], deps.nowMs(), FEEDBACK_PER_ROUND + state.failed.size)
    for (const work of due.filter(({ id }) => !state.failed.has(id)).slice(0, FEEDBACK_PER_ROUND)) {
      // Left alone like what failed, so that many of them do not hide what else is due.
      if (!mayTell()) state.failed.set(work.id, deps.nowMs() + deps.policy.retryMs)
      else {
        await attend(deps, state, work, async () => {
          const question = await advance(deps, work)
          if (question !== undefined) isDetectorUp = !await sendFeedback(deps, question, mayTell)
        })
      }
    }
  } catch (error) {
    deps.metrics.dialerPassFailed()
    deps.log.error({ err: error }, 'answers for the detector cannot be found, trying again')
  }
}

/** @returns the case when it is closed: the detector may have to be told */
async function advance (deps: DialDueAttemptsDeps, { kind, id }: DueWork): Promise<Case | undefined> {
  if (kind === 'transaction') {
    const transaction = await deps.transactions.get(id)
    if (transaction?.question?.state === 'pending') await askCardholder(deps, transaction)
    return undefined
  }
  const question = await deps.cases.get(id)
  if (question?.status === 'closed') {
    await lookLater(deps, question)
    return question
  }
  if (question !== undefined) await advanceCase(deps, question)
  return undefined
}

async function advanceCase (deps: DialDueAttemptsDeps, question: Case): Promise<void> {
  if (question.status === 'settling') {
    await settleCase(deps, question)
    return
  }
  if (isExpired(question, deps.policy, deps.nowMs())) return await expireCase(deps, question.caseId)
  const attempt = liveAttempt(question)
  // The index lags: what it calls due may have been moved since.
  if (question.status !== 'open' || attempt?.dueAtMs == null || attempt.dueAtMs > deps.nowMs()) return await lookLater(deps, question)
  switch (attempt.status) {
    case 'due':
      return await dialAttempt(deps, question, attempt)
    case 'submitting':
    case 'submission_unknown':
      // Within the life of a call the same token finds the call; later it might start a second one.
      if (deps.nowMs() >= (attempt.submittedAtMs ?? 0) + deps.policy.attemptMs) return await expireAttempt(deps, question, attempt)
      return await dialAttempt(deps, question, attempt)
    case 'submitted':
    case 'in_progress':
      return await lookUpContact(deps, question, attempt)
    case 'ended':
  }
}

/** What is under way comes first; a contact of the past may wait for the next pass. */
async function lookLater (deps: DialDueAttemptsDeps, question: Case): Promise<void> {
  const attempt = laterLookAttempt(question)
  if (attempt?.laterLook != null && attempt.laterLook.dueAtMs <= deps.nowMs()) await lookUpLater(deps, question, attempt)
}

function inTime (work: DueWork[]): DueWork[] {
  return work.sort((one, other) => one.dueAtMs - other.dueAtMs)
}

function forget (map: Map<string, number>, isOver: (value: number) => boolean): void {
  for (const [id, value] of map) if (isOver(value)) map.delete(id)
}
