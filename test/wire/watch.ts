import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { App } from '../../src/http/app-type.ts'
import { checkExchange } from './exchange.ts'

/**
 * Holds every reply of an app against `openapi/openapi.yaml`: of `inject` at once, and what goes out through a socket at the end.
 * @returns `rethrow`, which throws the first fault of those
 */
export function watchApp (app: App): { rethrow: () => void } {
  const inject = app.inject.bind(app) as (options: InjectOptions | string) => Promise<LightMyRequestResponse>
  app.inject = (async (options: InjectOptions | string) => {
    const reply = await inject(options)
    const { method = 'GET', url, payload, body = payload } = typeof options === 'string' ? { url: options } : options
    checkExchange({ method, url: String(url), sent: { body }, status: reply.statusCode, headers: reply.headers, text: reply.payload })
    return reply
  }) as App['inject']

  const faults: unknown[] = []
  app.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    const keep = (chunk: unknown) => { if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk)) }
    const { write, end, writeHead } = response
    let headers: Record<string, unknown> = {}
    // Headers that are handed to it alone are not among getHeaders.
    response.writeHead = ((...args: unknown[]) => {
      headers = { ...response.getHeaders(), ...args.at(-1) as object }
      return Reflect.apply(writeHead, response, args) as typeof response
    }) as typeof writeHead
    response.write = ((...args: Parameters<typeof write>) => { keep(args[0]); return write.apply(response, args) }) as typeof write
    response.end = ((...args: Parameters<typeof end>) => { keep(args[0]); return end.apply(response, args) }) as typeof end
    response.on('finish', () => {
      try {
        checkExchange({ method: request.method ?? '', url: request.url ?? '', sent: 'unknown', status: response.statusCode, headers, text: Buffer.concat(chunks).toString() })
      } catch (error) {
        faults.push(error)
      }
    })
  })
  return { rethrow () { if (faults.length > 0) throw faults[0] } }
}
