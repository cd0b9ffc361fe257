import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BUNDLED_CARD_PATH, BUNDLED_MODELS_DIR, BUNDLED_SEED, evaluateOnFreshData, trainBundledModel } from '../model/bundled-model.ts'
import type { Metrics } from '../model/evaluate.ts'
import { writeTransactionsCsv } from '../model/transaction-csv.ts'
import { UsageError, type Group } from './command.ts'
import { readText, readWhole } from './option-values.ts'
import { createProgress } from './progress-line.ts'

/** More than Amazon Fraud Detector takes: 5 GB. */
const MAX_ROWS = 50_000_000

const progress = (line: string): void => { process.stderr.write(`${line}\n`) }
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** Whether the package that trains is there; the service's image does without. */
function canTrain (): boolean {
  try {
    import.meta.resolve('ydf-training')
    return true
  } catch {
    return false
  }
}

/** `ringfence model …`. */
export const model: Group = {
  summary: 'make data; train and measure the embedded model',
  commands: {
    generate: {
      summary: 'write made-up transactions as a CSV, to try training with',
      usage: '--rows N --out training.csv[.gz] [--seed N] [--force]',
      details: `--rows   how many, at most ${MAX_ROWS}\n--out    the file; packed when its name ends in .gz\n--seed   whole number; the same seed gives the same file (default ${BUNDLED_SEED + 1})\n--force  write over a file that is there\n\nThe columns are EVENT_LABEL, EVENT_TIMESTAMP and the sample's variables; about 5 % are fraud. Nothing in it is real.`,
      options: { rows: { type: 'string' }, out: { type: 'string' }, seed: { type: 'string' }, force: { type: 'boolean' } },
      async run ({ values, flags }) {
        const path = resolve(readText('out', values['out'], /^.+$/, 'a file name'))
        const rows = readWhole('rows', readText('rows', values['rows'], /^\d+$/, 'a whole number'), { min: 1, max: MAX_ROWS })
        const seed = readSeed(values['seed'], BUNDLED_SEED + 1)
        if (!flags.has('force') && await stat(path).then(() => true, () => false)) throw new UsageError(`${path} is there already; --force writes over it`)
        const line = createProgress({ stream: process.stderr, nowMs: Date.now })
        line.doing('generate', `generating ${rows} rows`)
        try {
          const { frauds, bytes } = await writeTransactionsCsv({ path, rows, seed, onRows: (written) => { line.doing('generate', `generate: ${written} of ${rows} rows`) } })
          line.note(`wrote ${rows} rows, ${frauds} of them fraud, ${(bytes / 1e6).toFixed(1)} MB, to ${path}`)
        } finally {
          line.clear()
        }
      }
    },
    'train-bundled': {
      summary: 'generate data, train the bundled model and write its zip and card',
      usage: '[--out models] [--seed N]',
      details: `--out    the folder to write to; without it, the package's own models/\n--seed   whole number; the same seed gives the same zip (default ${BUNDLED_SEED})`,
      options: { out: { type: 'string' }, seed: { type: 'string' } },
      async run ({ values: { out, seed } }) {
        if (!canTrain()) throw new Error("the trainer is not installed here, as in the service's image; train in a clone")
        const outDir = out === undefined ? BUNDLED_MODELS_DIR : resolve(out)
        await trainBundledModel({ outDir, seed: readSeed(seed, BUNDLED_SEED), trainedAt: new Date(), onProgress: progress })
      }
    },
    evaluate: {
      summary: 'measure a model on freshly generated data',
      usage: '[--model models/card-fraud-1.json] [--seed N]',
      details: `--model  the model card; without it, the bundled one\n--seed   whole number, other than the training's (default ${BUNDLED_SEED + 1})`,
      options: { model: { type: 'string' }, seed: { type: 'string' } },
      async run ({ values: { model, seed } }) {
        const cardPath = model === undefined ? BUNDLED_CARD_PATH : resolve(model)
        const { card, metrics, exceedingShares } = await evaluateOnFreshData({ cardPath, seed: readSeed(seed, BUNDLED_SEED + 1), onProgress: progress })
        const shares = exceedingShares.map(({ score, share }) => `${`score above ${score}`.padEnd(24)}${`${(share * 100).toFixed(2)} % of legitimate`.padStart(24)}`)
        process.stdout.write([`${card.name} ${card.version}, trained ${card.trainedAt}`, metricsTable(metrics, card.heldOutMetrics), ...shares, card.limits].join('\n') + '\n')
      }
    }
  }
}

function readSeed (text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--seed must be a whole number from 0 to 999999999, not "${text}"`)
  return Number(text)
}

function metricsTable (fresh: Metrics, heldOut: Metrics): string {
  const rows = [
    ['', 'fresh data', 'card (held out)'],
    ['rows', String(fresh.rows), String(heldOut.rows)],
    ['fraud share', percent(fresh.fraudShare), percent(heldOut.fraudShare)],
    ['AUC ROC', fresh.aucRoc.toFixed(3), heldOut.aucRoc.toFixed(3)],
    ['average precision', fresh.averagePrecision.toFixed(3), heldOut.averagePrecision.toFixed(3)],
    ...fresh.atFalsePositiveRate.flatMap(({ falsePositiveRate, recall, precision }, index) => {
      const carded = heldOut.atFalsePositiveRate[index]
      return [
        [`recall at ${percent(falsePositiveRate)} FPR`, percent(recall), percent(carded?.recall ?? 0)],
        [`precision at ${percent(falsePositiveRate)} FPR`, percent(precision), percent(carded?.precision ?? 0)]
      ]
    })
  ]
  return rows.map(([name = '', ...values]) => name.padEnd(24) + values.map((value) => value.padStart(17)).join('')).join('\n')
}
