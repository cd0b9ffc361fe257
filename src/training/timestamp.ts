import { isNull } from '../domain/null-word.ts'
import { TrainingError } from './training-error.ts'

const ISO = /^(\d{4}-(?:0[1-9]|1[0-2])-(\d\d))(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/
// Published data count from a start of their own, and spreadsheets write 100000 as 1e+05.
const SECONDS = /^\d{1,10}(?:\.\d{1,9})?(?:e\+?0?\d)?$/i
const COMPACT_DATE = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}(?:\d\d)?)?$/
const MAX_SECONDS = 99_999_999_999
const EPOCH_MS = /^\d{12,13}(?:\.0+)?$/

/**
 * Reads a time: ISO 8601 with `T` or a blank, with or without a zone (then it is UTC), a date alone, seconds since 1970 or since any other start, or milliseconds since 1970.
 * @returns Unix milliseconds, or NaN
 */
export function readTimestamp (text: string): number {
  // 20260131 is no count of seconds.
  if (COMPACT_DATE.test(text)) return NaN
  if (SECONDS.test(text) && Number(text) <= MAX_SECONDS) return Math.round(Number(text) * 1000)
  if (EPOCH_MS.test(text)) return Number(text)
  const [, date, day, time, zone] = ISO.exec(text) ?? []
  // The platform makes the 2nd of March of the 30th of February.
  if (date === undefined || new Date(date).getUTCDate() !== Number(day)) return NaN
  if (time === undefined) return Date.parse(date)
  return Date.parse(`${date}T${time.replace(',', '.')}${offsetOf(zone)}`)
}

/** As the platform reads it: `Z` or `+02:00`. */
function offsetOf (zone: string | undefined): string {
  if (zone === undefined || zone === 'UTC' || zone === 'Z') return 'Z'
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`
}

/** A row's time; NaN when its cell is empty. @param row counted from 0 @throws TrainingError that names the row when the cell holds something else */
export function readRowTime (cell: string, row: number, column: string): number {
  const text = cell.trim()
  if (isNull(text)) return NaN
  const timeMs = readTimestamp(text)
  if (Number.isNaN(timeMs)) throw new TrainingError(`The column ${column} holds no time in row ${row + 1} after the header. Times are such as 2026-11-22T10:00:00Z, 2026-11-22 10:00:00 (UTC), 2026-11-22, or seconds or milliseconds since 1970 (seconds: or since any start).`)
  return timeMs
}
