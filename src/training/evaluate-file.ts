import { holdsCardNumber } from '../domain/card-number.ts'
import { holdsSecurityCode } from '../domain/security-code.ts'
import type { CardModel } from '../model/card-model.ts'
import type { Evaluation } from '../model/evaluation.ts'
import type { UnusedVariable } from '../model/features.ts'
import { evaluate, type ScoredRow } from './evaluate.ts'
import { chooseFraudValues } from './label-words.ts'
import { findCustomerColumn } from './known-variables.ts'
import { openCsvTable, tellColumns } from './labelled-csv.ts'
import { eventOf, readCell } from './row-event.ts'
import { readRowTime } from './timestamp.ts'
import { TrainingError } from './training-error.ts'

/** What is to be measured, and on what. Names that are not given are those of the model's own training data, where the file has them. */
export interface EvaluationRequest {
  path: string
  label: string | undefined
  timestamp: string | undefined
  fraudValues: readonly string[] | undefined
  customer: string | undefined
  /** A column; each of its values is measured apart. */
  by: string | undefined
}

export interface Segment {
  value: string
  /** `null` without legitimate rows. */
  evaluation: Evaluation | null
  rows: number
  frauds: number
}

export interface FileEvaluation {
  evaluation: Evaluation
  /** The label's column, and what was made of its values; commonest first. */
  label: string
  labels: { value: string, rows: number, isFraud: boolean }[]
  /** Greatest first; the rarest values together under `(others)`. Empty without `by`. */
  segments: Segment[]
  unlabelledRows: number
  /** Rows without a time, when the model scores by it. */
  untimedRows: number
  /** Variables that the model knows and could not use, and in how many rows. */
  unused: { name: string, why: UnusedVariable['why'], rows: number }[]
  /** Milliseconds; `null` without a timestamp. */
  fromMs: number | null
  toMs: number | null
}

const MAX_SEGMENTS = 20
/** Scores every row of a labelled CSV and measures the model. @throws TrainingError that says what is wrong with the data, and where */
export async function evaluateFile (model: CardModel, request: EvaluationRequest, onRows: (rows: number) => void): Promise<FileEvaluation> {
  const table = await openCsvTable(request.path)
  const { trainingData } = model.card
  const [label, timestamp] = [request.label ?? trainingData.label, request.timestamp ?? trainingData.timestamp]
  const indexOf = (name: string, option: string) => {
    const index = table.columns.indexOf(name)
    if (index === -1) throw new TrainingError(`There is no column ${name}; name one with --${option}. ${tellColumns(table.columns)}`)
    return index
  }
  const labelIndex = indexOf(label, 'label')
  const timeIndex = request.timestamp === undefined ? table.columns.indexOf(timestamp ?? '') : indexOf(request.timestamp, 'timestamp')
  const customerName = request.customer ?? findCustomerColumn(table.columns)
  const customerIndex = customerName === undefined ? -1 : indexOf(customerName, 'customer')
  const byIndex = request.by === undefined ? -1 : indexOf(request.by, 'by')
  const variables = [...new Set(model.card.features.flatMap((feature) => feature.variables))]
  if (!variables.some((name) => table.columns.includes(name))) throw new TrainingError(`The file has none of the columns that the model scores by: ${variables.slice(0, 40).join(', ')}${variables.length > 40 ? ' …' : ''}.`)
  const needsTime = model.card.features.some((feature) => feature.variables.length === 0)

  const rows: (ScoredRow & { label: string, segment: string })[] = []
  const labels = new Map<string, number>()
  const unused = new Map<string, { name: string, why: UnusedVariable['why'], rows: number }>()
  let [read, unlabelledRows, untimedRows] = [0, 0, 0]
  for await (const cells of table.rows()) {
    read++
    if (read % 1_000 === 0) onRows(read)
    const text = readCell(cells[labelIndex])
    if (text === null) {
      unlabelledRows++
      continue
    }
    labels.set(text, (labels.get(text) ?? 0) + 1)
    if (labels.size > 50) throw new TrainingError(`The column ${label} holds more than 50 different values: it is no label. Name the label's column with --label.`)
    const timeMs = timeIndex === -1 ? NaN : readRowTime(cells[timeIndex] ?? '', read - 1, table.columns[timeIndex] ?? '')
    if (needsTime && Number.isNaN(timeMs)) untimedRows++
    const { raw, unusedVariables } = model.assess(eventOf(table.columns, cells, timeMs))
    for (const { name, why } of unusedVariables) {
      const known = unused.get(`${name} ${why}`) ?? { name, why, rows: 0 }
      known.rows++
      unused.set(`${name} ${why}`, known)
    }
    const customer = cells[customerIndex]
    rows.push({ raw, isFraud: false, timeMs, label: text, segment: byIndex === -1 ? '' : readCell(cells[byIndex]) ?? '(empty)', ...customer === undefined ? {} : { customer } })
  }
  if (rows.length === 0) throw new TrainingError('The file has no labelled rows.')
  const known = trainingData.fraudValues.filter((value) => labels.has(value))
  // Where several labels are not among the frauds that the model knows, nobody has said that all of them are legitimate.
  const named = request.fraudValues ?? (known.length === 0 || labels.size - known.length > 1 ? undefined : known)
  const fraudValues = chooseFraudValues(label, [...labels].map(([value, count]) => ({ value, rows: count })), named, { mayBeOneKind: true })
  for (const row of rows) row.isFraud = fraudValues.includes(row.label)
  if (rows.every(({ isFraud }) => isFraud)) throw new TrainingError(`Every row is fraud by the column ${label}; without legitimate rows there is nothing to measure.`)
  const times = rows.map(({ timeMs }) => timeMs ?? NaN).filter((timeMs) => !Number.isNaN(timeMs))
  return {
    evaluation: evaluate(rows, model.card.scoreMap),
    label,
    labels: [...labels].map(([value, count]) => ({ value, rows: count, isFraud: fraudValues.includes(value) })).sort((a, b) => b.rows - a.rows),
    segments: byIndex === -1 ? [] : segmentsOf(rows, model, request.by ?? ''),
    unlabelledRows,
    untimedRows,
    unused: [...unused.values()].sort((a, b) => b.rows - a.rows),
    fromMs: times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)),
    toMs: times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
  }
}

function segmentsOf (rows: readonly (ScoredRow & { segment: string })[], model: CardModel, by: string): Segment[] {
  const bySegment = new Map<string, ScoredRow[]>()
  for (const row of rows) {
    const members = bySegment.get(row.segment) ?? []
    members.push(row)
    bySegment.set(row.segment, members)
  }
  const sorted = [...bySegment].sort(([, a], [, b]) => b.length - a.length)
  const shown = sorted.slice(0, sorted.length > MAX_SEGMENTS ? MAX_SEGMENTS - 1 : MAX_SEGMENTS)
  if (shown.some(([value]) => holdsCardNumber(value) || holdsSecurityCode(by, value))) throw new TrainingError(`The column ${by} holds card numbers or security codes, which are not shown; name another one with --by.`)
  const others = sorted.slice(shown.length).flatMap(([, members]) => members)
  return [...shown, ...others.length === 0 ? [] : [['(others)', others] as const]].map(([value, members]) => {
    const frauds = members.filter(({ isFraud }) => isFraud).length
    return { value, rows: members.length, frauds, evaluation: frauds === members.length ? null : evaluate(members, model.card.scoreMap) }
  })
}
