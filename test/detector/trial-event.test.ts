import { readFile } from 'node:fs/promises'
import t from 'tap'
import { toTrialEvent } from '../../src/detector/trial-event.ts'

const eventType = { name: 'card_fraud_transaction', description: '', variables: ['transaction_amt', 'currency', 'cvv', 'ip_address'], labels: [], entityTypes: ['customer'], storesEvents: true }
const about = { eventType, eventId: 'trial-1', nowMs: Date.UTC(2026, 10, 24, 12) }

t.test('toTrialEvent makes the example\'s transaction an event: its variables that the event type has, without the card', async (t) => {
  const transaction = JSON.parse(await readFile('examples/transaction.json', 'utf8')) as object
  const { event, leftOut } = toTrialEvent(transaction, about)
  t.same(event, {
    eventId: 'trial-1',
    eventType: 'card_fraud_transaction',
    entityType: 'customer',
    entityId: 'u82-1alz-RI301',
    occurredAt: '2026-11-01T10:00:00Z',
    variables: { transaction_amt: '4155.0', currency: 'eur', cvv: 'V', ip_address: '62.39.153.176' }
  })
  t.ok(leftOut.includes('billing_city') && !JSON.stringify(event).includes('2442230821108788'))
})

t.test('toTrialEvent lets the amount stand in, leaves out what is empty, and knows nobody without a customer', async (t) => {
  const { event } = toTrialEvent({ amount: { value: 4155, currency: 'USD' }, variables: { ip_address: ' ', cvv: null } }, about)
  t.match(event, { entityId: 'UNKNOWN', occurredAt: '2026-11-24T12:00:00Z', variables: { transaction_amt: '41.55', currency: 'usd' } })
  t.same(Object.keys(event.variables), ['transaction_amt', 'currency'])
})

t.test('toTrialEvent refuses card numbers and security codes, and an event without a variable', async (t) => {
  t.throws(() => toTrialEvent({ variables: { ip_address: '4111 1111 1111 1111' } }, about), { kind: 'data', message: 'The variable ip_address holds a card number; it is not sent.' })
  t.throws(() => toTrialEvent({ variables: { cvv: '123' } }, about), { kind: 'data', message: /cvv holds a security code/ })
  t.throws(() => toTrialEvent({ variables: { other: 'x' } }, about), { kind: 'plan', message: /None of the variables/ })
})
