import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable, Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { describeWriteFault } from './training-error.ts'
import { drawTransactions } from './transaction-generator.ts'

const ROWS_A_CHUNK = 500

/** A cell, quoted where commas, quotes or line ends would break the row (RFC 4180). */
function cell (value: string | null): string {
  if (value === null) return ''
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/**
 * Writes generated transactions as a CSV with EVENT_LABEL and EVENT_TIMESTAMP before the variables, as Amazon Fraud Detector trains on;
 * row after row, in the order in which they are drawn. The file appears when it is whole. Packed when its name ends in `.gz`.
 * @param onRows is told how many rows are written
 * @returns how many are labelled fraud, and the size of the plain text
 */
export async function writeTransactionsCsv ({ path, rows, seed, onRows }: { path: string, rows: number, seed: number, onRows: (rows: number) => void }): Promise<{ frauds: number, bytes: number }> {
  let [frauds, bytes] = [0, 0]
  function * chunks () {
    let [text, count] = ['', 0]
    for (const { EVENT_LABEL, EVENT_TIMESTAMP, variables } of drawTransactions({ rows, seed })) {
      if (count === 0) text = `${['EVENT_LABEL', 'EVENT_TIMESTAMP', ...Object.keys(variables)].join(',')}\n`
      text += `${[EVENT_LABEL, EVENT_TIMESTAMP, ...Object.values(variables)].map(cell).join(',')}\n`
      count++
      if (EVENT_LABEL === 'fraud') frauds++
      if (count % ROWS_A_CHUNK === 0 || count === rows) {
        yield text
        text = ''
        onRows(count)
      }
    }
  }
  const counted = new Transform({
    transform (chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done(null, chunk)
    }
  })
  const partial = `${path}.part`
  try {
    const target: Writable = createWriteStream(partial)
    await (path.endsWith('.gz')
      ? pipeline(Readable.from(chunks()), counted, createGzip(), target)
      : pipeline(Readable.from(chunks()), counted, target))
    await rename(partial, path)
  } catch (error) {
    throw describeWriteFault(path, error)
  } finally {
    await rm(partial, { force: true })
  }
  return { frauds, bytes }
}
