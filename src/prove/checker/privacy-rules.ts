import type { Evidence, Find } from './evidence.ts'

/** A number that stands by itself: not part of an id, a hash or a UUID. */
const NUMBER = /(?<![\w-])\+?\d(?:[ -]?\d){7,18}(?![\w-])/g

/** I7: no card number anywhere, and a phone number in the customer's item alone. */
export function storesNoNumber ({ items, customers, calls }: Evidence, find: Find): void {
  const phones = new Set([...[...customers.values()].map(({ phoneNumber }) => phoneNumber), ...calls.map(({ destination }) => destination)].map(digitsOf))
  for (const item of items) {
    const isCustomer = item['sk'] === 'CUSTOMER'
    const where = typeof item['pk'] === 'string' ? item['pk'].replace(/\d{8,}/g, '…') : '?'
    for (const text of textsOf(item)) {
      for (const [number] of text.matchAll(NUMBER)) {
        const digits = digitsOf(number)
        // Some phone numbers end in what would be a card's check digit.
        if (phones.has(digits)) {
          if (!isCustomer) find('untrue', 'a phone number is stored outside the customer\'s item', where)
        } else if (isCardNumber(digits)) find('untrue', 'a card number is stored', where)
      }
    }
  }
}

/** Every text in a value, ids in keys too (`CARD#…`), and whole numbers that are too long for a time. */
function * textsOf (value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'number' && value >= 1e15) yield String(value)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) yield * textsOf(part)
}

function digitsOf (text: string): string {
  return text.replace(/\D/g, '')
}

/** 16 digits by themselves, with or without a right check digit (the sample's number has none), or any length that cards have with one. */
function isCardNumber (digits: string): boolean {
  if (digits.length === 16) return true
  return digits.length >= 13 && digits.length <= 19 && hasCheckDigit(digits)
}

/** Source: ISO/IEC 7812-1, annex B (Luhn). */
function hasCheckDigit (digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return sum % 10 === 0
}
