import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AwsFault } from '../aws/aws-fault.ts'
import { checkSignature } from '../aws/request-signature.ts'
import { meetTransportFault } from '../aws/transport-fault.ts'
import { checkChecksums } from './checksums.ts'
import { toErrorReply, type createS3Faults } from './fault-injection.ts'
import type { ObjectStore, StoredObject } from './object-store.ts'
import { readContent, readOperation, readTarget, type S3Target } from './s3-request.ts'
import { writeBuckets, writeError, writeObjects } from './s3-xml.ts'

/** The operations of Amazon S3 that the simulator speaks: REST with XML, path style or the bucket before the host's name. */
export function registerS3Api (app: FastifyInstance, { store, region, faults }: { store: ObjectStore, region: string, faults: ReturnType<typeof createS3Faults> }): void {
  app.removeAllContentTypeParsers()
  // Bodies are read as streams, by the operation that wants one.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-amz-request-id', randomUUID())
  })
  app.setErrorHandler((error, request, reply) => {
    const fault = error instanceof AwsFault ? error : new AwsFault(500, 'InternalError', error instanceof Error ? error.message : String(error))
    reply.code(fault.status)
    // A body that nobody read to its end must not be taken for the next request.
    if (!request.raw.readableEnded) reply.header('connection', 'close')
    if (request.method === 'HEAD') return reply.send()
    return reply.type('application/xml').send(writeError(fault.type, fault.message, String(reply.getHeader('x-amz-request-id'))))
  })

  app.route({
    method: ['GET', 'HEAD', 'PUT', 'DELETE', 'POST'],
    url: '/*',
    async handler (request, reply) {
      checkSignature(request.headers, { region, service: 's3' })
      const target = readTarget(request)
      const operation = readOperation(request.method, target)
      if (operation === undefined) throw new AwsFault(501, 'NotImplemented', 'This simulator does not speak this operation.')
      const fault = faults.take(operation)
      const error = toErrorReply(fault)
      if (error !== undefined) throw error
      if (fault === 'hang' || fault === 'reset' || fault === 'html' || fault === 'bad_gateway') return meetTransportFault(fault, request, reply)
      return answer(operation, target, store, request, reply)
    }
  })
}

async function answer (operation: string, { bucket, key, query }: S3Target, store: ObjectStore, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  switch (operation) {
    case 'ListBuckets': return reply.type('application/xml').send(writeBuckets(store.buckets()))
    case 'ListObjectsV2': return reply.type('application/xml').send(writeObjects(bucket, query.get('prefix') ?? '', store))
    case 'CreateBucket':
      store.createBucket(bucket)
      return reply.header('location', `/${bucket}`).send()
    case 'HeadBucket':
      store.demandBucket(bucket)
      return reply.send()
    case 'DeleteBucket':
      store.deleteBucket(bucket)
      return reply.code(204).send()
    case 'DeleteObject':
      store.delete(bucket, key)
      return reply.code(204).send()
    case 'PutObject': return putObject(bucket, key, store, request, reply)
    default: return sendObject(bucket, key, store, request, reply)
  }
}

async function putObject (bucket: string, key: string, store: ObjectStore, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  store.demandBucket(bucket)
  const { content, headers } = await readContent(request, store.maxBytes)
  checkChecksums(content, headers)
  if (headers['if-none-match'] === '*' && store.find(bucket, key) !== undefined) throw new AwsFault(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  const metadata = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'))) as Record<string, string>
  const { etag, crc32 } = store.put(bucket, key, { content, contentType: request.headers['content-type'] ?? 'application/octet-stream', metadata })
  return reply.headers({ etag, 'x-amz-checksum-crc32': crc32, 'x-amz-checksum-type': 'FULL_OBJECT' }).send()
}

function sendObject (bucket: string, key: string, store: ObjectStore, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  store.demandBucket(bucket)
  const object: StoredObject | undefined = store.find(bucket, key)
  if (object === undefined) throw new AwsFault(404, 'NoSuchKey', 'The specified key does not exist.')
  const { content, contentType, metadata, etag, crc32, modifiedAtMs } = object
  reply.headers({ ...metadata, etag, 'content-type': contentType, 'content-length': content.length, 'last-modified': new Date(modifiedAtMs).toUTCString(), 'accept-ranges': 'none' })
  if (request.headers['x-amz-checksum-mode'] === 'ENABLED') reply.headers({ 'x-amz-checksum-crc32': crc32, 'x-amz-checksum-type': 'FULL_OBJECT' })
  return request.method === 'HEAD' ? reply.send() : reply.send(content)
}
