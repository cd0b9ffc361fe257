import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerParent } from './parent-channel.ts'

/** What a stub says to one call, and under which name the call is counted. */
export interface StubReply {
  counted: string
  status?: number
  body: string
}

/**
 * A process that stands in for an AWS service: it says at once, or after a delay, what `reply` gives. The parent asks where it `listen`s, says what it
 * is to do (`set`: `delayMs`, and what `heed` takes) and reads what it got (`counts`, which begins anew).
 */
export function runStub (contentType: string, reply: (operation: string, body: string) => StubReply, heed: (told: Record<string, any>) => void = () => {}): void {
  let delayMs = 0
  let counts: Record<string, number> = {}
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => { body += chunk })
    request.on('end', () => {
      const target = request.headers['x-amz-target']
      const operation = typeof target === 'string' ? target.slice(target.indexOf('.') + 1) : `${request.method ?? ''} ${request.url ?? ''}`
      const { counted, status = 200, body: text } = reply(operation, body)
      counts[counted] = (counts[counted] ?? 0) + 1
      const send = (): void => { response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), 'x-amzn-requestid': 'BENCHMARK' }).end(text) }
      if (delayMs === 0) send()
      else setTimeout(send, delayMs)
    })
  })
  const listening = new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  answerParent({
    async listen () {
      await listening
      return { port: (server.address() as AddressInfo).port }
    },
    set (told) {
      if (typeof told['delayMs'] === 'number') delayMs = told['delayMs']
      heed(told)
      return {}
    },
    counts () {
      const counted = counts
      counts = {}
      return { counts: counted }
    }
  }, { keepsAlive: true })
}
