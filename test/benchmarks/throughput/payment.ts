import { createHash } from 'node:crypto'

/** What the service and its callers agree on; made up, for loopback only. */
export const API_KEY = 'rf_benchmark_of_nothing_real'
export const TOKENISATION_KEY = 'benchmark-tokenisation-key-for-nothing-real'
export const TABLE = 'ringfence'
export const REGION = 'eu-central-1'
export const CREDENTIALS = { accessKeyId: 'benchmark', secretAccessKey: 'benchmark' } as const
export const DETECTOR = { detectorId: 'card_detector', eventType: 'card_tx', entityType: 'customer' } as const

/** The setting of the service that lets this one key in. */
export const API_KEYS = JSON.stringify([{ name: 'benchmark', sha256: createHash('sha256').update(API_KEY).digest('hex'), scopes: ['transactions:write'] }])

const PLACE = 'place-of-the-id'
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** Makes requests that differ in their `transactionId` alone, each as one text to be written into a connection. */
export function createRequests (payment: object, port: number): () => string {
  const run = Array.from({ length: 6 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join('')
  const idAt = (count: number) => `${run}-${count.toString(36).padStart(7, '0')}`
  const body = JSON.stringify({ ...payment, transactionId: PLACE })
  const length = Buffer.byteLength(body) - PLACE.length + idAt(0).length
  const [before = '', after = ''] = body.split(PLACE)
  const head = `POST /v1/transactions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${API_KEY}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${before}`
  let count = 0
  return () => `${head}${idAt(count++)}${after}`
}
