import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { isNull } from '../domain/null-word.ts'
import { createColumnCounter, type ColumnProfile } from '../training-data/column-profile.ts'
import { DetectorError } from './detector-error.ts'

/** What training data holds, without any of its values but the labels. */
export interface CsvProfile {
  rows: number
  /** Of the plain text, not of the packed file. */
  bytes: number
  /** Of the plain text, in hex. */
  sha256: string
  /** In the file's order, metadata included. */
  columns: readonly ColumnProfile[]
  /** Values of EVENT_LABEL, rarest first. */
  labels: ReadonlyArray<{ value: string, rows: number }>
  unlabelledRows: number
  timestamps: { isoUtc: number, others: number, absent: number, firstMs: number | null, lastMs: number | null }
}

const MAX_RECORD_BYTES = 1_048_576
const MAX_LABELS = 50
const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/**
 * Reads training data once, as a stream, and tells what it holds.
 * @param source the plain CSV, with a header
 * @param onBytes is told how many bytes were read so far
 * @throws DetectorError `data` when it is no CSV with a header and rows of the same length; the message names the line and no value
 */
export async function profileCsv (source: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void = () => {}): Promise<CsvProfile> {
  const hash = createHash('sha256')
  let bytes = 0
  async function * measured () {
    for await (const chunk of source) {
      hash.update(chunk)
      bytes += chunk.length
      onBytes(bytes)
      yield chunk
    }
  }
  const parser = parse({ bom: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES })
  const counted = countRecords(parser)
  // Both end together: when one fails, so does the other.
  const [, counts] = await Promise.all([pipeline(measured, parser), counted]).catch((error: unknown) => {
    if (error instanceof CsvError) throw new DetectorError('data', `The training data is no readable CSV: ${describeFault(error)}`, { cause: error })
    throw error
  })
  if (counts === undefined) throw new DetectorError('data', 'The training data is empty.')
  return { ...counts, bytes, sha256: hash.digest('hex') }
}

/** The fault without the parser's own sentence, which may repeat what stands in the file. */
function describeFault (error: CsvError): string {
  const line = 'lines' in error ? ` in or before line ${String(error['lines'])}` : ''
  return `${error.code.toLowerCase().replaceAll('_', ' ').replace(/^csv /, '')}${line}.`
}

async function countRecords (records: AsyncIterable<string[]>): Promise<Omit<CsvProfile, 'bytes' | 'sha256'> | undefined> {
  let names: string[] | undefined
  let counters: ReturnType<typeof createColumnCounter>[] = []
  let rows = 0
  const labels = new Map<string, number>()
  const timestamps = { isoUtc: 0, others: 0, absent: 0, firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY }

  for await (const record of records) {
    if (names === undefined) {
      names = record.map((name) => name.trim())
      counters = names.map((name) => createColumnCounter(name))
      continue
    }
    rows++
    record.forEach((cell, index) => {
      counters[index]?.add(cell)
      if (names?.[index] === 'EVENT_LABEL') countLabel(labels, cell.trim())
      else if (names?.[index] === 'EVENT_TIMESTAMP') countTimestamp(timestamps, cell.trim())
    })
  }
  if (names === undefined) return undefined
  const unlabelledRows = labels.get('') ?? 0
  labels.delete('')
  return {
    rows,
    columns: counters.map((counter) => counter.profile()),
    labels: [...labels].map(([value, count]) => ({ value, rows: count })).sort((a, b) => a.rows - b.rows),
    unlabelledRows,
    timestamps: { ...timestamps, firstMs: timestamps.isoUtc === 0 ? null : timestamps.firstMs, lastMs: timestamps.isoUtc === 0 ? null : timestamps.lastMs }
  }
}

function countLabel (labels: Map<string, number>, value: string): void {
  const label = isNull(value) ? '' : value
  // More are no labels; they are told as too many, not remembered.
  if (labels.has(label) || labels.size < MAX_LABELS) labels.set(label, (labels.get(label) ?? 0) + 1)
}

function countTimestamp (timestamps: { isoUtc: number, others: number, absent: number, firstMs: number, lastMs: number }, value: string): void {
  const ms = ISO_UTC.test(value) ? Date.parse(value) : Number.NaN
  if (isNull(value)) timestamps.absent++
  else if (Number.isNaN(ms)) timestamps.others++
  else {
    timestamps.isoUtc++
    timestamps.firstMs = Math.min(timestamps.firstMs, ms)
    timestamps.lastMs = Math.max(timestamps.lastMs, ms)
  }
}
