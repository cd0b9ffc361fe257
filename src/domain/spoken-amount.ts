import { decimalText, minorDigits, type Amount } from './amount.ts'
import { CURRENCY_NAMES, type SpokenLanguage } from './currency-names.ts'
import { speakable } from './speakable.ts'

/** What stands between the currency and its sub-unit. */
const AND: Readonly<Record<SpokenLanguage, string>> = { en: 'and', de: 'und', es: 'con' }
const MILLION = 1_000_000

/**
 * The amount as it is spoken: `4155 euros`, `41 dollars and 55 cents`, `41 Euro und 55 Cent`, `41 euros con 55 céntimos`. Written out
 * because speech has no currency mode. Other languages and rare currencies: a decimal number and ICU's name.
 * Source: Amazon Polly Developer Guide, "Controlling how special types of words are spoken".
 * @param language the first part of a BCP 47 tag
 */
export function spokenAmount (amount: Amount, language: string): string {
  const names = isSpoken(language) ? CURRENCY_NAMES[amount.currency]?.[language] : undefined
  if (names === undefined || !isSpoken(language)) return speakable(decimalAmount(amount, language, 'name').replaceAll('&', 'and'))
  const [one, several, subOne, subSeveral] = names
  const perUnit = 10 ** minorDigits(amount.currency)
  const major = Math.floor(amount.valueMinor / perUnit)
  const minor = amount.valueMinor % perUnit
  // "Un millón de euros".
  const of = language === 'es' && major > 0 && major % MILLION === 0 ? 'de ' : ''
  const parts = [
    ...major > 0 || minor === 0 ? [`${major} ${of}${major === 1 ? one : several}`] : [],
    ...minor > 0 ? [`${minor} ${minor === 1 ? subOne : subSeveral}`] : []
  ]
  return parts.join(` ${AND[language]} `)
}

/** The amount as short as it can be read: `41.55 USD`, in German and Spanish `41,55 EUR`, and without decimals when it is whole. */
export function shortAmount (amount: Amount, language: string): string {
  return `${decimalAmount(amount, language, 'none')} ${amount.currency}`
}

/** `0` to 1e12 minor units are exact as numbers. */
function decimalAmount (amount: Amount, language: string, currencyDisplay: 'name' | 'none'): string {
  const digits = minorDigits(amount.currency)
  const decimals = amount.valueMinor % 10 ** digits === 0 ? 0 : digits
  return new Intl.NumberFormat(language, {
    ...currencyDisplay === 'name' ? { style: 'currency', currency: amount.currency, currencyDisplay } : {},
    numberingSystem: 'latn',
    useGrouping: false,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals
  }).format(Number(decimalText(amount)))
}

function isSpoken (language: string): language is SpokenLanguage {
  return Object.hasOwn(AND, language)
}
