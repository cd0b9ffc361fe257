import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { loadCardModel } from './card-model.ts'
import { evaluate, type Metrics } from './evaluate.ts'
import type { ModelCard } from './model-card.ts'
import { toEvent, trainModel } from './train.ts'
import { GENERATOR, generateTransactions } from './transaction-generator.ts'

/** The seed of the bundled model. */
export const BUNDLED_SEED = 1

const ROWS = 160_000
const EVALUATED_ROWS = 40_000
const LIMITS = 'Trained on synthetic transactions only: its figures say how well it finds the generator\'s own patterns and nothing of real fraud. ' +
  'Use it to try Ringfence out; for real cards, use a scorer that was trained on real transactions. ' +
  'It knows US addresses and six currencies; hours are UTC, not the cardholder\'s.'

/** Where the bundled models lie, from `src/` and from `dist/` alike. Absolute path. */
export const BUNDLED_MODELS_DIR = fileURLToPath(new URL('../../models/', import.meta.url))

/** The card of the model that comes with the service. Absolute path. */
export const BUNDLED_CARD_PATH = join(BUNDLED_MODELS_DIR, 'card-fraud-1.json')

/** Generates the training data, trains the bundled model and writes its zip and its card to `outDir`. Takes some ten seconds. */
export async function trainBundledModel ({ outDir, seed, trainedAt, onProgress }: {
  outDir: string
  seed: number
  trainedAt: Date
  onProgress: (line: string) => void
}): Promise<ModelCard> {
  onProgress(`generating ${ROWS} transactions, seed ${seed}`)
  const transactions = generateTransactions({ rows: ROWS, seed })
  const [name, version] = ['card-fraud', '1']
  const stem = `${name}-${version}`
  const { zip, card } = await trainModel(transactions, { name, version, file: `${stem}.zip`, generator: GENERATOR, seed, limits: LIMITS, trainedAt, onProgress })
  await mkdir(outDir, { recursive: true })
  await writeFile(join(outDir, `${stem}.zip`), zip)
  await writeFile(join(outDir, `${stem}.json`), `${JSON.stringify(card, null, 2)}\n`)
  onProgress(`wrote ${stem}.zip (${zip.length} bytes) and ${stem}.json to ${outDir}`)
  return card
}

/** Measures a model on freshly generated transactions. @throws Error when the model cannot be loaded */
export async function evaluateOnFreshData ({ cardPath, seed, onProgress }: {
  cardPath: string
  seed: number
  onProgress: (line: string) => void
}): Promise<{ card: ModelCard, metrics: Metrics, exceedingShares: { score: number, share: number }[] }> {
  const model = await loadCardModel(cardPath)
  onProgress(`generating and scoring ${EVALUATED_ROWS} transactions, seed ${seed}`)
  const rows = generateTransactions({ rows: EVALUATED_ROWS, seed }).map((transaction) => {
    const { raw, score } = model.assess(toEvent(transaction))
    return { isFraud: transaction.EVENT_LABEL === 'fraud', raw, score }
  })
  model.unload()
  const legitimate = rows.filter(({ isFraud }) => !isFraud)
  const exceedingShares = model.card.scoreMap.slice(1, -1).map(({ score }) =>
    ({ score, share: legitimate.filter((row) => row.score > score).length / legitimate.length }))
  return { card: model.card, metrics: evaluate(rows), exceedingShares }
}
