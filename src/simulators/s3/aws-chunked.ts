import { AwsFault } from '../aws/aws-fault.ts'

/** A body in AWS's chunked encoding, unpacked. */
export interface UnpackedBody {
  content: Buffer
  /** Headers that came after the content, names in lower case. */
  trailers: Readonly<Record<string, string>>
}

/**
 * Unpacks `aws-chunked` (API Reference, "Transferring Payload in Multiple Chunks"): each chunk has its length in hex and perhaps a signature,
 * which is not checked; the last chunk is empty and trailers may follow it.
 * @throws AwsFault IncompleteBody when the encoding is broken
 */
export function unpackChunks (body: Buffer): UnpackedBody {
  const chunks: Buffer[] = []
  let at = 0

  function readLine (): string {
    const end = body.indexOf('\r\n', at)
    if (end < 0) throw new AwsFault(400, 'IncompleteBody', 'The request body terminated unexpectedly.')
    const line = body.toString('latin1', at, end)
    at = end + 2
    return line
  }

  for (;;) {
    const [, hex] = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(readLine()) ?? []
    const length = Number.parseInt(hex ?? '', 16)
    if (Number.isNaN(length) || at + length > body.length) throw new AwsFault(400, 'IncompleteBody', 'The request body terminated unexpectedly.')
    if (length === 0) break
    chunks.push(body.subarray(at, at + length))
    at += length
    if (readLine() !== '') throw new AwsFault(400, 'IncompleteBody', 'A chunk is longer than it says.')
  }
  const trailers: Record<string, string> = {}
  while (at < body.length) {
    const line = readLine()
    if (line === '') break
    const colon = line.indexOf(':')
    trailers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { content: Buffer.concat(chunks), trailers }
}
