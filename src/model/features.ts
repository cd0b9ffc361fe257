import { isIPv4 } from 'node:net'

import { classifyEmailDomain } from './email-domain.ts'
import { type EventVariables, readVariables, type ScreenedEvent, type UnusedVariable, type VariableName } from './event-variables.ts'
import { findUsState } from './us-states.ts'

/** A feature's value as the model takes it; `null`, and only `null`, means missing. */
export type FeatureValue = number | string | null

/** A feature as the model card records it. */
export interface FeatureDescription {
  name: string
  kind: 'numeric' | 'categorical'
  /** The event variables it is made of; none means the time of the transaction. */
  variables: readonly VariableName[]
  transformation: string
}

/** The categories that a model was trained with, by feature. */
export type Vocabularies = ReadonlyMap<string, ReadonlySet<string>>

interface Feature extends FeatureDescription {
  compute: (variables: EventVariables, occurredAt: Date) => FeatureValue
}

const VOWELS = /[aeiouyà-æè-ïò-öù-ýåø]/gi

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

function leadingDigit (text: string): string {
  return /^\d/.test(text) ? text.slice(0, 1) : 'other'
}

function postalZone (postal: string): string {
  return /^\d{5}(-?\d{4})?$/.test(postal) ? postal.slice(0, 1) : 'other'
}

function postalFitsState (postal: string, stateText: string): string | null {
  const state = findUsState(stateText)
  if (state === undefined || postalZone(postal) === 'other') return null
  return state.postalZone === postalZone(postal) ? 'yes' : 'no'
}

/** Applies a function unless the value is missing. */
function of<T> (value: T | null, compute: (value: T) => FeatureValue): FeatureValue {
  return value === null ? null : compute(value)
}

function ofBoth<A, B> (a: A | null, b: B | null, compute: (a: A, b: B) => FeatureValue): FeatureValue {
  return a === null || b === null ? null : compute(a, b)
}

/** Every feature of the model. To change one is to need a new model: the card's table is compared with this one at load. */
export const FEATURES: readonly Feature[] = [
  { name: 'amount_log', kind: 'numeric', variables: ['transaction_amt'], transformation: 'natural log of 1 + amount', compute: (v) => of(v.transaction_amt, Math.log1p) },
  { name: 'usual_amount_log', kind: 'numeric', variables: ['transaction_adj_amt'], transformation: 'natural log of 1 + adjusted amount', compute: (v) => of(v.transaction_adj_amt, Math.log1p) },
  { name: 'amount_ratio_log', kind: 'numeric', variables: ['transaction_amt', 'transaction_adj_amt'], transformation: 'natural log of (1 + amount) / (1 + adjusted amount)', compute: (v) => ofBoth(v.transaction_amt, v.transaction_adj_amt, (amount, usual) => Math.log1p(amount) - Math.log1p(usual)) },
  { name: 'amount_ending', kind: 'categorical', variables: ['transaction_amt'], transformation: 'fifties, whole, charm (.95, .99) or cents', compute: (v) => of(v.transaction_amt, amountEnding) },
  { name: 'ip_network', kind: 'categorical', variables: ['ip_address'], transformation: 'first octet of an IPv4 address; v6 for IPv6', compute: (v) => of(v.ip_address, (ip) => isIPv4(ip) ? ip.slice(0, ip.indexOf('.')) : 'v6') },
  { name: 'email_domain', kind: 'categorical', variables: ['email_address'], transformation: 'free, throw_away or other, by list', compute: (v) => of(v.email_address, ({ domain }) => classifyEmailDomain(domain)) },
  { name: 'email_digits', kind: 'numeric', variables: ['email_address'], transformation: 'count of digits in the local part', compute: (v) => of(v.email_address, ({ local }) => local.replace(/\D/g, '').length) },
  { name: 'email_shows_name', kind: 'categorical', variables: ['email_address', 'applicant_name'], transformation: 'whether the local part holds a word of the name: yes or no', compute: (v) => ofBoth(v.email_address, v.applicant_name, ({ local }, name) => showsName(local, name)) },
  { name: 'phone_format', kind: 'categorical', variables: ['phone_number'], transformation: 'way of writing: international, parenthesised, dashed, dotted, digits', compute: (v) => of(v.phone_number, phoneFormat) },
  { name: 'merchant_group', kind: 'categorical', variables: ['merchant_id'], transformation: 'first digit, else other', compute: (v) => of(v.merchant_id, leadingDigit) },
  { name: 'postal_zone', kind: 'categorical', variables: ['billing_postal'], transformation: 'first digit of a ZIP code, else other', compute: (v) => of(v.billing_postal, postalZone) },
  { name: 'postal_fits_state', kind: 'categorical', variables: ['billing_postal', 'billing_state'], transformation: 'whether the ZIP code lies in the state: yes or no', compute: (v) => ofBoth(v.billing_postal, v.billing_state, postalFitsState) },
  { name: 'state', kind: 'categorical', variables: ['billing_state'], transformation: 'two letters of a state of the US, else other', compute: (v) => of(v.billing_state, (state) => findUsState(state)?.code ?? 'other') },
  { name: 'currency', kind: 'categorical', variables: ['currency'], transformation: 'lower case', compute: (v) => v.currency },
  { name: 'cvv_result', kind: 'categorical', variables: ['cvv'], transformation: 'upper case', compute: (v) => v.cvv },
  { name: 'signature_result', kind: 'categorical', variables: ['signature_image'], transformation: 'upper case', compute: (v) => v.signature_image },
  { name: 'type', kind: 'categorical', variables: ['transaction_type'], transformation: 'upper case', compute: (v) => v.transaction_type },
  { name: 'environment', kind: 'categorical', variables: ['transaction_env'], transformation: 'upper case', compute: (v) => v.transaction_env },
  { name: 'name_case', kind: 'categorical', variables: ['applicant_name'], transformation: 'lower, upper or mixed', compute: (v) => of(v.applicant_name, nameCase) },
  { name: 'address_kind', kind: 'categorical', variables: ['billing_address'], transformation: 'po_box, suite, apartment or street', compute: (v) => of(v.billing_address, addressKind) },
  { name: 'city_vowels', kind: 'numeric', variables: ['billing_city'], transformation: 'share of vowels among the letters', compute: (v) => of(v.billing_city, vowelShare) },
  { name: 'hour_utc', kind: 'numeric', variables: [], transformation: 'hour of the day, UTC', compute: (_, occurredAt) => occurredAt.getUTCHours() },
  { name: 'weekday_utc', kind: 'numeric', variables: [], transformation: 'day of the week, UTC, 0 is Sunday', compute: (_, occurredAt) => occurredAt.getUTCDay() }
]

/** The feature table without its code, as it stands in a model card. */
export function describeFeatures (): FeatureDescription[] {
  return FEATURES.map(({ name, kind, variables, transformation }) => ({ name, kind, variables: [...variables], transformation }))
}

/**
 * Turns an event into the model's features. Numbers come out finite, categories as text of the vocabulary; whatever is absent,
 * unreadable or unseen comes out as `null` and its variable is reported, once. Never throws.
 *
 * @param vocabularies the categories that the model knows; without them (before training) every category passes.
 */
export function extractFeatures (event: ScreenedEvent, vocabularies?: Vocabularies): { values: FeatureValue[], unusedVariables: UnusedVariable[] } {
  const { variables, unused } = readVariables(event)
  const occurredAt = new Date(event.occurredAtMs)
  const values = FEATURES.map((feature) => {
    const value = feature.compute(variables, occurredAt)
    if (typeof value === 'number') return Number.isFinite(value) ? value : null
    if (value === null || vocabularies === undefined || vocabularies.get(feature.name)?.has(value) === true) return value
    for (const name of feature.variables) {
      if (!unused.some((known) => known.name === name)) unused.push({ name, why: 'unseen' })
    }
    return null
  })
  return { values, unusedVariables: unused }
}
