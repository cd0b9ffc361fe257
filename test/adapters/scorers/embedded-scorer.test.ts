import { fileURLToPath } from 'node:url'
import t from 'tap'

import { createEmbeddedScorer } from '../../../src/adapters/scorers/embedded-scorer.ts'
import { loadCardModel } from '../../../src/model/card-model.ts'
import { DEFAULT_THRESHOLDS, ruleOutcome } from '../../../src/domain/outcome.ts'
import type { ScorableTransaction } from '../../../src/ports.ts'

const CARD_PATH = fileURLToPath(new URL('../../../models/card-fraud/card.json', import.meta.url))
const LONG_AGO = AbortSignal.abort()
const SIGNAL = new AbortController().signal
const SAMPLE: ScorableTransaction = {
  transactionId: 'tx-0001',
  customerId: 'u82-1alz-RI301',
  occurredAtMs: Date.UTC(2026, 10, 22, 10),
  amount: { valueMinor: 415500, currency: 'EUR' },
  variables: {
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
}

const listenersBefore = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]
const cardModel = await loadCardModel(CARD_PATH)
const told: Array<{ fields: object, message: string }> = []
const clock = { nowMs: 0 }
let sparse = 0
const scorer = createEmbeddedScorer({ current: () => cardModel }, {
  metrics: { eventSparse () { sparse++ } }, log: { info () {}, warn (fields, message) { told.push({ fields, message }) }, error () {} }, nowMs: () => clock.nowMs
})

t.test('createEmbeddedScorer: leaves no process listener behind', async (t) => {
  t.same([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')], listenersBefore)
})

t.test('embedded scorer: the sample\'s event is fraud at any hour', async (t) => {
  for (let hour = 0; hour < 24; hour++) {
    const { score, model, unusedVariables } = await scorer.score({ ...SAMPLE, occurredAtMs: Date.UTC(2026, 10, 22, hour) }, SIGNAL)
    t.equal(ruleOutcome(score, DEFAULT_THRESHOLDS).outcome, 'fraud', `hour ${hour}: ${score}`)
    t.same(model, { name: 'card-fraud', version: '2' })
    t.same(unusedVariables, [])
  }
})

t.test('embedded scorer: the same buyer on an ordinary day is approved', async (t) => {
  const variables = { ...SAMPLE.variables, transaction_amt: '61.20', cvv: 'M', signature_image: 'A', transaction_type: 'E', transaction_env: 'W', email_address: 'rojas@example.org', billing_postal: '57001' }
  const { score } = await scorer.score({ ...SAMPLE, occurredAtMs: Date.UTC(2026, 10, 22, 18), variables }, SIGNAL)
  t.equal(ruleOutcome(score, DEFAULT_THRESHOLDS).outcome, 'approve', String(score))
})

t.test('embedded scorer: no variable at all still gets a score, and each is reported absent', async (t) => {
  const { score, unusedVariables } = await scorer.score({ ...SAMPLE, variables: {} }, SIGNAL)
  t.ok(Number.isInteger(score))
  t.same(unusedVariables.map(({ name }) => name).sort(), Object.keys(SAMPLE.variables).filter((name) => name !== 'transaction_amt' && name !== 'currency').sort())
  t.ok(unusedVariables.every(({ why }) => why === 'absent'))
})

t.test('embedded scorer: a model that finds less than half of its variables says so, once a minute, and counts each', async (t) => {
  const score = async (kept: number) => {
    const renamed = Object.entries(SAMPLE.variables).map(([name, value], index): [string, string | null] => [index < kept ? name : `new_${name}`, value])
    await scorer.score({ ...SAMPLE, variables: Object.fromEntries(renamed) }, SIGNAL)
  }
  const count = Object.keys(SAMPLE.variables).length
  told.length = sparse = 0
  clock.nowMs += 60_000
  await score(count - 1)
  await score(Math.ceil(count / 2))
  await scorer.checkReady()
  t.same([told, sparse], [[], 0])
  await score(2)
  await score(2)
  t.match(told, [{ fields: { transactionId: SAMPLE.transactionId, model: 'card-fraud', version: '2', unused: Object.keys(SAMPLE.variables).slice(2, 4) }, message: 'the model finds less than half of its variables in payments' }])
  clock.nowMs += 60_000
  await score(2)
  t.same([told.length, sparse], [2, 3])
})

t.test('embedded scorer: each kind of bad variable is reported and the rest still counts', async (t) => {
  for (const [name, value, why] of [
    ['transaction_adj_amt', '1e999', 'unreadable'], ['transaction_adj_amt', null, 'absent'], ['cvv', 'Z', 'unseen'],
    ['billing_state', '__proto__', 'unseen'], ['currency', 'xts', 'unseen'], ['ip_address', '10.1.2.3', 'unseen'], ['email_address', '@', 'unreadable']
  ] as const) {
    const { score, unusedVariables } = await scorer.score({ ...SAMPLE, variables: { ...SAMPLE.variables, [name]: value } }, SIGNAL)
    t.same(unusedVariables, [{ name, why }])
    t.ok(score > 775, `${name}: ${score}`)
  }
})

t.test('embedded scorer: 2,000 hostile variable maps give a whole score from 0 to 1000 each', async (t) => {
  let state = 12345
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % limit
  }
  const evil: unknown[] = ['', ' ', 'NaN', 'Infinity', '-Infinity', '1e999', '0x10', '  12 ', '-1', '-0', '__proto__', 'constructor', 'toString', '\0', '\ud800', '💳',
    'x'.repeat(100_000), '9'.repeat(400), '0'.repeat(500), '@'.repeat(400), '1.'.repeat(200), '<OOD>', '%s%n', '::ffff:1.2.3.4', '999.1.1.1', null, undefined, NaN, 0, -1, 1e308, true, {}, [], ['M'], () => 'M', Symbol('x'), 10n]
  const names = [...Object.keys(SAMPLE.variables), '__proto__', 'constructor', 'hour_utc', 'EVENT_LABEL']
  const faults: unknown[] = []
  for (let round = 0; round < 2000; round++) {
    const variables = Object.fromEntries(names.filter(() => below(3) > 0).map((name) => {
      const random = String.fromCharCode(...Array.from({ length: below(40) }, () => below(0x10000)))
      return [name, [evil[below(evil.length)], random, (SAMPLE.variables as Record<string, unknown>)[name]][below(3)]]
    }))
    const amount = { valueMinor: [NaN, Infinity, -5, 0, 1, 2 ** 53][below(6)]!, currency: ['EUR', 'JPY', '', 'XXXX', '__proto__'][below(5)]! }
    const { score, unusedVariables } = await scorer.score({ ...SAMPLE, amount, occurredAtMs: [NaN, 0, -1, 8.64e15, 1e300][below(5)]!, variables: variables as Record<string, string> }, SIGNAL)
    if (!Number.isInteger(score) || score < 0 || score > 1000) faults.push(score)
    if (new Set(unusedVariables.map(({ name }) => name)).size !== unusedVariables.length) faults.push(unusedVariables)
  }
  t.same(faults, [])
})

t.test('embedded scorer: it is ready, and a deadline that has passed gives scorer_timeout', async (t) => {
  await t.resolves(scorer.checkReady())
  await t.rejects(scorer.score(SAMPLE, LONG_AGO), { code: 'scorer_timeout' })
})
