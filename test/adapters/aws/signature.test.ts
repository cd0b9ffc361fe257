import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import t from 'tap'
import { createSigner } from '../../../src/adapters/aws/signature.ts'

const SCOPE = { region: 'eu-central-1', service: 'dynamodb', host: 'dynamodb.eu-central-1.amazonaws.com', contentType: 'application/x-amz-json-1.0' }
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const NOON_MS = Date.UTC(2026, 10, 29, 12)

/** The headers that the SDK's own signer gives the same call, by its names. */
async function signedBySdk (target: string, body: string, atMs: number, credentials: typeof KEYS & { sessionToken?: string }): Promise<Record<string, string>> {
  const signer = new SignatureV4({ region: SCOPE.region, service: SCOPE.service, credentials, sha256: Hash.bind(null, 'sha256') as never, applyChecksum: false })
  const headers = { host: SCOPE.host, 'content-type': SCOPE.contentType, 'x-amz-target': target }
  return (await signer.sign({ method: 'POST', protocol: 'https:', hostname: SCOPE.host, path: '/', query: {}, headers, body }, { signingDate: new Date(atMs) })).headers
}

function byName (headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(headers.flatMap((name, index) => index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : []))
}

t.test('a call is signed as the SDK signs it: any body, second, day and credentials, in any order', async (t) => {
  const sign = createSigner(SCOPE)
  const calls: Array<[target: string, body: string, atMs: number, credentials: typeof KEYS & { sessionToken?: string }]> = [
    ['DynamoDB_20120810.GetItem', '{}', NOON_MS, KEYS],
    ['DynamoDB_20120810.PutItem', JSON.stringify({ text: 'Łódź, 日本, 🃏' }), NOON_MS + 1, KEYS],
    ['DynamoDB_20120810.GetItem', '{"a":1}', NOON_MS + 999, { ...KEYS, sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE==' }],
    ['DynamoDB_20120810.GetItem', '{"a":1}', NOON_MS + 12 * 3_600_000, KEYS],
    ['DynamoDB_20120810.GetItem', '{"a":1}', NOON_MS + 12 * 3_600_000 - 1, { accessKeyId: 'AKIDOTHER', secretAccessKey: 'other' }],
    ['DynamoDB_20120810.GetItem', '{"a":1}', NOON_MS, KEYS]
  ]
  for (const [target, body, atMs, credentials] of calls) {
    const own = byName(sign({ target, body, atMs }, credentials))
    const { authorization, 'x-amz-date': date, 'x-amz-security-token': token } = await signedBySdk(target, body, atMs, credentials)
    t.equal(own['authorization'], authorization, `${target} at ${new Date(atMs).toISOString()}`)
    t.equal(own['x-amz-date'], date)
    t.equal(own['x-amz-security-token'], token)
  }
})
