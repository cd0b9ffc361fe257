const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s?(Z|UTC|[+-]\d\d:?\d\d)?)?$/
const EPOCH_SECONDS = /^\d{9,10}(?:\.\d{1,9})?$/
const EPOCH_MS = /^\d{12,13}$/

/**
 * Reads a time: ISO 8601 with `T` or a blank, with or without a zone (then it is UTC), a date alone, or seconds or milliseconds since 1970.
 * @returns Unix milliseconds, or NaN
 */
export function readTimestamp (text: string): number {
  if (EPOCH_SECONDS.test(text)) return Math.round(Number(text) * 1000)
  if (EPOCH_MS.test(text)) return Number(text)
  const [, date, time, zone] = ISO.exec(text) ?? []
  if (date === undefined) return NaN
  if (time === undefined) return Date.parse(date)
  const offset = zone === undefined || zone === 'UTC' ? 'Z' : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  return Date.parse(`${date}T${time.replace(',', '.')}${offset}`)
}
