import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { AwsFault } from '../aws/aws-fault.ts'

/** Those that are checked; CRC-32C and CRC-64/NVME are taken on trust. */
const CHECKED: Readonly<Record<string, (content: Buffer) => string>> = {
  'x-amz-checksum-crc32': crcOf,
  'x-amz-checksum-sha1': content => createHash('sha1').update(content).digest('base64'),
  'x-amz-checksum-sha256': content => createHash('sha256').update(content).digest('base64'),
  'content-md5': content => createHash('md5').update(content).digest('base64')
}

/** Checks the checksums that came with an object, in headers or trailers. @throws AwsFault BadDigest for one that does not fit */
export function checkChecksums (content: Buffer, sent: Readonly<Record<string, unknown>>): void {
  for (const [name, compute] of Object.entries(CHECKED)) {
    if (typeof sent[name] === 'string' && sent[name] !== compute(content)) throw new AwsFault(400, 'BadDigest', `The ${name} you specified did not match what we received.`)
  }
}

/** The CRC-32 of some content, as S3 writes it. */
export function crcOf (content: Buffer): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(content))
  return bytes.toString('base64')
}
