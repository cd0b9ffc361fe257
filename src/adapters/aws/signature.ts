import { createHmac, createSecretKey, hash } from 'node:crypto'

/** What a request is signed with. */
export interface SigningCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
}

/** Where a request is going, which never changes for one client. */
export interface SigningScope {
  region: string
  /** As in an ARN: `dynamodb`. */
  service: string
  host: string
  contentType: string
}

/** What is signed: the body of a POST to `/`, and its `X-Amz-Target`. */
export interface SignedCall {
  target: string
  body: string | Uint8Array
  /** Unix milliseconds, by the clock of AWS. */
  atMs: number
}

/**
 * Signs POSTs to `/` by AWS Signature Version 4, as AWS's JSON protocols send them. The key of a day is made once, which is most of the work.
 * Source: AWS Identity and Access Management User Guide, "Create a signed AWS API request".
 *
 * @returns a function that gives all headers of a call but its length, names and values in turn.
 */
export function createSigner ({ region, service, host, contentType }: SigningScope): (call: SignedCall, credentials: SigningCredentials) => string[] {
  let second = NaN
  let time = ''
  let day = ''
  let keyOf = ''
  let key = createSecretKey(Buffer.alloc(1))

  return function sign ({ target, body, atMs }, { accessKeyId, secretAccessKey, sessionToken }) {
    const atSecond = Math.floor(atMs / 1000)
    if (atSecond !== second) {
      second = atSecond
      time = new Date(atMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
      day = time.slice(0, 8)
    }
    const keyNow = `${day}${secretAccessKey}`
    if (keyNow !== keyOf) {
      key = createSecretKey([day, region, service, 'aws4_request'].reduce((made, part) => createHmac('sha256', made).update(part).digest(), Buffer.from(`AWS4${secretAccessKey}`)))
      keyOf = keyNow
    }
    const scope = `${day}/${region}/${service}/aws4_request`
    const token = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}\n`
    const signedHeaders = `content-type;host;x-amz-date;${sessionToken === undefined ? '' : 'x-amz-security-token;'}x-amz-target`
    const canonical = `POST\n/\n\ncontent-type:${contentType}\nhost:${host}\nx-amz-date:${time}\n${token}x-amz-target:${target}\n\n${signedHeaders}\n${hash('sha256', body)}`
    const signature = createHmac('sha256', key).update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical)}`).digest('hex')
    const headers = [
      'host', host, 'content-type', contentType, 'x-amz-date', time, 'x-amz-target', target,
      'authorization', `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
    ]
    if (sessionToken !== undefined) headers.push('x-amz-security-token', sessionToken)
    return headers
  }
}
