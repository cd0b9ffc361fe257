import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiKey, Scope } from '../domain/api-key.ts'
import { RingfenceError } from '../errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: Scope
    /** A bridge's signature does as well as a key, and decides when both are there; the route checks it when no key let the request in. */
    orSignature?: boolean
  }
  interface FastifyRequest {
    /** Name of the key that the request came with. */
    callerName: string
  }
}

/** What the bridge signs its posts with. */
export const SIGNATURE_HEADER = 'ringfence-signature'

/** How far a signature's time may be from ours, in seconds. */
const SIGNATURE_TOLERANCE_SECONDS = 300

/**
 * Makes the hook that lets a request with a known key and the route's scope pass. Before the body is read.
 * It ends with RingfenceError `api_key_missing`, `api_key_unknown` or `scope_missing` otherwise.
 */
export function createKeyCheck (apiKeys: readonly ApiKey[]) {
  const known = apiKeys.map((key) => ({ ...key, hash: Buffer.from(key.sha256, 'hex') }))

  return function checkKey (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
    const { scope, orSignature = false } = request.routeOptions.config
    const isSigned = orSignature && (request.headers.authorization === undefined || request.headers[SIGNATURE_HEADER] !== undefined)
    done(scope === undefined || isSigned ? undefined : refusal(request, scope))
  }

  function refusal (request: FastifyRequest, scope: Scope): RingfenceError | undefined {
    const presented = /^Bearer +(\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
    if (presented === undefined) return new RingfenceError('api_key_missing', { detail: 'Send the header "Authorization: Bearer <key>".' })
    const digest = hash('sha256', presented, 'buffer')
    // All are compared, whichever fits, so that the time tells nothing.
    const matching = known.filter((key) => timingSafeEqual(key.hash, digest))
    const caller = matching[0]
    if (caller === undefined) return new RingfenceError('api_key_unknown')
    if (!caller.scopes.includes(scope)) return new RingfenceError('scope_missing', { detail: `This route needs the scope ${scope}.` })
    request.callerName = caller.name
    return undefined
  }
}

/** Whether there is a signature to check. @throws RingfenceError `signature_missing` */
export function requireSignature (header: string | undefined): asserts header is string {
  if (header === undefined) throw new RingfenceError('signature_missing', { detail: `Send the header "${SIGNATURE_HEADER}".` })
}

/**
 * Checks the bridge's signature: `t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, at most 300 s old.
 * @throws RingfenceError `signature_missing`, `signature_expired`, `signature_invalid`
 */
export function checkSignature (header: string | undefined, rawBody: Buffer, secret: string, nowMs: number): void {
  requireSignature(header)
  const parts = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header)
  if (parts === null) throw new RingfenceError('signature_invalid')
  const [, seconds = '', signature = ''] = parts
  const expected = createHmac('sha256', secret).update(`${seconds}.`).update(rawBody).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new RingfenceError('signature_invalid')
  if (Math.abs(nowMs / 1000 - Number(seconds)) > SIGNATURE_TOLERANCE_SECONDS) throw new RingfenceError('signature_expired')
}
