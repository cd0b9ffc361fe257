import { createHash } from 'node:crypto'
import { AwsFault } from '../aws/aws-fault.ts'
import { crcOf } from './checksums.ts'

/** An object, in memory. */
export interface StoredObject {
  content: Buffer
  contentType: string
  /** The `x-amz-meta-` headers. */
  metadata: Readonly<Record<string, string>>
  /** The MD5 of the content, in quotes. */
  etag: string
  crc32: string
  modifiedAtMs: number
}

/** Keeps buckets and their objects in memory, `maxBytes` in all. */
export function createObjectStore ({ maxBytes, nowMs }: { maxBytes: number, nowMs: () => number }) {
  const buckets = new Map<string, Map<string, StoredObject>>()
  let usedBytes = 0

  function demandBucket (bucket: string): Map<string, StoredObject> {
    const objects = buckets.get(bucket)
    if (objects === undefined) throw new AwsFault(404, 'NoSuchBucket', 'The specified bucket does not exist')
    return objects
  }

  return {
    maxBytes,
    demandBucket,
    buckets: () => [...buckets.keys()],
    /** @throws AwsFault InvalidBucketName, BucketAlreadyOwnedByYou */
    createBucket (bucket: string): void {
      if (!/^(?=.{3,63}$)[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(bucket)) throw new AwsFault(400, 'InvalidBucketName', 'The specified bucket is not valid.')
      if (buckets.has(bucket)) throw new AwsFault(409, 'BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.')
      buckets.set(bucket, new Map())
    },
    deleteBucket (bucket: string): void {
      if (demandBucket(bucket).size > 0) throw new AwsFault(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty')
      buckets.delete(bucket)
    },
    find: (bucket: string, key: string): StoredObject | undefined => buckets.get(bucket)?.get(key),
    /** @throws AwsFault NoSuchBucket, EntityTooLarge when the memory is used up */
    put (bucket: string, key: string, { content, contentType, metadata }: Pick<StoredObject, 'content' | 'contentType' | 'metadata'>): StoredObject {
      const objects = demandBucket(bucket)
      const usedAfter = usedBytes + content.length - (objects.get(key)?.content.length ?? 0)
      if (usedAfter > maxBytes) throw new AwsFault(400, 'EntityTooLarge', `This simulator keeps ${maxBytes} bytes at most.`)
      usedBytes = usedAfter
      const object = { content, contentType, metadata, etag: `"${createHash('md5').update(content).digest('hex')}"`, crc32: crcOf(content), modifiedAtMs: nowMs() }
      objects.set(key, object)
      return object
    },
    delete (bucket: string, key: string): void {
      const objects = demandBucket(bucket)
      usedBytes -= objects.get(key)?.content.length ?? 0
      objects.delete(key)
    },
    reset (): void {
      buckets.clear()
      usedBytes = 0
    }
  }
}

/** What {@link createObjectStore} makes. */
export type ObjectStore = ReturnType<typeof createObjectStore>
