import type { ObjectStore } from './object-store.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escape (text: string): string {
  return text.replace(/[&<>"]/g, character => ENTITIES[character]!)
}

/** An error as S3 writes it. */
export function writeError (code: string, message: string, requestId: string): string {
  return `${DECLARATION}<Error><Code>${escape(code)}</Code><Message>${escape(message)}</Message><RequestId>${requestId}</RequestId></Error>`
}

/** The reply of ListBuckets. */
export function writeBuckets (buckets: readonly string[]): string {
  const listed = buckets.map(name => `<Bucket><Name>${escape(name)}</Name><CreationDate>1970-01-01T00:00:00.000Z</CreationDate></Bucket>`)
  return `${DECLARATION}<ListAllMyBucketsResult xmlns="${NAMESPACE}"><Owner><ID>simulator</ID></Owner><Buckets>${listed.join('')}</Buckets></ListAllMyBucketsResult>`
}

/** The reply of ListObjectsV2: all keys with the prefix, on one page. */
export function writeObjects (bucket: string, prefix: string, store: ObjectStore): string {
  const objects = [...store.demandBucket(bucket)].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => a < b ? -1 : 1)
  const listed = objects.map(([key, { content, etag, modifiedAtMs }]) =>
    `<Contents><Key>${escape(key)}</Key><LastModified>${new Date(modifiedAtMs).toISOString()}</LastModified><ETag>${escape(etag)}</ETag><Size>${content.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`)
  return `${DECLARATION}<ListBucketResult xmlns="${NAMESPACE}"><Name>${escape(bucket)}</Name><Prefix>${escape(prefix)}</Prefix><KeyCount>${objects.length}</KeyCount>` +
    `<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${listed.join('')}</ListBucketResult>`
}
