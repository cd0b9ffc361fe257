import t from 'tap'
import { BUNDLED_CARD_PATH } from '../../src/model/bundled-model.ts'
import { loadCardModel } from '../../src/model/card-model.ts'
import { explain } from '../../src/model/explanation.ts'
import type { Feature } from '../../src/model/features.ts'

const FEATURES: readonly Feature[] = [
  { name: 'amount', kind: 'numeric', variables: ['amount'], transformation: 'number', typical: 20 },
  { name: 'ratio', kind: 'numeric', variables: ['amount', 'usual'], transformation: 'log_ratio', typical: 0 },
  { name: 'country', kind: 'categorical', variables: ['country'], transformation: 'category', vocabulary: ['de', 'xx'], typical: 'de' },
  { name: 'hour_utc', kind: 'numeric', variables: [], transformation: 'hour_utc', typical: 12 },
  { name: 'weekday_utc', kind: 'numeric', variables: [], transformation: 'weekday_utc', typical: 2 }
]
const logistic = (x: number) => 1 / (1 + Math.exp(-x))

/** Each thing out of the usual adds its own to the log odds. */
function predict (rows: readonly (readonly (number | string | null)[])[]): number[] {
  return rows.map(([amount, ratio, country, hour, weekday]) => logistic(-4 + (Number(amount) > 100 ? 1 : 0) + (Number(ratio) > 1 ? 2 : 0) + (country === 'xx' ? 1.5 : 0) + (Number(hour) < 6 ? 0.5 : 0) + (weekday === 0 ? 0.3 : 0)))
}

t.test('explain: names what raised the score, heaviest first, all features of a variable together', async (t) => {
  const values = [500, 3, 'xx', 3, 0]
  const grounds = explain(FEATURES, values, predict([values])[0]!, predict)
  t.same(grounds.map(({ variable, weight }) => [variable, weight.toFixed(2)]), [['amount', '3.00'], ['usual', '2.00'], ['country', '1.50']], 'three at most; the time, 0.80, is the fourth')
  const quiet = [20, 0, 'de', 3, 0]
  t.same(explain(FEATURES, quiet, predict([quiet])[0]!, predict).map(({ variable, weight }) => [variable, weight.toFixed(2)]), [['time', '0.80']], 'hour and day are one')
  const usual = [20, 0, 'de', 12, 2]
  t.same(explain(FEATURES, usual, predict([usual])[0]!, predict), [], 'what is usual is no reason')
})

t.test('explain: what lowers the score, or hardly raises it, is no reason', async (t) => {
  const lowering = (rows: readonly (readonly (number | string | null)[])[]) => rows.map(([, , country]) => logistic(country === 'xx' ? -2 : 1))
  t.same(explain(FEATURES, [20, 0, 'xx', 12, 2], lowering([[20, 0, 'xx', 12, 2]])[0]!, lowering), [])
  const barely = (rows: readonly (readonly (number | string | null)[])[]) => rows.map(([, , country]) => logistic(country === 'xx' ? 0.1 : 0))
  t.same(explain(FEATURES, [20, 0, 'xx', 12, 2], barely([[20, 0, 'xx', 12, 2]])[0]!, barely), [])
})

t.test('explain: asks about what is out of the usual only, and about no more than forty variables', async (t) => {
  const many = Array.from({ length: 60 }, (_, index): Feature => ({ name: `v${index}`, kind: 'numeric', variables: [`v${index}`], transformation: 'number', typical: 0 }))
  let asked = 0
  const counted = (rows: readonly (readonly (number | string | null)[])[]) => {
    asked = rows.length
    return rows.map((row) => logistic(row.filter((value) => value === 1).length - 30))
  }
  explain(many, many.map((_, index) => index < 5 ? 1 : 0), 0.5, counted)
  t.equal(asked, 5)
  explain(many, many.map(() => 1), 0.5, counted)
  t.equal(asked, 40)
})

t.test("explain: the sample's event is suspicious for its amount", async (t) => {
  const model = await loadCardModel(BUNDLED_CARD_PATH)
  t.teardown(() => model.unload())
  const variables = { transaction_amt: '4155.0', transaction_adj_amt: '58.0', ip_address: '62.39.153.176', email_address: 'jonathan15@example.org', cvv: 'V', signature_image: 'B', applicant_name: 'Priscilla Rojas' }
  const { explain: why } = model.assess({ occurredAtMs: Date.UTC(2026, 10, 22, 10), amount: { valueMinor: 415500, currency: 'EUR' }, variables })
  const grounds = why()
  t.ok(grounds.length > 0 && grounds.length <= 3)
  t.ok(grounds.some(({ variable }) => variable.startsWith('transaction_')), JSON.stringify(grounds))
  t.ok(grounds.every(({ weight }, index) => index === 0 || weight <= grounds[index - 1]!.weight))
})
