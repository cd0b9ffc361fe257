import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http'

/** Turns a request away. @returns whether it did; then it has written the reply */
export type Refuse = (request: IncomingMessage, response: ServerResponse) => boolean

/** Where requests come in, before the framework knows of them. */
export interface Door {
  /** What makes the framework's server. */
  createServer: (handle: RequestListener) => Server
  /** From now on each request is shown to this first. */
  lock: (refuse: Refuse) => void
}

/** A door that lets all in until it is locked. Who is turned away there costs less than what the framework takes to look at him. */
export function createDoor (options: ServerOptions): Door {
  let refuse: Refuse = () => false
  return {
    createServer: (handle) => createServer(options, (request, response) => { if (!refuse(request, response)) handle(request, response) }),
    lock (by) { refuse = by }
  }
}
