// @ts-check
import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_DELAY_MS = 100
/** A reply that Amazon Connect would refuse is refused here (Administrator Guide, "Invoke Lambda functions": 32 KB). */
const REPLY_MAX_BYTES = 32_768

/**
 * @typedef {import('./index.d.mts').BridgeOptions} BridgeOptions
 * @typedef {{ reply: Record<string, string> } | { problem: string, mayRetry: boolean }} Outcome
 */

/**
 * Makes the Lambda handler that carries what Amazon Connect has to say to Ringfence: an answer from the contact flow, to bring back what is
 * true now, or a contact event from EventBridge. It throws whenever Ringfence did not take it: the flow would take any normal return for a
 * success, and an event that failed is delivered again.
 * @param {BridgeOptions} options
 */
export function createHandler ({ url, secret, fetch = globalThis.fetch, nowMs = Date.now, timeoutMs = 2500, attempts = 2 }) {
  if (!url) throw new Error('RINGFENCE_URL is not set')
  if (!secret) throw new Error('RINGFENCE_BRIDGE_SECRET is not set')
  const base = `${url.replace(/\/+$/, '')}/v1/connect`

  /**
   * @param {string} target
   * @param {string} body
   * @returns {Promise<{ status: number, text: string } | { problem: string, mayRetry: boolean }>}
   */
  async function post (target, body) {
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'ringfence-signature': sign(body, secret, nowMs()) },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs)
      })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      return { problem: describeNetworkError(error, timeoutMs), mayRetry: true }
    }
  }

  /**
   * @param {string} path
   * @param {unknown} event
   * @param {(status: number, text: string) => Outcome} read
   */
  async function carry (path, event, read) {
    const body = JSON.stringify(event)
    let problem = ''
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) await sleep(RETRY_DELAY_MS)
      const posted = await post(`${base}/${path}`, body)
      const outcome = 'problem' in posted ? posted : read(posted.status, posted.text)
      if ('reply' in outcome) return outcome.reply
      problem = `${outcome.problem} (try ${attempt} of ${attempts})`
      if (!outcome.mayRetry) break
    }
    throw new Error(problem)
  }

  /** @param {unknown} event */
  return async function handler (event) {
    return isFromEventBridge(event) ? carry('events', event, readReceipt) : carry('answers', event, readReply)
  }
}

/**
 * Every event of EventBridge has a detail-type, and none of a flow's (EventBridge User Guide, "Events").
 * @param {unknown} event
 */
function isFromEventBridge (event) {
  return typeof event === 'object' && event !== null && 'detail-type' in event
}

/** @type {((event: unknown) => Promise<Record<string, string>>) | undefined} */
let configured

/**
 * The Lambda entry point. Settings: RINGFENCE_URL (base URL of the service) and RINGFENCE_BRIDGE_SECRET (the shared secret).
 * @param {unknown} event
 */
export async function handler (event) {
  configured ??= createHandler({ url: process.env['RINGFENCE_URL'] ?? '', secret: process.env['RINGFENCE_BRIDGE_SECRET'] ?? '' })
  return configured(event)
}

/**
 * @param {string} body
 * @param {string} secret
 * @param {number} atMs
 */
function sign (body, secret, atMs) {
  const t = Math.floor(atMs / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}

/**
 * @param {number} status
 * @returns {{ problem: string, mayRetry: boolean }}
 */
function refusal (status) {
  return { problem: `Ringfence answered ${status}`, mayRetry: status >= 500 || status === 429 }
}

/**
 * @param {number} status
 * @returns {Outcome}
 */
function readReceipt (status) {
  return status === 202 ? { reply: {} } : refusal(status)
}

/**
 * @param {number} status
 * @param {string} text
 * @returns {Outcome}
 */
function readReply (status, text) {
  if (status !== 200) return refusal(status)
  const refused = { problem: 'Ringfence replied something else than a flat map of texts with a result', mayRetry: false }
  if (Buffer.byteLength(text) > REPLY_MAX_BYTES) return refused
  let reply
  try {
    reply = JSON.parse(text)
  } catch {
    return refused
  }
  if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) return refused
  if (typeof reply.result !== 'string' || !Object.values(reply).every(value => typeof value === 'string')) return refused
  return { reply }
}

/**
 * Names what went wrong without repeating the error's own text, which may hold an address.
 * @param {unknown} error
 * @param {number} timeoutMs
 */
function describeNetworkError (error, timeoutMs) {
  if (!(error instanceof Error)) return 'Ringfence could not be reached'
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `Ringfence did not answer within ${timeoutMs} ms`
  const code = error.cause instanceof Error && 'code' in error.cause ? ` (${error.cause.code})` : ''
  return `Ringfence could not be reached${code}`
}
