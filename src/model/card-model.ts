import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { YdfModel } from 'ydf-inference'

import { explain, type Ground } from './explanation.ts'
import { createFeatureExtractor, type Feature, type ScreenedEvent, type UnusedVariable } from './features.ts'
import { type ModelCard, parseModelCard, sha256 } from './model-card.ts'
import { mapScore } from './score-map.ts'
import type { FeatureValue } from './transformations.ts'
import { type Columns, loadYdfModel } from './ydf.ts'

/** What a model says of one event. */
export interface Assessed {
  /** An integer from 0 to 1000. */
  score: number
  /** The model's own number, 0 to 1: it ranks, and is no probability of anything. */
  raw: number
  unusedVariables: UnusedVariable[]
  /** Whether more than half of the variables that it knows were absent or unreadable: then the score says little. */
  isSparse: boolean
  /** What made the score high, heaviest first, at most three. It asks the model once more, for a row a variable: for what is suspicious. */
  explain: () => Ground[]
}

/** A model together with its card, ready to score. */
export interface CardModel {
  readonly card: ModelCard
  /** Scores one event, synchronously, in some tens of microseconds. */
  assess: (event: ScreenedEvent) => Assessed
  /** Frees the model's memory; it must not be used afterwards. */
  unload: () => void
}

/** Turns rows of features into columns by name. */
function toColumns (features: readonly Pick<Feature, 'name'>[], rows: readonly (readonly FeatureValue[])[]): Columns {
  return Object.fromEntries(features.map(({ name }, index) => [name, rows.map((row) => row[index] ?? null)]))
}

/** The model's numbers for columns of features, one a row; higher is more suspicious. */
export function predictColumns (model: YdfModel, fraudClassIndex: number, columns: Columns): number[] {
  // For two classes the library gives one number: that of the second. It is a 32-bit one, which may pass 1 by rounding.
  return model.predict(columns).map((share) => Math.min(1, Math.max(0, fraudClassIndex === 1 ? share : 1 - share)))
}

function checkModel (model: YdfModel, card: ModelCard): void {
  const known = new Map(card.features.map(({ name, kind }) => [name, kind === 'numeric' ? 'NUMERICAL' : 'CATEGORICAL']))
  for (const { name, type } of model.getInputFeatures()) {
    if (known.get(name) !== type) throw new Error(`the model takes ${name} as ${type}, the card says ${known.get(name) ?? 'nothing of it'}`)
  }
  if (JSON.stringify(model.getLabelClasses()) !== JSON.stringify(card.classes) || card.classes[card.fraudClassIndex] !== 'fraud') {
    throw new Error('the model and its card disagree about which class is fraud')
  }
}

/** Makes a model of a card and the zip that belongs to it. @throws Error that says why they do not fit */
export async function createCardModel (card: ModelCard, zip: Uint8Array): Promise<CardModel> {
  if (sha256(zip) !== card.artefact.sha256) throw new Error(`the SHA-256 of ${card.artefact.file} is not the one that the card gives`)
  const { extract, variableCount } = createFeatureExtractor(card)
  const model = await loadYdfModel(zip)
  checkModel(model, card)
  // One row, made once and filled anew for each event: what is asked is answered before anybody else asks.
  const columns = toColumns(card.features, [[]])
  const cells = card.features.map(({ name }) => columns[name] ?? [])
  return {
    card,
    assess (event) {
      const { values, unusedVariables } = extract(event)
      for (const [index, cell] of cells.entries()) cell[0] = values[index] ?? null
      const raw = predictColumns(model, card.fraudClassIndex, columns)[0] ?? NaN
      const predict = (rows: FeatureValue[][]) => predictColumns(model, card.fraudClassIndex, toColumns(card.features, rows))
      const isSparse = unusedVariables.length > variableCount / 2 && unusedVariables.filter(({ why }) => why !== 'unseen').length > variableCount / 2
      return { score: mapScore(card.scoreMap, raw), raw, unusedVariables, isSparse, explain: () => explain(card.features, values, raw, predict) }
    },
    unload: () => model.unload()
  }
}

/** A model that loads may still fail at its first event. The event is nobody's: it only has to go all the way through. */
function checkScores (model: CardModel): void {
  try {
    const { score } = model.assess({ occurredAtMs: 0, amount: { valueMinor: 0, currency: 'EUR' }, variables: {} })
    if (!Number.isInteger(score)) throw new Error(`the score of an empty event is ${score}`)
  } catch (error) {
    model.unload()
    throw error
  }
}

/**
 * Loads a model by its card; the zip lies beside it.
 *
 * @throws Error that names the card's path and the fault: unreadable, against the schema, made by transformations that are not known here, a
 * zip whose SHA-256 is not the card's, or a model that gives no score.
 */
export async function loadCardModel (cardPath: string): Promise<CardModel> {
  try {
    const card = parseModelCard(await readFile(cardPath, 'utf8'))
    const model = await createCardModel(card, await readFile(join(dirname(cardPath), card.artefact.file)))
    checkScores(model)
    return model
  } catch (error) {
    throw new Error(`The fraud model of ${cardPath} cannot be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
