import { createHash, createHmac } from 'node:crypto'
import { Pool } from 'undici'
import { CREDENTIALS, REGION } from './payment.ts'

/** What an AWS service that speaks JSON needs to know of a call. */
export interface Service {
  endpoint: string
  /** As the signature names it. */
  name: 'dynamodb' | 'frauddetector'
  contentType: string
  /** What stands before the operation in `x-amz-target`. */
  targetPrefix: string
  connections: number
}

/**
 * The least that a call to AWS can be: one signature by hand (Signature Version 4, its key kept for the day), one POST over a kept connection, no
 * retry, no deadline, no schema. A floor to measure against, and no client to copy.
 */
export function createSignedClient ({ endpoint, name, contentType, targetPrefix, connections }: Service): (operation: string, input: object) => Promise<any> {
  const pool = new Pool(endpoint, { connections, pipelining: 1 })
  const { host } = new URL(endpoint)
  const sign = createSigner(name)
  let atSecond = 0
  let time = ''

  return async (operation, input) => {
    const second = Math.floor(Date.now() / 1000)
    if (second !== atSecond) time = `${new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    atSecond = second
    const body = JSON.stringify(input)
    const headers = { 'content-type': contentType, host, 'x-amz-date': time, 'x-amz-target': `${targetPrefix}.${operation}` }
    const { statusCode, body: reply } = await pool.request({ method: 'POST', path: '/', headers: { ...headers, authorization: sign(headers, body) }, body })
    const text = await reply.text()
    if (statusCode !== 200) throw new Error(`${operation}: ${statusCode} ${text}`)
    return JSON.parse(text)
  }
}

/**
 * Signs a POST to `/`. Source: AWS General Reference, "Create a signed AWS API request".
 * @returns a function that takes headers, `x-amz-date` among them, in the order of their names, and gives the header `authorization`
 */
export function createSigner (service: string): (headers: Readonly<Record<string, string>>, body: string) => string {
  let day = ''
  let key: Buffer = Buffer.alloc(0)
  return (headers, body) => {
    const time = headers['x-amz-date'] ?? ''
    if (day === '' || !time.startsWith(day)) {
      day = time.slice(0, 8)
      key = [day, REGION, service, 'aws4_request'].reduce<Buffer>((secret, part) => hmac(secret, part), Buffer.from(`AWS4${CREDENTIALS.secretAccessKey}`))
    }
    let canonicalHeaders = ''
    let names = ''
    for (const name in headers) {
      canonicalHeaders += `${name}:${headers[name]}\n`
      names += names === '' ? name : `;${name}`
    }
    const scope = `${day}/${REGION}/${service}/aws4_request`
    const canonical = `POST\n/\n\n${canonicalHeaders}\n${names}\n${sha256(body)}`
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex')
    return `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  }
}

function sha256 (text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac (key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
