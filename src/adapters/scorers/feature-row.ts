import { decimalText } from '../../domain/amount.ts'
import type { ScorableTransaction, UnusedVariable } from '../../ports.ts'

/** A feature as a model behind an endpoint takes it; `null` is missing. */
export type FeatureValue = string | number | null

/** What the transaction itself knows; a variable of the same name does not overrule it. */
const OWN_FEATURES: Readonly<Record<string, (transaction: ScorableTransaction) => FeatureValue>> = {
  amount: ({ amount }) => Number(decimalText(amount)),
  currency: ({ amount }) => amount.currency,
  hour: ({ occurredAtMs }) => new Date(occurredAtMs).getUTCHours(),
  weekday: ({ occurredAtMs }) => new Date(occurredAtMs).getUTCDay()
}

/**
 * The declared features of a transaction, in their order. `amount` is in major units, `hour` (0 to 23) and `weekday` (0 is Sunday) are UTC;
 * every other name is an event variable, as text, exactly as it was sent. What is absent or blank is missing, and told.
 */
export function featureRow (transaction: ScorableTransaction, names: readonly string[]): { values: FeatureValue[], unusedVariables: UnusedVariable[] } {
  const values = names.map((name) => {
    const own = Object.hasOwn(OWN_FEATURES, name) ? OWN_FEATURES[name] : undefined
    if (own !== undefined) return own(transaction)
    const value = Object.hasOwn(transaction.variables, name) ? transaction.variables[name] ?? '' : ''
    return value.trim() === '' ? null : value
  })
  return { values, unusedVariables: names.filter((_, index) => values[index] === null).map((name) => ({ name, why: 'absent' })) }
}

/** One CSV record (RFC 4180) without a line end; a missing value is an empty cell. */
export function toCsv (values: readonly FeatureValue[]): string {
  return values.map((value) => {
    const text = String(value ?? '')
    return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }).join(',')
}

/** One JSON object, features by name; a missing value is `null`. */
export function toJson (names: readonly string[], values: readonly FeatureValue[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])))
}
