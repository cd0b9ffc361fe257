import type { Detector } from '../adapters/rules/detector-rules.ts'
import { isCurrency, minorDigits, type Amount } from '../domain/amount.ts'
import { newCard } from '../domain/card.ts'
import type { RuleOutcome } from '../domain/outcome.ts'
import { outcomeByFindings } from '../domain/rule-finding.ts'
import type { CardModel } from '../model/card-model.ts'
import { AMOUNT_COLUMN, CURRENCY_COLUMN, findCustomerColumn } from '../training/known-variables.ts'
import { chooseFraudValues } from '../training/label-words.ts'
import { openCsvTable, type CsvTable } from '../training/labelled-csv.ts'
import { eventOf, readCell } from '../training/row-event.ts'
import { readTimestamp } from '../training/timestamp.ts'
import { TrainingError } from '../training/training-error.ts'

/** A CSV of payments, and which columns of it mean what; names that are not given are the model's own, or told by how columns are called. */
export interface TrialRequest {
  path: string
  label: string | undefined
  timestamp: string | undefined
  fraudValues: readonly string[] | undefined
  amount: string | undefined
  /** A column, or one currency for all rows. */
  currency: string | undefined
}

/** What one rule, or one outcome, caught. */
export interface Caught {
  rows: number
  /** 0 without labels. */
  frauds: number
}

/** What a detector makes of a file. */
export interface Trial {
  all: Caught
  /** `null` when the file has no labels. */
  label: string | null
  rules: Array<Caught & { id: string, outcome: RuleOutcome, failed: number }>
  outcomes: Record<RuleOutcome, Caught>
  /** Unix milliseconds, and the days from one to the other; `null` without timestamps. */
  time: { fromMs: number, toMs: number, days: number, busiestDay: number } | null
  /** Rows that were left out, and why. */
  leftOut: { unlabelled: number, untimed: number, unpriced: number }
  /** Variables that rules read and the file has no column for. */
  missingColumns: string[]
  /** Whether the model knows none of the columns, so that its scores mean nothing here. */
  isScoreBlind: boolean
}

const DAY_MS = 86_400_000
const MAX_LABELS = 50
const TIME_FACTS = ['occurredAt', 'hour', 'weekday']
/** Rules are tried on payments of cards about which nothing is known. */
const UNKNOWN_CARD = newCard('', '', '')

/** What is counted of the rows of one label, until it is known which labels mean fraud. */
interface Tally {
  rows: number
  outcomes: Record<RuleOutcome, number>
  matched: Map<string, number>
  failed: Map<string, number>
}

interface Payment {
  /** Empty in a file without labels. */
  label: string
  /** NaN when it is not known. */
  timeMs: number
  amount: Amount
  customerId: string
}

const count = <K>(counts: Map<K, number>, key: K): void => { counts.set(key, (counts.get(key) ?? 0) + 1) }

/** Scores every row of a CSV and asks the rules about it. @throws TrainingError that says what is wrong with the data, and where */
export async function tryDetector ({ rules, file, reads }: Detector, model: CardModel, request: TrialRequest, onRows: (rows: number) => void): Promise<Trial> {
  const table = await openCsvTable(request.path)
  const columns = findColumns(table, model, request)
  const readPayment = paymentReader(columns, reads)
  const tallies = new Map<string, Tally>()
  const fraudsByDay = new Map<number, number>()
  const leftOut = { unlabelled: 0, untimed: 0, unpriced: 0 }
  let [read, fromMs, toMs] = [0, Infinity, -Infinity]
  for await (const cells of table.rows()) {
    read++
    if (read % 10_000 === 0) onRows(read)
    const payment = readPayment(cells)
    if (typeof payment === 'string') {
      leftOut[payment]++
      continue
    }
    const { label, timeMs, amount, customerId } = payment
    const event = eventOf(table.columns, cells, timeMs)
    const findings = rules.evaluate({
      transaction: { transactionId: '', customerId, occurredAtMs: timeMs, amount, variables: event.variables as Record<string, string | null> },
      card: UNKNOWN_CARD,
      scored: { score: model.assess(event).score, scorerName: 'embedded', isFallback: false },
      nowMs: timeMs
    })
    const { outcome } = outcomeByFindings(findings, { otherwise: rules.otherwise, unscoredOutcome: rules.otherwise })
    const tally = tallies.get(label) ?? { rows: 0, outcomes: { approve: 0, investigate: 0, fraud: 0 }, matched: new Map(), failed: new Map() }
    tallies.set(label, tally)
    if (tallies.size > MAX_LABELS) throw new TrainingError(`The column ${table.columns[columns.label] ?? ''} holds more than ${MAX_LABELS} different values: it is no label. Name the label's column with --label.`)
    tally.rows++
    tally.outcomes[outcome]++
    for (const { kind, ruleId } of findings) count(kind === 'matched' ? tally.matched : tally.failed, ruleId)
    if (Number.isNaN(timeMs)) continue
    ;[fromMs, toMs] = [Math.min(fromMs, timeMs), Math.max(toMs, timeMs)]
    if (outcome === 'fraud') count(fraudsByDay, Math.floor(timeMs / DAY_MS))
  }
  if (tallies.size === 0) throw new TrainingError('The file has no rows that the rules could be tried on.')

  const label = table.columns[columns.label] ?? null
  const fraudValues = label === null ? [] : findFraudValues(label, tallies, model, request.fraudValues)
  const sum = (of: (tally: Tally) => number): Caught => addUp(tallies, fraudValues, of)
  return {
    all: sum(({ rows }) => rows),
    label,
    rules: file.rules.map(({ id, outcome }) => ({ id, outcome, ...sum(({ matched }) => matched.get(id) ?? 0), failed: sum(({ failed }) => failed.get(id) ?? 0).rows })),
    outcomes: { approve: sum(({ outcomes }) => outcomes.approve), investigate: sum(({ outcomes }) => outcomes.investigate), fraud: sum(({ outcomes }) => outcomes.fraud) },
    time: toMs < fromMs ? null : { fromMs, toMs, days: Math.floor(toMs / DAY_MS) - Math.floor(fromMs / DAY_MS) + 1, busiestDay: Math.max(0, ...fraudsByDay.values()) },
    leftOut,
    missingColumns: reads.has('variables') ? [...file.variables.keys()].filter((name) => !table.columns.includes(name)) : [],
    isScoreBlind: !model.card.features.some(({ variables }) => variables.some((name) => table.columns.includes(name)))
  }
}

function addUp (tallies: ReadonlyMap<string, Tally>, fraudValues: readonly string[], of: (tally: Tally) => number): Caught {
  const counts = [...tallies].map(([label, tally]) => ({ rows: of(tally), isFraud: fraudValues.includes(label) }))
  return { rows: counts.reduce((sum, { rows }) => sum + rows, 0), frauds: counts.reduce((sum, { rows, isFraud }) => sum + (isFraud ? rows : 0), 0) }
}

/** Where the columns stand that mean something; -1 for one that the file has not. */
function findColumns ({ columns }: CsvTable, { card: { trainingData, standIns } }: CardModel, request: TrialRequest) {
  const required = (name: string, option: string): number => {
    const index = columns.indexOf(name)
    if (index === -1) throw new TrainingError(`There is no column ${name}, which --${option} names. The columns are ${columns.join(', ')}.`)
    return index
  }
  const either = (named: string | undefined, option: string, usual: string | null | undefined): number => named === undefined ? columns.indexOf(usual ?? '') : required(named, option)
  const called = (pattern: RegExp, own: string | undefined) => own !== undefined && columns.includes(own) ? own : columns.find((name) => pattern.test(name))
  const isOneCurrency = request.currency !== undefined && !columns.includes(request.currency) && isCurrency(request.currency)
  return {
    label: either(request.label, 'label', trainingData.label),
    timestamp: either(request.timestamp, 'timestamp', trainingData.timestamp),
    customer: columns.indexOf(findCustomerColumn(columns) ?? ''),
    amount: either(request.amount, 'amount', called(AMOUNT_COLUMN, standIns.amount)),
    currency: isOneCurrency ? -1 : either(request.currency, 'currency', called(CURRENCY_COLUMN, standIns.currency)),
    oneCurrency: isOneCurrency ? request.currency : undefined
  }
}

/** Reads what a row says beside its variables, or tells why it is left out. What no rule asks for need not be there. */
function paymentReader (at: ReturnType<typeof findColumns>, reads: ReadonlySet<string>): (cells: readonly string[]) => Payment | keyof Trial['leftOut'] {
  const needsTime = TIME_FACTS.some((fact) => reads.has(fact))
  if (needsTime && at.timestamp === -1) throw new TrainingError('Rules read the time; name its column with --timestamp.')
  if (reads.has('amount') && at.amount === -1) throw new TrainingError('Rules read the amount; name its column with --amount.')
  if (reads.has('currency') && at.currency === -1 && at.oneCurrency === undefined) throw new TrainingError('Rules read the currency; name its column with --currency, or one currency for all rows, such as EUR.')
  return (cells) => {
    const label = at.label === -1 ? '' : readCell(cells[at.label])
    const timeMs = readTimestamp(cells[at.timestamp]?.trim() ?? '')
    const value = Number(readCell(cells[at.amount]) ?? NaN)
    if (label === null) return 'unlabelled'
    if (needsTime && Number.isNaN(timeMs)) return 'untimed'
    if (reads.has('amount') && !Number.isFinite(value)) return 'unpriced'
    const currency = at.oneCurrency ?? readCell(cells[at.currency])?.toUpperCase() ?? ''
    return { label, timeMs, amount: { valueMinor: Math.round((Number.isFinite(value) ? value : 0) * 10 ** minorDigits(currency)), currency }, customerId: cells[at.customer] ?? '' }
  }
}

/** As `model evaluate` tells them; a file of one kind of rows can be tried too. */
function findFraudValues (label: string, tallies: ReadonlyMap<string, Tally>, { card: { trainingData } }: CardModel, named: readonly string[] | undefined): readonly string[] {
  const own = trainingData.fraudValues.filter((value) => tallies.has(value))
  if (named === undefined && (own.length > 0 || tallies.size === 1)) return own
  return chooseFraudValues(label, [...tallies].map(([value, { rows }]) => ({ value, rows })), named)
}
