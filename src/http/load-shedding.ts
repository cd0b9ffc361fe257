import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { RingfenceError } from '../errors.ts'
import type { Metrics } from '../ports.ts'
import type { App } from './app-type.ts'
import { createConcurrencyLimit } from './concurrency-limit.ts'
import { guardDoor } from './door.ts'
import { problemOf } from './problem.ts'

/** How much a process takes on. */
export interface LoadLimits {
  /** Requests under way at once. */
  maxRequests: number
  /** Bytes of their bodies, together: as much as this could be held in memory at once. */
  maxBodyBytes: number
  /** Turns of the event loop that are longer than this, in milliseconds, let fewer requests be under way; 0 is without bound. */
  maxTurnMs: number
  /** An event loop that is later than this, in milliseconds, answers nobody in time; 0 is without bound. */
  maxEventLoopDelayMs: number
  /** Requests a second with one key, by one process; 0 is without bound. */
  requestsPerSecond: number
}

/**
 * What carries an answer or stops a card has places of its own: a flood of the one leaves the other alone. What comes by a signature, which is checked
 * only when its body is there, has others than what comes by a key, which is checked at once: who has neither can fill the former alone.
 */
const SHARES = { others: 0.8, signed: 0.1, answers: 0.1 }
const KINDS: Readonly<Record<string, keyof typeof SHARES>> = {
  '/v1/connect/answers': 'signed', '/v1/connect/events': 'signed', '/v1/cases/:caseId/answer': 'answers', '/v1/cards/:cardId/block': 'answers'
}
/** What comes by the thousand. */
const CROWDED = { method: 'POST', url: '/v1/transactions' }
const SAMPLE_MS = 500
const SHORT_BODY_BYTES = 16 * 1024
const TELL_EVERY_MS = 1_000
const REQUEST_ID = '<request id>'

/** What load shedding needs beside its limits. */
export interface LoadSheddingDeps {
  metrics: Metrics
  isDraining: () => boolean
}

/**
 * Refuses what is too much, with 503 `overloaded` and Retry-After, before anything was read or done: what is refused was not acknowledged, and
 * what was taken on goes its way. Payments are refused at the door, since what each of them costs is taken from those who are served.
 * Health and metrics are never refused. Call it before the key check and the routes.
 */
export async function shedLoad (app: App, { maxRequests, maxBodyBytes, maxTurnMs, maxEventLoopDelayMs }: LoadLimits, { metrics, isDraining }: LoadSheddingDeps): Promise<void> {
  await app.register(underPressure, { maxEventLoopDelay: maxEventLoopDelayMs, sampleInterval: SAMPLE_MS, pressureHandler () {} })
  const taken = { others: { requests: 0, bodyBytes: 0 }, signed: { requests: 0, bodyBytes: 0 }, answers: { requests: 0, bodyBytes: 0 } }
  const limit = createConcurrencyLimit({ max: maxRequests * SHARES.others, maxTurnMs, nowMs: () => performance.now(), idleMs: () => performance.eventLoopUtilization().idle, afterTurn: setImmediate })
  const hasPlace = (kind: keyof typeof SHARES): boolean =>
    kind === 'others' ? !app.isUnderPressure() && limit.hasPlace(taken.others.requests) : taken[kind].requests < maxRequests * SHARES[kind]
  const refusal = createRefusal(app)
  guardDoor(app.server, (request, response) => {
    if (request.url !== CROWDED.url || request.method !== CROWDED.method || isDraining() || hasPlace('others')) return false
    const startMs = performance.now()
    const isWaitedFor = request.complete || bodyLength(request.headers['content-length'], Infinity) <= SHORT_BODY_BYTES
    refusal.write(response, isWaitedFor)
    metrics.requestAnswered(CROWDED.method, CROWDED.url, 503, performance.now() - startMs)
    return true
  })
  const release = new WeakMap<FastifyRequest, () => void>()
  app.addHook('onRequest', (request, reply, done) => {
    const { routeOptions, headers, raw } = request
    // Nothing is read for a route that is not there.
    if (request.is404) { done(new RingfenceError('route_not_found')); return }
    if (routeOptions.url?.startsWith('/v1/') !== true) { done(); return }
    const kind = KINDS[routeOptions.url] ?? 'others'
    const pool = taken[kind]
    const length = routeOptions.schema?.body === undefined ? 0 : bodyLength(headers['content-length'], routeOptions.bodyLimit)
    if (!hasPlace(kind) || pool.bodyBytes + length > maxBodyBytes * SHARES[kind]) {
      // A body that is short is here already, or will be; a long one is not waited for.
      if (length > SHORT_BODY_BYTES && !raw.complete) reply.header('connection', 'close')
      refusal.send(request, reply)
      return
    }
    pool.requests++
    pool.bodyBytes += length
    release.set(request, () => {
      release.delete(request)
      pool.requests--
      pool.bodyBytes -= length
    })
    done()
  })
  // When it is answered, not when its client has gone: the work goes on without the client.
  app.addHook('onSend', (request, _reply, _payload, done) => {
    release.get(request)?.()
    done()
  })
}

/** Refuses a key's requests that come faster than it may, with 429 `rate_limited` and Retry-After. Call it after the key check and before the routes. */
export async function limitRates (app: App, { requestsPerSecond }: LoadLimits): Promise<void> {
  if (requestsPerSecond === 0) return
  await app.register(rateLimit, {
    max: requestsPerSecond,
    timeWindow: 1_000,
    keyGenerator: ({ callerName }: FastifyRequest) => callerName,
    // The bridge comes with a signature, and health with nothing.
    allowList: ({ callerName }: FastifyRequest) => callerName === '',
    errorResponseBuilder: () => new RingfenceError('rate_limited'),
    addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }
  })
}

/** What is refused by the thousand must cost next to nothing: a reply that is made already, without an error's stack, and one line of the log a second. */
function createRefusal (app: App): { send: (request: FastifyRequest, reply: FastifyReply) => void, write: (response: ServerResponse, isKept: boolean) => void } {
  const [before = '', after = ''] = JSON.stringify(problemOf('overloaded', REQUEST_ID)).split(REQUEST_ID)
  const type = 'application/problem+json; charset=utf-8'
  let count = 0
  let toldAtMs = -Infinity
  function tell (): void {
    count++
    const nowMs = performance.now()
    if (nowMs - toldAtMs < TELL_EVERY_MS) return
    toldAtMs = nowMs
    app.log.info({ code: 'overloaded', refused: count }, 'requests refused')
    count = 0
  }
  return {
    send ({ id }, reply) {
      tell()
      reply.code(503).header('retry-after', '1').type(type).send(before + id + after)
    },
    write (response, isKept) {
      tell()
      const id = randomUUID()
      const body = before + id + after
      response.writeHead(503, {
        'x-request-id': id, 'cache-control': 'no-store', 'retry-after': '1', 'content-type': type, 'content-length': body.length, ...isKept ? undefined : { connection: 'close' }
      }).end(body)
    }
  }
}

/** What a body may come to: as it says, or as much as is taken. */
function bodyLength (header: string | undefined, limit: number): number {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Math.min(Number(header), limit) : limit
}
