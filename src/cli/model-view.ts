import { RULE_OUTCOMES, type Thresholds } from '../domain/outcome.ts'
import type { Evaluation } from '../model/evaluation.ts'
import type { ModelCard } from '../model/model-card.ts'
import type { ListedModel } from '../model/model-directory.ts'
import type { ScoreComparison, ScoringModel } from '../model/score-comparison.ts'
import type { DataProfile } from '../training/data-profile.ts'
import type { FileEvaluation } from '../training/evaluate-file.ts'
import type { FeaturePlan } from '../training/feature-plan.ts'
import { percent, textTable } from './text-table.ts'

/** As many as the API takes of one transaction. */
const MAX_VARIABLES = 100
const count = (rows: number): string => rows.toLocaleString('en')
const day = (ms: number | null): string => ms === null ? '?' : new Date(ms).toISOString().slice(0, 10)
const ratio = (value: number): string => value.toFixed(3)

/** What the data hold, what is made of each column, and what is to be known of it. */
export function dataText ({ rows, labels, unlabelledRows, untimedRows, repeatedRows }: Omit<DataProfile, 'classes' | 'times'>, { columns, features, standIns }: FeaturePlan, { label, timestamp }: { label: string, timestamp: string | null }): string {
  const frauds = labels.filter(({ isFraud }) => isFraud).reduce((sum, one) => sum + one.rows, 0)
  const variables = new Set(features.flatMap((feature) => feature.variables)).size
  const told = [
    ...columns.flatMap(({ column, warning }) => warning === null ? [] : [`${column.name} ${warning}`]),
    ...timestamp === null ? ['there is no time: rows were drawn to be held out, which makes a model look better than it will be; name the column with --timestamp'] : [],
    ...unlabelledRows === 0 ? [] : [`${count(unlabelledRows)} rows have no ${label} and are left out`],
    ...untimedRows === 0 ? [] : [`${count(untimedRows)} rows have no ${timestamp ?? 'time'} and are left out`],
    ...repeatedRows === 0 ? [] : [`${count(repeatedRows)} rows repeat an earlier one in every cell; a model is sure of what it has seen before`],
    ...variables > MAX_VARIABLES ? [`${count(variables)} columns are used, and a transaction can send ${MAX_VARIABLES} variables: leave the weakest out with --leave-out`] : [],
    ...frauds < 200 ? [`${count(frauds)} frauds are few: figures will be rough, and so will thresholds`] : [],
    ...frauds > rows / 2 ? ['there are more frauds than legitimate rows; are the labels the right way round? See --fraud-value'] : []
  ]
  return [
    textTable([['column', 'missing', 'values', 'alone', 'becomes'], ...columns.map(({ column, use }) => [
      column.name, percent(rows === 0 ? 0 : column.nulls / rows), `${count(column.distinct)}${column.hasMoreValues ? '+' : ''}`, ratio(column.separation), use
    ])]),
    `${count(rows)} rows; ${label}: ${labels.map(({ value, rows: own, isFraud }) => `${value} ${count(own)} (${percent(own / rows, 2)}${isFraud ? ', fraud' : ''})`).join(', ')}`,
    ...standIns.amount === undefined ? [] : [`${standIns.amount} is filled from a transaction's amount where it is not sent${standIns.currency === undefined ? '' : `, ${standIns.currency} from its currency`}`],
    ...told.map((line) => `warning: ${line}`)
  ].join('\n')
}

/** What came of a training. */
export function trainedText (card: ModelCard, folder: string): string {
  const { name, version, kind, candidates, trainingData: { trainedRows, heldOutRows, heldOutFrom } } = card
  return [
    `${name} ${version}: ${kind}, trained on ${count(trainedRows)} rows; measured on ${count(heldOutRows)} that were held out${heldOutFrom === null ? ' (drawn)' : ` (from ${heldOutFrom.slice(0, 16)}Z on)`}`,
    `on the validation part: ${candidates.map((one) => `${one.kind} ${ratio(one.averagePrecision)} average precision`).join(', ')}`,
    evaluationText(card.evaluation),
    'The scores were mapped by these very rows, so their ratios are near 1: how well the thresholds keep their word, later data tell (model evaluate).',
    `wrote model.zip, card.json and report.html to ${folder}`
  ].join('\n')
}

/** The models of a directory, the current one marked; a broken one with its fault instead of figures. */
export function modelListText (models: readonly ListedModel[]): string {
  const minute = (iso: string | undefined): string => iso === undefined ? '-' : `${iso.slice(0, 16)}Z`
  return [
    textTable([
      ['', 'model', 'name', 'version', 'kind', 'trained', 'AUC ROC', 'caught at 3 %', 'current since'],
      ...models.map(({ folder, isCurrent, since, card }) => {
        const mark = isCurrent ? '*' : ''
        if ('fault' in card) return [mark, folder, '-', '-', 'broken', '-', '-', '-', minute(since)]
        const recall = card.evaluation.atFalsePositiveRate.find(({ falsePositiveRate }) => falsePositiveRate === 0.03)?.recall
        return [mark, folder, card.name, card.version, card.kind, card.trainedAt.slice(0, 10), ratio(card.evaluation.aucRoc.value), recall === undefined ? '-' : percent(recall), minute(since)]
      })
    ]),
    ...models.flatMap(({ card }) => 'fault' in card ? [`warning: ${card.fault}`] : [])
  ].join('\n')
}

/** What decided beside what was tried, each pair of versions apart. */
export function comparisonText (comparisons: readonly ScoreComparison[], { fraudAbove, investigateAbove }: Thresholds): string {
  if (comparisons.length === 0) return "No payment has a shadow's score: none was made in this time while RINGFENCE_SHADOW_MODEL was set."
  return [
    ...comparisons.map((one) => pairText(one)),
    `Thresholds: fraud above ${fraudAbove}, investigate above ${investigateAbove}. A payment that is marked fraud asks its cardholder, unless a "mine" of the last minutes covers it; payments of one card share a case.`,
    ...comparisons.some(({ answered }) => answered.fraud.all + answered.genuine.all > 0)
      ? ['Answers are of people whom the decision of that day had called: a fraud that only the shadow sees has none, so these figures favour what decided.']
      : []
  ].join('\n\n')
}

function pairText ({ first, shadow, fromMs, toMs, rows, unscored, rankCorrelation, outcomes, marked, answered }: ScoreComparison): string {
  const named = (one: ScoringModel | null) => one === null ? 'nobody' : `${one.scorer} ${one.model} ${one.version}`
  const same = RULE_OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome][outcome], 0)
  const ofAll = (part: number, all: number) => all === 0 ? '-' : `${count(part)} of ${count(all)}`
  return [
    `first: ${named(first)}; shadow: ${shadow.model} ${shadow.version}; ${day(fromMs)} to ${day(toMs)}`,
    `${count(rows)} payments with both scores${unscored === 0 ? '' : `, ${count(unscored)} more without a score of the first`}`,
    ...rows === 0
      ? []
      : [
          `rank correlation ${rankCorrelation === null ? '-' : ratio(rankCorrelation)}; the same outcome for ${percent(same / rows)}`,
          textTable([
            ['first, then shadow', ...RULE_OUTCOMES],
            ...RULE_OUTCOMES.map((own) => [own, ...RULE_OUTCOMES.map((other) => count(outcomes[own][other]))])
          ]),
          textTable([
            ['marked fraud', 'first', 'shadow'],
            ['payments', count(marked.first.payments), count(marked.shadow.payments)],
            ['cards', count(marked.first.cards), count(marked.shadow.cards)],
            ['answered fraud', ofAll(answered.fraud.first, answered.fraud.all), ofAll(answered.fraud.shadow, answered.fraud.all)],
            ['answered genuine', ofAll(answered.genuine.first, answered.genuine.all), ofAll(answered.genuine.shadow, answered.genuine.all)]
          ])
        ]
  ].join('\n')
}

/** The figures of an evaluation. */
function evaluationText ({ rows, frauds, fraudShare, aucRoc, averagePrecision, atFalsePositiveRate, calibration, cardPrecision }: Evaluation): string {
  return [
    `${count(rows)} rows, ${count(frauds)} frauds (${percent(fraudShare, 2)})`,
    (frauds === 0 ? 'AUC ROC -, average precision -: there is no fraud to find' : `AUC ROC ${ratio(aucRoc.value)} (95 %: ${ratio(aucRoc.low)} to ${ratio(aucRoc.high)}), average precision ${ratio(averagePrecision)}`) +
      (cardPrecision === undefined ? '' : `, card precision at ${cardPrecision.cards} a day ${ratio(cardPrecision.value)} (${cardPrecision.days} days)`),
    textTable([
      ['false positives', 'score above', 'frauds caught', 'precision'],
      ...atFalsePositiveRate.map(({ falsePositiveRate, score, recall, precision }) => [percent(falsePositiveRate), String(score), frauds === 0 ? '-' : percent(recall), frauds === 0 ? '-' : percent(precision)])
    ]),
    textTable([
      ['score above', 'promised', 'legitimate rows', 'ratio'],
      ...calibration.map(({ score, target, achieved }) => [String(score), percent(target), percent(achieved, 2), (achieved / target).toFixed(2)])
    ])
  ].join('\n')
}

/** The figures of a file, with its segments. */
export function fileEvaluationText ({ evaluation, segments, unlabelledRows, untimedRows, unused, fromMs, toMs }: FileEvaluation, by: string | undefined): string {
  return [
    ...fromMs === null ? [] : [`from ${day(fromMs)} to ${day(toMs)}`],
    evaluationText(evaluation),
    ...segments.length === 0
      ? []
      : [textTable([
          [by ?? '', 'rows', 'frauds', 'AUC ROC', 'average precision', 'above 860: legitimate'],
          ...segments.map(({ value, rows, frauds, evaluation: own }) => [
            value, count(rows), count(frauds), own === null || frauds === 0 ? '-' : ratio(own.aucRoc.value), own === null || frauds === 0 ? '-' : ratio(own.averagePrecision),
            own === null ? '-' : percent(own.calibration.find(({ score }) => score === 860)?.achieved ?? 0, 2)
          ])
        ])],
    ...unlabelledRows === 0 ? [] : [`warning: ${count(unlabelledRows)} rows have no label and are left out`],
    ...untimedRows === 0 ? [] : [`warning: ${count(untimedRows)} rows have no time, which the model scores by`],
    ...unused.filter(({ why, rows }) => why !== 'absent' || rows === evaluation.rows).map(({ name, why, rows }) => `warning: ${name} is ${why} in ${count(rows)} rows`)
  ].join('\n')
}
