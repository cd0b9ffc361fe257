import { createHash } from 'node:crypto'
import { isNull } from '../domain/null-word.ts'
import { createRandom } from '../model/random.ts'
import { isNumberText } from '../model/transformations.ts'
import { isBeyondChance, isCardName } from '../training-data/card-column.ts'
import { type ColumnProfile, createColumnCounter, DISTINCT_LIMIT } from '../training-data/column-profile.ts'
import { guessVariableType, isNumericType, type VariableType } from '../training-data/variable-type.ts'
import { aucRoc } from './ranking.ts'
import { type CsvTable, tellColumns } from './labelled-csv.ts'
import { chooseFraudValues } from './label-words.ts'
import { MAX_VARIABLE_LENGTH } from '../model/features.ts'
import { learnableText } from './row-event.ts'
import { readRowTime } from './timestamp.ts'
import { TrainingError } from './training-error.ts'

/** What is to be known of the data's columns, and what the user says of them. */
export interface ColumnRoles {
  label: string
  /** `null` when the data tell no time. */
  timestamp: string | null
  /** Labels that mean fraud; `undefined` is for the words and the counts to tell. */
  fraudValues: readonly string[] | undefined
  /** Columns whose long numbers are no card numbers. */
  notCards: readonly string[]
}

/** What a column holds, and how much it tells by itself. */
export interface ProfiledColumn extends ColumnProfile {
  type: VariableType
  /** Whether there may be more different values than were counted. */
  hasMoreValues: boolean
  /** Texts that are longer than the service reads; they count as missing. */
  longTexts: number
  /** Numbers that can only be written with a comma as the decimal sign. */
  decimalCommas: number
  /** How well the column alone tells frauds from legitimate rows: 0.5 not at all, 1 entirely. */
  separation: number
  /** How closely its numbers follow the time, -1 to 1; 0 for what is no number. */
  timeCorrelation: number
  /** What it must not be used for a model for: it holds card numbers or security codes. */
  secret: 'card numbers' | 'security codes' | null
}

export interface DataProfile {
  rows: number
  /** Of the plain text, in hex. */
  sha256: string
  /** Without label and timestamp. */
  columns: readonly ProfiledColumn[]
  /** Commonest first. */
  labels: ReadonlyArray<{ value: string, rows: number, isFraud: boolean }>
  unlabelledRows: number
  untimedRows: number
  /** Rows that are the same as an earlier one in every cell. */
  repeatedRows: number
  /** By row: 1 fraud, 0 legitimate, -1 to be left out since label or time is missing. */
  classes: Int8Array
  /** By row, Unix milliseconds; `null` when the data tell no time. */
  times: Float64Array | null
  /** Whether any time has an hour, and not all are dates. */
  hasHours: boolean
  /** What is odd about the times; `null` when nothing is. */
  timeWarning: string | null
}

/** More categories make the training many times slower; columns with more are told by frequency and risk. */
export const MAX_CATEGORIES = 250
const MAX_LABELS = 50
/** Rows of each label that are looked at as a whole; fewer when they are long. */
const SAMPLE_OF_EACH_LABEL = 5_000
const SAMPLED_CELLS_OF_EACH_LABEL = 1_000_000
/** Values that are remembered to count the different ones, of all columns together. */
const REMEMBERED_VALUES = 2_000_000
/** So many of a column's values are numbers, and it is one of numbers; the others, such as "n/a", count as missing. */
const MOST = 0.9
/** Beyond so many rows nobody counts which are the same. */
const MAX_COMPARED_ROWS = 3_000_000
/** 1,234 may be a thousand and more; 12,50 and 0,5 are not. */
const DECIMAL_COMMA = /^[^,]*\d,(?:\d{1,2}|\d{4,})\D*$/
const DAY_MS = 86_400_000
/** What lies before 2000 is no time of a payment, but a count from somewhere. */
export const FIRST_TIME_MS = Date.UTC(2000, 0)

interface SampledRow { cells: readonly string[], label: number, timeMs: number }

/**
 * Reads the data once, as a stream, and tells what they hold.
 * @throws TrainingError when a column is missing, a time cannot be read, or the labels are not of two kinds
 */
export async function profileData (table: CsvTable, roles: ColumnRoles, { seed, onRows, onBytes }: { seed: number, onRows: (rows: number) => void, onBytes: (bytes: number) => void }): Promise<DataProfile> {
  const [labelIndex, timeIndex] = [table.columns.indexOf(roles.label), roles.timestamp === null ? -1 : table.columns.indexOf(roles.timestamp)]
  // Both at once: whoever has named neither would else be told of one after the other.
  const missing = [
    ...labelIndex === -1 ? [`There is no column ${roles.label} for the label; name it with --label.`] : [],
    ...roles.timestamp !== null && timeIndex === -1 ? [`There is no column ${roles.timestamp} for the timestamp; name it with --timestamp, or say --no-timestamp.`] : []
  ]
  if (missing.length > 0) throw new TrainingError([...missing, tellColumns(table.columns)].join(' '))
  if (labelIndex === timeIndex) throw new TrainingError(`The column ${roles.label} cannot be the label and the timestamp as well; name another one with --label or --timestamp.`)
  const width = table.columns.length
  const distinctLimit = Math.min(DISTINCT_LIMIT, Math.max(MAX_CATEGORIES + 1, Math.ceil(REMEMBERED_VALUES / width)))
  const sampleSize = Math.min(SAMPLE_OF_EACH_LABEL, Math.ceil(SAMPLED_CELLS_OF_EACH_LABEL / width))
  const counters = table.columns.map((name) => createColumnCounter(name, distinctLimit))
  const [longTexts, decimalCommas] = [table.columns.map(() => 0), table.columns.map(() => 0)]
  const labels = new Map<string, { index: number, rows: number, sample: SampledRow[] }>()
  const labelOfRow: number[] = []
  const times: number[] = []
  const hash = createHash('sha256')
  const seen = new Set<number>()
  const random = createRandom(seed)
  let [repeatedRows, hasHours] = [0, false]

  for await (const cells of table.rows({ onBytes, onText: (chunk) => { hash.update(chunk) } })) {
    const row = labelOfRow.length
    for (const [index, cell] of cells.entries()) {
      counters[index]?.add(learnableText(cell))
      if (cell.trim().length > MAX_VARIABLE_LENGTH) longTexts[index]!++
      if (cell.includes(',') && DECIMAL_COMMA.test(cell)) decimalCommas[index]!++
    }
    if (row < MAX_COMPARED_ROWS) {
      const key = createHash('sha1').update(cells.join('\u0001')).digest().readUIntBE(0, 6)
      if (seen.has(key)) repeatedRows++
      else seen.add(key)
    }
    const timeMs = timeIndex === -1 ? row : readRowTime(cells[timeIndex] ?? '', row, roles.timestamp ?? '')
    times.push(timeMs)
    // Times that count from a start of their own tell no hour: the day's, and the week's, began who knows when.
    if (timeMs % DAY_MS !== 0 && timeMs >= FIRST_TIME_MS) hasHours = true
    const label = (cells[labelIndex] ?? '').trim()
    if (isNull(label)) labelOfRow.push(-1)
    else {
      const known = labels.get(label) ?? { index: labels.size, rows: 0, sample: [] }
      if (known.rows === 0 && labels.size >= MAX_LABELS) throw new TrainingError(`The column ${roles.label} holds more than ${MAX_LABELS} different values: it is no label. Name the label's column with --label.`)
      labels.set(label, known)
      known.rows++
      labelOfRow.push(known.index)
      keep(known.sample, sampleSize, known.rows, { cells, label: known.index, timeMs }, random.next)
    }
    if ((row + 1) % 10_000 === 0) onRows(row + 1)
  }
  const rows = labelOfRow.length
  if (rows === 0) throw new TrainingError('The file has a header and no rows.')
  if (timeIndex !== -1 && times.every((timeMs) => Number.isNaN(timeMs))) throw new TrainingError(`The column ${roles.timestamp} is empty in every row; name another one with --timestamp, or say --no-timestamp.`)
  const fraudValues = chooseFraudValues(roles.label, [...labels].map(([value, one]) => ({ value, rows: one.rows })), roles.fraudValues)
  const isFraudByIndex = [...labels.keys()].map((value) => fraudValues.includes(value))
  const sample = [...labels.values()].flatMap((one) => one.sample)
  const classOf = (label: number): number => label === -1 ? -1 : isFraudByIndex[label] === true ? 1 : 0

  return {
    rows,
    sha256: hash.digest('hex'),
    columns: counters.flatMap((counter, index) => index === labelIndex || index === timeIndex
      ? []
      : [describeColumn(counter.profile(), { rows, distinctLimit, longTexts: longTexts[index] ?? 0, decimalCommas: decimalCommas[index] ?? 0, isNotCards: roles.notCards.includes(table.columns[index] ?? ''), hasTime: timeIndex !== -1, sample: sample.map(({ cells, label, timeMs }) => ({ text: learnableText(cells[index]), isFraud: classOf(label) === 1, timeMs })) })]),
    labels: [...labels].map(([value, one]) => ({ value, rows: one.rows, isFraud: fraudValues.includes(value) })).sort((a, b) => b.rows - a.rows),
    unlabelledRows: labelOfRow.filter((label) => label === -1).length,
    untimedRows: times.filter((timeMs) => Number.isNaN(timeMs)).length,
    repeatedRows,
    classes: Int8Array.from(labelOfRow, (label, row) => Number.isNaN(times[row] ?? NaN) ? -1 : classOf(label)),
    times: timeIndex === -1 ? null : Float64Array.from(times),
    hasHours: timeIndex !== -1 && hasHours,
    timeWarning: timeIndex === -1 ? null : warningOfTimes(times, roles.timestamp ?? '', hasHours)
  }
}

/** Any column of numbers passes for seconds, an amount too. Published data do count from a start of their own, so it is no fault. */
function warningOfTimes (times: readonly number[], column: string, hasHours: boolean): string | null {
  const early = times.filter((timeMs) => timeMs < FIRST_TIME_MS)
  if (early.length === 0) return null
  const first = new Date(early.reduce((a, b) => Math.min(a, b))).toISOString()
  const clock = hasHours ? 'hour and weekday are made of them all the same and mean little there' : 'nothing is made of hour and weekday'
  return `the times of ${column} start at ${first}, and ${early.length.toLocaleString('en')} rows lie before 2000: numbers count as seconds since 1970 or since any start, and ${clock}; if it is no time, name another column with --timestamp`
}

/** Reservoir sampling: each row of a label is kept with the same chance. */
function keep (sample: SampledRow[], size: number, seenRows: number, row: SampledRow, next: () => number): void {
  if (sample.length < size) sample.push(row)
  else {
    const place = Math.floor(next() * seenRows)
    if (place < size) sample[place] = row
  }
}

interface SampledCell { text: string, isFraud: boolean, timeMs: number }

function describeColumn (column: ColumnProfile, { rows, distinctLimit, longTexts, decimalCommas, isNotCards, hasTime, sample }: { rows: number, distinctLimit: number, longTexts: number, decimalCommas: number, isNotCards: boolean, hasTime: boolean, sample: readonly SampledCell[] }): ProfiledColumn {
  const isNumber = column.numbers > 0 && column.numbers >= MOST * (rows - column.nulls)
  const holdsCards = !isNotCards && (isBeyondChance(column) || (column.cardLike > 0 && isCardName(column.name)))
  return {
    ...column,
    type: typeOf(column, { rows, isNumber, sample }),
    longTexts,
    decimalCommas,
    hasMoreValues: column.distinct >= distinctLimit,
    // A code that is a number may tell by its value what it does not tell by its rank.
    separation: Math.max(isNumber ? separationOfNumbers(sample) : 0, separationOfTexts(sample)),
    timeCorrelation: isNumber && hasTime ? correlation(sample.map(({ text, timeMs }) => [isNull(text) ? NaN : Number(text), timeMs])) : 0,
    secret: column.securityCodes > 0 ? 'security codes' : holdsCards ? 'card numbers' : null
  }
}

function typeOf (column: ColumnProfile, { rows, isNumber, sample }: { rows: number, isNumber: boolean, sample: readonly SampledCell[] }): VariableType {
  const type = guessVariableType(isNumber && column.distinct > MAX_CATEGORIES ? { ...column, numbers: rows - column.nulls } : column, rows)
  if (!isNumericType(type)) return type
  // Numbers of more digits than a model can take name something.
  const numbers = sample.filter(({ text }) => !Number.isNaN(Number(text)) && text !== '')
  return numbers.filter(({ text }) => isNumberText(text)).length >= MOST * numbers.length ? type : 'CATEGORICAL'
}

function separationOfNumbers (sample: readonly SampledCell[]): number {
  // What is missing may tell as much as a number; it ranks below them all.
  const auc = aucRoc(sample.map(({ text, isFraud }) => ({ isFraud, raw: isNull(text) || Number.isNaN(Number(text)) ? -Infinity : Number(text) })))
  return Math.max(auc, 1 - auc)
}

/** By the share of frauds that one half of the rows has for a text, looked up for the other half: a text that stands once tells nothing. */
function separationOfTexts (sample: readonly SampledCell[]): number {
  const counts = new Map<string, { rows: number, frauds: number }>()
  const [learnt, asked] = [sample.filter((_, index) => index % 2 === 0), sample.filter((_, index) => index % 2 === 1)]
  for (const { text, isFraud } of learnt) {
    const count = counts.get(text) ?? { rows: 0, frauds: 0 }
    counts.set(text, { rows: count.rows + 1, frauds: count.frauds + (isFraud ? 1 : 0) })
  }
  return aucRoc(asked.map(({ text, isFraud }) => {
    const { rows, frauds } = counts.get(text) ?? { rows: 0, frauds: 0 }
    return { isFraud, raw: (frauds + 0.5) / (rows + 1) }
  }))
}

/** Pearson's correlation of the pairs that are numbers; 0 for fewer than ten, and for what never changes. */
function correlation (pairs: readonly (readonly [number, number])[]): number {
  const known = pairs.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
  if (known.length < 10) return 0
  const meanOf = (place: 0 | 1) => known.reduce((sum, pair) => sum + pair[place], 0) / known.length
  const [meanX, meanY] = [meanOf(0), meanOf(1)]
  let [xy, xx, yy] = [0, 0, 0]
  for (const [x, y] of known) {
    xy += (x - meanX) * (y - meanY)
    xx += (x - meanX) ** 2
    yy += (y - meanY) ** 2
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}
