import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { App } from './app-type.ts'

/** What was just about to be asked is still told that the service is draining. */
const GRACE_MS = 250
/** A request that is not here, whole, so long after the close began is not waited for: nothing of it was done, and nothing else is owed over its connection. */
const STALLED_MS = 2_000

/** What goes on over a connection. */
interface Traffic {
  /** Replies that are not written yet. */
  owed: number
  latest: IncomingMessage | undefined
}

/**
 * Closes with the app every connection that no reply is owed to. To Node those are not idle which were opened ahead and asked nothing yet, as clients and
 * load balancers do, whose next request has begun, or whose body is still coming though it was refused; and once the app closes, Node's time-outs watch
 * them no more. The close would wait for them until their clients let go.
 */
export function closeIdleConnections (app: App): void {
  const open = new Map<Socket, Traffic>()
  let isOver = false
  app.server.on('connection', (socket) => {
    open.set(socket, { owed: 0, latest: undefined })
    socket.once('close', () => { open.delete(socket) })
  })
  app.server.on('request', (request, response) => {
    const { socket } = request
    const traffic = open.get(socket)
    if (traffic === undefined) return
    traffic.owed++
    traffic.latest = request
    response.once('close', () => {
      traffic.owed--
      if (isOver && traffic.owed === 0) socket.destroySoon()
    })
  })
  function close (which: (traffic: Traffic) => boolean): void {
    for (const [socket, traffic] of open) if (which(traffic)) socket.destroy()
  }
  app.addHook('preClose', async () => {
    setTimeout(() => {
      isOver = true
      close(({ owed }) => owed === 0)
    }, GRACE_MS)
    setTimeout(() => { close(({ owed, latest }) => owed === 1 && latest?.complete === false) }, STALLED_MS).unref()
  })
}
