import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
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
 * @throws RingfenceError `api_key_missing`, `api_key_unknown`, `scope_missing`
 */
export function createKeyCheck (apiKeys: readonly ApiKey[]) {
  const known = apiKeys.map((key) => ({ ...key, hash: Buffer.from(key.sha256, 'hex') }))

  return async function checkKey (request: FastifyRequest): Promise<void> {
    const { scope, orSignature = false } = request.routeOptions.config
    if (scope === undefined) return
    if (orSignature && (request.headers.authorization === undefined || request.headers[SIGNATURE_HEADER] !== undefined)) return
    const presented = /^Bearer +(\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
    if (presented === undefined) throw new RingfenceError('api_key_missing', { detail: 'Send the header "Authorization: Bearer <key>".' })
    const hash = createHash('sha256').update(presented).digest()
    // All are compared, whichever fits, so that the time tells nothing.
    const matching = known.filter((key) => timingSafeEqual(key.hash, hash))
    const caller = matching[0]
    if (caller === undefined) throw new RingfenceError('api_key_unknown')
    if (!caller.scopes.includes(scope)) throw new RingfenceError('scope_missing', { detail: `This route needs the scope ${scope}.` })
    request.callerName = caller.name
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
