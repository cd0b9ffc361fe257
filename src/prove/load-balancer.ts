import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { send } from './http-json.ts'
import type { Random } from '../model/random.ts'

/** How often which fault meets what the bridge and the events' way post; probabilities. */
export interface WayFaults {
  /** It never arrives. */
  lose: number
  /** It arrives and is taken, and the reply does not come back. */
  loseReply: number
  /** It arrives twice, at two replicas. */
  double: number
  /** It arrives so late, and what was posted after it comes before it. */
  delay: number
  delayMs: number
}

export const NO_WAY_FAULTS: WayFaults = { lose: 0, loseReply: 0, double: 0, delay: 0, delayMs: 0 }

/** A load balancer before the replicas, with faults on the way; it knows which replica is gone when that refuses its connection. */
export async function startLoadBalancer (replicas: () => readonly string[], random: Random) {
  let faults = NO_WAY_FAULTS
  let turn = 0

  async function forward (request: IncomingMessage, body: Buffer) {
    const urls = replicas()
    const first = turn++
    for (let tries = 0; tries < urls.length; tries++) {
      const base = urls[(first + tries) % urls.length] ?? ''
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers
      try {
        return await send(`${base}${request.url ?? '/'}`, { method: request.method ?? 'POST', headers, body })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
      }
    }
    return { status: 503, headers: {}, text: '' }
  }

  async function handle (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    if (random.chance(faults.lose)) { request.socket.destroy(); return }
    if (random.chance(faults.delay)) await sleep(random.next() * faults.delayMs)
    const isLost = random.chance(faults.loseReply)
    if (random.chance(faults.double)) forward(request, body).catch(() => {})
    try {
      const reply = await forward(request, body)
      if (isLost) { request.socket.destroy(); return }
      response.writeHead(reply.status, { 'content-type': reply.headers['content-type'] ?? 'application/json' }).end(reply.text)
    } catch {
      if (!response.headersSent) response.writeHead(502).end()
    }
  }

  const server = createServer((request, response) => { handle(request, response).catch(() => { request.socket.destroy() }) })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFaults (next: WayFaults) { faults = next },
    async close () {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    }
  }
}
