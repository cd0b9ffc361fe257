/** An amount of money in the currency's minor units (cents for EUR, yen for JPY, fils for KWD). */
export interface Amount {
  valueMinor: number
  /** ISO 4217 code, upper case. */
  currency: string
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** The currencies whose minor unit has not 2 decimals. ICU shows fewer for some (0 for HUF and IQD), and its versions differ. */
const OTHER_MINOR_DIGITS: ReadonlyMap<string, number> = new Map([
  ...codes('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 0),
  ...codes('BHD IQD JOD KWD LYD OMR TND', 3),
  ...codes('CLF UYW', 4)
])

/** Whether the code is an ISO 4217 currency that the runtime's ICU data knows. */
export function isCurrency (code: string): boolean {
  return CURRENCIES.has(code)
}

/** How many decimals the currency's minor unit has: 2 for EUR, 0 for JPY, 3 for KWD. Source: ISO 4217, "List One: Currency, fund and precious metal codes". */
export function minorDigits (currency: string): number {
  return OTHER_MINOR_DIGITS.get(currency) ?? 2
}

/** The amount as decimal text with a point and the currency's decimals: `4155.00`. */
export function decimalText ({ valueMinor, currency }: Amount): string {
  const digits = minorDigits(currency)
  const padded = String(Math.abs(valueMinor)).padStart(digits + 1, '0')
  const sign = valueMinor < 0 ? '-' : ''
  if (digits === 0) return sign + padded
  return `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}

function codes (list: string, digits: number): Array<[currency: string, digits: number]> {
  return list.split(' ').map((currency) => [currency, digits])
}
