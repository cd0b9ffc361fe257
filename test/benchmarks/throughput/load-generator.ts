/** The process that sends payments: as many as go through, or so many a second whatever the replies do. Latencies in microseconds. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { openConnection, type Connection } from './http-connection.ts'
import { answerParent } from './parent-channel.ts'
import { createRequests } from './payment.ts'

/** What the generator is asked for. */
export interface LoadOrder {
  port: number
  payment: object
  /** Closed loop: so many requests under way at any time. Open loop: as many at most. */
  connections: number
  seconds: number
  /** Of a closed loop: it ends when so many were answered, if that is earlier. */
  requests?: number | undefined
  /** Requests a second of an open loop, each timed from when it was due; `undefined` for a closed loop. */
  perSecond?: number | undefined
  /** So much of the beginning is sent, and neither timed nor counted as so many a second. */
  leadSeconds?: number | undefined
}

/** What came of it. */
export interface LoadResult {
  /** All replies, those after the last second too; each was a 200 that approves. */
  answered: number
  perSecond: number
  timed: number
  p50Us: number
  p99Us: number
  p999Us: number
  /** How much later than due requests of an open loop were sent, at the 99th percentile. */
  sentLateP99Us: number
}

const DRAIN_MS = 15_000
/** More beats than this a second would cost more than they tell; then several requests go at one beat. */
const MAX_BEATS_PER_SECOND = 4_000
/** Enough for the metronome's thread to start. */
const BEFORE_FIRST_BEAT_MS = 100

answerParent({ load: async (order) => await load(order as unknown as LoadOrder) }, { keepsAlive: true })

/** A connection, and when the request that it carries was due. */
interface Lane { connection: Connection, dueAtMs: number }

async function load ({ port, payment, connections, seconds, requests = Infinity, perSecond, leadSeconds = 0 }: LoadOrder): Promise<LoadResult> {
  const nextRequest = createRequests(payment, port)
  const latency = createHistogram()
  const sentLate = createHistogram()
  const lanes = new Set<Lane>()
  const idle: Lane[] = []
  /** Times at which requests were due that no lane was free for. */
  const waiting: number[] = []
  let [sent, answered, answeredInTime, underWay] = [0, 0, 0, 0]
  let isOver = false
  const startsAtMs = performance.now() + (perSecond === undefined ? 0 : BEFORE_FIRST_BEAT_MS)
  let endsAtMs = startsAtMs + seconds * 1000
  const timedFromMs = startsAtMs + leadSeconds * 1000
  const done = settleable()

  function openLane (): Lane {
    const lane: Lane = {
      dueAtMs: 0,
      connection: openConnection(port, (status, reply) => { take(lane, status, reply) }, (error) => {
        done.reject(new Error(`a connection was closed: ${error?.message ?? 'by the server'}`))
      })
    }
    lanes.add(lane)
    return lane
  }

  function send (lane: Lane, dueAtMs: number): void {
    lane.dueAtMs = dueAtMs
    underWay++
    lane.connection.send(nextRequest())
  }

  function take (lane: Lane, status: number, reply: string): void {
    const nowMs = performance.now()
    if (status !== 200 || !reply.includes('"outcome":"approve"') || !reply.includes('"degraded":false')) {
      done.reject(new Error(`a reply that approves nothing, or a fallback's: ${reply}`))
      return
    }
    underWay--
    answered++
    if (nowMs >= timedFromMs && nowMs <= endsAtMs) answeredInTime++
    if (answered === requests) endsAtMs = nowMs
    if (lane.dueAtMs >= timedFromMs) record(latency, nowMs - lane.dueAtMs)
    const dueAtMs = waiting.shift()
    if (dueAtMs !== undefined) send(lane, dueAtMs)
    else if (perSecond === undefined && nowMs < endsAtMs) send(lane, nowMs)
    else idle.push(lane)
    if ((isOver || (perSecond === undefined && nowMs >= endsAtMs)) && underWay === 0) done.resolve()
  }

  /** Sends what is due by now. */
  function beat (): void {
    if (perSecond === undefined || isOver) return
    const nowMs = performance.now()
    for (;;) {
      const dueAtMs = startsAtMs + sent * 1000 / perSecond
      if (dueAtMs > nowMs || dueAtMs >= endsAtMs) return
      sent++
      if (dueAtMs >= timedFromMs) record(sentLate, nowMs - dueAtMs)
      const lane = idle.pop() ?? (lanes.size < connections ? openLane() : undefined)
      if (lane === undefined) waiting.push(dueAtMs)
      else send(lane, dueAtMs)
    }
  }

  let metronome: Worker | undefined
  if (perSecond === undefined) {
    for (let count = 0; count < connections; count++) send(openLane(), performance.now())
  } else {
    const everyMs = Math.max(1000 / perSecond, 1000 / MAX_BEATS_PER_SECOND)
    metronome = new Worker(new URL('metronome.js', import.meta.url), { workerData: { startsAtMs: performance.timeOrigin + startsAtMs, everyMs, seconds }, execArgv: [] })
    metronome.on('message', beat)
    metronome.on('error', done.reject)
  }
  const leftMs = endsAtMs - performance.now()
  const end = setTimeout(() => {
    // The last beat may come late; what was due by then is sent all the same, and nothing after it.
    beat()
    isOver = true
    if (underWay === 0) done.resolve()
  }, leftMs + 1)
  const drain = setTimeout(() => { done.reject(new Error(`${underWay} requests were not answered`)) }, leftMs + DRAIN_MS)
  try {
    await done.promise
  } finally {
    clearTimeout(end)
    clearTimeout(drain)
    await metronome?.terminate()
    for (const { connection } of lanes) connection.close()
  }
  const us = (histogram: RecordableHistogram, percent: number): number => histogram.count === 0 ? 0 : histogram.percentile(percent)
  return {
    answered,
    perSecond: answeredInTime / (endsAtMs - timedFromMs) * 1000,
    timed: latency.count,
    p50Us: us(latency, 50),
    p99Us: us(latency, 99),
    p999Us: us(latency, 99.9),
    sentLateP99Us: us(sentLate, 99)
  }
}

function record (histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * 1000)))
}

function settleable (): { promise: Promise<void>, resolve: () => void, reject: (error: Error) => void } {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((...both) => { [resolve, reject] = both })
  return { promise, resolve, reject }
}
