import t from 'tap'

import { createFeatureExtractor, encodingKey, type Feature, type ScreenedEvent, UNKNOWN_CATEGORY } from '../../src/model/features.ts'
import { type FeatureValue, type TransformationName, TRANSFORMATIONS } from '../../src/model/transformations.ts'
import { KNOWN_VARIABLE_FEATURES, type PlannedFeature } from '../../src/training/known-variables.ts'

const SAMPLE = {
  transaction_amt: '4155.0',
  transaction_adj_amt: '58.0',
  ip_address: '62.39.153.176',
  email_address: 'jonathan15@example.org',
  phone_number: '(565)912-3989',
  merchant_id: '341-81-5775',
  billing_city: 'Lake Chloefurt',
  billing_postal: '90768',
  billing_state: 'South Dakota',
  currency: 'eur',
  cvv: 'V',
  signature_image: 'B',
  transaction_type: 'T',
  transaction_env: 'U',
  applicant_name: 'Priscilla Rojas',
  billing_address: '4994 Brown Streets Suite 884'
}
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  amount_ending: ['whole', 'cents'],
  ip_network: ['62'],
  email_kind: ['free', 'other'],
  email_shows_name: ['yes', 'no'],
  phone_format: ['parenthesised'],
  merchant_group: ['3'],
  postal_zone: ['9'],
  postal_fits_state: ['yes', 'no'],
  state: ['SD', 'CA'],
  name_case: ['mixed'],
  address_kind: ['suite'],
  currency: ['eur'],
  cvv: ['v', 'm'],
  signature_image: ['b'],
  transaction_type: ['t'],
  transaction_env: ['u']
}
const PLANNED: readonly PlannedFeature[] = [
  ...KNOWN_VARIABLE_FEATURES,
  ...['currency', 'cvv', 'signature_image', 'transaction_type', 'transaction_env'].map((name): PlannedFeature => ({ name, variables: [name], transformation: 'category' })),
  { name: 'hour_utc', variables: [], transformation: 'hour_utc' },
  { name: 'weekday_utc', variables: [], transformation: 'weekday_utc' }
]
const FEATURES = PLANNED.map((planned): Feature => {
  const vocabulary = CATEGORIES[planned.name]
  return { ...planned, kind: TRANSFORMATIONS[planned.transformation].kind, ...vocabulary === undefined ? {} : { vocabulary } }
})
const STAND_INS = { amount: 'transaction_amt', currency: 'currency' }
const { extract: extractFeatures } = createFeatureExtractor({ features: FEATURES, encodings: {}, standIns: STAND_INS })

function extract (changes: Record<string, unknown>, base: Partial<ScreenedEvent> = {}) {
  const { values, unusedVariables } = extractFeatures({
    occurredAtMs: Date.UTC(2026, 10, 22, 10),
    amount: { valueMinor: 415500, currency: 'EUR' },
    variables: { ...SAMPLE, ...changes },
    ...base
  })
  return { values: Object.fromEntries(FEATURES.map(({ name }, index) => [name, values[index]])) as Record<string, FeatureValue>, unusedVariables }
}

t.test('createFeatureExtractor: the sample event becomes these features', async (t) => {
  const { values, unusedVariables } = extract({})
  t.same(unusedVariables, [])
  t.match(values, {
    amount_ending: 'whole',
    ip_network: '62',
    email_kind: 'free',
    email_digits: 2,
    email_shows_name: 'no',
    phone_format: 'parenthesised',
    merchant_group: '3',
    postal_zone: '9',
    postal_fits_state: 'no',
    state: 'SD',
    currency: 'eur',
    cvv: 'v',
    signature_image: 'b',
    transaction_type: 't',
    transaction_env: 'u',
    name_case: 'mixed',
    address_kind: 'suite',
    hour_utc: 10,
    weekday_utc: 0
  })
  t.equal((values['amount_log'] as number).toFixed(3), '8.332')
  t.equal((values['amount_ratio_log'] as number).toFixed(3), '4.255')
  t.equal((values['city_vowels'] as number).toFixed(3), '0.385')
})

const FAULTS: [name: string, value: unknown, why: string | null, feature: string][] = [
  ['transaction_adj_amt', undefined, 'absent', 'usual_amount_log'],
  ['transaction_adj_amt', null, 'absent', 'usual_amount_log'],
  ['transaction_adj_amt', '', 'absent', 'usual_amount_log'],
  ['transaction_adj_amt', '   ', 'absent', 'usual_amount_log'],
  ['transaction_adj_amt', 58, 'unreadable', 'usual_amount_log'],
  ['transaction_adj_amt', 'NaN', 'absent', 'usual_amount_log'],
  ['applicant_name', 'null', 'absent', 'name_case'],
  ['transaction_adj_amt', 'Infinity', 'unreadable', 'usual_amount_log'],
  ['transaction_adj_amt', '1e999', 'unreadable', 'amount_ratio_log'],
  ['transaction_adj_amt', '0x10', 'unreadable', 'amount_ratio_log'],
  ['transaction_adj_amt', '-5.00', 'unreadable', 'amount_ratio_log'],
  ['transaction_adj_amt', '1,000.00', 'unreadable', 'amount_ratio_log'],
  ['transaction_adj_amt', '9'.repeat(1_000_000), 'unreadable', 'amount_ratio_log'],
  ['ip_address', '62.39.153', 'unreadable', 'ip_network'],
  ['ip_address', '10.0.0.1', 'unseen', 'ip_network'],
  ['ip_address', '2001:db8::1', 'unseen', 'ip_network'],
  ['email_address', 'nobody', 'unreadable', 'email_digits'],
  ['email_address', `${'a'.repeat(1_000_000)}@example.org`, 'unreadable', 'email_kind'],
  ['phone_number', '911', 'unreadable', 'phone_format'],
  ['merchant_id', 'A-1', 'unseen', 'merchant_group'],
  ['billing_city', '12345', 'unreadable', 'city_vowels'],
  ['billing_postal', 'SW1A 1AA', 'unseen', 'postal_zone'],
  ['billing_state', 'Bavaria', 'unseen', 'state'],
  ['billing_state', '__proto__', 'unseen', 'state'],
  ['currency', 'xts', 'unseen', 'currency'],
  ['currency', 'euro', 'unreadable', 'type-unaffected'],
  ['cvv', '123', 'unseen', 'cvv'],
  ['cvv', 'Q', 'unseen', 'cvv'],
  ['cvv', '__proto__', 'unseen', 'cvv'],
  ['cvv', ['M'], 'unreadable', 'cvv'],
  ['cvv', { toString: () => 'M' }, 'unreadable', 'cvv'],
  ['signature_image', true, 'unreadable', 'signature_image'],
  ['applicant_name', '12', 'unreadable', 'name_case']
]

t.test('createFeatureExtractor: a variable that cannot be used is missing, and said to be, once', async (t) => {
  for (const [name, value, why, feature] of FAULTS) {
    const { values, unusedVariables } = extract({ [name]: value })
    t.same(unusedVariables, [{ name, why }], `${name} = ${String(JSON.stringify(value)).slice(0, 30)}`)
    if (feature in values) t.equal(values[feature], null, `${feature} is missing`)
  }
})

t.test('createFeatureExtractor: case and surrounding spaces do not matter', async (t) => {
  const { values, unusedVariables } = extract({ transaction_amt: '  12 ', currency: ' EUR\n', cvv: 'v', billing_state: 'sd' })
  t.same(unusedVariables, [])
  t.match(values, { currency: 'eur', cvv: 'v', state: 'SD' })
  t.equal(values['amount_log'], Math.log(13))
})

t.test('createFeatureExtractor: the transaction\'s amount stands in for transaction_amt and currency', async (t) => {
  const given = extract({})
  const absent = extract({ transaction_amt: undefined, currency: null })
  t.same(absent, given)
  const unreadable = extract({ transaction_amt: 'a lot' })
  t.same(unreadable.values, given.values)
  t.same(unreadable.unusedVariables, [{ name: 'transaction_amt', why: 'unreadable' }])
})

t.test('createFeatureExtractor: minor units are those of the currency', async (t) => {
  for (const [currency, log] of [['JPY', Math.log1p(5000)], ['EUR', Math.log1p(50)], ['KWD', Math.log1p(5)]] as const) {
    t.equal(extract({ transaction_amt: null, currency: null }, { amount: { valueMinor: 5000, currency } }).values['amount_log'], log, currency)
  }
})

t.test('createFeatureExtractor: an amount or a time out of reason is missing and not an error', async (t) => {
  for (const valueMinor of [NaN, Infinity, -1]) {
    const { values, unusedVariables } = extract({ transaction_amt: null }, { amount: { valueMinor, currency: 'EUR' } })
    t.equal(values['amount_log'], null)
    t.same(unusedVariables, [{ name: 'transaction_amt', why: 'absent' }])
  }
  t.equal(extract({ transaction_amt: null }, { amount: { valueMinor: 1, currency: 'no currency' } }).values['amount_log'], null)
  t.equal(extract({}, { occurredAtMs: NaN }).values['hour_utc'], null)
})

t.test('createFeatureExtractor: inherited properties are not variables', async (t) => {
  const { values } = extractFeatures({ occurredAtMs: 0, amount: { valueMinor: 1, currency: 'EUR' }, variables: Object.create({ cvv: 'M' }) as Record<string, unknown> })
  t.equal(values[FEATURES.findIndex(({ name }) => name === 'cvv')], null)
})

function valueOf (transformation: TransformationName, text: string, more: Partial<Feature> = {}, encodings: Parameters<typeof createFeatureExtractor>[0]['encodings'] = {}) {
  const feature: Feature = { name: 'f', kind: TRANSFORMATIONS[transformation].kind, variables: ['v'], transformation, ...more }
  const { values, unusedVariables } = createFeatureExtractor({ features: [feature], encodings, standIns: {} }).extract({ occurredAtMs: 0, amount: { valueMinor: 1, currency: 'EUR' }, variables: { v: text } })
  return { value: values[0], why: unusedVariables[0]?.why }
}

t.test('createFeatureExtractor: numbers and truth values are read strictly', async (t) => {
  for (const [text, value] of [['12', 12], ['-1.5', -1.5], ['+.25', 0.25], ['1.', 1], ['2e-3', 0.002], ['1e999', null], ['0x10', null], ['1,5', null], ['12 EUR', null]] as const) {
    t.same(valueOf('number', text), { value, why: value === null ? 'unreadable' : undefined }, text)
  }
  for (const [text, value] of [['TRUE', 1], ['y', 1], ['1', 1], ['No', 0], ['f', 0], ['0', 0], ['2', null], ['maybe', null]] as const) t.equal(valueOf('boolean', text).value, value, text)
})

t.test('createFeatureExtractor: a category that training did not see is the unknown one where training knew such, else missing', async (t) => {
  t.same(valueOf('category', 'Web', { vocabulary: ['web', UNKNOWN_CATEGORY] }), { value: 'web', why: undefined })
  t.same(valueOf('category', 'fax', { vocabulary: ['web', UNKNOWN_CATEGORY] }), { value: UNKNOWN_CATEGORY, why: 'unseen' })
  t.same(valueOf('category', UNKNOWN_CATEGORY, { vocabulary: ['web', UNKNOWN_CATEGORY] }), { value: UNKNOWN_CATEGORY, why: 'unseen' })
  t.same(valueOf('category', 'fax', { vocabulary: ['web'] }), { value: null, why: 'unseen' })
})

t.test('createFeatureExtractor: a key is told by what training saw of it, and one that is new by what is usual', async (t) => {
  const encodings = { v: { rows: 1000, frauds: 50, entries: [[encodingKey('v', 'shop a'), 30, 15]] as [string, number, number][] } }
  t.same(valueOf('frequency', 'Shop A', {}, encodings), { value: 0.03, why: undefined })
  // 15 of 30, and 20 rows more of which one in twenty is fraud.
  t.same(valueOf('risk', 'Shop A', {}, encodings), { value: 16 / 50, why: undefined })
  t.same(valueOf('frequency', 'shop b', {}, encodings), { value: 0, why: undefined })
  t.same(valueOf('risk', 'shop b', {}, encodings), { value: 0.05, why: undefined })
})

t.test('createFeatureExtractor: a feature that this version cannot make is refused', async (t) => {
  const feature: Feature = { name: 'f', kind: 'numeric', variables: ['v'], transformation: 'number' }
  const create = (change: object, encodings = {}) => () => createFeatureExtractor({ features: [{ ...feature, ...change }], encodings, standIns: {} })
  t.throws(create({ transformation: 'from_next_year' }), { message: /feature f is made by "from_next_year", which this version does not know/ })
  t.throws(create({ transformation: 'constructor' }), { message: /does not know/ })
  t.throws(create({ variables: [] }), { message: /does not fit/ })
  t.throws(create({ kind: 'categorical' }), { message: /does not fit/ })
  t.throws(create({ transformation: 'risk' }), { message: /needs the encoding of v/ })
})

t.test('createFeatureExtractor: what a table program made of a whole number is the same category, and the same key', async (t) => {
  t.equal(valueOf('category', '5411.0', { vocabulary: ['5411'] }).value, '5411')
  t.equal(valueOf('category', '5411.5', { vocabulary: ['5411'] }).value, null)
  t.equal(valueOf('frequency', '5411.0', {}, { v: { rows: 10, frauds: 1, entries: [[encodingKey('v', '5411'), 5, 0]] } }).value, 0.5)
})
