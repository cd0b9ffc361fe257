/** An amount of money in the currency's minor units (cents for EUR, yen for JPY, fils for KWD). */
export interface Amount {
  valueMinor: number
  /** ISO 4217 code, upper case. */
  currency: string
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** Making a formatter costs more than scoring a transaction. */
const MINOR_DIGITS = new Map<string, number>()

/** Whether the code is an ISO 4217 currency that the runtime's ICU data knows. */
export function isCurrency (code: string): boolean {
  return CURRENCIES.has(code)
}

/** How many decimals the currency's minor unit has: 2 for EUR, 0 for JPY, 3 for KWD. Source: ISO 4217 as in ICU. */
export function minorDigits (currency: string): number {
  const known = MINOR_DIGITS.get(currency)
  if (known !== undefined) return known
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  // Only currencies in use are remembered: whatever else is asked for must not fill the memory.
  if (isCurrency(currency)) MINOR_DIGITS.set(currency, digits)
  return digits
}

/** The amount as decimal text with a point and the currency's decimals: `4155.00`. */
export function decimalText ({ valueMinor, currency }: Amount): string {
  const digits = minorDigits(currency)
  const padded = String(Math.abs(valueMinor)).padStart(digits + 1, '0')
  const sign = valueMinor < 0 ? '-' : ''
  if (digits === 0) return sign + padded
  return `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}
