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
  let day = ''
  let key: Buffer = Buffer.alloc(0)
  let atSecond = 0
  let time = ''

  function tellTime (): void {
    const second = Math.floor(Date.now() / 1000)
    if (second === atSecond) return
    atSecond = second
    time = `${new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    if (time.startsWith(day) && day !== '') return
    day = time.slice(0, 8)
    key = [day, REGION, name, 'aws4_request'].reduce<Buffer>((secret, part) => hmac(secret, part), Buffer.from(`AWS4${CREDENTIALS.secretAccessKey}`))
  }

  return async (operation, input) => {
    tellTime()
    const body = JSON.stringify(input)
    const target = `${targetPrefix}.${operation}`
    const scope = `${day}/${REGION}/${name}/aws4_request`
    const canonical = `POST\n/\n\ncontent-type:${contentType}\nhost:${host}\nx-amz-date:${time}\nx-amz-target:${target}\n\ncontent-type;host;x-amz-date;x-amz-target\n${sha256(body)}`
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex')
    const { statusCode, body: reply } = await pool.request({
      method: 'POST',
      path: '/',
      headers: {
        host,
        'content-type': contentType,
        'x-amz-date': time,
        'x-amz-target': target,
        authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/${scope}, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=${signature}`
      },
      body
    })
    const text = await reply.text()
    if (statusCode !== 200) throw new Error(`${operation}: ${statusCode} ${text}`)
    return JSON.parse(text)
  }
}

function sha256 (text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac (key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
