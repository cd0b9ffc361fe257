import t from 'tap'

import type { ScreenedEvent } from '../../src/model/event-variables.ts'
import { extractFeatures, FEATURES, type FeatureValue } from '../../src/model/features.ts'

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
const VOCABULARIES = new Map(FEATURES.filter(({ kind }) => kind === 'categorical').map(({ name }) => [name, new Set<string>()]))
for (const [name, ...categories] of [
  ['amount_ending', 'whole', 'cents'], ['ip_network', '62'], ['email_domain', 'free', 'other'], ['email_shows_name', 'yes', 'no'], ['phone_format', 'parenthesised'],
  ['merchant_group', '3'], ['postal_zone', '9'], ['postal_fits_state', 'yes', 'no'], ['state', 'SD', 'CA'], ['currency', 'eur'], ['cvv_result', 'V', 'M'],
  ['signature_result', 'B'], ['type', 'T'], ['environment', 'U'], ['name_case', 'mixed'], ['address_kind', 'suite']
] as const) VOCABULARIES.set(name, new Set(categories))

function extract (changes: Record<string, unknown>, base: Partial<ScreenedEvent> = {}) {
  const { values, unusedVariables } = extractFeatures({
    occurredAtMs: Date.UTC(2026, 10, 22, 10),
    amount: { valueMinor: 415500, currency: 'EUR' },
    variables: { ...SAMPLE, ...changes },
    ...base
  }, VOCABULARIES)
  return { values: Object.fromEntries(FEATURES.map(({ name }, index) => [name, values[index]])) as Record<string, FeatureValue>, unusedVariables }
}

t.test('extractFeatures: the sample event becomes these features', async (t) => {
  const { values, unusedVariables } = extract({})
  t.same(unusedVariables, [])
  t.match(values, {
    amount_ending: 'whole',
    ip_network: '62',
    email_domain: 'free',
    email_digits: 2,
    email_shows_name: 'no',
    phone_format: 'parenthesised',
    merchant_group: '3',
    postal_zone: '9',
    postal_fits_state: 'no',
    state: 'SD',
    currency: 'eur',
    cvv_result: 'V',
    signature_result: 'B',
    type: 'T',
    environment: 'U',
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
  ['transaction_adj_amt', 'NaN', 'unreadable', 'usual_amount_log'],
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
  ['email_address', `${'a'.repeat(1_000_000)}@example.org`, 'unreadable', 'email_domain'],
  ['phone_number', '911', 'unreadable', 'phone_format'],
  ['merchant_id', 'A-1', 'unseen', 'merchant_group'],
  ['billing_city', '12345', 'unreadable', 'city_vowels'],
  ['billing_postal', 'SW1A 1AA', 'unseen', 'postal_zone'],
  ['billing_state', 'Bavaria', 'unseen', 'state'],
  ['billing_state', '__proto__', 'unseen', 'state'],
  ['currency', 'xts', 'unseen', 'currency'],
  ['currency', 'euro', 'unreadable', 'type-unaffected'],
  ['cvv', '123', 'unreadable', 'cvv_result'],
  ['cvv', 'Q', 'unseen', 'cvv_result'],
  ['cvv', '__proto__', 'unreadable', 'cvv_result'],
  ['cvv', ['M'], 'unreadable', 'cvv_result'],
  ['cvv', { toString: () => 'M' }, 'unreadable', 'cvv_result'],
  ['signature_image', true, 'unreadable', 'signature_result'],
  ['applicant_name', '12', 'unreadable', 'name_case']
]

t.test('extractFeatures: a variable that cannot be used is missing, and said to be, once', async (t) => {
  for (const [name, value, why, feature] of FAULTS) {
    const { values, unusedVariables } = extract({ [name]: value })
    t.same(unusedVariables, [{ name, why }], `${name} = ${String(JSON.stringify(value)).slice(0, 30)}`)
    if (feature in values) t.equal(values[feature], null, `${feature} is missing`)
  }
})

t.test('extractFeatures: case and surrounding spaces do not matter', async (t) => {
  const { values, unusedVariables } = extract({ transaction_amt: '  12 ', currency: ' EUR\n', cvv: 'v', billing_state: 'sd' })
  t.same(unusedVariables, [])
  t.match(values, { currency: 'eur', cvv_result: 'V', state: 'SD' })
  t.equal(values['amount_log'], Math.log(13))
})

t.test('extractFeatures: the transaction\'s amount stands in for transaction_amt and currency', async (t) => {
  const given = extract({})
  const absent = extract({ transaction_amt: undefined, currency: null })
  t.same(absent, given)
  const unreadable = extract({ transaction_amt: 'a lot' })
  t.same(unreadable.values, given.values)
  t.same(unreadable.unusedVariables, [{ name: 'transaction_amt', why: 'unreadable' }])
})

t.test('extractFeatures: minor units are those of the currency', async (t) => {
  for (const [currency, log] of [['JPY', Math.log1p(5000)], ['EUR', Math.log1p(50)], ['KWD', Math.log1p(5)]] as const) {
    t.equal(extract({ transaction_amt: null, currency: null }, { amount: { valueMinor: 5000, currency } }).values['amount_log'], log, currency)
  }
})

t.test('extractFeatures: an amount or a time out of reason is missing and not an error', async (t) => {
  for (const valueMinor of [NaN, Infinity, -1]) {
    const { values, unusedVariables } = extract({ transaction_amt: null }, { amount: { valueMinor, currency: 'EUR' } })
    t.equal(values['amount_log'], null)
    t.same(unusedVariables, [{ name: 'transaction_amt', why: 'absent' }])
  }
  t.equal(extract({ transaction_amt: null }, { amount: { valueMinor: 1, currency: 'no currency' } }).values['amount_log'], null)
  t.equal(extract({}, { occurredAtMs: NaN }).values['hour_utc'], null)
})

t.test('extractFeatures: inherited properties are not variables', async (t) => {
  const { values } = extractFeatures({ occurredAtMs: 0, amount: { valueMinor: 1, currency: 'EUR' }, variables: Object.create({ cvv: 'M' }) as Record<string, unknown> })
  t.equal(values[FEATURES.findIndex(({ name }) => name === 'cvv_result')], null)
})
