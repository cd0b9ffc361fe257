import { Readable } from 'node:stream'
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { DetectorBuilder, TrainingDataPlace } from '../../detector/detector-builder.ts'
import { isDetectorError } from '../../detector/detector-error.ts'
import type { BuildCalls } from './build-call.ts'

const DEADLINE_MS = 60_000
/** The slowest transfer that is waited for, in bytes a millisecond. */
const SLOWEST_TRANSFER = 50
const UPLOAD_TRIES = 3

type TrainingDataStore = Pick<DetectorBuilder, 'findTrainingData' | 'uploadTrainingData' | 'listTrainingData' | 'deleteTrainingData'>

/** Creates the part of the builder that keeps training data in Amazon S3. */
export function createTrainingDataStore (storage: S3Client, call: BuildCalls): TrainingDataStore {
  const named = ({ bucket, key }: TrainingDataPlace) => ({ Bucket: bucket, Key: key })

  async function findTrainingData (place: TrainingDataPlace) {
    try {
      const { ContentLength = 0, Metadata } = await call('S3: looking for the training data', DEADLINE_MS, (options) => storage.send(new HeadObjectCommand(named(place)), options))
      return { bytes: ContentLength, sha256: Metadata?.['sha256'] ?? null }
    } catch (error) {
      if (isDetectorError(error, 'missing')) return undefined
      throw error
    }
  }

  async function uploadOnce (place: TrainingDataPlace, { bytes, sha256, open }: Parameters<TrainingDataStore['uploadTrainingData']>[1], onBytes: (bytes: number) => void): Promise<void> {
    async function * counted () {
      let sent = 0
      for await (const chunk of open()) {
        yield chunk
        sent += chunk.length
        onBytes(sent)
      }
    }
    const body = Readable.from(counted(), { objectMode: false })
    try {
      await call('S3: uploading the training data', Math.ceil(DEADLINE_MS + bytes / SLOWEST_TRANSFER), (options) => storage.send(new PutObjectCommand({
        ...named(place),
        Body: body,
        ContentLength: bytes,
        ContentType: 'text/csv',
        // S3 compares, and keeps nothing that arrived otherwise.
        ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
        Metadata: { sha256 }
      }), options))
    } finally {
      body.destroy()
    }
  }

  async function uploadTrainingData (...upload: Parameters<TrainingDataStore['uploadTrainingData']>): Promise<void> {
    // The SDK can't begin a stream again; we can.
    for (let triesLeft = UPLOAD_TRIES; ; triesLeft--) {
      try {
        return await uploadOnce(...upload)
      } catch (error) {
        if (triesLeft <= 1 || !isDetectorError(error, 'unavailable')) throw error
      }
    }
  }

  async function listTrainingData (bucket: string, prefix: string): Promise<TrainingDataPlace[]> {
    const found: TrainingDataPlace[] = []
    let token: string | undefined
    do {
      const { Contents = [], NextContinuationToken } = await call('S3: listing the training data', DEADLINE_MS, (options) =>
        storage.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }), options))
      found.push(...Contents.flatMap(({ Key: key }) => key === undefined ? [] : [{ bucket, key }]))
      token = NextContinuationToken
    } while (token !== undefined)
    return found
  }

  async function deleteTrainingData (place: TrainingDataPlace): Promise<void> {
    await call('S3: deleting the training data', DEADLINE_MS, (options) => storage.send(new DeleteObjectCommand(named(place)), options))
  }

  return { findTrainingData, uploadTrainingData, listTrainingData, deleteTrainingData }
}
