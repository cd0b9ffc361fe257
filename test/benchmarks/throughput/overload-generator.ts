/** The process that sends more than can be served: so many a second whatever comes back, and tells of each reply by its status and its phase. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { openConnection, type Connection } from './http-connection.ts'
import { answerParent } from './parent-channel.ts'
import { createRequests } from './payment.ts'

/** So many payments a second, for so long; one phase follows the other without a pause. */
export interface Phase { name: string, perSecond: number, seconds: number }

/** What is sent, over connections that are open beforehand, as a load balancer's are. */
export interface OverloadOrder { port: number, payment: object, connections: number, phases: Phase[] }

/** Replies of one status to requests that were due in one phase; latencies in microseconds from when they were due. */
export interface Replies { count: number, p50Us: number, p99Us: number, maxUs: number, overTenMs: number }
export interface PhaseResult extends Phase { answered: Replies, refused: Replies, others: number, unsent: number }

const LATE_US = 10_000
const DRAIN_MS = 15_000
const BEATS_PER_SECOND = 4_000
const BEFORE_FIRST_BEAT_MS = 100
const OPENED_AT_ONCE = 50
const OPENING_PAUSE_MS = 20

answerParent({ overload: async (order) => ({ phases: await overload(order as unknown as OverloadOrder) }) }, { keepsAlive: true })

interface Tally { histogram: RecordableHistogram, overTenMs: number }
interface Account { phase: Phase, fromMs: number, untilMs: number, sent: number, answered: Tally, refused: Tally, others: number, unsent: number }
interface Lane { connection: Connection, dueAtMs: number, account: Account | undefined }

async function overload ({ port, payment, connections, phases }: OverloadOrder): Promise<PhaseResult[]> {
  const nextRequest = createRequests(payment, port)
  const idle: Lane[] = []
  let [open, underWay] = [0, 0]

  function openLane (): void {
    open++
    const lane: Lane = {
      dueAtMs: 0,
      account: undefined,
      connection: openConnection(port, (status) => { take(lane, status) }, () => {
        open--
        if (lane.account !== undefined) { lane.account.others++; underWay-- }
        lane.account = undefined
        const index = idle.indexOf(lane)
        if (index >= 0) idle.splice(index, 1)
      })
    }
    idle.push(lane)
  }

  function take (lane: Lane, status: number): void {
    const { account } = lane
    // A connection that was idle for too long is told so.
    if (account === undefined) return
    lane.account = undefined
    underWay--
    idle.push(lane)
    if (status !== 200 && status !== 503) { account.others++; return }
    const tally = status === 200 ? account.answered : account.refused
    const tookUs = Math.max(1, Math.round((performance.now() - lane.dueAtMs) * 1000))
    tally.histogram.record(tookUs)
    if (tookUs > LATE_US) tally.overTenMs++
  }

  for (let count = 0; count < connections; count++) {
    openLane()
    if (count % OPENED_AT_ONCE === OPENED_AT_ONCE - 1) await pause(OPENING_PAUSE_MS)
  }

  let atMs = performance.now() + BEFORE_FIRST_BEAT_MS
  const startsAtMs = atMs
  const accounts = phases.map((phase): Account => {
    const fromMs = atMs
    atMs += phase.seconds * 1000
    return { phase, fromMs, untilMs: atMs, sent: 0, answered: newTally(), refused: newTally(), others: 0, unsent: 0 }
  })

  /** Sends what is due by now. */
  function beat (): void {
    const nowMs = performance.now()
    for (const account of accounts) {
      for (;;) {
        const dueAtMs = account.fromMs + account.sent * 1000 / account.phase.perSecond
        if (dueAtMs > nowMs || dueAtMs >= account.untilMs) break
        account.sent++
        if (idle.length === 0 && open < connections) openLane()
        // In turn, so that none is idle for so long that it is closed.
        const lane = idle.shift()
        if (lane === undefined) { account.unsent++; continue }
        Object.assign(lane, { dueAtMs, account })
        underWay++
        lane.connection.send(nextRequest())
      }
    }
  }

  const seconds = (atMs - startsAtMs) / 1000
  const metronome = new Worker(new URL('metronome.js', import.meta.url), { workerData: { startsAtMs: performance.timeOrigin + startsAtMs, everyMs: 1000 / BEATS_PER_SECOND, seconds }, execArgv: [] })
  metronome.on('message', beat)
  await pause(atMs - performance.now() + 1)
  beat()
  const givesUpAtMs = performance.now() + DRAIN_MS
  const isUnderWay = (): boolean => underWay > 0
  while (isUnderWay() && performance.now() < givesUpAtMs) await pause(OPENING_PAUSE_MS)
  await metronome.terminate()
  if (isUnderWay()) throw new Error(`${underWay} requests were not answered`)
  for (const { connection } of idle) connection.close()
  return accounts.map(({ phase, answered, refused, others, unsent }) => ({ ...phase, answered: toReplies(answered), refused: toReplies(refused), others, unsent }))
}

function newTally (): Tally {
  return { histogram: createHistogram(), overTenMs: 0 }
}

function toReplies ({ histogram, overTenMs }: Tally): Replies {
  const { count } = histogram
  return count === 0 ? { count, p50Us: 0, p99Us: 0, maxUs: 0, overTenMs } : { count, p50Us: histogram.percentile(50), p99Us: histogram.percentile(99), maxUs: histogram.max, overTenMs }
}

async function pause (ms: number): Promise<void> {
  await new Promise((resolve) => { setTimeout(resolve, ms) })
}
