import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { YdfModel } from 'ydf-inference'

import type { ScreenedEvent, UnusedVariable } from './event-variables.ts'
import { extractFeatures, FEATURES, type FeatureValue } from './features.ts'
import { type ModelCard, parseModelCard, sha256, vocabulariesOf } from './model-card.ts'
import { mapScore } from './score-map.ts'
import { type Columns, loadYdfModel } from './ydf.ts'

/** A model together with its card, ready to score. */
export interface CardModel {
  readonly card: ModelCard
  /**
   * Scores one event, synchronously, in some tens of microseconds. `score` is an integer from 0 to 1000, `raw` the model's probability
   * of fraud, 0 to 1.
   */
  assess: (event: ScreenedEvent) => { score: number, raw: number, unusedVariables: UnusedVariable[] }
  /** Frees the model's memory; it must not be used afterwards. */
  unload: () => void
}

/** Turns rows of features into columns by name. */
export function toColumns (rows: readonly (readonly FeatureValue[])[]): Columns {
  return Object.fromEntries(FEATURES.map(({ name }, index) => [name, rows.map((row) => row[index] ?? null)]))
}

/** Raw probabilities of fraud, one per row of features. */
export function predictFraud (model: YdfModel, fraudClassIndex: number, rows: readonly (readonly FeatureValue[])[]): number[] {
  // For two classes the library gives one number: the probability of the second.
  return model.predict(toColumns(rows)).map((probability) => fraudClassIndex === 1 ? probability : 1 - probability)
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

/**
 * Loads a model by its card; the zip lies beside it.
 *
 * @throws Error that names the card's path and the fault: unreadable, against the schema, made for other features, or a zip whose
 * SHA-256 is not the card's.
 */
export async function loadCardModel (cardPath: string): Promise<CardModel> {
  try {
    const card = parseModelCard(await readFile(cardPath, 'utf8'))
    const zip = await readFile(join(dirname(cardPath), card.artefact.file))
    if (sha256(zip) !== card.artefact.sha256) throw new Error(`the SHA-256 of ${card.artefact.file} is not the one that the card gives`)
    const model = await loadYdfModel(zip)
    checkModel(model, card)
    const vocabularies = vocabulariesOf(card)
    return {
      card,
      assess (event) {
        const { values, unusedVariables } = extractFeatures(event, vocabularies)
        const raw = predictFraud(model, card.fraudClassIndex, [values])[0] ?? NaN
        return { score: mapScore(card.scoreMap, raw), raw, unusedVariables }
      },
      unload: () => model.unload()
    }
  } catch (error) {
    throw new Error(`The fraud model of ${cardPath} cannot be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
