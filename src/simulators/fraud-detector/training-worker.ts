import { parentPort, workerData } from 'node:worker_threads'
import { aucRoc } from '../../training/ranking.ts'
import { createScoreMap, mapScore } from '../../model/score-map.ts'
import { loadYdfModel } from '../../model/ydf.ts'
import { trainYdfModel } from '../../training/ydf-training.ts'
import { readTrainingRows, type TrainingRow } from './training-data.ts'
import { chooseFeatures, type Feature, toColumns } from './training-features.ts'
import { DataFault, type TrainingJob, type TrainingOutcome } from './training-job.ts'
import { measureAuc, measureThresholds } from './training-metrics.ts'

/** The last share of the rows, by time, that training does not see and that the metrics come from. */
const HELD_OUT_SHARE = 0.15

/** Legitimate rows kept for training per fraud; more cost time and hardly help. */
const LEGITIMATE_PER_FRAUD = 10

async function train (job: TrainingJob): Promise<TrainingOutcome> {
  const rows = readTrainingRows(job)
  const cut = Math.floor(rows.length * (1 - HELD_OUT_SHARE))
  const [seen, heldOut] = [thinOut(rows.slice(0, cut)), rows.slice(cut)]
  for (const [part, name] of [[seen, 'first'], [heldOut, 'last']] as const) {
    if (new Set(part.map(({ isFraud }) => isFraud)).size < 2) throw new DataFault('Too few labels', `The ${name} part of the events by time has one kind of label only.`)
  }
  const features = chooseFeatures(job.variables, seen.map(({ values }) => values))
  if (features.length === 0) throw new DataFault('No information', 'No variable has two different values.')
  const numericColumns = new Set(features.filter(({ isNumeric }) => isNumeric).map(({ name }) => name))
  const zip = await trainYdfModel('gradient boosted trees', toColumns(features, seen.map(({ values }) => values)), numericColumns, seen.map(({ isFraud }) => isFraud ? 'fraud' : 'legit'))

  const model = await loadYdfModel(zip)
  const isFraudSecond = model.getLabelClasses()[1] === 'fraud'
  const predict = (columns: ReturnType<typeof toColumns>) => model.predict(columns).map(probability => isFraudSecond ? probability : 1 - probability)
  const columns = toColumns(features, heldOut.map(({ values }) => values))
  const raws = predict(columns)
  const knots = createScoreMap(raws.filter((_, index) => heldOut[index]?.isFraud === false))
  const scored = heldOut.map(({ isFraud }, index) => ({ isFraud, score: mapScore(knots, raws[index] ?? NaN) }))
  const rawAuc = aucOf(heldOut, raws)
  const outcome: TrainingOutcome = {
    kind: 'trained',
    zip,
    features,
    isFraudSecond,
    knots,
    ...measureAuc(scored),
    points: measureThresholds(scored),
    importances: job.variables.map(({ name, variableType, dataType }) => ({
      variableName: name,
      variableType: variableType ?? dataType,
      variableImportance: Math.max(0, rawAuc - aucOf(heldOut, predict(blank(columns, features, name))))
    })),
    fieldMessages: job.variables.flatMap(variable => warnOfMissing(variable.name, rows))
  }
  model.unload()
  return outcome
}

function thinOut (rows: readonly TrainingRow[]): TrainingRow[] {
  const frauds = rows.filter(({ isFraud }) => isFraud).length
  const step = Math.max(1, (rows.length - frauds) / Math.max(1, frauds * LEGITIMATE_PER_FRAUD))
  let legitimate = 0
  return rows.filter(({ isFraud }) => isFraud || Math.floor(++legitimate / step) > Math.floor((legitimate - 1) / step))
}

function aucOf (rows: readonly TrainingRow[], raws: readonly number[]): number {
  return aucRoc(rows.map(({ isFraud }, index) => ({ isFraud, raw: raws[index] ?? NaN })))
}

/** A variable's importance is the area under the curve that is lost without it; the service's own measure is not published. */
function blank (columns: ReturnType<typeof toColumns>, features: readonly Feature[], variable: string): ReturnType<typeof toColumns> {
  const blanked = features.filter(feature => feature.variable === variable).map(({ name }) => [name, columns[name]!.map(() => null)])
  return { ...columns, ...Object.fromEntries(blanked) }
}

function warnOfMissing (fieldName: string, rows: readonly TrainingRow[]) {
  const missing = rows.filter(({ values }) => values[fieldName] === undefined).length / rows.length
  return missing < 0.5 ? [] : [{ fieldName, identifier: 'MISSING_VALUES', title: 'Missing values', content: `${Math.round(missing * 100)} % of the values are missing.`, type: 'WARNING' as const }]
}

async function main (): Promise<void> {
  let outcome: TrainingOutcome
  try {
    outcome = await train(workerData as TrainingJob)
  } catch (error) {
    if (!(error instanceof DataFault)) throw error
    outcome = { kind: 'refused', messages: [{ title: error.title, content: error.message, type: 'ERROR' }] }
  }
  parentPort?.postMessage(outcome)
}

await main()
