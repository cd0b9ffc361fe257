import { createHash } from 'node:crypto'
import { isNull } from '../domain/null-word.ts'
import { type Amount, decimalText, isCurrency } from '../domain/amount.ts'
import { type FeatureValue, findTransformation, isNumberText, type Transformation, type TransformationName } from './transformations.ts'

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

/** A feature: how it is made, and what training saw of it. */
export interface Feature {
  name: string
  kind: Transformation['kind']
  /** The event variables, or columns, that it is made of, in the order that the transformation takes; none means the time. */
  variables: readonly string[]
  transformation: TransformationName
  /** Of categories only: those that the model was trained with. Any other one is `UNKNOWN_CATEGORY`, where that is among them, else missing. */
  vocabulary?: readonly string[]
  /** The middle number or the commonest category among legitimate training rows; stands in for the real value when a score is explained. */
  typical?: FeatureValue
}

/** What training saw of a column's texts, by key. */
export interface Encoding {
  /** All training rows, and the frauds among them. */
  rows: number
  frauds: number
  /** Key, rows, frauds. The key is cut from a hash: the card of a model that is passed on names no customer. */
  entries: readonly (readonly [key: string, rows: number, frauds: number])[]
}
/** By column. */
export type Encodings = Readonly<Record<string, Encoding>>

/** Variables that are filled from the transaction's own amount and currency when they were not sent. */
export interface StandIns {
  amount?: string
  currency?: string
}

/** All categories that were too rare to learn from, and those that were never seen. */
export const UNKNOWN_CATEGORY = '<unknown>'

/** No variable of a real event is longer; what is longer counts as unreadable. Characters. */
export const MAX_VARIABLE_LENGTH = 512

/** A key with few rows is drawn to the mean of all: it counts as if it had so many rows more, with as many frauds among them as everywhere. */
const RISK_WEIGHT = 20

/** The key under which an encoding knows a text. 48 bits of SHA-256 over column and text. */
export function encodingKey (column: string, text: string): string {
  return createHash('sha256').update(`${column}\n${text}`).digest('hex').slice(0, 12)
}

/** The smoothed share of frauds among the rows of a key. */
export function smoothedRisk (own: { rows: number, frauds: number }, all: { rows: number, frauds: number }): number {
  const prior = all.rows === 0 ? 0 : all.frauds / all.rows
  return (own.frauds + prior * RISK_WEIGHT) / (own.rows + RISK_WEIGHT)
}

/** Turns events into a model's features. */
export interface FeatureExtractor {
  /** How many variables it reads. */
  variableCount: number
  /**
   * Numbers come out finite, categories as text of the vocabulary; what is absent, unreadable or unseen comes out as `null` or as the unknown
   * category, and its variable is reported, once. Never throws.
   */
  extract: (event: ScreenedEvent) => { values: FeatureValue[], unusedVariables: UnusedVariable[] }
}

/** @throws Error when a feature's transformation is not known here, or takes another number of variables */
export function createFeatureExtractor ({ features, encodings, standIns }: { features: readonly Feature[], encodings: Encodings, standIns: StandIns }): FeatureExtractor {
  const names = [...new Set(features.flatMap(({ variables }) => variables))]
  const makers = features.map((feature) => ({ make: createMake(feature, encodings), places: feature.variables.map((name) => names.indexOf(name)) }))

  return {
    variableCount: names.length,
    extract (event) {
      // By the places of their names: this is done for every payment.
      const read = names.map((name) => readVariable(name, event, standIns))
      const occurredAt = new Date(event.occurredAtMs)
      const values = makers.map(({ make, places }) => {
        const texts: string[] = []
        for (const place of places) {
          const text = read[place]?.text
          if (text == null) return null
          texts.push(text)
        }
        const { value, fault } = make(texts, occurredAt)
        // Of two variables nobody can say which one it was; each has a feature of its own.
        if (fault !== undefined && places.length === 1) read[places[0]!]!.why ??= fault
        return value
      })
      const unusedVariables: UnusedVariable[] = []
      for (const [index, { why }] of read.entries()) if (why !== undefined) unusedVariables.push({ name: names[index]!, why })
      return { values, unusedVariables }
    }
  }
}

type Make = (texts: readonly string[], occurredAt: Date) => { value: FeatureValue, fault?: 'unreadable' | 'unseen' }

/** A variable's text, and what is to be reported of it. */
interface ReadVariable { text: string | null, why: UnusedVariable['why'] | undefined }

/** What the transaction itself knows takes the place of what is absent or unreadable. */
function readVariable (name: string, event: ScreenedEvent, standIns: StandIns): ReadVariable {
  const sent = Object.hasOwn(event.variables, name) ? event.variables[name] : null
  const trimmed = typeof sent === 'string' && sent.length <= MAX_VARIABLE_LENGTH ? sent.trim() : null
  const isAbsent = sent === null || sent === undefined || (trimmed !== null && isNull(trimmed))
  const isReadable = !isAbsent && trimmed !== null && (name !== standIns.amount || isNumberText(trimmed)) && (name !== standIns.currency || /^[A-Za-z]{3}$/.test(trimmed))
  if (isReadable) return { text: trimmed, why: undefined }
  const known = standInFor(name, standIns, event)
  // An absence made good is nothing to report.
  return { text: known, why: !isAbsent ? 'unreadable' : known === null ? 'absent' : undefined }
}

function createMake (feature: Feature, encodings: Encodings): Make {
  const transformation = findTransformation(feature.transformation)
  if (transformation === undefined) throw new Error(`feature ${feature.name} is made by "${feature.transformation}", which this version does not know`)
  if (transformation.inputs !== feature.variables.length || transformation.kind !== feature.kind) throw new Error(`feature ${feature.name} does not fit its transformation`)
  const finish = createFinish(feature, transformation, encodings)
  return (texts, occurredAt) => {
    const value = transformation.compute(texts, occurredAt)
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return { value: null, fault: 'unreadable' }
    return finish(value)
  }
}

function createFinish ({ name, variables, vocabulary }: Feature, { isKey }: Transformation, encodings: Encodings): (value: number | string) => ReturnType<Make> {
  if (isKey !== undefined) {
    const [column = ''] = variables
    const encoding = Object.hasOwn(encodings, column) ? encodings[column] : undefined
    if (encoding === undefined) throw new Error(`feature ${name} needs the encoding of ${column}, which the card lacks`)
    const numbers = new Map(encoding.entries.map(([key, rows, frauds]) => [key, isKey === 'risk' ? smoothedRisk({ rows, frauds }, encoding) : rows / Math.max(1, encoding.rows)]))
    const unseen = isKey === 'risk' ? smoothedRisk({ rows: 0, frauds: 0 }, encoding) : 0
    // A key that was never seen is what these are for; it is nothing to report.
    return (value) => ({ value: numbers.get(encodingKey(column, String(value))) ?? unseen })
  }
  if (vocabulary === undefined) return (value) => ({ value })
  const known = new Set(vocabulary)
  const other = known.has(UNKNOWN_CATEGORY) ? UNKNOWN_CATEGORY : null
  return (value) => typeof value === 'string' && known.has(value) && value !== UNKNOWN_CATEGORY ? { value } : { value: other, fault: 'unseen' }
}

function standInFor (name: string, standIns: StandIns, { amount }: ScreenedEvent): string | null {
  if (!isCurrency(amount.currency)) return null
  if (name === standIns.amount) return Number.isSafeInteger(amount.valueMinor) && amount.valueMinor >= 0 ? decimalText(amount) : null
  return name === standIns.currency ? amount.currency : null
}
