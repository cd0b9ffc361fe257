import { stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { BUNDLED_CARD_PATH, BUNDLED_MODELS_DIR } from '../model/bundled-model.ts'
import { loadCardModel } from '../model/card-model.ts'
import { findModelCard } from '../model/model-folder.ts'
import { BUNDLED_ROWS, BUNDLED_SEED, bundledTraining, withGeneratedData } from '../training/bundled-training.ts'
import { evaluateFile, type FileEvaluation } from '../training/evaluate-file.ts'
import { readReportData, REPORT_FILE } from '../training/model-files.ts'
import { renderReport } from '../training/report.ts'
import { describeWriteFault } from '../training/training-error.ts'
import { writeTransactionsCsv } from '../training/transaction-csv.ts'
import { UsageError, type Group } from './command.ts'
import { untilInterrupted } from './interruption.ts'
import { compareCommand } from './model-compare.ts'
import { listCommand, promoteCommand, rollbackCommand } from './model-directory.ts'
import { nameOfFolder, requireFreeFolder, requireTrainer, trainIntoFolder } from './model-training.ts'
import { fileEvaluationText } from './model-view.ts'
import { readDataPath, readList, readText, readWhole } from './option-values.ts'
import { createProgress, type Progress } from './progress-line.ts'
import { percent } from './text-table.ts'

/** More than Amazon Fraud Detector takes: 5 GB. */
const MAX_ROWS = 50_000_000
const EVALUATED_ROWS = 40_000

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

/** `ringfence model …`. */
export const model: Group = {
  summary: 'make data; train and measure models; say which one is in use',
  commands: {
    train: {
      summary: 'train a model on a CSV of labelled payments, and measure it on the latest of them',
      usage: '--data file.csv[.gz] [--label EVENT_LABEL] [--timestamp EVENT_TIMESTAMP | --no-timestamp] [--fraud-value VALUE,…] [--out models/NAME] [options]',
      details: [
        '--data          a CSV in UTF-8 with a header, packed with gzip or not; commas, semicolons, tabs or bars',
        '--label         the column that says what is fraud (default EVENT_LABEL)',
        '--timestamp     the column with the time: ISO 8601, UTC without a zone, or seconds (since any start) or milliseconds since 1970 (default EVENT_TIMESTAMP)',
        '--no-timestamp  there is none; rows to hold out are drawn, and figures look better than they are',
        '--fraud-value   the labels that mean fraud (default: the one of two whose word says so, such as 1, true, fraud)',
        "--out           the folder to make, whose name is the model's (default models/<name of the data>)",
        '--customer      the column that says whose payment it is, for card precision (default: customer_id, card_id, account_id …)',
        '--leave-out     columns that are not to be used, separated by commas',
        '--keep          columns that are used although they look like a leak, a clock or an identifier',
        '--not-cards     columns whose long numbers are no card numbers',
        "--model-version the version that decisions name (default: from the model's SHA-256)",
        '--seed          a whole number; the same data and seed give the same bytes, apart from the date (default 1)',
        '--force         put the new model in the place of one that is there; a folder that holds anything else stays',
        '',
        'The last 15 % by time are held out: the model is measured on them, and its scores are mapped by them, so that 3 % of legitimate payments score above 860.',
        'It prints what it makes of each column, and what it leaves out. See docs/model.md.'
      ].join('\n'),
      options: { data: text, label: text, timestamp: text, 'no-timestamp': flag, 'fraud-value': text, out: text, customer: text, 'leave-out': text, keep: text, 'not-cards': text, 'model-version': text, seed: text, force: flag },
      async run ({ values, flags }) {
        requireTrainer()
        const path = await readDataPath(values['data'])
        const folder = resolve(values['out'] ?? `models/${basename(path).replace(/\.gz$/i, '').replace(/\.[^.]+$/, '')}`)
        if (flags.has('no-timestamp') && values['timestamp'] !== undefined) throw new UsageError('--timestamp and --no-timestamp exclude each other')
        const version = values['model-version']
        await requireFreeFolder(folder, flags.has('force'))
        const options = {
          path,
          name: nameOfFolder(folder),
          version: version === undefined ? undefined : readText('model-version', version, /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dots, dashes and underscores'),
          label: values['label'] ?? 'EVENT_LABEL',
          timestamp: flags.has('no-timestamp') ? null : values['timestamp'] ?? 'EVENT_TIMESTAMP',
          fraudValues: readFraudValues(values['fraud-value']),
          notCards: readList(values['not-cards']) ?? [],
          leftOut: readList(values['leave-out']) ?? [],
          kept: readList(values['keep']) ?? [],
          customer: values['customer'],
          seed: readSeed(values['seed'], 1),
          limits: 'Trained by ringfence model train; it knows payments such as those of its data, and nothing of others. Hours are UTC.',
          trainedAtMs: Date.now()
        }
        await untilInterrupted(async (signal) => { await trainIntoFolder(options, { folder, isForced: flags.has('force') }, signal) })
      }
    },
    evaluate: {
      summary: 'measure a model on labelled payments',
      usage: '[--model models/NAME] [--data file.csv[.gz]] [--label COLUMN] [--timestamp COLUMN] [--fraud-value VALUE,…] [--customer COLUMN] [--by COLUMN] [--json] [--seed N]',
      details: [
        "--model      the model's folder or card (default: the bundled one)",
        `--data       a CSV as for train; without it, ${EVALUATED_ROWS} rows are generated, as the bundled model was trained on`,
        "--label, --timestamp, --fraud-value   (default: those of the model's own data)",
        '--customer   the column that says whose payment it is, for card precision',
        '--by         a column; each of its values is measured apart',
        '--json       the figures as JSON',
        `--seed       for generated rows: a whole number other than the training's (default ${BUNDLED_SEED + 1})`
      ].join('\n'),
      options: { model: text, data: text, label: text, timestamp: text, 'fraud-value': text, customer: text, by: text, json: flag, seed: text },
      async run ({ values, flags }) {
        const cardPath = values['model'] === undefined ? BUNDLED_CARD_PATH : await findModelCard(resolve(values['model']))
        const cardModel = await loadCardModel(cardPath)
        const line = createProgress({ stream: process.stderr, nowMs: Date.now })
        const measure = async (path: string, signal: AbortSignal, generatedBySeed?: number) => await evaluateFile(cardModel, {
          path, label: values['label'], timestamp: values['timestamp'], fraudValues: readFraudValues(values['fraud-value']), customer: values['customer'], by: values['by'], ...generatedBySeed === undefined ? {} : { generatedBySeed }
        }, (rows) => {
          signal.throwIfAborted()
          line.doing('score', `scoring: ${rows} rows`)
        })
        try {
          line.doing('score', 'scoring')
          const data = values['data'] === undefined ? undefined : await readDataPath(values['data'])
          const seed = readSeed(values['seed'], BUNDLED_SEED + 1)
          const measured = await untilInterrupted(async (signal) => data === undefined
            ? await withGeneratedData({ rows: EVALUATED_ROWS, seed, onRows: tellGenerated(line, EVALUATED_ROWS, signal) }, async (path) => await measure(path, signal, seed))
            : await measure(data, signal))
          line.clear()
          const { name, version, kind, trainedAt, limits } = cardModel.card
          if (flags.has('json')) process.stdout.write(`${JSON.stringify({ model: { name, version, kind, trainedAt }, ...measured }, null, 2)}\n`)
          else process.stdout.write(`${name} ${version}, ${kind}, trained ${trainedAt}\n${labelsText(measured)}\n${fileEvaluationText(measured, values['by'])}\n${measured.flatters === null ? '' : `warning: ${measured.flatters}\n`}${limits}\n`)
        } finally {
          line.clear()
          cardModel.unload()
        }
      }
    },
    report: {
      summary: "make a model's report.html anew, or elsewhere",
      usage: '[--model models/NAME] [--out report.html] [--force]',
      details: "--model  the model's folder or card (default: the bundled one)\n--out    the file to write (default: report.html in the folder, in the place of the one that is there)\n--force  write over a file that is there\n\nThe page loads nothing from anywhere. model train writes it too.",
      options: { model: text, out: text, force: flag },
      async run ({ values, flags }) {
        const folder = dirname(values['model'] === undefined ? BUNDLED_CARD_PATH : await findModelCard(resolve(values['model'])))
        const path = values['out'] === undefined ? join(folder, REPORT_FILE) : resolve(values['out'])
        const page = renderReport(await readReportData(folder))
        const mayReplace = flags.has('force') || path === join(folder, REPORT_FILE)
        await writeFile(path, page, { flag: mayReplace ? 'w' : 'wx' }).catch((error: unknown) => {
          throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? new UsageError(`${path} is there already; --force writes over it`, { cause: error }) : describeWriteFault(path, error)
        })
        process.stdout.write(`wrote ${relative('.', path)}\n`)
      }
    },
    promote: promoteCommand,
    list: listCommand,
    rollback: rollbackCommand,
    compare: compareCommand,
    generate: {
      summary: 'write made-up transactions as a CSV, to try training with',
      usage: '--rows N --out training.csv[.gz] [--seed N] [--force]',
      details: `--rows   how many, at most ${MAX_ROWS}\n--out    the file; packed when its name ends in .gz\n--seed   whole number; the same seed gives the same file (default ${BUNDLED_SEED + 1})\n--force  write over a file that is there\n\nThe columns are EVENT_LABEL, EVENT_TIMESTAMP and the sample's variables; about 5 % are fraud. Nothing in it is real.`,
      options: { rows: text, out: text, seed: text, force: flag },
      async run ({ values, flags }) {
        const path = resolve(readText('out', values['out'], /^.+$/, 'a file name'))
        const rows = readWhole('rows', readText('rows', values['rows'], /^\d+$/, 'a whole number'), { min: 1, max: MAX_ROWS })
        const seed = readSeed(values['seed'], BUNDLED_SEED + 1)
        if (!flags.has('force') && await stat(path).then(() => true, () => false)) throw new UsageError(`${path} is there already; --force writes over it`)
        const line = createProgress({ stream: process.stderr, nowMs: Date.now })
        line.doing('generate', `generating ${rows} rows`)
        try {
          const { frauds, bytes } = await untilInterrupted(async (signal) => await writeTransactionsCsv({ path, rows, seed, onRows: tellGenerated(line, rows, signal) }))
          line.note(`wrote ${rows} rows, ${frauds} of them fraud, ${(bytes / 1e6).toFixed(1)} MB, to ${path}`)
        } finally {
          line.clear()
        }
      }
    },
    'train-bundled': {
      summary: 'generate data and train the bundled model on them',
      usage: '[--out models/card-fraud] [--seed N]',
      details: `--out    the folder to make; without it, the package's own models/card-fraud\n--seed   whole number; the same seed gives the same zip (default ${BUNDLED_SEED})`,
      options: { out: text, seed: text },
      async run ({ values: { out, seed } }) {
        requireTrainer()
        const folder = out === undefined ? resolve(BUNDLED_MODELS_DIR, 'card-fraud') : resolve(out)
        const seedNumber = readSeed(seed, BUNDLED_SEED)
        await requireFreeFolder(folder, true)
        const line = createProgress({ stream: process.stderr, nowMs: Date.now })
        await untilInterrupted(async (signal) => await withGeneratedData({ rows: BUNDLED_ROWS, seed: seedNumber, onRows: tellGenerated(line, BUNDLED_ROWS, signal) }, async (path) => {
          line.clear()
          await trainIntoFolder(bundledTraining({ path, seed: seedNumber, trainedAtMs: Date.now() }), { folder, isForced: true }, signal)
        })).finally(line.clear)
      }
    }
  }
}

/** Shows how many rows are generated. What it throws when the command is stopped ends the generating too. */
function tellGenerated (line: Progress, rows: number, signal: AbortSignal): (written: number) => void {
  return (written) => {
    signal.throwIfAborted()
    line.doing('generate', `generating: ${written} of ${rows} rows`)
  }
}

/** What counts as fraud and what as legitimate; what is left out for want of a label has a line of its own. */
function labelsText ({ label, labels, evaluation }: FileEvaluation): string {
  return `${label}: ${labels.map(({ value, rows, isFraud }) => `${value} ${rows.toLocaleString('en')} (${percent(rows / evaluation.rows, 2)}, ${isFraud ? 'fraud' : 'legitimate'})`).join(', ')}`
}

function readSeed (given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback
  if (!/^\d{1,9}$/.test(given)) throw new UsageError(`--seed must be a whole number from 0 to 999999999, not "${given}"`)
  return Number(given)
}

function readFraudValues (given: string | undefined): string[] | undefined {
  const values = readList(given)
  if (values?.length === 0) throw new UsageError('--fraud-value names no value')
  return values
}
