import { Agent, request } from 'node:http'

/** An attribute value as DynamoDB writes it on the wire. */
export interface WireValue {
  S?: string
  N?: string
  B?: string
  BOOL?: boolean
  NULL?: boolean
  L?: WireValue[]
  M?: WireItem
  SS?: string[]
  NS?: string[]
  BS?: string[]
}

/** An item as DynamoDB writes it on the wire. */
export type WireItem = Record<string, WireValue>

const agent = new Agent({ keepAlive: true })
/** Engines of this machine want a signature, and look at its form only. */
const UNSIGNED = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20261122T000000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=local/20261122/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00'
}

/**
 * Asks an engine of this machine without the SDK, which would take more time than a million writes have.
 * @throws Error with the engine's own words when it refuses
 */
export async function engineCall<T> (endpoint: string, operation: string, input: object): Promise<T> {
  const body = Buffer.from(JSON.stringify(input))
  return await new Promise<T>((resolve, reject) => {
    const asked = request(endpoint, { method: 'POST', agent, headers: { ...UNSIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-length': body.length } }, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      reply.once('error', reject)
      reply.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (reply.statusCode === 200) resolve(JSON.parse(text) as T)
        else reject(new Error(`${operation}: ${text}`))
      })
    })
    asked.once('error', reject)
    asked.end(body)
  })
}

/** Frees the connections to engines. */
export function endEngineCalls (): void {
  agent.destroy()
}
