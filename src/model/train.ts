import { DEFAULT_THRESHOLDS } from '../domain/outcome.ts'
import { predictFraud, toColumns } from './card-model.ts'
import { evaluate } from './evaluate.ts'
import type { ScreenedEvent } from './event-variables.ts'
import { describeFeatures, extractFeatures, FEATURES, type FeatureValue, type Vocabularies } from './features.ts'
import { type ModelCard, sha256 } from './model-card.ts'
import { createRandom } from './random.ts'
import { createScoreMap } from './score-map.ts'
import type { GeneratedTransaction } from './transaction-generator.ts'
import { loadYdfModel, trainYdfModel, ydfVersions } from './ydf.ts'

/** The last share of the rows, by time, that training never sees and that the score map and the metrics come from. */
export const HELD_OUT_SHARE = 0.15

/** Legitimate rows kept for training per fraud; the rest are dropped at random, which saves time and hardly costs accuracy. */
const LEGITIMATE_PER_FRAUD = 5

// A category seen less often teaches nothing, and the library itself drops those below five.
const MIN_CATEGORY_ROWS = 20

/** The event that a generated transaction stands for, as a scorer would get it. */
export function toEvent ({ EVENT_TIMESTAMP, variables }: GeneratedTransaction): ScreenedEvent {
  const currency = (variables['currency'] ?? 'usd').toUpperCase()
  const valueMinor = Math.round(Number(variables['transaction_amt'] ?? 0) * (currency === 'JPY' ? 1 : 100))
  return { occurredAtMs: Date.parse(EVENT_TIMESTAMP), amount: { valueMinor, currency }, variables }
}

function collectVocabularies (rows: readonly (readonly FeatureValue[])[]): Map<string, Set<string>> {
  return new Map(FEATURES.flatMap(({ name, kind }, index) => {
    if (kind === 'numeric') return []
    const counts = new Map<string, number>()
    for (const row of rows) {
      const value = row[index]
      if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    const frequent = [...counts].filter(([, count]) => count >= MIN_CATEGORY_ROWS).map(([value]) => value)
    return [[name, new Set(frequent.sort())]]
  }))
}

function sampleForTraining (transactions: readonly GeneratedTransaction[], seed: number): GeneratedTransaction[] {
  const random = createRandom(seed)
  const frauds = transactions.filter(({ EVENT_LABEL }) => EVENT_LABEL === 'fraud').length
  const kept = Math.min(1, frauds * LEGITIMATE_PER_FRAUD / Math.max(1, transactions.length - frauds))
  return transactions.filter(({ EVENT_LABEL }) => EVENT_LABEL === 'fraud' || random.chance(kept))
}

function featuresOf (transactions: readonly GeneratedTransaction[], vocabularies?: Vocabularies): FeatureValue[][] {
  return transactions.map((transaction) => extractFeatures(toEvent(transaction), vocabularies).values)
}

/** What training is told beside the rows. */
export interface TrainingOptions {
  name: string
  version: string
  /** The name of the zip that the card will point to. */
  file: string
  /** What the card says the rows are, and the seed of both the rows and their sampling. */
  generator: string
  seed: number
  limits: string
  trainedAt: Date
  onProgress: (line: string) => void
}

/**
 * Trains a model on labelled transactions, sorted by time, and measures it on the held-out end of them.
 *
 * @returns the zipped model and its card; the bytes depend on rows and seed only, `trainedAt` stands in the card alone.
 * @throws RangeError when the held-out rows hold no legitimate one
 */
export async function trainModel (transactions: readonly GeneratedTransaction[], options: TrainingOptions): Promise<{ zip: Uint8Array, card: ModelCard }> {
  const { name, version, file, generator, seed, limits, trainedAt, onProgress } = options
  const cut = Math.floor(transactions.length * (1 - HELD_OUT_SHARE))
  const heldOut = transactions.slice(cut)
  const sample = sampleForTraining(transactions.slice(0, cut), seed)
  const vocabularies = collectVocabularies(featuresOf(sample))

  onProgress(`training on ${sample.length} of ${cut} rows, ${FEATURES.length} features`)
  const numericColumns = new Set(FEATURES.filter(({ kind }) => kind === 'numeric').map((feature) => feature.name))
  const zip = await trainYdfModel(toColumns(featuresOf(sample, vocabularies)), numericColumns, sample.map(({ EVENT_LABEL }) => EVENT_LABEL))

  onProgress(`measuring on ${heldOut.length} held-out rows`)
  const model = await loadYdfModel(zip)
  const classes = model.getLabelClasses()
  const fraudClassIndex = classes.indexOf('fraud')
  const raws = predictFraud(model, fraudClassIndex, featuresOf(heldOut, vocabularies))
  model.unload()
  const rows = heldOut.map(({ EVENT_LABEL }, index) => ({ isFraud: EVENT_LABEL === 'fraud', raw: raws[index] ?? NaN }))

  const card: ModelCard = {
    name,
    version,
    limits,
    trainedAt: trainedAt.toISOString(),
    artefact: { file, bytes: zip.length, sha256: sha256(zip) },
    libraries: ydfVersions(),
    classes,
    fraudClassIndex,
    features: describeFeatures().map((feature) => {
      const vocabulary = vocabularies.get(feature.name)
      return { ...feature, variables: [...feature.variables], ...vocabulary && { vocabulary: [...vocabulary] } }
    }),
    trainingData: {
      generator,
      seed,
      rows: transactions.length,
      trainedRows: sample.length,
      legitimatePerFraud: LEGITIMATE_PER_FRAUD,
      heldOutRows: heldOut.length,
      fraudShare: Number((transactions.filter(({ EVENT_LABEL }) => EVENT_LABEL === 'fraud').length / transactions.length).toFixed(5)),
      from: transactions[0]?.EVENT_TIMESTAMP ?? '',
      heldOutFrom: heldOut[0]?.EVENT_TIMESTAMP ?? '',
      to: transactions.at(-1)?.EVENT_TIMESTAMP ?? ''
    },
    heldOutMetrics: evaluate(rows),
    scoreMap: createScoreMap(rows.filter(({ isFraud }) => !isFraud).map(({ raw }) => raw)),
    thresholds: DEFAULT_THRESHOLDS
  }
  return { zip, card }
}
