import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'

/** Turns a request away. @returns whether it did; then it has written the reply */
export type Refuse = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * Shows each request to somebody who may turn it away before the framework has looked at it, which costs more than the refusal. To be called when nobody
 * but the framework listens for requests yet. The servers that Fastify adds for further addresses of a name have no such door.
 */
export function guardDoor (server: Server, refuse: Refuse): void {
  const [handle] = server.listeners('request') as RequestListener[]
  if (handle === undefined) throw new Error('the framework listens for no requests')
  server.off('request', handle)
  server.on('request', (request, response) => { if (!refuse(request, response)) handle(request, response) })
}
