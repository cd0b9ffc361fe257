/** The process that sends payments: as many as go through, or so many a second whatever the replies do. Latencies in microseconds. */
import { createHistogram } from 'node:perf_hooks'
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
  /** Requests a second of an open loop, each timed from when it was due; `undefined` for a closed loop. */
  perSecond?: number | undefined
  /** Of an open loop: so much of its beginning is sent and not timed. */
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

async function load (order: LoadOrder): Promise<LoadResult> {
  const { port, payment, connections, seconds, perSecond, leadSeconds = 0 } = order
  const nextRequest = createRequests(payment, port)
  const latency = createHistogram()
  const sentLate = createHistogram()
  const idle: Connection[] = []
  const open = new Set<Connection>()
  const waiting: number[] = []
  let answered = 0
  let answeredInTime = 0
  let underWay = 0
  let isEnding = false
  let settle: { resolve: () => void, reject: (error: Error) => void } | undefined
  const done = new Promise<void>((resolve, reject) => { settle = { resolve, reject } })
  const startsAtMs = performance.now() + (perSecond === undefined ? 0 : BEFORE_FIRST_BEAT_MS)
  const endsAtMs = startsAtMs + seconds * 1000
  const timedFromMs = startsAtMs + leadSeconds * 1000

  function fail (message: string): void {
    settle?.reject(new Error(message))
  }

  function open1 (): Connection {
    const state = { dueAtMs: 0 }
    const connection: Connection & { state: typeof state } = {
      state,
      ...openConnection(port, (status, reply) => {
        const nowMs = performance.now()
        if (status !== 200 || !reply.includes('"outcome":"approve"') || !reply.includes('"degraded":false')) { fail(`a reply that approves nothing: ${reply}`); return }
        underWay--
        answered++
        if (nowMs <= endsAtMs) answeredInTime++
        if (state.dueAtMs >= timedFromMs) latency.record(Math.max(1, Math.round((nowMs - state.dueAtMs) * 1000)))
        onFree(connection, nowMs)
      }, (error) => {
        open.delete(connection)
        if (!isEnding) fail(`a connection was closed: ${error?.message ?? 'by the server'}`)
      })
    }
    open.add(connection)
    return connection
  }

  function send (connection: Connection, dueAtMs: number): void {
    (connection as Connection & { state: { dueAtMs: number } }).state.dueAtMs = dueAtMs
    underWay++
    connection.send(nextRequest())
  }

  function onFree (connection: Connection, nowMs: number): void {
    const dueAtMs = waiting.shift()
    if (dueAtMs !== undefined) send(connection, dueAtMs)
    else if (perSecond === undefined && nowMs < endsAtMs) send(connection, nowMs)
    else idle.push(connection)
    if (nowMs >= endsAtMs && underWay === 0) settle?.resolve()
  }

  if (perSecond === undefined) {
    for (let count = 0; count < connections; count++) send(open1(), performance.now())
  } else {
    const everyMs = Math.max(1000 / perSecond, 1000 / MAX_BEATS_PER_SECOND)
    let count = 0
    const beat = (): void => {
      const nowMs = performance.now()
      for (let dueAtMs = startsAtMs + count * 1000 / perSecond; dueAtMs <= nowMs && dueAtMs < endsAtMs; dueAtMs = startsAtMs + ++count * 1000 / perSecond) {
        if (dueAtMs >= timedFromMs) sentLate.record(Math.max(1, Math.round((nowMs - dueAtMs) * 1000)))
        const connection = idle.pop() ?? (open.size < connections ? open1() : undefined)
        if (connection === undefined) waiting.push(dueAtMs)
        else send(connection, dueAtMs)
      }
    }
    const metronome = new Worker(new URL('metronome.js', import.meta.url), { workerData: { startsAtMs: performance.timeOrigin + startsAtMs, everyMs, seconds }, execArgv: [] })
    metronome.on('message', beat)
    metronome.on('error', (error) => { fail(error.message) })
  }
  const drain = setTimeout(() => { fail(`${underWay} requests were not answered`) }, endsAtMs - performance.now() + DRAIN_MS)
  const end = setTimeout(() => { if (underWay === 0 && waiting.length === 0) settle?.resolve() }, endsAtMs - performance.now() + 1)
  try {
    await done
  } finally {
    isEnding = true
    clearTimeout(drain)
    clearTimeout(end)
    for (const connection of open) connection.close()
  }
  const at = (percent: number) => latency.percentile(percent)
  return { answered, perSecond: answeredInTime / seconds, timed: latency.count, p50Us: at(50), p99Us: at(99), p999Us: at(99.9), sentLateP99Us: sentLate.count === 0 ? 0 : sentLate.percentile(99) }
}
