import { createHmac } from 'node:crypto'

/** A card number (PAN) has 12 to 19 digits. Source: ISO/IEC 7812-1; the sample's own has 12. */
const CARD_NUMBER = /^\d{12,19}$/
const MIN_DIGITS = 12
const MAX_DIGITS = 19
const NONE: readonly string[] = []

/** Digits that may be a card number in running text, written with single blanks or dashes between them or with none. */
const DIGIT_RUN = /\d(?:[ -]?\d){11,}/g

/** The groups in which cards print their number, 4-4-4-4 and 4-6-5, with anything but letters and digits between them. */
const PRINTED_GROUPS = /(?<!\d)(?:(?:\d{4}[^\p{L}\p{N}]{1,3}){3}\d{1,7}|\d{4}[^\p{L}\p{N}]{1,3}\d{6}[^\p{L}\p{N}]{1,3}\d{5})(?!\d)/gu

/** Whether the text has the form of a card number: 12 to 19 digits and nothing else. */
function isCardNumber (text: string): boolean {
  return CARD_NUMBER.test(text)
}

/** Whether the digits pass the Luhn check (ISO/IEC 7812-1, annex B). */
export function passesLuhn (digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/**
 * Whether the text holds a card number: a Luhn-valid one of 12 to 19 digits, or this card's own.
 * @param ownNumber the card's number, if it is at hand; then its digits count wherever they stand
 * @param isThisCard tells the card's number by its digits, when only its id is at hand
 */
export function holdsCardNumber (text: string, ownNumber?: string, isThisCard: (digits: string) => boolean = () => false): boolean {
  return candidates(text).some(passesLuhn) || holdsThisCard(text, ownNumber, isThisCard)
}

/** The same for this card's number only: for ids, where chance digits must not be taken for a card. */
export function holdsThisCard (text: string, ownNumber: string | undefined, isThisCard: (digits: string) => boolean): boolean {
  if (!mayHoldCardNumber(text)) return false
  if (ownNumber !== undefined && plainDigits(text).replaceAll(/\D/g, '').includes(ownNumber)) return true
  return candidates(text).some(isThisCard)
}

/** Told at a glance, since nearly no text does: 12 digits, or characters of which nobody knows yet whether they are some. */
function mayHoldCardNumber (text: string): boolean {
  let digits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7e) return true
    if (code >= 0x30 && code <= 0x39) digits++
  }
  return digits >= MIN_DIGITS
}

/** Every run of 12 to 19 digits that neighbouring groups make: beside a card number there may stand a date or another number. */
function candidates (text: string): readonly string[] {
  if (!mayHoldCardNumber(text)) return NONE
  const plain = plainDigits(text)
  return [...plain.match(DIGIT_RUN) ?? [], ...plain.match(PRINTED_GROUPS) ?? []].flatMap((run) => {
    const groups = run.split(/\D+/)
    return groups.flatMap((_, start) => {
      const found: string[] = []
      let digits = ''
      for (let end = start; end < groups.length && digits.length < MAX_DIGITS; end++) {
        digits += groups[end] ?? ''
        if (isCardNumber(digits)) found.push(digits)
      }
      return found
    })
  })
}

/** Digits of other scripts as ours: Unicode keeps the ten of a script side by side, in order. */
function plainDigits (text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  return text.normalize('NFKC').replaceAll(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0
    let value = 0
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++
    return String(value)
  })
}

/** The last four digits, the only part of a card number that is ever kept. */
export function lastFour (cardNumber: string): string {
  return cardNumber.slice(-4)
}

/**
 * The card's opaque id: `card_` and 160 bits of HMAC-SHA256 over the whole number.
 * Keyed, because a plain hash of a number with 9 unknown digits is found by trying. Source: PCI DSS 4.0.1, 3.5.1.1.
 */
export function cardIdOf (cardNumber: string, tokenisationKey: string): string {
  return `card_${createHmac('sha256', tokenisationKey).update(cardNumber).digest('hex').slice(0, 40)}`
}
