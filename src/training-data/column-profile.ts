import { isIP } from 'node:net'
import { holdsCardNumber, passesLuhn } from '../domain/card-number.ts'
import { isNull } from '../domain/null-word.ts'
import { holdsSecurityCode } from '../domain/security-code.ts'

/** Distinct values are counted up to here, and no further, so that any file fits in memory. */
export const DISTINCT_LIMIT = 20_000

/** What a column holds; counts are rows. */
export interface ColumnProfile {
  name: string
  /** Empty, `null` or `NaN`. */
  nulls: number
  /** Different values, counted up to `DISTINCT_LIMIT`. */
  distinct: number
  /** Share of different values among those that were looked at while they were counted, 0 to 1. */
  distinctShare: number
  numbers: number
  /** Numbers written for people: with a decimal comma, thousands apart, or a currency sign. */
  shownNumbers: number
  /** Whether all values are one pair of words for true and false, both of which occur, in any case. */
  isBoolean: boolean
  ipAddresses: number
  emailAddresses: number
  /** Mean length of a value in characters. */
  meanLength: number
  /** Values with 12 digits or more in a row, as a card number has. */
  cardLike: number
  /** Of these, the ones that pass the Luhn check, as every tenth number does by chance. */
  luhnValid: number
  /** Numbers of 13 to 19 digits, as nearly all cards have; a value may hold several. */
  longNumbers: number
  /** Of these, the ones that pass the Luhn check. */
  longLuhnValid: number
  /** Values that are a security code, a PIN or a track by the column's name. */
  securityCodes: number
}

/** Counts one column's values as they come. */
export interface ColumnCounter {
  add: (value: string) => void
  profile: () => ColumnProfile
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i
const SHOWN_NUMBER = /^[+-]?\p{Sc}?\s?[+-]?(?:\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?:\d+|\d{1,3}(?:[.'’\s]\d{3})+),\d+)\s?\p{Sc}?$/u
const BOOLEAN_PAIRS = [['true', 'false'], ['t', 'f'], ['yes', 'no'], ['y', 'n']] as const
/** In which a pair's two words can be written. */
const MAX_BOOLEAN_SPELLINGS = 10
const FRACTION = /^[+-]?\d*\.\d+$/
const WHOLE_FRACTION = /\.0+$/
const MIN_CARD_DIGITS = 12
/** Written with single blanks or dashes between the digits, or with none. */
const LONG_NUMBER = /(?<!\d[ -]?)\d(?:[ -]?\d){12,18}(?![ -]?\d)/g

/** Creates the counter of a column. @param distinctLimit for files with so many columns that all their values would not fit in memory */
export function createColumnCounter (name: string, distinctLimit = DISTINCT_LIMIT): ColumnCounter {
  const seen = new Set<string>()
  const mayBeSecret = holdsSecurityCode(name, '0')
  const counts = { nulls: 0, numbers: 0, shownNumbers: 0, ipAddresses: 0, emailAddresses: 0, cardLike: 0, luhnValid: 0, longNumbers: 0, longLuhnValid: 0, securityCodes: 0 }
  let [values, looked, characters] = [0, 0, 0]

  function add (cell: string): void {
    const value = cell.trim()
    if (isNull(value)) {
      counts.nulls++
      return
    }
    values++
    characters += value.length
    if (seen.size < distinctLimit) {
      looked++
      seen.add(value)
    }
    if (NUMBER.test(value)) counts.numbers++
    else if (SHOWN_NUMBER.test(value)) counts.shownNumbers++
    if (isIP(value) !== 0) counts.ipAddresses++
    if (/^[^\s@]+@[^\s@]+$/.test(value)) counts.emailAddresses++
    if (mayBeSecret && holdsSecurityCode(name, value)) counts.securityCodes++
    // A fraction's digits are no card number, however many there are; but a column with gaps is often written as 4111111111111111.0.
    const digits = value.replace(WHOLE_FRACTION, '')
    if (digits.length >= MIN_CARD_DIGITS && !FRACTION.test(digits) && /(?:\d[^\p{L}\p{N}]{0,3}){12}/u.test(digits)) {
      counts.cardLike++
      if (holdsCardNumber(digits)) counts.luhnValid++
      for (const [number] of digits.matchAll(LONG_NUMBER)) {
        counts.longNumbers++
        if (passesLuhn(number.replaceAll(/\D/g, ''))) counts.longLuhnValid++
      }
    }
  }

  return {
    add,
    profile: () => ({ name, ...counts, isBoolean: isBoolean(seen), distinct: seen.size, distinctShare: looked === 0 ? 0 : seen.size / looked, meanLength: values === 0 ? 0 : characters / values })
  }
}

function isBoolean (values: ReadonlySet<string>): boolean {
  if (values.size > MAX_BOOLEAN_SPELLINGS) return false
  const words = new Set([...values].map((value) => value.toLowerCase()))
  return words.size === 2 && BOOLEAN_PAIRS.some((pair) => pair.every((word) => words.has(word)))
}

const MOSTLY_UNIQUE = 0.9

/** Whether nearly every row has a value of its own, as keys have. */
export function isMostlyUnique (column: ColumnProfile): boolean {
  return column.distinctShare > MOSTLY_UNIQUE
}
