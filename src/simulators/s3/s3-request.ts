import type { FastifyRequest } from 'fastify'
import { AwsFault } from '../aws/aws-fault.ts'
import { unpackChunks } from './aws-chunked.ts'

/** What a request is about. */
export interface S3Target {
  /** Empty for the account as a whole. */
  bucket: string
  /** Empty for the bucket as a whole. */
  key: string
  query: URLSearchParams
}

/** Finds bucket and key in the path, or the bucket in front of the host's name, as in `bucket.localhost` and `bucket.s3.eu-west-1.amazonaws.com`. */
export function readTarget ({ url, hostname }: FastifyRequest): S3Target {
  const [path = '', search] = url.split('?', 2)
  const [, hostBucket] = /^(.+)\.(?:localhost|s3[.-].*)$/.exec(hostname) ?? []
  const [, first = '', rest = ''] = /^\/?([^/]*)\/?(.*)$/s.exec(path) ?? []
  const query = new URLSearchParams(search)
  try {
    return hostBucket === undefined
      ? { bucket: decodeURIComponent(first), key: decodeURIComponent(rest), query }
      : { bucket: hostBucket, key: decodeURIComponent(path.replace(/^\//, '')), query }
  } catch (error) {
    throw new AwsFault(400, 'InvalidURI', `The path cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The operation that a request stands for; `undefined` for those that this simulator does not speak. */
export function readOperation (method: string, { bucket, key, query }: S3Target): string | undefined {
  const subresources = [...query.keys()].filter(name => !['x-id', 'list-type', 'prefix', 'max-keys', 'encoding-type', 'delimiter', 'continuation-token'].includes(name))
  if (subresources.length > 0) return undefined
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : undefined
  if (key === '') return { PUT: 'CreateBucket', HEAD: 'HeadBucket', DELETE: 'DeleteBucket', GET: 'ListObjectsV2' }[method]
  return { PUT: 'PutObject', HEAD: 'HeadObject', DELETE: 'DeleteObject', GET: 'GetObject' }[method]
}

/**
 * Reads a body as it streams in, and unpacks it.
 * @returns the content, and the headers with the trailers among them
 * @throws AwsFault EntityTooLarge as soon as it is longer than `maxBytes`
 */
export async function readContent (request: FastifyRequest, maxBytes: number): Promise<{ content: Buffer, headers: Readonly<Record<string, unknown>> }> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.raw) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (length > maxBytes) throw new AwsFault(400, 'EntityTooLarge', `This simulator keeps ${maxBytes} bytes at most.`)
  }
  const body = Buffer.concat(chunks)
  const { headers } = request
  if (String(headers['x-amz-content-sha256']).startsWith('STREAMING-') === false) return { content: body, headers }
  const { content, trailers } = unpackChunks(body)
  const decoded = headers['x-amz-decoded-content-length']
  if (decoded !== undefined && Number(decoded) !== content.length) throw new AwsFault(400, 'IncompleteBody', 'The body is not as long as x-amz-decoded-content-length says.')
  return { content, headers: { ...headers, ...trailers } }
}
