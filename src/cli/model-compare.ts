import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DEFAULT_THRESHOLDS } from '../domain/outcome.ts'
import { createScoreComparer } from '../model/score-comparison.ts'
import { UsageError, type Command } from './command.ts'
import { comparisonText } from './model-view.ts'
import { readText, readWhole } from './option-values.ts'
import { createProgress } from './progress-line.ts'

const text = { type: 'string' } as const
const CALL_TIMEOUT_MS = 20_000
const DEFAULT_READ_UNITS = 500
const SCORES = { min: 0, max: 1000 }

/** `ringfence model compare`. */
export const compareCommand: Command = {
  summary: 'compare what the shadow said with what decided',
  usage: '[--since 2026-11-01] [--until 2026-12-01] [--table NAME | --data-dir DIR] [--json] [options]',
  details: [
    '--since, --until   decisions from then on, and before then; ISO 8601, a date alone is its midnight in UTC',
    '--table            the DynamoDB table (default: RINGFENCE_TABLE, else ringfence)',
    "--data-dir         the local mode's data folder instead, such as ./data, while the service is stopped",
    '--fraud-above, --investigate-above   the thresholds (default: RINGFENCE_FRAUD_ABOVE and RINGFENCE_INVESTIGATE_ABOVE, else 860 and 775)',
    `--read-units       read capacity to take of the table, units a second (default ${DEFAULT_READ_UNITS})`,
    '--json             the figures as JSON',
    '',
    'It reads the whole table once, which AWS bills as half a unit for each 4 KB, and needs dynamodb:Scan. Region and credentials are those of the AWS SDK; AWS_ENDPOINT_URL_DYNAMODB selects another engine.'
  ].join('\n'),
  options: { since: text, until: text, table: text, 'data-dir': text, 'fraud-above': text, 'investigate-above': text, 'read-units': text, json: { type: 'boolean' } },
  async run ({ values, flags }) {
    const thresholds = {
      fraudAbove: readThreshold('fraud-above', values['fraud-above'] ?? process.env['RINGFENCE_FRAUD_ABOVE'], DEFAULT_THRESHOLDS.fraudAbove),
      investigateAbove: readThreshold('investigate-above', values['investigate-above'] ?? process.env['RINGFENCE_INVESTIGATE_ABOVE'], DEFAULT_THRESHOLDS.investigateAbove)
    }
    if (thresholds.investigateAbove > thresholds.fraudAbove) throw new UsageError('--investigate-above must not be above --fraud-above')
    const [fromMs, beforeMs] = [readTime('since', values['since'], 0), readTime('until', values['until'], Date.UTC(3000, 0))]
    if (fromMs >= beforeMs) throw new UsageError('--since must be before --until')
    const readUnitsPerSecond = readWhole('read-units', values['read-units'] ?? String(DEFAULT_READ_UNITS), { min: 1, max: 100_000 })
    if (values['table'] !== undefined && values['data-dir'] !== undefined) throw new UsageError('--table and --data-dir exclude each other')
    const tableName = values['table'] ?? (process.env['RINGFENCE_TABLE'] || 'ringfence')

    const engine = values['data-dir'] === undefined ? undefined : await openDataFolder(resolve(values['data-dir']))
    const comparer = createScoreComparer(thresholds)
    const line = createProgress({ stream: process.stderr, nowMs: Date.now })
    const { createDynamoDbClient } = await import('../adapters/aws/clients.ts')
    const { scanShadowScores } = await import('../adapters/dynamodb/shadow-scan.ts')
    const client = createDynamoDbClient(CALL_TIMEOUT_MS, engine && { endpoint: engine.endpoint })
    try {
      await client.config.region().catch((error: unknown) => { throw new UsageError('AWS_REGION is missing; for the data of the local mode, --data-dir ./data', { cause: error }) })
      let found = 0
      line.doing('read', 'reading the table')
      await scanShadowScores({ client, tableName, fromMs, beforeMs, readUnitsPerSecond }, {
        transaction ({ transactionId, cardId, assessedAtMs, score, scorer, question, shadow }) {
          found++
          comparer.add({
            transactionId,
            cardId,
            atMs: assessedAtMs,
            first: scorer === null ? null : { scorer: scorer.name, model: scorer.model, version: scorer.version },
            firstScore: score,
            shadow: { scorer: 'shadow', model: shadow.model, version: shadow.version },
            shadowScore: shadow.score,
            isAsked: question !== null
          })
        },
        answer: comparer.answer,
        read (items) { line.doing('read', `reading the table: ${items.toLocaleString('en')} items, ${found.toLocaleString('en')} payments with a shadow's score`) }
      })
    } finally {
      line.clear()
      client.destroy()
      await engine?.close()
    }
    const comparisons = comparer.compare()
    if (flags.has('json')) process.stdout.write(`${JSON.stringify({ thresholds, comparisons }, null, 2)}\n`)
    else process.stdout.write(`${comparisonText(comparisons, thresholds)}\n`)
  }
}

function readThreshold (option: string, given: string | undefined, fallback: number): number {
  return given === undefined || given === '' ? fallback : readWhole(option, given, SCORES)
}

function readTime (option: string, given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback
  const expected = 'a time such as 2026-11-01 or 2026-11-01T08:00:00Z'
  const ms = Date.parse(readText(option, given, /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/, expected))
  if (Number.isNaN(ms)) throw new UsageError(`--${option} must be ${expected}, not "${given}"`)
  return ms
}

/** The engine would make a folder that is not there. */
async function openDataFolder (dataDir: string) {
  const path = join(dataDir, 'dynamodb')
  await stat(path).catch((error: unknown) => { throw new UsageError(`--data-dir ${dataDir} holds no data of the local mode`, { cause: error }) })
  const { startEmbeddedDynamoDb } = await import('../simulators/dynamodb.ts').catch((error: unknown) => { throw new Error('The local mode is not in this image.', { cause: error }) })
  return await startEmbeddedDynamoDb({ path }).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'LEVEL_LOCKED' ? new Error(`${dataDir} is in use by a running Ringfence; stop it first.`, { cause: error }) : error
  })
}
