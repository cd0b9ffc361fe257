import { basename } from 'node:path'
import { DEFAULT_THRESHOLDS } from '../domain/outcome.ts'
import { predictColumns } from '../model/card-model.ts'
import type { Encodings, Feature } from '../model/features.ts'
import { CARD_FORMAT, type ModelCard, sha256 } from '../model/model-card.ts'
import { createScoreMap, mapScore } from '../model/score-map.ts'
import { type Columns, loadYdfModel } from '../model/ydf.ts'
import { type ColumnRoles, type DataProfile, FIRST_TIME_MS, profileData } from './data-profile.ts'
import { evaluate, type ScoredRow } from './evaluate.ts'
import { type FeaturePlan, planFeatures } from './feature-plan.ts'
import { buildFeatureRows, type FeatureRows } from './feature-table.ts'
import { measureImportance } from './importance.ts'
import { findCustomerColumn } from './known-variables.ts'
import { openCsvTable, tellColumns } from './labelled-csv.ts'
import { aucRoc, averagePrecision } from './ranking.ts'
import type { ReportData } from './report-data.ts'
import { reportCurves } from './report-curves.ts'
import { type Split, splitRows } from './split.ts'
import { TrainingError } from './training-error.ts'
import { MODEL_KINDS, type ModelKind, trainYdfModel, ydfVersions } from './ydf-training.ts'

/** What a training is told. */
export interface TrainingOptions extends ColumnRoles {
  path: string
  name: string
  /** `undefined`: the first 8 digits of the zip's SHA-256. */
  version: string | undefined
  /** Columns that the user leaves out, and those that are used although they look like a leak or a clock. */
  leftOut: readonly string[]
  kept: readonly string[]
  /** Whose payment a row is; only for card precision. `undefined`: by the column's name. */
  customer: string | undefined
  seed: number
  limits: string
  trainedAtMs: number
}

/** What came of a training. */
export interface Training {
  zip: Uint8Array
  card: ModelCard
  report: ReportData
}

/** Tells what is under way. */
export interface TrainingProgress {
  doing: (step: string, text: string) => void
  profiled: (profile: DataProfile, plan: FeaturePlan) => void
}

const DAY_MS = 86_400_000
const MIN_TELLING_FRAUDS = 10

/**
 * Trains a model on a labelled CSV: profiles it, makes features, holds out the last rows by time, lets the validation part choose between the kinds
 * of models, and measures the chosen one on what was held out. Blocks its thread for long: see `trainApart`.
 *
 * @returns the zipped model, its card, and what the report shows. Same data, seed and version of Node, same bytes, apart from the date.
 * @throws TrainingError that says what is wrong with the data, and where
 */
export async function trainModel (options: TrainingOptions, { doing, profiled }: TrainingProgress): Promise<Training> {
  const table = await openCsvTable(options.path)
  for (const name of [...options.leftOut, ...options.kept, ...options.notCards, ...options.customer === undefined ? [] : [options.customer]]) {
    if (!table.columns.includes(name)) throw new TrainingError(`There is no column ${name}. ${tellColumns(table.columns)}`)
  }
  if (options.leftOut.includes(options.label)) throw new TrainingError(`--leave-out names ${options.label}, the label, without which nothing can be learnt; take it out of --leave-out, or name another label with --label.`)
  if (options.timestamp !== null && options.leftOut.includes(options.timestamp)) throw new TrainingError(`--leave-out names ${options.timestamp}, the timestamp; take it out of --leave-out, or name another column with --timestamp. --no-timestamp trains without one.`)
  doing('read', 'reading the data')
  const profile = await profileData(table, options, { seed: options.seed, onRows: (rows) => { doing('read', `reading the data: ${rows} rows`) }, onBytes: () => {} })
  const plan = planFeatures(profile, options)
  profiled(profile, plan)
  if (plan.features.length === 0) throw new TrainingError('No column is left that a model could learn from.')
  const split = splitRows(profile, options.seed, plan.features.length)

  const { features, encodings, parts, isValidation } = await buildFeatureRows(table, profile, plan, split, {
    seed: options.seed,
    onRows: (pass, rows) => { doing(pass, `${pass === 'learn' ? 'learning categories' : 'making features'}: ${rows} of ${profile.rows} rows`) }
  })
  if (features.length === 0) throw new TrainingError('No column is left that a model could learn from: none has categories that come often enough.')
  const candidates = await compareKinds(features, parts.training, isValidation, doing)
  const kind = chooseKind(candidates, split.frauds.validation)

  doing('train', `training: ${kind}, on ${parts.training.rows.length} rows, ${features.length} features`)
  const zip = await trainOn(kind, features, parts.training, () => true)
  doing('measure', `measuring on ${parts.heldOut.rows.length} held-out rows`)
  return await measure({ options, profile, plan, split, features, encodings, heldOut: await withCustomers(options, table, profile, plan, parts.heldOut), training: parts.training, candidates, kind, zip }, doing)
}

type Candidate = ModelCard['candidates'][number]

/** Trains each kind on the first rows and measures it on the last ones before what is held out. */
async function compareKinds (features: readonly Feature[], training: FeatureRows, isValidation: readonly boolean[], doing: TrainingProgress['doing']): Promise<Candidate[]> {
  const isFraud = training.isFraud.filter((_, row) => isValidation[row])
  const candidates: Candidate[] = []
  for (const kind of MODEL_KINDS) {
    doing(`try ${kind}`, `trying ${kind}`)
    const zip = await trainOn(kind, features, training, (row) => isValidation[row] !== true)
    const { raws } = await predictOn(zip, columnsOf(features, training, (row) => isValidation[row] === true))
    const rows = raws.map((raw, row) => ({ raw, isFraud: isFraud[row] === true }))
    candidates.push({ kind, averagePrecision: Number(averagePrecision(rows).toFixed(5)), aucRoc: Number(aucRoc(rows).toFixed(5)) })
  }
  return candidates
}

/** By average precision, which tells what few calls a day will find. Where that rests on next to no frauds, the forest, which does better with few. */
function chooseKind (candidates: readonly Candidate[], validationFrauds: number): ModelKind {
  if (validationFrauds < MIN_TELLING_FRAUDS) return 'random forest'
  const best = candidates.reduce((one, other) => other.averagePrecision > one.averagePrecision ? other : one)
  return best.kind as ModelKind
}

function columnsOf (features: readonly Feature[], rows: FeatureRows, isWanted: (row: number) => boolean): Columns {
  return Object.fromEntries(features.map(({ name }, index) => [name, (rows.columns[index] ?? []).filter((_, row) => isWanted(row))]))
}

async function trainOn (kind: ModelKind, features: readonly Feature[], rows: FeatureRows, isWanted: (row: number) => boolean): Promise<Uint8Array> {
  const numeric = new Set(features.filter((feature) => feature.kind === 'numeric').map(({ name }) => name))
  const labels = rows.isFraud.filter((_, row) => isWanted(row)).map((isFraud) => isFraud ? 'fraud' : 'legit')
  return await trainYdfModel(kind, columnsOf(features, rows, isWanted), numeric, labels)
}

async function predictOn (zip: Uint8Array, columns: Columns): Promise<{ raws: number[], classes: string[], fraudClassIndex: number }> {
  const model = await loadYdfModel(zip)
  try {
    const classes = model.getLabelClasses()
    const fraudClassIndex = classes.indexOf('fraud')
    return { raws: predictColumns(model, fraudClassIndex, columns), classes, fraudClassIndex }
  } finally {
    model.unload()
  }
}

interface HeldOut extends FeatureRows {
  customers: (string | undefined)[]
  amounts: number[] | null
}

/** Reads once more whose payments the held-out rows are, and what they came to. */
async function withCustomers (options: TrainingOptions, table: Awaited<ReturnType<typeof openCsvTable>>, profile: DataProfile, plan: FeaturePlan, heldOut: FeatureRows): Promise<HeldOut> {
  const customer = table.columns.indexOf(options.customer ?? findCustomerColumn(table.columns) ?? '')
  // Amounts in several currencies have no sum.
  const currencies = profile.columns.find(({ name }) => name === plan.standIns.currency)?.distinct ?? 1
  const amount = currencies > 1 ? -1 : table.columns.indexOf(plan.standIns.amount ?? '')
  const customers: (string | undefined)[] = []
  const amounts: number[] = []
  let [row, next] = [-1, 0]
  for await (const cells of table.rows()) {
    row++
    if (heldOut.rows[next] !== row) continue
    next++
    customers.push(customer === -1 ? undefined : cells[customer])
    amounts.push(amount === -1 ? 0 : Number(cells[amount]) || 0)
  }
  return { ...heldOut, customers, amounts: amount === -1 ? null : amounts }
}

async function measure ({ options, profile, plan, split, features, encodings, heldOut, training, candidates, kind, zip }: {
  options: TrainingOptions
  profile: DataProfile
  plan: FeaturePlan
  split: Split
  features: Feature[]
  encodings: Encodings
  heldOut: HeldOut
  training: FeatureRows
  candidates: Candidate[]
  kind: ModelKind
  zip: Uint8Array
}, doing: TrainingProgress['doing']): Promise<Training> {
  const columns = columnsOf(features, heldOut, () => true)
  const { raws, classes, fraudClassIndex } = await predictOn(zip, columns)
  const scoreMap = createScoreMap(raws.filter((_, row) => heldOut.isFraud[row] === false))
  const scored = raws.map((raw, row): ScoredRow => {
    const [customer, timeMs] = [heldOut.customers[row], profile.times?.[heldOut.rows[row] ?? -1]]
    return { raw, isFraud: heldOut.isFraud[row] === true, ...customer === undefined ? {} : { customer }, ...timeMs === undefined ? {} : { timeMs } }
  })
  const evaluation = evaluate(scored, scoreMap)
  doing('importance', 'measuring what each feature is worth')
  const importance = await measureImportance({ zip, features, columns, isFraud: heldOut.isFraud, seed: options.seed })
  const times = profile.times === null ? null : { from: usableTimes(profile).reduce((a, b) => Math.min(a, b), Infinity), to: usableTimes(profile).reduce((a, b) => Math.max(a, b), -Infinity) }
  const frauds = profile.classes.filter((one) => one === 1).length
  const digest = sha256(zip)
  const trainedRows = training.rows.length
  const trainedFrauds = training.isFraud.filter((is) => is).length
  const card: ModelCard = {
    format: CARD_FORMAT,
    name: options.name,
    version: options.version ?? digest.slice(0, 8),
    kind,
    limits: options.limits,
    trainedAt: new Date(options.trainedAtMs).toISOString(),
    artefact: { file: 'model.zip', bytes: zip.length, sha256: digest },
    libraries: ydfVersions(),
    classes,
    fraudClassIndex,
    features,
    encodings,
    standIns: plan.standIns,
    trainingData: {
      source: basename(options.path),
      sha256: profile.sha256,
      seed: options.seed,
      label: options.label,
      fraudValues: profile.labels.filter(({ isFraud }) => isFraud).map(({ value }) => value),
      timestamp: options.timestamp,
      rows: profile.rows,
      frauds,
      trainedRows,
      legitimatePerFraud: Number(((trainedRows - trainedFrauds) / trainedFrauds).toFixed(2)),
      heldOutRows: heldOut.rows.length,
      from: isoOrNull(times?.from),
      heldOutFrom: isoOrNull(split.heldOutFromMs ?? undefined),
      to: isoOrNull(times?.to),
      leftOut: plan.columns.flatMap(({ column, use }) => use.startsWith('left out: ') ? [{ column: column.name, why: use.slice('left out: '.length) }] : [])
    },
    candidates,
    evaluation,
    scoreMap,
    thresholds: DEFAULT_THRESHOLDS
  }
  const scores = raws.map((raw) => mapScore(scoreMap, raw))
  const report: ReportData = {
    model: { name: card.name, version: card.version, kind, trainedAt: card.trainedAt, sha256: digest, limits: card.limits },
    data: { source: card.trainingData.source, rows: profile.rows, frauds, trainedRows, heldOutRows: heldOut.rows.length, heldOutFrauds: split.frauds.heldOut, from: card.trainingData.from, to: card.trainingData.to, heldOutFrom: card.trainingData.heldOutFrom },
    evaluation,
    thresholds: card.thresholds,
    ...reportCurves(scored, scores, heldOut.amounts),
    heldOutDays: times === null || split.heldOutFromMs === null || times.from < FIRST_TIME_MS ? null : Math.max(1, (times.to - split.heldOutFromMs) / DAY_MS),
    importance
  }
  return { zip, card, report }
}

/** Of the rows that are used; others may be later, since labels come late. */
function usableTimes ({ times, classes }: DataProfile): Float64Array {
  return times?.filter((_, row) => classes[row] !== -1) ?? new Float64Array()
}

function isoOrNull (timeMs: number | undefined): string | null {
  return timeMs === undefined || !Number.isFinite(timeMs) ? null : new Date(timeMs).toISOString()
}
