import { holdsCardNumber } from '../domain/card-number.ts'
import { holdsSecurityCode } from '../domain/security-code.ts'
import { TrainingError } from './training-error.ts'

/** Words that say it alone. */
const FRAUD_WORDS: ReadonlySet<string> = new Set(['fraud', 'fraudulent', 'is_fraud', 'bad'])
const LEGITIMATE_WORDS: ReadonlySet<string> = new Set(['legit', 'legitimate', 'genuine', 'good', 'normal', 'nonfraud', 'non_fraud', 'non-fraud', 'not_fraud', 'not fraud', 'no fraud'])
/** Words that say it beside their opposite only: `f` may be false, or fraud. */
const OPPOSITES: ReadonlyMap<string, string> = new Map([['true', 'false'], ['t', 'f'], ['yes', 'no'], ['y', 'n'], ['1', '0'], ['1.0', '0.0']])

/** Characters of a label that a message repeats: what is longer is none. */
const MAX_TOLD = 40

/**
 * Which labels mean fraud: those that are named, else, of two, the one whose word says so.
 * @param mayBeOneKind whether all rows may be frauds, or none, which can be measured as far as it goes but not trained on
 * @throws TrainingError when that is not clear, or all rows are of one kind and may not be
 */
export function chooseFraudValues (column: string, labels: ReadonlyArray<{ value: string, rows: number }>, named: readonly string[] | undefined, { mayBeOneKind }: { mayBeOneKind: boolean } = { mayBeOneKind: false }): string[] {
  if (labels.some(({ value }) => holdsCardNumber(value) || holdsSecurityCode(column, value))) throw new TrainingError(`The column ${column} holds card numbers or security codes: it is no label. Name the label's column with --label.`)
  const told = labels.map(({ value, rows }) => `${value.slice(0, MAX_TOLD)} (${rows} rows)`).join(', ')
  if (labels.length === 0) throw new TrainingError(`The column ${column} is empty in every row.`)
  if (named !== undefined) {
    const unknown = named.find((value) => !labels.some((label) => label.value === value))
    if (unknown !== undefined) throw new TrainingError(`The column ${column} has no value ${unknown}, which --fraud-value names. It holds ${told}.`)
    if (!mayBeOneKind && labels.every(({ value }) => named.includes(value))) throw new TrainingError(`Every row is fraud: the column ${column} holds ${told}. A model needs both kinds.`)
    return [...named]
  }
  if (labels.length === 1 && mayBeOneKind) return labels.map(({ value }) => value).filter((value) => FRAUD_WORDS.has(value.toLowerCase()) || OPPOSITES.has(value.toLowerCase()))
  if (labels.length === 1) throw new TrainingError(`Every row has the same label: the column ${column} holds ${told}. A model needs frauds and legitimate rows.`)
  if (labels.length > 2) throw new TrainingError(`The column ${column} holds ${labels.length} values: ${told}. Say which of them mean fraud with --fraud-value value,value; all others are legitimate.`)
  const words = labels.map(({ value }) => value.toLowerCase())
  const byWord = labels.filter((_, index) => {
    const [word = '', other = ''] = [words[index], words[1 - index]]
    return FRAUD_WORDS.has(word) || LEGITIMATE_WORDS.has(other) || OPPOSITES.get(word) === other
  })
  const [fraud] = byWord
  if (fraud === undefined || byWord.length !== 1) throw new TrainingError(`The column ${column} holds ${told}. Say which of them means fraud with --fraud-value.`)
  return [fraud.value]
}
