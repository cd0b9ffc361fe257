import { Agent, request } from 'node:http'

export interface HttpReply {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 512 })

/** One HTTP request with a body as it is; `fetch` would cost several times the work. @throws Error when no whole reply came in time */
export async function send (url: string, { method = 'GET', headers = {}, body, timeoutMs = 10_000 }: { method?: string, headers?: Record<string, string | string[] | undefined>, body?: string | Buffer, timeoutMs?: number } = {}): Promise<HttpReply> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers: { ...headers, ...body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) } }, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      response.once('error', reject)
      response.once('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }) })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** The same with JSON both ways. */
export async function sendJson (url: string, method: string, value: unknown, headers: Record<string, string> = {}, timeoutMs?: number): Promise<{ status: number, headers: HttpReply['headers'], body: any }> {
  const reply = await send(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...value === undefined ? {} : { body: JSON.stringify(value) }, ...timeoutMs === undefined ? {} : { timeoutMs } })
  return { status: reply.status, headers: reply.headers, body: reply.text === '' ? undefined : JSON.parse(reply.text) }
}
