#!/usr/bin/env node
import { createHash, randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'

import { SCOPES, type ApiKey, type Scope } from './domain/api-key.ts'
import { BUNDLED_CARD_PATH, BUNDLED_MODELS_DIR, BUNDLED_SEED, evaluateOnFreshData, trainBundledModel } from './model/bundled-model.ts'
import type { Metrics } from './model/evaluate.ts'
import { MAX_SPEED, playDemo } from './simulators/demo.ts'

/** A mistake in how the command was called, as opposed to one in what it did. */
class UsageError extends Error {}

interface Command {
  summary: string
  usage: string
  details: string
  options: NonNullable<ParseArgsConfig['options']>
  run: (values: Record<string, string | undefined>) => Promise<void>
}

interface Group {
  summary: string
  commands: Record<string, Command>
}

const progress = (line: string): void => { process.stderr.write(`${line}\n`) }
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

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

function readKey (text: string | undefined): '1' | '2' | undefined {
  if (text === undefined || text === '1' || text === '2') return text
  throw new UsageError(`--key must be 1 or 2, not "${text}"`)
}

function readSpeed (text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const speed = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN
  if (!(speed <= MAX_SPEED)) throw new UsageError(`--speed must be a whole number from 1 to ${MAX_SPEED}, not "${text}"`)
  return speed
}

function readKeyName (text: string | undefined): string {
  if (text === undefined || !/^[A-Za-z0-9._-]{1,40}$/.test(text)) throw new UsageError('--name must be 1 to 40 letters, digits, dots, underscores and dashes')
  return text
}

function readScopes (text: string | undefined): readonly Scope[] {
  if (text === undefined) return SCOPES
  return text.split(',').map((word) => {
    const scope = SCOPES.find((one) => one === word.trim())
    if (scope === undefined) throw new UsageError(`--scopes takes ${SCOPES.join(', ')}, not "${word}"`)
    return scope
  })
}

const KEY_BYTES = 32

/** A new key of 256 random bits, and the entry by which the service will know it. The key itself is kept nowhere. */
function createApiKey (name: string, scopes: readonly Scope[]): { key: string, entry: ApiKey } {
  const key = `rf_${randomBytes(KEY_BYTES).toString('base64url')}`
  return { key, entry: { name, sha256: createHash('sha256').update(key).digest('hex'), scopes } }
}

/** Commands, and groups of them. */
const COMMANDS: Record<string, Command | Group> = {
  demo: {
    summary: 'play the whole story on this machine: payment, call, key, card',
    usage: '[--key 1|2] [--speed N] [--transaction examples/transaction.json]',
    details: `--key          the cardholder's answer: 1 "it was me", 2 "it was not me"; without it you are asked, or without a terminal both are played\n--speed        whole number, 1 to ${MAX_SPEED}: how much faster than real time the phone lives (default 1 when you are asked, else 10)\n--transaction  a JSON file as POST /v1/transactions takes it, of the sample's customer and card`,
    options: { key: { type: 'string' }, speed: { type: 'string' }, transaction: { type: 'string' } },
    async run ({ key, speed, transaction }) {
      await playDemo({ key: readKey(key), speed: readSpeed(speed), transactionPath: transaction })
    }
  },
  key: {
    summary: 'make keys for callers',
    commands: {
      create: {
        summary: 'make an API key; the service is told its hash only',
        usage: '--name NAME [--scopes transactions:write,cases:read]',
        details: `--name    whose key it is; letters, digits and . _ -, at most 40\n--scopes  what it may do, separated by commas (default all: ${SCOPES.join(', ')})`,
        options: { name: { type: 'string' }, scopes: { type: 'string' } },
        async run ({ name, scopes }) {
          const { key, entry } = createApiKey(readKeyName(name), readScopes(scopes))
          process.stdout.write(`key, shown this once:  ${key}\nRINGFENCE_API_KEYS='${JSON.stringify([entry])}'\n`)
        }
      }
    }
  },
  model: {
    summary: 'train and measure the embedded model',
    commands: {
      'train-bundled': {
        summary: 'generate data, train the bundled model and write its zip and card',
        usage: '[--out models] [--seed N]',
        details: `--out    the folder to write to; without it, the package's own models/\n--seed   whole number; the same seed gives the same zip (default ${BUNDLED_SEED})`,
        options: { out: { type: 'string' }, seed: { type: 'string' } },
        async run ({ out, seed }) {
          const outDir = out === undefined ? BUNDLED_MODELS_DIR : resolve(out)
          await trainBundledModel({ outDir, seed: readSeed(seed, BUNDLED_SEED), trainedAt: new Date(), onProgress: progress })
        }
      },
      evaluate: {
        summary: 'measure a model on freshly generated data',
        usage: '[--model models/card-fraud-1.json] [--seed N]',
        details: `--model  the model card; without it, the bundled one\n--seed   whole number, other than the training's (default ${BUNDLED_SEED + 1})`,
        options: { model: { type: 'string' }, seed: { type: 'string' } },
        async run ({ model, seed }) {
          const cardPath = model === undefined ? BUNDLED_CARD_PATH : resolve(model)
          const { card, metrics, exceedingShares } = await evaluateOnFreshData({ cardPath, seed: readSeed(seed, BUNDLED_SEED + 1), onProgress: progress })
          const shares = exceedingShares.map(({ score, share }) => `${`score above ${score}`.padEnd(24)}${`${(share * 100).toFixed(2)} % of legitimate`.padStart(24)}`)
          process.stdout.write([`${card.name} ${card.version}, trained ${card.trainedAt}`, metricsTable(metrics, card.heldOutMetrics), ...shares, card.limits].join('\n') + '\n')
        }
      }
    }
  }
}

function find<T> (table: Record<string, T>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}

/** What the words before the options name: a command, a group without one, or neither. */
function findNamed (names: readonly string[]): { path: string, group?: Group, command?: Command } {
  const [name, memberName] = names
  const entry = find(COMMANDS, name)
  if (name === undefined) return { path: '' }
  if (entry === undefined) throw new UsageError(`unknown command "${name}"`)
  if (!('commands' in entry)) return { path: name, command: entry }
  if (memberName === undefined) return { path: name, group: entry }
  const command = find(entry.commands, memberName)
  if (command === undefined) throw new UsageError(`unknown command "${name} ${memberName}"`)
  return { path: `${name} ${memberName}`, command }
}

function helpText ({ path, group, command }: ReturnType<typeof findNamed>): string {
  if (command !== undefined) return `Usage: ringfence ${path} ${command.usage}\n\n${command.summary}\n\n${command.details}\n`
  const entries: [string, { summary: string }][] = Object.entries(group?.commands ?? COMMANDS)
  const lines = entries.map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`)
  return `Usage: ringfence ${path === '' ? '' : `${path} `}<command> [options]\n\n${lines.join('\n')}\n\n--help after any command tells more.\n`
}

async function main (args: readonly string[]): Promise<void> {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'))
  const named = findNamed(firstOption === -1 ? args : args.slice(0, firstOption))
  const { path, command } = named
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpText(named))
    return
  }
  if (command === undefined) throw new UsageError('a command is missing')
  const { values } = parseArgs({ args: args.slice(path.split(' ').length), options: command.options, strict: true, allowPositionals: false })
  await command.run(values as Record<string, string | undefined>)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  process.stderr.write(`ringfence: ${error instanceof Error ? error.message : String(error)}\n`)
  if (isUsage) process.stderr.write('Try: ringfence --help\n')
  process.exitCode = isUsage ? 2 : 1
}
