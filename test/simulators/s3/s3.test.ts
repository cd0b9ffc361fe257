import { createHash } from 'node:crypto'
import { request as sendRequest } from 'node:http'
import { Readable } from 'node:stream'
import {
  CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListBucketsCommand, ListObjectsV2Command,
  ListPartsCommand, PutObjectCommand, S3Client, type S3ClientConfig
} from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { createS3Simulator, type S3SimulatorOptions } from '../../../src/simulators/s3/server.ts'

async function startS3 (t: Test, options: Partial<S3SimulatorOptions> = {}, config: S3ClientConfig = {}) {
  const simulator = createS3Simulator({ region: 'eu-west-1', nowMs: () => Date.parse('2026-11-22T10:00:00Z'), ...options })
  const endpoint = await simulator.listen({ port: 0 })
  const client = new S3Client({ region: 'eu-west-1', endpoint, maxAttempts: 1, forcePathStyle: true, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' }, ...config })
  t.teardown(async () => {
    client.destroy()
    await simulator.close()
  })
  return { simulator, endpoint, client }
}

t.test('a bucket and an object are made, read and deleted', async t => {
  const { client, simulator } = await startS3(t)
  const object = { Bucket: 'training-data', Key: 'card/2026 ü.csv' }
  await client.send(new CreateBucketCommand({ Bucket: 'training-data' }))
  await client.send(new HeadBucketCommand({ Bucket: 'training-data' }))
  const { ETag, ChecksumCRC32 } = await client.send(new PutObjectCommand({ ...object, Body: 'a,b\n1,2\n', ContentType: 'text/csv', Metadata: { rows: '1' } }))
  t.equal(ETag, `"${createHash('md5').update('a,b\n1,2\n').digest('hex')}"`)
  t.type(ChecksumCRC32, 'string')
  t.match(await client.send(new HeadObjectCommand(object)), { ContentLength: 8, ContentType: 'text/csv', ETag, Metadata: { rows: '1' }, LastModified: new Date('2026-11-22T10:00:00Z') })
  const got = await client.send(new GetObjectCommand(object))
  t.equal(await got.Body?.transformToString(), 'a,b\n1,2\n')
  t.equal(Buffer.from(simulator.read('training-data', 'card/2026 ü.csv') ?? []).toString(), 'a,b\n1,2\n')
  t.match(await client.send(new ListObjectsV2Command({ Bucket: 'training-data', Prefix: 'card/' })), { KeyCount: 1, Contents: [{ Key: 'card/2026 ü.csv', Size: 8 }] })
  t.match((await client.send(new ListBucketsCommand({}))).Buckets, [{ Name: 'training-data' }])
  await t.rejects(client.send(new DeleteBucketCommand({ Bucket: 'training-data' })), { name: 'BucketNotEmpty' })
  await client.send(new DeleteObjectCommand(object))
  await client.send(new DeleteObjectCommand(object))
  await client.send(new DeleteBucketCommand({ Bucket: 'training-data' }))
  await t.rejects(client.send(new HeadBucketCommand({ Bucket: 'training-data' })), { name: 'NotFound', $metadata: { httpStatusCode: 404 } })
  t.equal(simulator.read('training-data', 'card/2026 ü.csv'), undefined)
})

t.test('a stream arrives in AWS\'s chunked encoding and is unpacked', async t => {
  const { client, simulator } = await startS3(t)
  simulator.createBucket('training-data')
  const lines = Array.from({ length: 40_000 }, (_, index) => `${index},some text that makes it long\r\n`)
  const length = lines.join('').length
  await client.send(new PutObjectCommand({ Bucket: 'training-data', Key: 'long.csv', Body: Readable.from(lines.map(line => Buffer.from(line))), ContentLength: length }))
  t.equal(Buffer.from(simulator.read('training-data', 'long.csv') ?? []).toString(), lines.join(''))
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'training-data', Key: 'long.csv' }))
  t.equal((await Body?.transformToString())?.length, length)
})

t.test('the bucket may stand in front of the host', async t => {
  const { endpoint, simulator } = await startS3(t)
  simulator.createBucket('training-data')
  const { port } = new URL(endpoint)
  const status = await new Promise(resolve => {
    const request = sendRequest({ port, host: '127.0.0.1', method: 'PUT', path: '/dir/file.csv', headers: { host: `training-data.localhost:${port}`, ...signed() } }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    request.end('content')
  })
  t.equal(status, 200)
  t.equal(Buffer.from(simulator.read('training-data', 'dir/file.csv') ?? []).toString(), 'content')
})

t.test('S3 refuses', async t => {
  const { client, simulator } = await startS3(t, { maxBytes: 1000 })
  simulator.createBucket('training-data')
  const put = (changes: object) => client.send(new PutObjectCommand({ Bucket: 'training-data', Key: 'k', Body: 'abc', ...changes }))
  await t.rejects(client.send(new CreateBucketCommand({ Bucket: 'Upper_Case' })), { name: 'InvalidBucketName' })
  await t.rejects(client.send(new CreateBucketCommand({ Bucket: 'training-data' })), { name: 'BucketAlreadyOwnedByYou', $metadata: { httpStatusCode: 409 } })
  await t.rejects(put({ Bucket: 'elsewhere' }), { name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } })
  await t.rejects(put({ Body: 'x'.repeat(1001) }), { name: 'EntityTooLarge' })
  await t.rejects(put({ ChecksumCRC32: 'AAAAAA==' }), { name: 'BadDigest' })
  await t.rejects(put({ ChecksumSHA256: Buffer.alloc(32).toString('base64') }), { name: 'BadDigest' })
  await t.rejects(client.send(new GetObjectCommand({ Bucket: 'training-data', Key: 'k' })), { name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } })
  await t.rejects(client.send(new HeadObjectCommand({ Bucket: 'training-data', Key: 'k' })), { name: 'NotFound' })
  await put({})
  await t.rejects(put({ IfNoneMatch: '*' }), { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } })
  await t.rejects(client.send(new ListPartsCommand({ Bucket: 'training-data', Key: 'k', UploadId: '1' })), { name: 'NotImplemented' })
  await put({ Body: 'x'.repeat(1000) })
  await t.rejects(put({ Key: 'other' }), { name: 'EntityTooLarge' }, 'all objects together have the memory')
})

t.test('a body whose chunks are broken is refused', async t => {
  const { endpoint, simulator } = await startS3(t)
  simulator.createBucket('training-data')
  for (const [body, decoded] of [['zz\r\nabc\r\n0\r\n\r\n', '3'], ['3\r\nab', '3'], ['2\r\nabc\r\n0\r\n\r\n', '2'], ['3\r\nabc\r\n', '3'], ['3\r\nabc\r\n0\r\n\r\n', '4'], ['3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', '3']] as const) {
    const response = await fetch(`${endpoint}/training-data/k`, {
      method: 'PUT', headers: { ...signed(), 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-decoded-content-length': decoded }, body
    })
    t.equal(response.status, 400, JSON.stringify(body))
    t.match(await response.text(), /<Code>(IncompleteBody|BadDigest)<\/Code>/)
  }
  t.equal((await fetch(`${endpoint}/training-data/k`)).status, 403, 'unsigned')
})

t.test('faults are injected by code and by the control API', async t => {
  const { client, endpoint, simulator } = await startS3(t)
  simulator.createBucket('training-data')
  const head = () => client.send(new HeadBucketCommand({ Bucket: 'training-data' }))
  const put = () => client.send(new PutObjectCommand({ Bucket: 'training-data', Key: 'k', Body: 'abc' }))
  for (const [fault, name] of [['throttle', 'SlowDown'], ['access_denied', 'AccessDenied'], ['500', 'InternalError']] as const) {
    simulator.setFault({ fault })
    await t.rejects(put(), { name }, fault)
  }
  const response = await fetch(`${endpoint}/_simulator/faults`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ fault: 'reset', operation: 'PutObject' }) })
  t.match(await response.json(), { fault: 'reset', callsLeft: 1 })
  await t.resolves(head())
  await t.rejects(put(), { code: 'ECONNRESET' })
  await put()
  t.match(await (await fetch(`${endpoint}/_simulator/objects`)).json(), { objects: [{ bucket: 'training-data', key: 'k', bytes: 3 }] })
  t.equal((await fetch(`${endpoint}/_simulator/reset`, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })).status, 403)
  t.equal((await fetch(`${endpoint}/_simulator/reset`, { method: 'POST' })).status, 204)
  await t.rejects(head(), { name: 'NotFound' })
})

function signed () {
  return { 'x-amz-date': '20261122T100000Z', authorization: `AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}` }
}
