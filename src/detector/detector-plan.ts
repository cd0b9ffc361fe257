import { RULE_OUTCOMES, type RuleOutcome } from '../domain/outcome.ts'
import { METADATA_COLUMNS } from '../training-data/metadata-columns.ts'
import type { CsvProfile } from './csv-profile.ts'
import { DetectorError } from './detector-error.ts'
import { isMostlyUnique } from '../training-data/column-profile.ts'
import { checkLabelBalance, checkTrainingData, IDENTIFIER, whyUseless, type Finding } from './training-data-check.ts'
import { guessVariableType, VARIABLE_TYPES, type VariableType } from '../training-data/variable-type.ts'

/** How the things of a detector are called. */
export interface DetectorNames {
  detectorId: string
  /** Letters, digits and underscores only: it is part of a variable in the rules. */
  modelId: string
  eventType: string
  entityType: string
}

/** What the user may settle; everything else follows from the data. */
export interface PlanWishes {
  names: DetectorNames
  types: Readonly<Record<string, VariableType>>
  /** Columns of long numbers that the user knows to be no card numbers. */
  notCards: readonly string[]
  /** Labels of fraud; `undefined`: told by their name, or the rarer of two. */
  fraudLabels: readonly string[] | undefined
  /** The detector's own words for our three outcomes. */
  outcomes: Readonly<Record<RuleOutcome, string>>
  /** Shares of legitimate transactions that may be taken for fraud, or for investigation; 0 to 1, the first below the second. */
  falsePositiveRates: { fraud: number, investigate: number }
}

/** What a detector is to be made of. */
export interface DetectorPlan {
  names: DetectorNames
  /** What an event carries. */
  variables: ReadonlyArray<{ name: string, type: VariableType }>
  /** Those of them that the model learns from. */
  modelVariables: readonly string[]
  labels: { fraud: readonly string[], legit: readonly string[], hasUnlabelled: boolean }
  outcomes: Readonly<Record<RuleOutcome, string>>
  falsePositiveRates: { fraud: number, investigate: number }
}

const MODEL_ID = /^[0-9a-z_]{1,64}$/
const FRAUD_WORDS = /^(?:fraud(?:ulent)?|1|true|yes|y|bad|charge_?back)$/
const LEGIT_WORDS = /^(?:legit(?:imate)?|genuine|0|false|no|n|good|ok)$/

/** The names that go with a detector's, unless others are wished. */
export function namesOf (detectorId: string, wished: Partial<DetectorNames> = {}): DetectorNames {
  const names: DetectorNames = { detectorId, modelId: detectorId.replaceAll('-', '_'), eventType: `${detectorId}_transaction`.slice(-64), entityType: 'customer', ...wished }
  for (const name of [names.detectorId, names.eventType, names.entityType]) {
    if (!IDENTIFIER.test(name)) throw new DetectorError('plan', `"${name}" is no legal name: 1 to 64 of a-z, 0-9, _ and -.`)
  }
  if (!MODEL_ID.test(names.modelId)) throw new DetectorError('plan', `"${names.modelId}" is no legal name of a model: 1 to 64 of a-z, 0-9 and _.`)
  return names
}

/**
 * Plans a detector from what the data hold.
 * @returns the plan, and what the user should know about the data; a plan is only there when nothing is refused
 * @throws DetectorError `plan` when the wishes contradict the data
 */
export function planDetector (profile: CsvProfile, wishes: PlanWishes): { plan: DetectorPlan | undefined, findings: Finding[] } {
  const findings = checkTrainingData(profile, wishes.notCards)
  if (findings.some(({ level }) => level === 'refusal')) return { plan: undefined, findings }
  checkWishes(profile, wishes)

  const candidates = profile.columns.filter(({ name }) => !METADATA_COLUMNS.has(name) && IDENTIFIER.test(name))
  const variables = candidates.map((column) => ({ name: column.name, type: wishes.types[column.name] ?? guessVariableType(column, profile.rows) }))
  const learnt = candidates.filter((column, index) => {
    if (whyUseless(column, profile.rows) !== null) return false
    const isKey = variables[index]?.type === 'CATEGORICAL' && isMostlyUnique(column) && wishes.types[column.name] === undefined
    if (isKey) findings.push({ level: 'warning', column: column.name, text: `is left out of the model: a category that is new in nearly every row; --types ${column.name}=… gives it a type and keeps it` })
    return !isKey
  })
  if (learnt.length < 2) throw new DetectorError('plan', `The model would learn from ${learnt.length} of the columns; Amazon Fraud Detector wants two at least.`)

  const fraud = wishes.fraudLabels ?? [guessFraudLabel(profile)]
  const legit = profile.labels.map(({ value }) => value).filter((value) => !fraud.includes(value))
  const rowsOf = (labels: readonly string[]): number => profile.labels.filter(({ value }) => labels.includes(value)).reduce((sum, { rows }) => sum + rows, 0)
  findings.push(...checkLabelBalance(rowsOf(fraud), rowsOf(legit)))
  return {
    plan: {
      names: wishes.names,
      variables,
      modelVariables: learnt.map(({ name }) => name),
      labels: { fraud: fraud.toSorted(), legit: legit.toSorted(), hasUnlabelled: profile.unlabelledRows > 0 },
      outcomes: wishes.outcomes,
      falsePositiveRates: wishes.falsePositiveRates
    },
    findings
  }
}

function checkWishes ({ columns, labels }: CsvProfile, { types, notCards, fraudLabels, outcomes, falsePositiveRates: { fraud, investigate } }: PlanWishes): void {
  for (const [name, type] of Object.entries(types)) {
    if (METADATA_COLUMNS.has(name) || !columns.some((column) => column.name === name)) throw new DetectorError('plan', `--types names "${name}", which is no variable of the data.`)
    if (!VARIABLE_TYPES.includes(type)) throw new DetectorError('plan', `"${type}" is no type of a variable; there are ${VARIABLE_TYPES.join(', ')}.`)
  }
  for (const name of notCards) {
    if (!columns.some((column) => column.name === name)) throw new DetectorError('plan', `--not-cards names "${name}", which is no column of the data.`)
  }
  for (const label of fraudLabels ?? []) {
    if (!labels.some(({ value }) => value === label)) throw new DetectorError('plan', `--fraud-labels names "${label}", which is no label of the data.`)
  }
  if (fraudLabels?.length === labels.length) throw new DetectorError('plan', '--fraud-labels leaves no label for legitimate events.')
  for (const outcome of RULE_OUTCOMES) {
    if (!IDENTIFIER.test(outcomes[outcome])) throw new DetectorError('plan', `"${outcomes[outcome]}" is no legal name of an outcome: 1 to 64 of a-z, 0-9, _ and -.`)
  }
  if (new Set(Object.values(outcomes)).size < RULE_OUTCOMES.length) throw new DetectorError('plan', 'The three outcomes must differ.')
  if (!(fraud > 0 && fraud < investigate && investigate < 1)) throw new DetectorError('plan', 'The false-positive rates must rise from fraud to investigate, between 0 and 100 %.')
}

/** By its name, else the rarer one, as in the sample's notebook. More than two labels that tell nothing are not guessed. */
function guessFraudLabel ({ labels }: CsvProfile): string {
  const named = labels.filter(({ value }) => FRAUD_WORDS.test(value))
  const others = labels.filter(({ value }) => !FRAUD_WORDS.test(value))
  if (named.length === 1 && (labels.length === 2 || others.every(({ value }) => LEGIT_WORDS.test(value)))) return named[0]?.value ?? ''
  const rarest = labels[0]?.value
  if (labels.length !== 2 || rarest === undefined) throw new DetectorError('plan', 'There are more than two labels; --fraud-labels must say which of them mean fraud.')
  return rarest
}
