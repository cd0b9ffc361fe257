import type { Socket } from 'node:net'
import type { App } from './app-type.ts'

/** What was just about to be asked is still told that the service is draining. */
const GRACE_MS = 250

/**
 * Closes with the app what was opened ahead and has asked nothing yet, as clients and load balancers do: to Node that is no idle connection, and
 * the close would wait for it until its client lets go.
 */
export function closeUnusedConnections (app: App): void {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => { unused.delete(socket) })
  })
  app.server.on('request', ({ socket }) => { unused.delete(socket) })
  app.addHook('preClose', async () => { setTimeout(() => { for (const socket of unused) socket.destroy() }, GRACE_MS) })
}
