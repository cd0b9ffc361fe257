import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createRandom } from '../model/random.ts'

/** How often which fault meets a request to the store; probabilities. */
export interface StoreFaults {
  /** The store refuses to work: nothing was read or written. */
  throttle: number
  /** The work is done, and the connection ends without a word. */
  dropReply: number
  /** The store fails, before it did anything. */
  fail: number
  /** The reply comes so late. */
  slow: number
  slowMs: number
}

export const NO_STORE_FAULTS: StoreFaults = { throttle: 0, dropReply: 0, fail: 0, slow: 0, slowMs: 0 }

/** Stands before a DynamoDB engine's own listener, and lets requests meet faults as they are told. */
export function withStoreFaults (engine: RequestListener, seed: number): { listener: RequestListener, set: (faults: StoreFaults) => void } {
  const random = createRandom(seed)
  let faults = NO_STORE_FAULTS

  function refuse (response: ServerResponse, status: number, type: string): void {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ __type: type, message: 'a fault of the proof' }))
  }

  /** The engine writes its reply in one `end`, when its work is done. */
  function dropReply (request: IncomingMessage, response: ServerResponse): void {
    response.end = () => { request.socket.destroy(); return response }
  }

  function delayReply (response: ServerResponse, ms: number): void {
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse
    response.end = (...args: unknown[]) => { setTimeout(() => { end(...args) }, ms); return response }
  }

  return {
    set (next) { faults = next },
    listener (request, response) {
      if (faults === NO_STORE_FAULTS) { engine(request, response); return }
      const luck = random.next()
      const bounds = [faults.throttle, faults.fail, faults.dropReply, faults.slow].map((_, index, all) => all.slice(0, index + 1).reduce((sum, one) => sum + one, 0))
      if (luck < (bounds[0] ?? 0)) { refuse(response, 400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'); return }
      if (luck < (bounds[1] ?? 0)) { refuse(response, 500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'); return }
      if (luck < (bounds[2] ?? 0)) dropReply(request, response)
      else if (luck < (bounds[3] ?? 0)) delayReply(response, faults.slowMs)
      engine(request, response)
    }
  }
}
