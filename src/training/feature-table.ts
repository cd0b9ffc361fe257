import { holdsCardNumber } from '../domain/card-number.ts'
import { createFeatureExtractor, type Encoding, encodingKey, type Encodings, type Feature, smoothedRisk, UNKNOWN_CATEGORY } from '../model/features.ts'
import { createRandom } from '../model/random.ts'
import { type FeatureValue, findTransformation, plainText, type Transformation } from '../model/transformations.ts'
import { type DataProfile, MAX_CATEGORIES } from './data-profile.ts'
import type { FeaturePlan } from './feature-plan.ts'
import type { PlannedFeature } from './known-variables.ts'
import type { CsvTable } from './labelled-csv.ts'
import { PART, type Split } from './split.ts'
import { eventOf, learnableText, readCell } from './row-event.ts'

/** Rows as the model takes them, of one part of the data. */
export interface FeatureRows {
  /** By feature, then by row. */
  columns: FeatureValue[][]
  isFraud: boolean[]
  /** The rows' places in the file. */
  rows: number[]
}

/** A category seen in fewer training rows teaches nothing. */
const MIN_CATEGORY_ROWS = 20
/** So many keys of a column stand in the card, the commonest. */
const MAX_KEYS = 20_000
/** Beyond so many different texts the rarest are those that came late; they are not counted. */
const MAX_COUNTED = 2_000_000
const FOLDS = 5

/** What the training rows hold of a column's keys: rows and frauds by fold. */
interface KeyCounts {
  places: Map<string, number>
  rows: number[]
  frauds: number[]
  /** Of all keys, by fold. */
  all: { rows: number, frauds: number }[]
}

/**
 * Reads the training rows once and learns what the features need to know: categories, and for texts with many values how often each came and how
 * often with fraud. Then reads all kept rows and makes their features, with the very code that makes them in the service; only the risk of a
 * training row is worked out without the fold that it lies in, since its own label must not tell.
 */
export async function buildFeatureRows (table: CsvTable, profile: DataProfile, plan: FeaturePlan, split: Split, { seed, onRows }: { seed: number, onRows: (pass: 'learn' | 'make', rows: number) => void }): Promise<{ features: Feature[], encodings: Encodings, parts: Record<'training' | 'heldOut', FeatureRows>, isValidation: boolean[] }> {
  const folds = foldsOf(split, seed)
  const { vocabularies, keys } = await learn(table, profile, plan, split, folds, onRows)
  const encodings = Object.fromEntries([...keys].map(([column, counts]) => [column, encode(column, counts)]))
  const kept = new Map(Object.entries(encodings).map(([column, { entries }]) => [column, new Set(entries.map(([key]) => key))]))
  const features = plan.features.flatMap((planned) => describe(planned, vocabularies))
  const extractor = createFeatureExtractor({ features, encodings, standIns: {} })
  const empty = (): FeatureRows => ({ columns: features.map(() => []), isFraud: [], rows: [] })
  const parts = { training: empty(), heldOut: empty() }
  const isValidation: boolean[] = []

  let row = -1
  for await (const cells of table.rows()) {
    row++
    if ((row + 1) % 10_000 === 0) onRows('make', row + 1)
    const part = split.parts[row]
    if (part === undefined || part === PART.none) continue
    const { values } = extractor.extract(eventOf(table.columns, cells, profile.times?.[row]))
    const target = part === PART.heldOut ? parts.heldOut : parts.training
    for (const [index, feature] of features.entries()) {
      const own = part !== PART.heldOut && feature.transformation === 'risk' && values[index] !== null
        ? riskWithoutFold(keys.get(feature.variables[0] ?? '')!, textOf(table, cells, feature), folds[row] ?? 0, (text) => kept.get(feature.variables[0] ?? '')?.has(encodingKey(feature.variables[0] ?? '', text)) === true)
        : undefined
      target.columns[index]!.push(own ?? values[index] ?? null)
    }
    target.isFraud.push(profile.classes[row] === 1)
    target.rows.push(row)
    if (part !== PART.heldOut) isValidation.push(part === PART.validation)
  }
  for (const [index, feature] of features.entries()) feature.typical = typicalOf(parts.training, index)
  return { features, encodings, parts, isValidation }
}

async function learn (table: CsvTable, profile: DataProfile, plan: FeaturePlan, split: Split, folds: Uint8Array, onRows: (pass: 'learn', rows: number) => void) {
  const categorical = plan.features.filter(({ transformation }) => findTransformation(transformation)?.kind === 'categorical')
  const keyed = [...new Set(plan.features.filter(({ transformation }) => transformation === 'risk' || transformation === 'frequency').map(({ variables }) => variables[0] ?? ''))]
  const vocabularies = new Map(categorical.map(({ name }) => [name, new Map<string, number>()]))
  const keys = new Map(keyed.map((column): [string, KeyCounts] => [column, { places: new Map(), rows: [], frauds: [], all: Array.from({ length: FOLDS }, () => ({ rows: 0, frauds: 0 })) }]))
  const makers = categorical.map((planned) => ({ counts: vocabularies.get(planned.name)!, transformation: findTransformation(planned.transformation) as Transformation, indexes: planned.variables.map((name) => table.columns.indexOf(name)) }))
  const places = keyed.map((column) => ({ counts: keys.get(column)!, index: table.columns.indexOf(column) }))

  let row = -1
  for await (const cells of table.rows()) {
    row++
    if ((row + 1) % 10_000 === 0) onRows('learn', row + 1)
    if (!split.isTraining(row)) continue
    const occurredAt = new Date(profile.times?.[row] ?? NaN)
    for (const { counts, transformation, indexes } of makers) {
      const texts = indexes.map((index) => readCell(learnableText(cells[index])))
      if (texts.includes(null)) continue
      const value = transformation.compute(texts as string[], occurredAt)
      if (typeof value === 'string' && (counts.has(value) || counts.size < MAX_COUNTED)) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    for (const { counts, index } of places) {
      const text = readCell(learnableText(cells[index]))
      if (text !== null) countKey(counts, plainText(text), folds[row] ?? 0, profile.classes[row] === 1)
    }
  }
  return { vocabularies, keys }
}

function countKey (counts: KeyCounts, key: string, fold: number, isFraud: boolean): void {
  let place = counts.places.get(key)
  if (place === undefined) {
    // A hash of a card number is found by trying.
    if (counts.places.size >= MAX_COUNTED || holdsCardNumber(key)) return
    place = counts.places.size
    counts.places.set(key, place)
    for (let one = 0; one < FOLDS; one++) {
      counts.rows.push(0)
      counts.frauds.push(0)
    }
  }
  const all = counts.all[fold]!
  counts.rows[place * FOLDS + fold]!++
  all.rows++
  if (!isFraud) return
  counts.frauds[place * FOLDS + fold]!++
  all.frauds++
}

/** A key that the card does not keep is what it will be in the service: one that nothing is known of. */
function riskWithoutFold ({ places, rows, frauds, all }: KeyCounts, text: string, fold: number, isKept: (text: string) => boolean): number {
  const place = isKept(text) ? places.get(text) : undefined
  const own = { rows: 0, frauds: 0 }
  const others = { rows: 0, frauds: 0 }
  for (let one = 0; one < FOLDS; one++) {
    if (one === fold) continue
    others.rows += all[one]!.rows
    others.frauds += all[one]!.frauds
    if (place === undefined) continue
    own.rows += rows[place * FOLDS + one]!
    own.frauds += frauds[place * FOLDS + one]!
  }
  return smoothedRisk(own, others)
}

function encode (column: string, { places, rows, frauds, all }: KeyCounts): Encoding {
  const sum = (numbers: readonly number[], place: number) => numbers.slice(place * FOLDS, (place + 1) * FOLDS).reduce((total, one) => total + one, 0)
  const entries = [...places].map(([text, place]): [string, number, number] => [encodingKey(column, text), sum(rows, place), sum(frauds, place)])
  // Of equal count by key, so that the same data give the same card.
  entries.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return {
    rows: all.reduce((total, one) => total + one.rows, 0),
    frauds: all.reduce((total, one) => total + one.frauds, 0),
    entries: entries.slice(0, MAX_KEYS)
  }
}

/** A feature with its categories; none when its text has one category, or none that came often enough. */
function describe (planned: PlannedFeature, vocabularies: ReadonlyMap<string, ReadonlyMap<string, number>>): Feature[] {
  const { kind } = findTransformation(planned.transformation) as Transformation
  const feature: Feature = { ...planned, kind }
  if (kind === 'numeric') return [feature]
  const counted = [...vocabularies.get(planned.name) ?? []].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  // Among other numbers a card's may have passed for one of them; in a card that is passed on it must not stand.
  const frequent = counted.filter(([value, rows]) => rows >= MIN_CATEGORY_ROWS && !holdsCardNumber(value)).slice(0, MAX_CATEGORIES - 1)
  if (frequent.length === 0) return []
  // The unknown category is one only where training meets it; else what is unseen counts as missing.
  const rareRows = counted.reduce((sum, [, rows]) => sum + rows, 0) - frequent.reduce((sum, [, rows]) => sum + rows, 0)
  return [{ ...feature, vocabulary: [...frequent.map(([value]) => value).sort(), ...rareRows >= MIN_CATEGORY_ROWS ? [UNKNOWN_CATEGORY] : []] }]
}

function typicalOf ({ columns, isFraud }: FeatureRows, index: number): FeatureValue {
  const values = (columns[index] ?? []).filter((value, row) => value !== null && isFraud[row] === false)
  if (values.length === 0) return null
  if (typeof values[0] === 'number') return (values as number[]).sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
  const counts = new Map<string, number>()
  for (const value of values as string[]) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].reduce((best, one) => one[1] > best[1] || (one[1] === best[1] && one[0] < best[0]) ? one : best)[0]
}

/** The validation rows are a fold of their own: what they are worth must not rest on each other's labels. */
function foldsOf ({ parts }: Split, seed: number): Uint8Array {
  const random = createRandom(seed ^ 0x5EED)
  return Uint8Array.from(parts, (part) => part === PART.validation ? FOLDS - 1 : random.integer(0, FOLDS - 2))
}

function textOf (table: CsvTable, cells: readonly string[], { variables }: Feature): string {
  return plainText(readCell(cells[table.columns.indexOf(variables[0] ?? '')]) ?? '')
}
