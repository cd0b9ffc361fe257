import { laterLookAttempt, liveAttempt, type Case } from '../domain/case.ts'
import { isExpired, type Queue } from '../domain/case-due.ts'
import type { DueIndex, DueWork } from '../ports.ts'
import { askCardholder, type AskCardholderDeps } from './ask-cardholder.ts'
import { dialAttempt, expireAttempt, type DialAttemptDeps } from './dial-attempt.ts'
import { expireCase } from './expire-case.ts'
import { lookUpContact, lookUpLater, type LookUpContactDeps } from './look-up-contact.ts'
import { sendFeedback, type SendFeedbackDeps } from './send-feedback.ts'
import { settleCase } from './settle-case.ts'

type Work = DialAttemptDeps & AskCardholderDeps & LookUpContactDeps & SendFeedbackDeps

export interface DialDueAttemptsDeps extends Omit<DialAttemptDeps, 'onNoTurn' | 'onCalling'>, AskCardholderDeps, LookUpContactDeps, SendFeedbackDeps {
  dueIndex: DueIndex
  /** How many items are worked on at once: of new contacts, of calls under way, and of everything else, so many each. */
  concurrency: number
  maxLiveCalls: number
  /** Called when an item is done while others wait for its place. */
  onFree?: () => void
}

/** What the dialer remembers between its passes; lives as long as it. */
export interface DialerState {
  /** Work that failed or waits for the pace, and until when it is left alone, in Unix milliseconds; how often it failed in a row. */
  resting: Map<string, { untilMs: number, failures: number }>
  /** What is being worked on, by id. */
  inFlight: Map<string, { pool: Pool, done: Promise<void> }>
  /** Calls that were started a moment ago: the index may not show them yet. Until when, in Unix milliseconds. */
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
/** What fails again and again is tried ever more rarely, up to this; forgotten once it has been left alone for as long again. */
const MAX_REST_MS = 300_000
/** For the metrics: what it costs to count grows with what is counted. */
const COUNT_EVERY_MS = 60_000
const MAX_COUNTED = 10_000

export function createDialerState (): DialerState {
  return { resting: new Map(), inFlight: new Map(), started: new Map(), telling: undefined, isMoreDue: false, countedAtMs: -Infinity }
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
  // Further off than it can be: the clock was set back.
  forget(state.resting, ({ untilMs }) => untilMs + MAX_REST_MS <= nowMs || untilMs > nowMs + MAX_REST_MS)
  forget(state.started, (untilMs) => untilMs <= nowMs || untilMs > nowMs + INDEX_LAG_MS)
  const isResting = (id: string) => (state.resting.get(id)?.untilMs ?? 0) > nowMs
  const restingCount = [...state.resting.values()].filter(({ untilMs }) => untilMs > nowMs).length
  const free = (pool: Pool) => Math.max(0, deps.concurrency - [...state.inFlight.values()].filter((one) => one.pool === pool).length)
  const find = async (queue: Queue, untilMs: number, limit: number) => await deps.dueIndex.due([queue], untilMs, limit + restingCount + state.inFlight.size)
  const isFree = ({ id }: DueWork) => !isResting(id) && !state.inFlight.has(id)

  const found = await Promise.allSettled([
    deps.dueIndex.due(['live'], Infinity, deps.maxLiveCalls + deps.concurrency + restingCount),
    find('other', nowMs, deps.concurrency + 1),
    find('voice', nowMs, deps.concurrency + 1),
    find('sms', nowMs, deps.concurrency + 1)
  ])
  // A queue that cannot be read does not stop the others; but nobody is called while nobody knows how many calls there are.
  const [live = [], other = [], voice = [], sms = []] = found.map((one) => one.status === 'fulfilled' ? one.value : [])
  const isCountKnown = found[0].status === 'fulfilled'
  const calls = new Set([...live.map(({ id }) => id), ...state.started.keys(), ...[...state.inFlight].flatMap(([id, { pool }]) => pool === 'contacts' ? [id] : [])])
  const turns = deps.lease.turns()
  const due = {
    live: live.filter((work) => work.dueAtMs <= nowMs && isFree(work)),
    other: other.filter(isFree),
    contacts: inTime([...isCountKnown ? voice.filter(isFree).slice(0, Math.max(0, deps.maxLiveCalls - calls.size)) : [], ...sms.filter(isFree)])
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

  if (nowMs - state.countedAtMs >= COUNT_EVERY_MS || state.countedAtMs > nowMs) {
    state.countedAtMs = nowMs
    deps.metrics.casesOpen(await deps.cases.countOpen(MAX_COUNTED))
  }

  const unread = found.find((one) => one.status === 'rejected')
  if (unread !== undefined) throw unread.reason
  const oldest = [...due.live, ...due.other, ...voice, ...sms].reduce((first, { dueAtMs }) => Math.min(first, dueAtMs), nowMs)
  deps.metrics.dialerPassed({ lagMs: nowMs - oldest, liveCalls: calls.size, durationMs: deps.nowMs() - nowMs })
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
  const done = attend(deps, state, work, async () => { await advance(workDeps(deps, state), work) }).finally(() => {
    state.inFlight.delete(work.id)
    if (state.isMoreDue) deps.onFree?.()
  })
  state.inFlight.set(work.id, { pool, done })
}

function workDeps (deps: DialDueAttemptsDeps, state: DialerState): Work {
  return {
    ...deps,
    // It stays due, and others are not to wait behind it meanwhile.
    onNoTurn (caseId, isFresh) {
      state.resting.set(caseId, { untilMs: deps.nowMs() + Math.min(MAX_REST_MS, Math.max(isFresh ? 0 : deps.policy.retryMs, deps.lease.turns().nextInMs)), failures: state.resting.get(caseId)?.failures ?? 0 })
    },
    onCalling (caseId) { state.started.set(caseId, deps.nowMs() + INDEX_LAG_MS) }
  }
}

async function attend (deps: DialDueAttemptsDeps, state: DialerState, { kind, id }: DueWork, step: () => Promise<void>): Promise<void> {
  try {
    // Somebody else may dial by now.
    if (deps.lease.isHeld()) await step()
    if ((state.resting.get(id)?.untilMs ?? 0) <= deps.nowMs()) state.resting.delete(id)
  } catch (error) {
    const failures = (state.resting.get(id)?.failures ?? 0) + 1
    state.resting.set(id, { untilMs: deps.nowMs() + Math.min(MAX_REST_MS, deps.policy.retryMs * 2 ** (failures - 1)), failures })
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
    const due = await deps.dueIndex.due(['feedback'], deps.nowMs(), FEEDBACK_PER_ROUND + state.resting.size)
    for (const work of due.filter(({ id }) => (state.resting.get(id)?.untilMs ?? 0) <= deps.nowMs()).slice(0, FEEDBACK_PER_ROUND)) {
      // Left alone like what failed, so that many of them do not hide what else is due.
      if (!mayTell()) state.resting.set(work.id, { untilMs: deps.nowMs() + deps.policy.retryMs, failures: 0 })
      else {
        await attend(deps, state, work, async () => {
          const question = await advance(workDeps(deps, state), work)
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
async function advance (deps: Work, { kind, id }: DueWork): Promise<Case | undefined> {
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

async function advanceCase (deps: Work, question: Case): Promise<void> {
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
      // It came here by its look; the call comes by its own queue, which counts the calls there are.
      if (isLookDue(deps, question)) return await lookLater(deps, question)
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
async function lookLater (deps: Work, question: Case): Promise<void> {
  const attempt = laterLookAttempt(question)
  if (attempt !== undefined && isLookDue(deps, question)) await lookUpLater(deps, question, attempt)
}

function isLookDue ({ nowMs }: Work, question: Case): boolean {
  const dueAtMs = laterLookAttempt(question)?.laterLook?.dueAtMs
  return dueAtMs !== undefined && dueAtMs <= nowMs()
}

function inTime (work: DueWork[]): DueWork[] {
  return work.sort((one, other) => one.dueAtMs - other.dueAtMs)
}

function forget<T> (map: Map<string, T>, isOver: (value: T) => boolean): void {
  for (const [id, value] of map) if (isOver(value)) map.delete(id)
}
