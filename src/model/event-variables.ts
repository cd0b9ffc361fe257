import { isIP } from 'node:net'

import { type Amount, isCurrency, minorDigits } from '../domain/amount.ts'

/** What the model sees of a transaction; the scorer port's transaction fits it. */
export interface ScreenedEvent {
  occurredAtMs: number
  amount: Amount
  variables: Readonly<Record<string, unknown>>
}

/** A variable that the model knows and could not use, and why. */
export interface UnusedVariable {
  name: string
  why: 'absent' | 'unreadable' | 'unseen'
}

/** No variable of a real event is longer; what is longer counts as unreadable. Characters. */
const MAX_VARIABLE_LENGTH = 512

// Strictly decimal: Number() alone would also read "0x10", "1e999" and "".
function readDecimal (text: string): number | null {
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : null
}

function readEmail (text: string): { local: string, domain: string } | null {
  const [, local, domain] = /^([^\s@]{1,64})@([^\s@]{1,253})$/.exec(text) ?? []
  return local === undefined || domain === undefined ? null : { local, domain }
}

function readPhone (text: string): string | null {
  const digits = text.replace(/\D/g, '').length
  return /^[\d+(][\d\s().\-x]*$/.test(text) && digits >= 7 && digits <= 20 ? text : null
}

function readIp (text: string): string | null {
  return isIP(text) === 0 ? null : text
}

function readLetter (text: string): string | null {
  return /^[A-Za-z]$/.test(text) ? text.toUpperCase() : null
}

function readCurrency (text: string): string | null {
  return /^[A-Za-z]{3}$/.test(text) ? text.toLowerCase() : null
}

function readPostal (text: string): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9 -]{1,11}$/.test(text) ? text : null
}

function readWords (text: string): string | null {
  return /\p{L}/u.test(text) ? text : null
}

function readId (text: string): string | null {
  return /^[\w.-]{1,64}$/.test(text) ? text : null
}

const READERS = {
  transaction_amt: readDecimal,
  transaction_adj_amt: readDecimal,
  ip_address: readIp,
  email_address: readEmail,
  phone_number: readPhone,
  merchant_id: readId,
  billing_city: readWords,
  billing_postal: readPostal,
  billing_state: readWords,
  currency: readCurrency,
  cvv: readLetter,
  signature_image: readLetter,
  transaction_type: readLetter,
  transaction_env: readLetter,
  applicant_name: readWords,
  billing_address: readWords
}

export type VariableName = keyof typeof READERS

/** The variables by name, each as what it means, or `null` when it is absent or unreadable. */
export type EventVariables = { [N in VariableName]: ReturnType<typeof READERS[N]> }

/** The variables that the model knows, in the order of the sample's event. */
export const VARIABLE_NAMES = Object.keys(READERS) as VariableName[]

function standInAmount ({ valueMinor, currency }: Amount): number | null {
  if (!Number.isFinite(valueMinor) || valueMinor < 0 || !isCurrency(currency)) return null
  return valueMinor / 10 ** minorDigits(currency)
}

/**
 * Reads an event's variables and says which could not be read. Blank text and `null` count as absent, anything but text as unreadable;
 * spaces around a value do not matter. The transaction's own amount and currency stand in for `transaction_amt` (decimal, in the
 * currency's major unit) and `currency`; an absence made good so is not reported. Never throws.
 */
export function readVariables (event: ScreenedEvent): { variables: EventVariables, unused: UnusedVariable[] } {
  const unused: UnusedVariable[] = []
  const read: Record<string, unknown> = {}
  for (const name of VARIABLE_NAMES) {
    const sent = Object.hasOwn(event.variables, name) ? event.variables[name] : null
    const text = typeof sent === 'string' && sent.length <= MAX_VARIABLE_LENGTH ? sent.trim() : null
    const isAbsent = sent === null || sent === undefined || text === ''
    read[name] = isAbsent || text === null ? null : READERS[name](text)
    if (isAbsent) read[name] ??= standIn(name, event)
    if (read[name] === null) unused.push({ name, why: isAbsent ? 'absent' : 'unreadable' })
    read[name] ??= standIn(name, event)
  }
  return { variables: read as EventVariables, unused }
}

function standIn (name: VariableName, { amount }: ScreenedEvent): number | string | null {
  if (name === 'transaction_amt') return standInAmount(amount)
  return name === 'currency' ? readCurrency(String(amount.currency)) : null
}
