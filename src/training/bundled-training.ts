import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrainingOptions } from './train.ts'
import { writeTransactionsCsv } from './transaction-csv.ts'

/** The seed of the bundled model's data and of its training. */
export const BUNDLED_SEED = 1

export const BUNDLED_ROWS = 160_000
const LIMITS = 'Trained on synthetic transactions only: its figures say how well it finds the generator\'s own patterns and nothing of real fraud. ' +
  'Use it to try Ringfence out; for real cards, train one on real transactions. ' +
  'It knows US addresses and six currencies; hours are UTC, not the cardholder\'s.'

/** What the bundled model is trained by: the command for everybody's data, on generated ones. */
export function bundledTraining ({ path, seed, trainedAtMs }: { path: string, seed: number, trainedAtMs: number }): TrainingOptions {
  return {
    path,
    name: 'card-fraud',
    version: '2',
    label: 'EVENT_LABEL',
    timestamp: 'EVENT_TIMESTAMP',
    fraudValues: undefined,
    notCards: [],
    leftOut: [],
    kept: [],
    customer: undefined,
    seed,
    limits: LIMITS,
    trainedAtMs
  }
}

/** Gives a file of generated transactions to what needs one, and takes it away afterwards. */
export async function withGeneratedData<T> ({ rows, seed, onRows }: { rows: number, seed: number, onRows: (rows: number) => void }, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ringfence-data-'))
  try {
    const path = join(folder, `generated-${rows}-${seed}.csv`)
    await writeTransactionsCsv({ path, rows, seed, onRows })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
