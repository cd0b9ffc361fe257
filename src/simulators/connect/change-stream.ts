import type { ServerResponse } from 'node:http'
import type { ContactView } from './contact.ts'

const KEEP_ALIVE_MS = 15_000

/** Tells every open page about every change of a call, as server-sent events named `contact`. */
export function createChangeStream () {
  const pages = new Set<ServerResponse>()
  const keepAlive = setInterval(() => {
    for (const page of pages) page.write(': still here\n\n')
  }, KEEP_ALIVE_MS).unref()

  return {
    open (response: ServerResponse): void {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      response.write('retry: 1000\n\n')
      pages.add(response)
      response.once('close', () => pages.delete(response))
    },
    /** `present` is only called when somebody watches. */
    send (present: () => ContactView): void {
      if (pages.size === 0) return
      const message = `event: contact\ndata: ${JSON.stringify(present())}\n\n`
      for (const page of pages) page.write(message)
    },
    sendReset (): void {
      for (const page of pages) page.write('event: reset\ndata: {}\n\n')
    },
    close (): void {
      clearInterval(keepAlive)
      for (const page of pages) page.end()
    }
  }
}
