import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { TrainingError } from './training-error.ts'

const MAX_RECORD_BYTES = 1_048_576
const SNIFFED_BYTES = 65_536
const DELIMITERS = [',', ';', '\t', '|'] as const

/** A CSV with a header, which is read from its beginning as often as it is asked for. */
export interface CsvTable {
  /** From the header, without blanks around them. */
  columns: readonly string[]
  delimiter: string
  rows: (listener?: ReadListener) => AsyncIterable<readonly string[]>
}

interface ReadListener {
  /** Is told how many bytes of the file were read so far; it may be packed. */
  onBytes?: (bytes: number) => void
  /** Is given the plain text. */
  onText?: (chunk: Uint8Array) => void
}

/**
 * Opens a CSV, packed when its name ends in `.gz`. It may have a byte order mark, CRLF, and commas, semicolons, tabs or bars between its cells.
 * @throws TrainingError when it cannot be read, is empty, or has no usable header; while reading, when a row cannot be read. It names the line and no value.
 */
export async function openCsvTable (path: string): Promise<CsvTable> {
  const delimiter = await sniffDelimiter(path)
  const header = await firstRecord(path, delimiter)
  const columns = header.map((name) => name.trim())
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined) throw new TrainingError(twice === '' ? 'The header has columns without a name.' : `The header has the column ${twice} more than once.`)
  if (columns.includes('')) throw new TrainingError(`The header's column ${columns.indexOf('') + 1} has no name.`)
  return {
    columns,
    delimiter,
    async * rows (listener) {
      let isHeader = true
      for await (const record of records(path, delimiter, listener)) {
        if (!isHeader) yield record
        isHeader = false
      }
    }
  }
}

async function firstRecord (path: string, delimiter: string): Promise<readonly string[]> {
  const reading = records(path, delimiter)[Symbol.asyncIterator]()
  const { done, value } = await reading.next()
  await reading.return?.()
  if (done === true) throw new TrainingError('The file is empty.')
  return value
}

async function * records (path: string, delimiter: string, { onBytes, onText }: ReadListener = {}): AsyncIterable<readonly string[]> {
  const parser = parse({ bom: true, delimiter, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES })
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  if (onBytes !== undefined) file.on('data', () => { onBytes(file.bytesRead) })
  const text = path.endsWith('.gz') ? createGunzip() : new PassThrough()
  if (onText !== undefined) text.on('data', onText)
  // What breaks one stream ends the others, and the reader below hears of it.
  pipeline(file, text, parser, () => {})
  try {
    for await (const record of parser) yield record as readonly string[]
  } catch (error) {
    throw describeFault(error)
  }
}

/** Without the parser's own sentence, which may repeat what stands in the file. */
function describeFault (error: unknown): unknown {
  if (error instanceof CsvError) {
    const line = 'lines' in error ? ` in or before line ${String(error['lines'])}` : ''
    return new TrainingError(`The file is no readable CSV: ${error.code.toLowerCase().replaceAll('_', ' ').replace(/^csv /, '')}${line}.`, { cause: error })
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('Z_')) return new TrainingError('The file is called .gz and is not packed, or is damaged.', { cause: error })
  return code === '' ? error : new TrainingError(`The file cannot be read: ${code}.`, { cause: error })
}

/** The delimiter that stands most often in the first line, outside quotes. */
async function sniffDelimiter (path: string): Promise<string> {
  const line = firstLine(path.endsWith('.gz') ? await unpackedBeginning(path) : await beginning(path))
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }))
  return counts.reduce((best, one) => one.count > best.count ? one : best).delimiter
}

function firstLine (text: string): string {
  const plain = text.replaceAll(/"(?:[^"]|"")*"/g, '')
  return plain.split(/\r?\n|\r/).find((line) => line.trim() !== '') ?? ''
}

async function beginning (path: string): Promise<string> {
  const file = await open(path).catch((error: unknown) => { throw describeFault(error) })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED_BYTES), 0, SNIFFED_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    throw describeFault(error)
  } finally {
    await file.close()
  }
}

async function unpackedBeginning (path: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of pipeline(createReadStream(path), createGunzip(), () => {})) {
      chunks.push(chunk as Buffer)
      bytes += (chunk as Buffer).length
      if (bytes >= SNIFFED_BYTES) break
    }
  } catch (error) {
    throw describeFault(error)
  }
  return Buffer.concat(chunks).toString('utf8')
}
