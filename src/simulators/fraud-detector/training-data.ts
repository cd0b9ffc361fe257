import { parse } from 'csv-parse/sync'
import type { LabelSchema, StoredEvent } from './account.ts'
import { DataFault, type TrainingJob } from './training-job.ts'

/** One labelled event. */
export interface TrainingRow {
  atMs: number
  isFraud: boolean
  /** Texts by variable name; what is missing is not there. */
  values: Readonly<Record<string, string>>
}

interface RawRow { timestamp: string, label: string, values: Readonly<Record<string, string>> }

/**
 * Reads the rows of a training, sorted by time (User Guide, "Prepare event data": the file's header holds EVENT_TIMESTAMP, EVENT_LABEL and
 * the model's variables). A timestamp that is none and a label that nobody mapped stop the training; how forgiving the service is, is not documented.
 * @throws DataFault
 */
export function readTrainingRows ({ source, variables, labelSchema, minimumRows, minimumFrauds }: TrainingJob): TrainingRow[] {
  const names = variables.map(({ name }) => name)
  const raw = 'csv' in source ? readCsv(source.csv, names) : source.events.map(readEvent)
  const rows = raw.flatMap((row, index) => {
    const isFraud = readLabel(row.label, labelSchema)
    if (isFraud === undefined) return []
    const atMs = Date.parse(row.timestamp)
    if (Number.isNaN(atMs)) throw new DataFault('Invalid timestamp', `The timestamp of row ${index + 1} is not in ISO 8601 format.`)
    return [{ atMs, isFraud, values: row.values }]
  })
  const frauds = rows.filter(({ isFraud }) => isFraud).length
  if (rows.length < minimumRows) throw new DataFault('Too few events', `Training needs at least ${minimumRows} labelled events; there are ${rows.length}.`)
  for (const [kind, count] of [['fraudulent', frauds], ['legitimate', rows.length - frauds]] as const) {
    if (count < minimumFrauds) throw new DataFault('Too few labels', `Training needs at least ${minimumFrauds} ${kind} events; there are ${count}.`)
  }
  return rows.sort((a, b) => a.atMs - b.atMs)
}

function readCsv (csv: Uint8Array, names: readonly string[]): RawRow[] {
  let records: Record<string, string>[]
  let missing: string[] = []
  try {
    records = parse(Buffer.from(csv.buffer, csv.byteOffset, csv.byteLength), {
      bom: true,
      skip_empty_lines: true,
      columns (header: string[]) {
        missing = ['EVENT_TIMESTAMP', 'EVENT_LABEL', ...names].filter(name => !header.includes(name))
        return header
      }
    })
  } catch (error) {
    throw new DataFault('Unreadable file', `The file is no CSV: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (records.length === 0) throw new DataFault('Too few events', 'The file has no rows.')
  if (missing.length > 0) throw new DataFault('Missing columns', `The file's header lacks ${missing.join(', ')}.`)
  return records.map(record => ({ timestamp: record['EVENT_TIMESTAMP'] ?? '', label: record['EVENT_LABEL'] ?? '', values: pick(record, names) }))
}

function readEvent ({ eventTimestamp, currentLabel, eventVariables }: StoredEvent): RawRow {
  return { timestamp: eventTimestamp, label: currentLabel ?? '', values: eventVariables }
}

function pick (record: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap(name => record[name] === undefined || record[name].trim() === '' ? [] : [[name, record[name]]]))
}

/** Whether a label means fraud; `undefined` when the row does not count. */
function readLabel (label: string, { labelMapper = {}, unlabeledEventsTreatment = 'IGNORE' }: LabelSchema): boolean | undefined {
  if (label.trim() === '') return unlabeledEventsTreatment === 'FRAUD' ? true : unlabeledEventsTreatment === 'LEGIT' ? false : undefined
  if (labelMapper['FRAUD']?.includes(label) === true) return true
  if (labelMapper['LEGIT']?.includes(label) === true) return false
  throw new DataFault('Unknown label', `The label ${label} stands in no list of the label mapper.`)
}
