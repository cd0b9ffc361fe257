import { RULE_OUTCOMES } from '../domain/outcome.ts'
import type { Caught, Trial } from './detector-trial.ts'
import { percent, textTable } from './text-table.ts'

const count = (rows: number): string => rows.toLocaleString('en')
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const share = (part: number, whole: number): string => whole === 0 ? '-' : percent(part / whole)

/** What a detector made of a file. @param reads the facts that its rules read */
export function trialText ({ all, label, rules, outcomes, time, leftOut, missingColumns, isScoreBlind }: Trial, reads: ReadonlySet<string>): string {
  const told = (value: string): string => label === null ? '-' : value
  const outcomeRow = (name: string, { rows, frauds }: Caught): string[] => [
    name, count(rows), share(rows, all.rows), told(count(frauds)), told(name === 'approve' ? '-' : share(frauds, rows)), told(share(frauds, all.frauds)), told(share(rows - frauds, all.rows - all.frauds))
  ]
  const suspected = { rows: outcomes.investigate.rows + outcomes.fraud.rows, frauds: outcomes.investigate.frauds + outcomes.fraud.frauds }
  const warnings = [
    ...label === null ? ['the file has no labels, so frauds are not told; name their column with --label'] : [],
    ...leftOut.unlabelled === 0 ? [] : [`rows without ${label ?? 'label'}, left out: ${count(leftOut.unlabelled)}`],
    ...leftOut.untimed === 0 ? [] : [`rows without a time that can be read, which rules ask for, left out: ${count(leftOut.untimed)}`],
    ...leftOut.unpriced === 0 ? [] : [`rows without an amount that can be read, which rules ask for, left out: ${count(leftOut.unpriced)}`],
    ...isScoreBlind && reads.has('score') ? ['the model knows none of the columns: its scores mean nothing here; name a model of such data with --model'] : [],
    ...missingColumns.map((name) => `the file has no column ${name}: the variable is absent in every row`),
    ...rules.filter(({ failed }) => failed > 0).map(({ id, failed }) => `rows in which rule ${id} cannot be evaluated, since it reads a variable that they lack, or converts what cannot be converted: ${count(failed)}`),
    ...reads.has('card') ? ['rules read the card, of which nothing is known here: no open case, no decision before'] : []
  ]
  return [
    `${count(all.rows)} ${all.rows === 1 ? 'row' : 'rows'}${label === null ? '' : `, ${count(all.frauds)} frauds (${percent(all.frauds / all.rows, 2)})`}${time === null ? '' : `, from ${day(time.fromMs)} to ${day(time.toMs)}`}`,
    '',
    textTable([
      ['rule', 'outcome', 'matches', 'of all', 'frauds', 'precision', 'failed'],
      ...rules.map(({ id, outcome, rows, frauds, failed }) => [id, outcome, count(rows), share(rows, all.rows), told(count(frauds)), told(share(frauds, rows)), count(failed)])
    ]),
    '',
    textTable([
      ['outcome', 'rows', 'of all', 'frauds', 'precision', 'recall', 'of legitimate'],
      ...RULE_OUTCOMES.map((outcome) => outcomeRow(outcome, outcomes[outcome])),
      outcomeRow('both of them', suspected)
    ]),
    '',
    ...time === null ? [] : [`fraud, a call each at most: ${(outcomes.fraud.rows / time.days).toFixed(1)} a day, ${count(time.busiestDay)} on the busiest of ${count(time.days)} days`],
    ...warnings.map((line) => `warning: ${line}`)
  ].join('\n')
}
