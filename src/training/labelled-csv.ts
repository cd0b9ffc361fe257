import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { isIP } from 'node:net'
import { PassThrough, pipeline, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { holdsCardNumber } from '../domain/card-number.ts'
import { isNumberText } from '../model/transformations.ts'
import { readTimestamp } from './timestamp.ts'
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

/** How a file is read, as its beginning tells. */
interface Form {
  path: string
  isPacked: boolean
  delimiter: string
  lineEnds: string[]
}

/**
 * Opens a CSV in UTF-8, packed with gzip or not. It may have a byte order mark, any line ends, and commas, semicolons, tabs or bars between its cells.
 * @throws TrainingError when it cannot be read, is empty, or has no usable header; while reading, when a row cannot be read. It names the line and no value.
 */
export async function openCsvTable (path: string): Promise<CsvTable> {
  const form = await sniff(path)
  // What a table program numbered its rows with has no name. It is no variable that a caller could send, and so is left out.
  const columns = (await firstRecord(form)).map((name, index) => name.trim() === '' ? `(column ${index + 1})` : name.trim())
  checkHeader(columns)
  return {
    columns,
    delimiter: form.delimiter,
    async * rows (listener) {
      let isHeader = true
      for await (const record of records(form, columns.length, listener)) {
        if (!isHeader) yield record
        isHeader = false
      }
    }
  }
}

/** The columns, for a message about one that is not among them. What may be a row of data is not repeated. */
export function tellColumns (columns: readonly string[]): string {
  const looksLikeRow = columns.some((name) => isNumberText(name) || isIP(name) !== 0 || name.includes('@') || !Number.isNaN(readTimestamp(name)))
  if (looksLikeRow) return 'The first line looks like a row of data: is the header missing?'
  return `The columns are ${columns.slice(0, 40).join(', ')}${columns.length > 40 ? ' …' : ''}.`
}

function checkHeader (columns: readonly string[]): void {
  const places = (isFaulty: (name: string, index: number) => boolean) => columns.flatMap((name, index) => isFaulty(name, index) ? [index + 1] : [])
  const [card] = places((name) => holdsCardNumber(name))
  if (card !== undefined) throw new TrainingError(`The first line holds a card number in column ${card}: is the header missing?`)
  const firstPlace = new Map<string, number>()
  for (const [index, name] of columns.entries()) {
    const first = firstPlace.get(name)
    if (first !== undefined) throw new TrainingError(`The header gives columns ${first} and ${index + 1} the same name.`)
    firstPlace.set(name, index + 1)
  }
}

async function firstRecord (form: Form): Promise<readonly string[]> {
  const reading = records(form, undefined)[Symbol.asyncIterator]()
  const { done, value } = await reading.next()
  await reading.return?.()
  if (done === true) throw new TrainingError('The file is empty.')
  return value
}

/** @param width the header's; without it, the header alone is read */
async function * records ({ path, isPacked, delimiter, lineEnds }: Form, width: number | undefined, { onBytes, onText }: ReadListener = {}): AsyncIterable<readonly string[]> {
  const parser = parse({ bom: true, delimiter, record_delimiter: lineEnds, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES, ...width === undefined ? { to: 1 } : {} })
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  if (onBytes !== undefined) file.on('data', () => { onBytes(file.bytesRead) })
  const text = isPacked ? createGunzip() : new PassThrough()
  if (onText !== undefined) text.on('data', onText)
  // What breaks one stream ends the others, and the reader below hears of it.
  pipeline(file, text, requireUtf8(), parser, () => {})
  try {
    for await (const record of parser) yield record as readonly string[]
  } catch (error) {
    throw describeFault(error, width)
  }
}

/** Lets UTF-8 through and nothing else: read as if it were, other text would lose its letters without a word. */
function requireUtf8 (): Transform {
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  const check = (bytes: Buffer): void => {
    if (!isUtf8(bytes) || bytes.includes(0)) throw new TrainingError(`The file is not UTF-8 text from line ${line + faultyLine(bytes)} on; save it as UTF-8.`)
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) line++
  }
  return new Transform({
    transform (chunk: Buffer, _encoding, done) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const end = wholeCharacters(bytes)
      rest = bytes.subarray(end)
      try {
        check(bytes.subarray(0, end))
        done(null, chunk)
      } catch (error) {
        done(error as Error)
      }
    },
    flush (done) {
      try {
        check(rest)
        done()
      } catch (error) {
        done(error as Error)
      }
    }
  })
}

/** Where a character begins that may end in the next chunk: up to three bytes before the end. */
function wholeCharacters (bytes: Buffer): number {
  for (let end = bytes.length - 1; end >= Math.max(0, bytes.length - 3); end--) {
    const byte = bytes[end] ?? 0
    if (byte < 0x80) return bytes.length
    if (byte >= 0xC0) return end
  }
  return bytes.length
}

/** How many lines stand before the one with the fault. */
function faultyLine (bytes: Buffer): number {
  let [lines, start] = [0, 0]
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, start)) {
    const line = bytes.subarray(start, at)
    if (!isUtf8(line) || line.includes(0)) return lines
    lines++
    start = at + 1
  }
  return lines
}

/** Without the parser's own sentence, which may repeat what stands in the file. */
function describeFault (error: unknown, width?: number): unknown {
  if (error instanceof CsvError) return new TrainingError(describeRow(error, width), { cause: error })
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR') return new TrainingError('The packed file is cut off: its end is missing.', { cause: error })
  if (code.startsWith('Z_')) return new TrainingError('The packed file is damaged: gzip cannot read it to its end.', { cause: error })
  return code === '' ? error : new TrainingError(`The file cannot be read: ${code}.`, { cause: error })
}

function describeRow (error: CsvError, width: number | undefined): string {
  const { records: row = 0, lines = 0, record } = error as { records?: number, lines?: number, record?: unknown }
  const where = row === 0 ? 'the header' : `row ${row} after the header`
  const sentences: Readonly<Record<string, string>> = {
    CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: `Line ${lines} (${where}) has ${Array.isArray(record) ? record.length : 'another number of'} cells, the header has ${width ?? 'others'}.`,
    CSV_QUOTE_NOT_CLOSED: `A quote that opens in ${where} is never closed.`,
    CSV_MAX_RECORD_SIZE: `More than 1 MiB is one row (${where}, up to line ${lines}): is a quote not closed?`,
    CSV_INVALID_CLOSING_QUOTE: `In line ${lines} (${where}) a quote closes before its cell ends; within quotes it must be written twice.`,
    INVALID_OPENING_QUOTE: `In line ${lines} (${where}) a quote stands within a cell that does not begin with one.`
  }
  return sentences[error.code] ?? `Line ${lines} (${where}) cannot be read: ${error.code.toLowerCase().replaceAll('_', ' ')}.`
}

/** The delimiter that stands most often in the first line, outside quotes. */
async function sniff (path: string): Promise<Form> {
  const bytes = await beginning(path)
  const isPacked = bytes[0] === 0x1F && bytes[1] === 0x8B
  const text = (isPacked ? await unpackedBeginning(path) : bytes).toString('utf8').replaceAll(/"(?:[^"]|"")*"/g, '')
  const line = text.split(/\r?\n|\r/).find((one) => one.trim() !== '') ?? ''
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: line.split(delimiter).length }))
  return {
    path,
    isPacked,
    delimiter: counts.reduce((best, one) => one.count > best.count ? one : best).delimiter,
    // Files that were put together mix line ends.
    lineEnds: text.includes('\n') ? ['\r\n', '\n'] : ['\r\n', '\n', '\r']
  }
}

async function beginning (path: string): Promise<Buffer> {
  const file = await open(path).catch((error: unknown) => { throw describeFault(error) })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED_BYTES), 0, SNIFFED_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw describeFault(error)
  } finally {
    await file.close()
  }
}

async function unpackedBeginning (path: string): Promise<Buffer> {
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
  return Buffer.concat(chunks)
}
