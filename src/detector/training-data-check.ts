import { isBeyondChance, isCardName } from '../training-data/card-column.ts'
import type { ColumnProfile } from '../training-data/column-profile.ts'
import { METADATA_COLUMNS } from '../training-data/metadata-columns.ts'
import type { CsvProfile } from './csv-profile.ts'

/** Something to know about the training data. A `refusal` stops the deployment, and the data stays on this machine. */
export interface Finding {
  level: 'refusal' | 'warning' | 'note'
  /** `null` for the file as a whole. */
  column: string | null
  text: string
}

/** Names of variables, labels and most other things. Source: Amazon Fraud Detector API Reference, `identifier`. */
export const IDENTIFIER = /^[0-9a-z_-]{1,64}$/

const CARD_DIGITS = 12

/** Whether a name or a label has as many digits as a card number. */
export function hasCardDigits (name: string): boolean {
  return (name.match(/\p{Nd}/gu)?.length ?? 0) >= CARD_DIGITS
}

/** Whether the first row can be a header; else its cells are values and no names. */
export function hasHeader ({ columns }: Pick<CsvProfile, 'columns'>): boolean {
  return columns.some(({ name }) => name === 'EVENT_LABEL' || name === 'EVENT_TIMESTAMP')
}

/** What Amazon Fraud Detector needs at least for a model of Online Fraud Insights. Source: Amazon Fraud Detector User Guide, "Online fraud insights". */
const MIN_ROWS = 10_000
const MIN_OF_EACH_LABEL = 400
/** Source: Amazon Fraud Detector User Guide, "Quotas": size of training data. */
const MAX_BYTES = 5 * 1024 ** 3

// The sample's notebook warns and excludes at the same shares.
const MANY_NULLS = 0.2
const MOSTLY_NULL = 0.5

/** Why the column can't serve a model, or `null` when it can. */
export function whyUseless (column: ColumnProfile, rows: number): string | null {
  if (rows > 0 && column.nulls / rows > MOSTLY_NULL) return `${percent(column.nulls / rows)} of its values are missing`
  if (column.distinct <= 1) return 'it has the same value in every row'
  return null
}

/**
 * What is to be known about the data before anybody is given them: what the sample's notebook warns of, what the service refuses, and what may not leave the house.
 * @param notCards columns whose long numbers the user knows to be no card numbers
 */
export function checkTrainingData (profile: CsvProfile, notCards: readonly string[]): Finding[] {
  const { rows, bytes, columns } = profile
  if (!hasHeader(profile)) return [refusal(null, 'has no header: its first row names neither EVENT_LABEL nor EVENT_TIMESTAMP; both must be there, in capitals')]
  return [
    ...checkHeader(columns.map(({ name }) => name)),
    ...columns.flatMap((column) => checkSecrets(column, notCards.includes(column.name))),
    ...(bytes > MAX_BYTES ? [refusal(null, `has ${(bytes / 1024 ** 3).toFixed(1)} GiB; Amazon Fraud Detector takes 5`)] : []),
    ...(rows < MIN_ROWS ? [warning(null, `has ${rows} rows; Amazon Fraud Detector wants ${MIN_ROWS} at least`)] : []),
    ...checkLabels(profile),
    ...checkTimestamps(profile),
    ...columns.filter(({ name }) => !METADATA_COLUMNS.has(name)).flatMap((column) => checkValues(column, rows))
  ]
}

function checkHeader (names: readonly string[]): Finding[] {
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return [
    ...['EVENT_LABEL', 'EVENT_TIMESTAMP'].filter((name) => !names.includes(name)).map((name) => refusal(null, `has no column ${name}; it must be there, in capitals`)),
    ...[...twice].map((name) => refusal(name, 'stands in the header more than once')),
    ...names.filter((name) => hasCardDigits(name)).map((name) => refusal(name, `has ${CARD_DIGITS} digits or more in its name, as a card number has`)),
    ...names.filter((name) => !METADATA_COLUMNS.has(name) && !IDENTIFIER.test(name))
      .map((name) => warning(name, 'is no legal name (1 to 64 of a-z, 0-9, _ and -); it can be no variable'))
  ]
}

function checkSecrets (column: ColumnProfile, areNoCards: boolean): Finding[] {
  const { name, securityCodes, cardLike, luhnValid } = column
  if (name === 'EVENT_TIMESTAMP') return []
  const secrets: Finding[] = []
  if (securityCodes > 0) secrets.push(refusal(name, `holds a security code, PIN or track in ${count(securityCodes)}; result letters may stay, digits may not. Remove them, here and where they came from`))
  if (areNoCards) {
    if (cardLike > 0) secrets.push(warning(name, `holds long numbers in ${count(cardLike)}, which are no card numbers as you say`))
  } else if (isBeyondChance(column)) secrets.push(refusal(name, `holds what looks like a card number in ${count(luhnValid)}; remove the column, or name it with --not-cards if you know better`))
  else if (cardLike > 0 && isCardName(name)) secrets.push(refusal(name, `is called like a card's number and holds numbers of 12 digits or more in ${count(cardLike)}; remove the column, or name it with --not-cards if you know better`))
  else if (luhnValid > 0) secrets.push(warning(name, `holds long numbers of which ${luhnValid} of ${cardLike} could be card numbers, as many as chance gives; look at them`))
  return secrets
}

function checkLabels ({ labels, unlabelledRows, rows }: CsvProfile): Finding[] {
  const illegal = labels.filter(({ value }) => !IDENTIFIER.test(value))
  return [
    ...(labels.length < 2 ? [refusal('EVENT_LABEL', 'must hold two labels, one of fraud and one of legitimate events')] : []),
    ...(labels.length > 2 ? [warning('EVENT_LABEL', `holds ${labels.length} labels, not two`)] : []),
    ...(illegal.length > 0 ? [refusal('EVENT_LABEL', 'holds a label that is no legal name (1 to 64 of a-z, 0-9, _ and -)')] : []),
    ...(labels.some(({ value }) => hasCardDigits(value)) ? [refusal('EVENT_LABEL', `holds a label of ${CARD_DIGITS} digits or more, as a card number has`)] : []),
    ...(unlabelledRows > 0 ? [warning('EVENT_LABEL', `is empty in ${count(unlabelledRows)}, ${percent(unlabelledRows / rows)}; the training ignores them`)] : [])
  ]
}

/** The rows that the chosen labels leave for each side. */
export function checkLabelBalance (frauds: number, legitimate: number): Finding[] {
  return [
    ...(frauds < MIN_OF_EACH_LABEL ? [warning('EVENT_LABEL', `${frauds} frauds; Amazon Fraud Detector wants ${MIN_OF_EACH_LABEL} at least`)] : []),
    ...(legitimate < MIN_OF_EACH_LABEL ? [warning('EVENT_LABEL', `${legitimate} legitimate events; Amazon Fraud Detector wants ${MIN_OF_EACH_LABEL} at least`)] : []),
    ...(frauds > legitimate ? [warning('EVENT_LABEL', 'there are more frauds than legitimate events; are the labels the right way round?')] : [])
  ]
}

function checkTimestamps ({ timestamps: { others, absent } }: CsvProfile): Finding[] {
  return [
    ...(others > 0 ? [warning('EVENT_TIMESTAMP', `is not ISO 8601 in UTC, such as 2026-11-22T10:00:00Z, in ${count(others)}`)] : []),
    ...(absent > 0 ? [warning('EVENT_TIMESTAMP', `is empty in ${count(absent)}`)] : [])
  ]
}

function checkValues (column: ColumnProfile, rows: number): Finding[] {
  const useless = whyUseless(column, rows)
  if (useless !== null) return [warning(column.name, `is left out of the model: ${useless}`)]
  if (column.nulls / rows > MANY_NULLS) return [warning(column.name, `${percent(column.nulls / rows)} of its values are missing`)]
  return []
}

const refusal = (column: string | null, text: string): Finding => ({ level: 'refusal', column, text })
const warning = (column: string | null, text: string): Finding => ({ level: 'warning', column, text })
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const count = (rows: number): string => rows === 1 ? '1 row' : `${rows} rows`
