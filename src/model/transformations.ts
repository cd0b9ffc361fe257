import { isIP, isIPv4 } from 'node:net'
import { classifyEmailDomain } from './email-domain.ts'
import { findUsState } from './us-states.ts'

/** A feature's value as the model takes it; `null`, and only `null`, means missing. */
export type FeatureValue = number | string | null

/** One way to make a feature from the text of variables. What is no such text gives `null`. */
export interface Transformation {
  kind: 'numeric' | 'categorical'
  /** How many variables it takes; none means the time of the transaction. */
  inputs: 0 | 1 | 2
  description: string
  /** @param texts without blanks around them, none of them empty */
  compute: (texts: readonly string[], occurredAt: Date) => FeatureValue
  /** Whether the text is a key, whose number stands in the card's table of what training saw of it. */
  isKey?: 'frequency' | 'risk'
}

const VOWELS = /[aeiouyà-æè-ïò-öù-ýåø]/gi
// Strictly decimal: Number() alone would also read "0x10", "1e999" and "".
const DECIMAL = /^[+-]?(?:\d{1,15}(?:\.\d{0,30})?|\.\d{1,30})(?:e[+-]?\d{1,2})?$/i
const BOOLEANS: ReadonlyMap<string, number> = new Map([['true', 1], ['t', 1], ['yes', 1], ['y', 1], ['1', 1], ['false', 0], ['f', 0], ['no', 0], ['n', 0], ['0', 0]])

/** Whether the text is a decimal number. */
export function isNumberText (text: string): boolean {
  return DECIMAL.test(text)
}

/** A text as categories and keys know it: without capitals, and without the `.0` that table programs append to numbers in a column with gaps. */
export function plainText (text: string): string {
  return text.toLowerCase().replace(/^(\d+)\.0+$/, '$1')
}

function readNumber (text: string): number | null {
  return isNumberText(text) ? Number(text) : null
}

function readAmount (text: string): number | null {
  const amount = readNumber(text)
  return amount === null || amount < 0 ? null : amount
}

function readEmail (text: string): { local: string, domain: string } | null {
  const [, local, domain] = /^([^\s@]{1,64})@([^\s@]{1,253})$/.exec(text) ?? []
  return local === undefined || domain === undefined ? null : { local, domain }
}

function readPhone (text: string): string | null {
  const digits = text.replace(/\D/g, '').length
  return /^[\d+(][\d\s().\-x]*$/.test(text) && digits >= 7 && digits <= 20 ? text : null
}

const readWords = (text: string): string | null => /\p{L}/u.test(text) ? text : null
const readPostal = (text: string): string | null => /^[A-Za-z0-9][A-Za-z0-9 -]{1,11}$/.test(text) ? text : null
const readId = (text: string): string | null => /^[\w.-]{1,64}$/.test(text) ? text : null
const readIp = (text: string): string | null => isIP(text) === 0 ? null : text

function amountEnding (amount: number): string {
  const cents = Math.round(amount * 100) % 100
  if (cents !== 0) return cents === 99 || cents === 95 ? 'charm' : 'cents'
  return amount !== 0 && amount % 50 === 0 ? 'fifties' : 'whole'
}

function phoneFormat (phone: string): string {
  if (phone.startsWith('+') || phone.startsWith('00')) return 'international'
  if (phone.startsWith('(')) return 'parenthesised'
  if (/^\d+$/.test(phone)) return 'digits'
  return phone.includes('.') ? 'dotted' : 'dashed'
}

function addressKind (address: string): string {
  if (/\b(po|p\.o\.) box\b/i.test(address)) return 'po_box'
  if (/\bsuite\b/i.test(address)) return 'suite'
  return /\bapt\b/i.test(address) ? 'apartment' : 'street'
}

function nameCase (name: string): string {
  if (name === name.toLowerCase()) return 'lower'
  return name === name.toUpperCase() ? 'upper' : 'mixed'
}

function showsName (local: string, name: string): string {
  const words = name.toLowerCase().split(/[^\p{L}]+/u).filter((word) => word.length > 2)
  return words.some((word) => local.toLowerCase().includes(word)) ? 'yes' : 'no'
}

function vowelShare (text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  return (text.match(VOWELS)?.length ?? 0) / Math.max(1, letters)
}

function postalZone (postal: string): string {
  return /^\d{5}(-?\d{4})?$/.test(postal) ? postal.slice(0, 1) : 'other'
}

function postalFitsState (postal: string, stateText: string): string | null {
  const state = findUsState(stateText)
  if (state === undefined || postalZone(postal) === 'other') return null
  return state.postalZone === postalZone(postal) ? 'yes' : 'no'
}

/** Reads one text and makes the value of what was read. */
function one<T> (kind: Transformation['kind'], description: string, read: (text: string) => T | null, make: (value: T) => FeatureValue): Transformation {
  return {
    kind,
    inputs: 1,
    description,
    compute: ([text = '']) => {
      const value = read(text)
      return value === null ? null : make(value)
    }
  }
}

function two<A, B> (kind: Transformation['kind'], description: string, [readA, readB]: [(text: string) => A | null, (text: string) => B | null], make: (a: A, b: B) => FeatureValue): Transformation {
  return {
    kind,
    inputs: 2,
    description,
    compute: ([textA = '', textB = '']) => {
      const [a, b] = [readA(textA), readB(textB)]
      return a === null || b === null ? null : make(a, b)
    }
  }
}

const same = <T>(value: T): T => value

/** Every way to make a feature, by the name under which model cards record it. To change what one does is to need a new name. */
export const TRANSFORMATIONS = {
  number: one('numeric', 'the number', readNumber, same),
  boolean: one('numeric', '1 for true, t, yes, y and 1; 0 for false, f, no, n and 0; in any case', (text) => BOOLEANS.get(text.toLowerCase()) ?? null, same),
  category: one('categorical', 'the text in lower case; 5411.0 is 5411', plainText, same),
  frequency: { ...one('numeric', 'the share of training rows with the same text, as for category', plainText, same), isKey: 'frequency' },
  risk: { ...one('numeric', 'the share of frauds among training rows with the same text, smoothed; in training without the row\'s own fold', plainText, same), isKey: 'risk' },
  log_amount: one('numeric', 'natural log of 1 + amount', readAmount, Math.log1p),
  log_ratio: two('numeric', 'natural log of (1 + first amount) / (1 + second amount)', [readAmount, readAmount], (amount, usual) => Math.log1p(amount) - Math.log1p(usual)),
  amount_ending: one('categorical', 'fifties, whole, charm (.95, .99) or cents', readAmount, amountEnding),
  ip_network: one('categorical', 'first octet of an IPv4 address; v6 for IPv6', readIp, (ip) => isIPv4(ip) ? ip.slice(0, ip.indexOf('.')) : 'v6'),
  email_domain: one('categorical', 'the domain in lower case', readEmail, ({ domain }) => domain.toLowerCase()),
  email_kind: one('categorical', 'free, throw_away or other, by lists of domains', readEmail, ({ domain }) => classifyEmailDomain(domain)),
  email_digits: one('numeric', 'count of digits in the local part', readEmail, ({ local }) => local.replace(/\D/g, '').length),
  email_shows_name: two('categorical', 'whether the local part holds a word of the name: yes or no', [readEmail, readWords], ({ local }, name) => showsName(local, name)),
  phone_format: one('categorical', 'way of writing: international, parenthesised, dashed, dotted, digits', readPhone, phoneFormat),
  first_digit: one('categorical', 'first digit of an id, else other', readId, (id) => /^\d/.test(id) ? id.slice(0, 1) : 'other'),
  postal_zone: one('categorical', 'first digit of a ZIP code, else other', readPostal, postalZone),
  postal_fits_state: two('categorical', 'whether the ZIP code lies in the state: yes or no', [readPostal, readWords], postalFitsState),
  us_state: one('categorical', 'two letters of a state of the US, else other', readWords, (state) => findUsState(state)?.code ?? 'other'),
  name_case: one('categorical', 'lower, upper or mixed', readWords, nameCase),
  address_kind: one('categorical', 'po_box, suite, apartment or street', readWords, addressKind),
  vowel_share: one('numeric', 'share of vowels among the letters', readWords, vowelShare),
  hour_utc: { kind: 'numeric', inputs: 0, description: 'hour of the day, UTC', compute: (_, occurredAt) => occurredAt.getUTCHours() },
  weekday_utc: { kind: 'numeric', inputs: 0, description: 'day of the week, UTC, 0 is Sunday', compute: (_, occurredAt) => occurredAt.getUTCDay() }
} as const satisfies Record<string, Transformation>

export type TransformationName = keyof typeof TRANSFORMATIONS

/** Finds a transformation by the name in a card. */
export function findTransformation (name: string): Transformation | undefined {
  return Object.hasOwn(TRANSFORMATIONS, name) ? TRANSFORMATIONS[name as TransformationName] : undefined
}
