import { METADATA_COLUMNS } from '../training-data/metadata-columns.ts'
import { isMostlyUnique } from '../training-data/column-profile.ts'
import { MAX_VARIABLE_LENGTH, type StandIns } from '../model/features.ts'
import type { TransformationName } from '../model/transformations.ts'
import { isNumericType, type VariableType } from '../training-data/variable-type.ts'
import { type DataProfile, MAX_CATEGORIES, type ProfiledColumn } from './data-profile.ts'
import { AMOUNT_COLUMN, CURRENCY_COLUMN, findCustomerColumn, KNOWN_VARIABLE_FEATURES, type PlannedFeature } from './known-variables.ts'

/** What is made of the data's columns, and what is to be known of them. */
export interface FeaturePlan {
  features: readonly PlannedFeature[]
  standIns: StandIns
  columns: ReadonlyArray<{ column: ProfiledColumn, use: string, warning: string | null }>
}

/** What alone tells frauds from legitimate rows so well was written down after the fraud was known. */
const LEAK_SEPARATION = 0.99
const SUSPICIOUS_SEPARATION = 0.95
/** Numbers that follow the time so closely are clocks and counters: what is to be scored lies beyond all that training saw. */
const CLOCK_CORRELATION = 0.98
/** As a variable's name in the API. */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/
/** So many of a column's values look alike, and it is one of them. */
const MOST = 0.9
const KNOWN_NAMES: ReadonlySet<string> = new Set(KNOWN_VARIABLE_FEATURES.flatMap(({ variables }) => variables))
/** What names a party, a place or a payment. Whom fraud met yesterday it need not meet tomorrow: a model that learns names by heart is sure of itself and soon wrong. */
const IDENTIFIER_NAME = /(?:^|_)(?:id|ids|uuid|guid|key|ref|reference|token|hash|no|nr|num|number)$/i

/**
 * Plans the features: what a column is made into by what it holds; what would mislead a model is left out, with the reason.
 * @param leftOut columns that the user leaves out
 * @param kept columns that are used although they look like a leak or a clock
 */
export function planFeatures (profile: DataProfile, { leftOut, kept }: { leftOut: readonly string[], kept: readonly string[] }): FeaturePlan {
  const columns = profile.columns.map((column) => {
    const why = leftOut.includes(column.name) ? 'as you say' : whyLeftOut(column, profile, kept)
    return { column, why, features: why === null ? featuresOf(column) : [] }
  })
  const used = new Set(columns.filter(({ why }) => why === null).map(({ column }) => column.name))
  const known = KNOWN_VARIABLE_FEATURES.filter(({ variables }) => variables.every((name) => used.has(name)))
  const isKnown = new Set(known.flatMap(({ variables }) => variables))
  const own = columns.flatMap(({ column, features }) => isKnown.has(column.name) ? [] : features)
  const clock: PlannedFeature[] = profile.hasHours ? [{ name: 'hour_utc', variables: [], transformation: 'hour_utc' }, { name: 'weekday_utc', variables: [], transformation: 'weekday_utc' }] : []
  const features = withOwnNames([...known, ...own, ...clock])
  return {
    features,
    standIns: standInsOf(profile, used),
    columns: columns.map(({ column, why }) => {
      const made = features.filter(({ variables }) => variables.includes(column.name))
      const use = why === null ? made.map(({ transformation }) => transformation).join(', ') || 'left out: free text' : `left out: ${why}`
      const isKeptInVain = why !== null && kept.includes(column.name)
      const warning = isKeptInVain ? `is left out although --keep names it: ${why}` : why === null ? warningOf(column, profile) : null
      return { column, use, warning: why === 'as you say' ? null : commaWarning(column, profile) ?? warning }
    })
  }
}

/** Two columns may make features of one name, such as `email` and `email_domain`: the later one gets a number. */
function withOwnNames (features: readonly PlannedFeature[]): PlannedFeature[] {
  const taken = new Set<string>()
  return features.map((feature) => {
    let name = feature.name
    for (let count = 2; taken.has(name); count++) name = `${feature.name}_${count}`
    taken.add(name)
    return { ...feature, name }
  })
}

function whyLeftOut (column: ProfiledColumn, { rows }: DataProfile, kept: readonly string[]): string | null {
  const { name, nulls, distinct, longTexts, secret, separation, timeCorrelation } = column
  if (secret !== null) return `it holds ${secret}`
  if (METADATA_COLUMNS.has(name)) return 'it tells of the event and not of the payment'
  if (!isVariableName(name)) return 'the API takes no variable of this name; rename it (letters, digits and _, no digit first, 64 at most)'
  if (nulls === rows) return longTexts > 0 ? `its texts have more than the ${MAX_VARIABLE_LENGTH} characters that the service reads` : 'it is empty'
  if (distinct <= 1 && nulls === 0) return 'it has the same value in every row'
  if (kept.includes(name)) return null
  if (separation >= LEAK_SEPARATION) return `a leak: alone it tells frauds from legitimate rows (AUC ${separation.toFixed(3)}), so it was written down afterwards; --keep ${name} if it was not`
  if (Math.abs(timeCorrelation) >= CLOCK_CORRELATION) return `a clock: its numbers follow the time; --keep ${name} if they mean more`
  if (KNOWN_NAMES.has(name)) return null
  if (isIdentifier(column) && (distinct > MAX_CATEGORIES || findCustomerColumn([name]) !== undefined)) return `an identifier: what it stands for changes sooner than a model is trained; --keep ${name} to learn its values all the same`
  if (isShown(column, rows)) return 'its numbers are written for people; write them such as 1234.5, as the API takes them'
  if (isMostlyUnique(column) && column.type !== 'NUMERIC' && column.type !== 'PRICE' && !isTextOfAKind(column)) return 'a key: nearly every row has a value of its own'
  return null
}

/** Numbers written for people are no texts, and no numbers that the API takes. */
function isShown ({ shownNumbers, numbers, nulls }: ProfiledColumn, rows: number): boolean {
  return shownNumbers > 0 && shownNumbers + numbers >= MOST * (rows - nulls)
}

/** Often it is the amount, without which a model is worth little. */
function commaWarning (column: ProfiledColumn, { rows }: DataProfile): string | null {
  if (column.decimalCommas === 0 || column.secret !== null || !isShown(column, rows)) return null
  return 'has numbers with a comma as the decimal sign, which the API does not take, so nothing is learnt from them as numbers; write them with a point, such as 12.50, and train again'
}

function isVariableName (name: string): boolean {
  return VARIABLE_NAME.test(name) && name !== '__proto__'
}

function isIdentifier ({ name, type }: ProfiledColumn): boolean {
  return (type === 'CATEGORICAL' || type === 'ORDER_ID' || type === 'FINGERPRINT' || type === 'NUMERIC') && IDENTIFIER_NAME.test(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2'))
}

/** Of these, features are made that do not need a value to come again. */
function isTextOfAKind ({ type }: ProfiledColumn): boolean {
  return type === 'EMAIL_ADDRESS' || type === 'IP_ADDRESS' || type.endsWith('_PHONE') || type === 'PHONE_NUMBER' || type.endsWith('_NAME') || /_ADDRESS_L1$|_CITY$|_ZIP$|_STATE$/.test(type)
}

/** What is made of a column by its kind, and what the feature's name ends in; of any other kind, see `featuresOf`. */
const BY_TYPE: Readonly<Partial<Record<VariableType, ReadonlyArray<readonly [TransformationName, string]>>>> = {
  NUMERIC: [['number', '']],
  PRICE: [['number', '']],
  EMAIL_ADDRESS: [['email_domain', '_domain'], ['email_kind', '_kind'], ['email_digits', '_digits']],
  IP_ADDRESS: [['ip_network', '_network']],
  PHONE_NUMBER: [['phone_format', '_format']],
  BILLING_PHONE: [['phone_format', '_format']],
  SHIPPING_PHONE: [['phone_format', '_format']],
  BILLING_NAME: [['name_case', '_case']],
  SHIPPING_NAME: [['name_case', '_case']],
  BILLING_ADDRESS_L1: [['address_kind', '_kind']],
  SHIPPING_ADDRESS_L1: [['address_kind', '_kind']],
  FREE_FORM_TEXT: []
}

function featuresOf ({ name, type, distinct, distinctShare, isBoolean }: ProfiledColumn): PlannedFeature[] {
  if (isBoolean && type === 'CATEGORICAL') return [{ name, variables: [name], transformation: 'boolean' }]
  const few: ReadonlyArray<readonly [TransformationName, string]> = [['category', '']]
  const many: ReadonlyArray<readonly [TransformationName, string]> = distinctShare > 0.9 ? [] : [['frequency', '_frequency'], ['risk', '_risk']]
  return (BY_TYPE[type] ?? (distinct <= MAX_CATEGORIES ? few : many)).map(([transformation, suffix]) => ({ name: `${name}${suffix}`, variables: [name], transformation }))
}

function warningOf ({ nulls, longTexts, numbers, separation, type }: ProfiledColumn, { rows }: DataProfile): string | null {
  if (separation >= SUSPICIOUS_SEPARATION) return `tells frauds from legitimate rows nearly alone (AUC ${separation.toFixed(3)}); make sure that it is known before the decision`
  if (longTexts > 0) return `holds ${longTexts} texts of more than ${MAX_VARIABLE_LENGTH} characters, which the service does not read; they count as missing`
  if (nulls / rows > 0.5) return `${(100 * nulls / rows).toFixed(0)} % of its values are missing`
  if (isNumericType(type) && numbers < rows - nulls) return `holds ${rows - nulls - numbers} values that are no numbers; they count as missing`
  return type === 'FREE_FORM_TEXT' ? 'is free text, of which nothing is made' : null
}

/** Only what looks as the service will write it: a decimal amount, three letters of a currency. */
function standInsOf ({ columns, rows }: DataProfile, used: ReadonlySet<string>): StandIns {
  const ofUse = columns.filter(({ name }) => used.has(name))
  const amount = ofUse.find(({ name, numbers, nulls }) => AMOUNT_COLUMN.test(name) && numbers >= MOST * (rows - nulls))?.name
  const currency = ofUse.find(({ name, numbers, meanLength }) => CURRENCY_COLUMN.test(name) && numbers === 0 && meanLength === 3)?.name
  return { ...amount === undefined ? {} : { amount }, ...currency === undefined ? {} : { currency } }
}
