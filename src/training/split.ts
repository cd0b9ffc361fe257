import { createRandom } from '../model/random.ts'
import type { DataProfile } from './data-profile.ts'
import { TrainingError } from './training-error.ts'

/** What a row is for. */
export const PART = { none: 0, fit: 1, validation: 2, heldOut: 3 } as const

export interface Split {
  /** By row, one of `PART`. Legitimate rows that training does without are `none`; held-out rows are all kept. */
  parts: Uint8Array
  /** By row, whether it may teach anything: it is labelled and not held out. */
  isTraining: (row: number) => boolean
  /** Unix milliseconds; `null` when the data tell no time and the rows were drawn. */
  heldOutFromMs: number | null
  frauds: { fit: number, validation: number, heldOut: number }
  rows: { fit: number, validation: number, heldOut: number }
}

/** The last share of the rows, by time, that training never sees and that the score map and the metrics come from. */
export const HELD_OUT_SHARE = 0.15
/** The last share of the others, that chooses between kinds of models. */
const VALIDATION_SHARE = 0.15
/** Legitimate rows kept for training per fraud; more cost time and hardly help. */
const LEGITIMATE_PER_FRAUD = 30
/** And never more than so many, so that any file can be trained on. */
const MAX_LEGITIMATE = 60_000
const MAX_FRAUDS = 30_000
/** Nor more than so many values of them, so that a file with thousands of columns can be trained on in minutes. */
const MAX_LEGITIMATE_VALUES = 10_000_000
const MIN_FRAUDS = 20

/**
 * Splits the rows by time: what comes last is held out, so that a model is measured on what it will meet, the future. Without times the rows are drawn.
 * @param features how many values are made of a row
 * @throws TrainingError when a part lacks frauds or legitimate rows
 */
export function splitRows ({ classes, times }: DataProfile, seed: number, features: number): Split {
  const random = createRandom(seed)
  const order = times ?? Float64Array.from(classes, () => random.next())
  const usable = Array.from(classes.keys()).filter((row) => classes[row] !== -1)
  if (usable.length === 0) throw new TrainingError('No row has both a label and a time.')
  const sorted = Float64Array.from(usable, (row) => order[row] ?? 0).sort()
  const heldOutFrom = sorted[Math.floor(sorted.length * (1 - HELD_OUT_SHARE))] ?? Infinity
  const validationFrom = sorted[Math.floor(sorted.length * (1 - HELD_OUT_SHARE) * (1 - VALIDATION_SHARE))] ?? Infinity
  const partOf = (row: number) => {
    const at = order[row] ?? 0
    return at >= heldOutFrom ? PART.heldOut : at >= validationFrom ? PART.validation : PART.fit
  }
  const all = countParts(usable, partOf, classes)
  check(all, times === null, heldOutFrom)

  const trainingFrauds = all.frauds.fit + all.frauds.validation
  const trainingLegitimate = all.rows.fit + all.rows.validation - trainingFrauds
  const keptFrauds = Math.min(1, MAX_FRAUDS / trainingFrauds)
  const keptLegitimate = Math.min(1, Math.min(MAX_LEGITIMATE, MAX_LEGITIMATE_VALUES / features, trainingFrauds * keptFrauds * LEGITIMATE_PER_FRAUD) / Math.max(1, trainingLegitimate))
  const parts = new Uint8Array(classes.length)
  for (const row of usable) {
    const part = partOf(row)
    const isKept = part === PART.heldOut || random.chance(classes[row] === 1 ? keptFrauds : keptLegitimate)
    parts[row] = isKept ? part : PART.none
  }
  return {
    parts,
    isTraining: (row) => classes[row] !== -1 && partOf(row) !== PART.heldOut,
    heldOutFromMs: times === null ? null : heldOutFrom,
    ...countParts(usable.filter((row) => parts[row] !== PART.none), (row) => parts[row] ?? PART.none, classes)
  }
}

function countParts (rows: readonly number[], partOf: (row: number) => number, classes: Int8Array): Pick<Split, 'rows' | 'frauds'> {
  const counts = { rows: { fit: 0, validation: 0, heldOut: 0 }, frauds: { fit: 0, validation: 0, heldOut: 0 } }
  for (const row of rows) {
    const part = partOf(row)
    const name = part === PART.fit ? 'fit' : part === PART.validation ? 'validation' : 'heldOut'
    counts.rows[name]++
    if (classes[row] === 1) counts.frauds[name]++
  }
  return counts
}

function check ({ rows, frauds }: Pick<Split, 'rows' | 'frauds'>, isDrawn: boolean, heldOutFrom: number): void {
  const where = isDrawn ? 'drawn' : `from ${new Date(heldOutFrom).toISOString()} on`
  const training = frauds.fit + frauds.validation
  if (rows.fit + rows.validation === 0) throw new TrainingError(`So many rows share one time that all ${rows.heldOut} would be held out (${where}). Use a column with finer times, or say --no-timestamp.`)
  if (training < MIN_FRAUDS) throw new TrainingError(`Only ${training} frauds are there to train on, beside the ${rows.heldOut} rows that are held out (${where}); ${MIN_FRAUDS} are the least.`)
  if (rows.fit + rows.validation - training < MIN_FRAUDS) throw new TrainingError(`Only ${rows.fit + rows.validation - training} legitimate rows are there to train on; ${MIN_FRAUDS} are the least.`)
  if (frauds.fit === 0) throw new TrainingError('The first rows by time hold no fraud, so nothing can be learnt from them.')
  if (frauds.fit === rows.fit) throw new TrainingError('The first rows by time are all fraud, so nothing can be learnt from them.')
  if (frauds.heldOut === 0) throw new TrainingError(`The ${rows.heldOut} rows that are held out (${where}) hold no fraud, so nothing could be measured.`)
  if (rows.heldOut === frauds.heldOut) throw new TrainingError(`The ${rows.heldOut} rows that are held out (${where}) are all fraud, so no score could be mapped.`)
}
