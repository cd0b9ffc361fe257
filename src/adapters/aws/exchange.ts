import { errors, Pool } from 'undici'
import type { GiveUpSignal } from '../../ports.ts'

/** What one exchange sends: a POST. */
export interface ExchangeRequest {
  path: string
  /** Names and values in turn. */
  headers: string[]
  body: string | Uint8Array
  signal: GiveUpSignal | undefined
}

/** What came back, whole. */
export interface ExchangeReply {
  statusCode: number
  /** Names in small letters. */
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

export interface ExchangeOptions {
  /** Scheme, host and port. */
  origin: string
  /** Connections at most; what comes while all are busy waits for one. */
  connections: number
  connectTimeoutMs: number
  /** For the head of a reply, and for each part of its body. */
  replyTimeoutMs: number
}

/** Exchanges over connections that are kept. */
export interface Exchange {
  post: (request: ExchangeRequest) => Promise<ExchangeReply>
  /** Ends what is under way, and the connections. */
  close: () => void
}

const NOTHING = Buffer.alloc(0)
/** So long a connection is kept unused: a new one costs a look-up, and the handshakes of TCP and TLS. */
const IDLE_MS = 30_000

/**
 * Opens connections to one host as they are needed, and keeps them, TLS by Node's own certificates and settings. A request is sent once.
 * What goes wrong is named as the SDK's own transport names it: `TimeoutError`, `AbortError`, or an error with the code of the system.
 */
export function createExchange ({ origin, connections, connectTimeoutMs, replyTimeoutMs }: ExchangeOptions): Exchange {
  const pool = new Pool(origin, { connections, pipelining: 1, connect: { timeout: connectTimeoutMs }, keepAliveTimeout: IDLE_MS, headersTimeout: replyTimeoutMs, bodyTimeout: replyTimeoutMs })

  return {
    post: async ({ path, headers, body, signal }) => await new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(abortError(signal))
        return
      }
      let abort: ((error: Error) => void) | undefined
      const onAbort = () => {
        const error = abortError(signal)
        // Nothing keeps who asked waiting, not even a request that still waits for a connection.
        reject(error)
        abort?.(error)
      }
      let reply: ExchangeReply | undefined
      let first: Buffer | undefined
      let others: Buffer[] | undefined
      // The lean way in: no stream is made for a reply of a few hundred bytes.
      pool.dispatch({ path, method: 'POST', headers, body }, {
        onRequestStart (controller) {
          // It waited for a connection until nobody waited for it: thrown, and not aborted, so that the connection is left to the next one.
          if (signal?.aborted === true) throw abortError(signal)
          abort = (error) => { controller.abort(error) }
        },
        onResponseStart (_controller, statusCode, replyHeaders) {
          reply = { statusCode, headers: replyHeaders, body: NOTHING }
        },
        onResponseData (_controller, chunk) {
          if (first === undefined) first = chunk
          else (others ??= []).push(chunk)
        },
        onResponseEnd () {
          if (signal !== undefined) signal.onabort = null
          if (reply === undefined) return
          if (first !== undefined) reply.body = others === undefined ? first : Buffer.concat([first, ...others])
          resolve(reply)
        },
        onResponseError (_controller, error) {
          if (signal !== undefined) signal.onabort = null
          reject(asTheSdkNamesIt(error))
        }
      })
      if (signal !== undefined) signal.onabort = onAbort
    }),
    close () {
      // Whoever waits for a reply learns it by `onResponseError`.
      pool.destroy().catch(() => {})
    }
  }
}

function abortError (signal: GiveUpSignal | undefined): Error {
  return Object.assign(new Error('Request aborted', { cause: signal?.reason }), { name: 'AbortError' })
}

/** By these names and codes it is known what another try may mend. */
function asTheSdkNamesIt (error: Error): Error {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError || error instanceof errors.ConnectTimeoutError) {
    return Object.assign(new Error(error.message, { cause: error }), { name: 'TimeoutError' })
  }
  if (error instanceof errors.SocketError) return Object.assign(new Error(error.message, { cause: error }), { code: 'ECONNRESET' })
  return error
}
