import t from 'tap'

import { createFeatureExtractor, type Feature } from '../../src/model/features.ts'
import { type FeatureValue, TRANSFORMATIONS } from '../../src/model/transformations.ts'
import { KNOWN_VARIABLE_FEATURES, type PlannedFeature } from '../../src/training/known-variables.ts'
import { aucRoc } from '../../src/training/ranking.ts'
import { generateTransactions } from '../../src/training/transaction-generator.ts'
import { generatedEvent } from './generated-event.ts'

const rows = generateTransactions({ rows: 30_000, seed: 5 })

t.test('generateTransactions: the same seed gives the same bytes, another seed others', async (t) => {
  const text = (seed: number) => JSON.stringify(generateTransactions({ rows: 500, seed }))
  t.equal(text(5), text(5))
  t.not(text(5), text(6))
})

t.test('generateTransactions: about one row in twenty is fraud', async (t) => {
  const share = rows.filter(({ EVENT_LABEL }) => EVENT_LABEL === 'fraud').length / rows.length
  t.ok(share > 0.044 && share < 0.056, `fraud share ${share}`)
})

t.test('generateTransactions: rows are sorted by time', async (t) => {
  const times = rows.map(({ EVENT_TIMESTAMP }) => Date.parse(EVENT_TIMESTAMP))
  t.ok(times.every((time, index) => Number.isFinite(time) && (index === 0 || time >= times[index - 1]!)))
})

t.test('generateTransactions: every row has the sample\'s variables', async (t) => {
  const names = ['transaction_amt', 'transaction_adj_amt', 'ip_address', 'email_address', 'phone_number', 'merchant_id', 'billing_city', 'billing_postal',
    'billing_state', 'currency', 'cvv', 'signature_image', 'transaction_type', 'transaction_env', 'applicant_name', 'billing_address']
  t.same(Object.keys(rows[0]!.variables), names)
})

t.test('generateTransactions: e-mail domains are reserved and phone numbers fictional', async (t) => {
  const sent = (name: string) => rows.flatMap(({ variables }) => variables[name] ?? [])
  t.same(sent('email_address').filter((email) => !/@(example\.(org|com|net)|[a-z-]+\.(example|test))$/.test(email)), [])
  t.same(sent('phone_number').filter((phone) => !/55501\d\d$/.test(phone.replace(/\D/g, ''))), [])
})

t.test('generateTransactions: the sample event\'s letters occur in legitimate rows too', async (t) => {
  const legitimate = rows.filter(({ EVENT_LABEL }) => EVENT_LABEL === 'legit')
  for (const [name, letter] of [['cvv', 'V'], ['signature_image', 'B'], ['transaction_type', 'T'], ['transaction_env', 'U'], ['currency', 'eur']] as const) {
    const share = legitimate.filter(({ variables }) => variables[name] === letter).length / legitimate.length
    t.ok(share > 0.03, `${name} ${letter}: ${share}`)
  }
})

// The best guess that one feature alone allows: fraud share of its bin, learned on even rows and judged on odd ones.
function singleFeatureAuc (columns: readonly FeatureValue[]): number {
  const bin = (value: FeatureValue) => typeof value === 'number' ? Math.round(value * 4) : String(value)
  const seen = new Map<string | number, { frauds: number, rows: number }>()
  const isFraud = rows.map(({ EVENT_LABEL }) => EVENT_LABEL === 'fraud')
  for (let index = 0; index < rows.length; index += 2) {
    const counts = seen.get(bin(columns[index]!)) ?? { frauds: 0, rows: 0 }
    seen.set(bin(columns[index]!), { frauds: counts.frauds + Number(isFraud[index]), rows: counts.rows + 1 })
  }
  return aucRoc(rows.flatMap((_, index) => {
    if (index % 2 === 0) return []
    const counts = seen.get(bin(columns[index]!)) ?? { frauds: 0, rows: 1 }
    return [{ isFraud: isFraud[index]!, raw: counts.frauds / counts.rows }]
  }))
}

t.test('generateTransactions: no single feature separates fraud from the rest', async (t) => {
  const category = (name: string): PlannedFeature => ({ name, variables: [name], transformation: 'category' })
  const clock = (['hour_utc', 'weekday_utc'] as const).map((name): PlannedFeature => ({ name, variables: [], transformation: name }))
  const planned = [...KNOWN_VARIABLE_FEATURES, ...['currency', 'cvv', 'signature_image', 'transaction_type', 'transaction_env'].map(category), ...clock]
  const features = planned.map((feature): Feature => ({ ...feature, kind: TRANSFORMATIONS[feature.transformation].kind }))
  const { extract } = createFeatureExtractor({ features, encodings: {}, standIns: {} })
  const values = rows.map((row) => extract(generatedEvent(row)).values)
  for (const [index, { name }] of features.entries()) {
    const auc = singleFeatureAuc(values.map((row) => row[index]!))
    t.ok(auc < 0.9, `${name} alone: AUC ${auc.toFixed(3)}`)
  }
})
