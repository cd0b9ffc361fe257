import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BUNDLED_CARD_PATH } from '../../src/model/bundled-model.ts'
import type { ModelCard } from '../../src/model/model-card.ts'

/** A score map that says other scores than the bundled one's. */
export const PLAIN_MAP = [{ raw: 0, score: 0 }, { raw: 1, score: 1000 }]

/** Writes the bundled model's folder anew, with another card. @returns the folder */
export function copyBundledModel (folder: string, change: Partial<ModelCard> = {}): string {
  mkdirSync(folder, { recursive: true })
  for (const name of ['model.zip', 'report.html', 'report.json']) cpSync(join(dirname(BUNDLED_CARD_PATH), name), join(folder, name))
  const card: ModelCard = JSON.parse(readFileSync(BUNDLED_CARD_PATH, 'utf8'))
  writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...card, ...change }))
  return folder
}

/** Makes a directory's pointer name a model, as a promotion does. */
export function pointTo (directory: string, model: string): void {
  writeFileSync(join(directory, 'current.json'), JSON.stringify({ model, since: '2026-11-29T00:00:00.000Z', how: 'promoted', history: [] }))
}
