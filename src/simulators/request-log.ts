import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'

const FINISHED = 'http.server.response.finish'
/** Control paths have phone numbers in them. */
const NUMBER = /(?:\+|%2B)\d{4,}/gi

/** Logs each request that any server of this process has answered, at debug, without numbers and bodies. @returns how to stop it */
export function logRequests (logger: FastifyBaseLogger): () => void {
  const log = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage, response: ServerResponse }
    const operation = request.headers['x-amz-target']
    logger.debug({
      port: request.socket.localPort,
      method: request.method,
      path: request.url?.replaceAll(NUMBER, '+…'),
      ...typeof operation === 'string' ? { operation: operation.split('.').at(-1) } : {},
      status: response.statusCode
    }, 'answered')
  }
  subscribe(FINISHED, log)
  return () => { unsubscribe(FINISHED, log) }
}
