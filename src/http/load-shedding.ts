import type { FastifyRequest } from 'fastify'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { RingfenceError } from '../errors.ts'
import type { App } from './app-type.ts'

/** How much a process takes on. */
export interface LoadLimits {
  /** Requests under way at once. */
  maxRequests: number
  /** Bytes of their bodies, together: as much as this could be held in memory at once. */
  maxBodyBytes: number
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
const SAMPLE_MS = 500

/**
 * Refuses what is too much, with 503 `overloaded` and Retry-After, before anything was read or done: what is refused was not acknowledged, and
 * what was taken on goes its way. Health and metrics are never refused. Call it before the key check and the routes.
 */
export async function shedLoad (app: App, { maxRequests, maxBodyBytes, maxEventLoopDelayMs }: LoadLimits): Promise<void> {
  await app.register(underPressure, { maxEventLoopDelay: maxEventLoopDelayMs, sampleInterval: SAMPLE_MS, pressureHandler () {} })
  const taken = { others: { requests: 0, bodyBytes: 0 }, signed: { requests: 0, bodyBytes: 0 }, answers: { requests: 0, bodyBytes: 0 } }
  const release = new WeakMap<FastifyRequest, () => void>()
  app.addHook('onRequest', (request, reply, done) => {
    const { routeOptions, headers, raw } = request
    // Nothing is read for a route that is not there.
    if (request.is404) { done(new RingfenceError('route_not_found')); return }
    if (routeOptions.url?.startsWith('/v1/') !== true) { done(); return }
    const kind = KINDS[routeOptions.url] ?? 'others'
    const [part, pool] = [SHARES[kind], taken[kind]]
    const length = routeOptions.schema?.body === undefined ? 0 : bodyLength(headers['content-length'], routeOptions.bodyLimit)
    if (pool.requests >= maxRequests * part || pool.bodyBytes + length > maxBodyBytes * part || (kind === 'others' && app.isUnderPressure())) {
      // Its body is not waited for.
      if (length > 0 && !raw.complete) reply.header('connection', 'close')
      done(new RingfenceError('overloaded'))
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

/** What a body may come to: as it says, or as much as is taken. */
function bodyLength (header: string | undefined, limit: number): number {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Math.min(Number(header), limit) : limit
}
