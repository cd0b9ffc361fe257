import t from 'tap'
import { eventIdOf, toFraudDetectorEvent } from '../../../src/adapters/scorers/fraud-detector-event.ts'
import type { ScorableTransaction } from '../../../src/ports.ts'

const TRANSACTION: ScorableTransaction = {
  transactionId: 'tx-0001',
  customerId: 'u82-1alz-RI301',
  occurredAtMs: Date.UTC(2026, 10, 22, 10),
  amount: { valueMinor: 415500, currency: 'EUR' },
  variables: { ip_address: '62.39.153.176', merchant_id: '341-81-5775' }
}

t.test('eventIdOf: a legal id is itself, any other is a legal one that never changes', async (t) => {
  for (const id of ['tx-0001', 'a', '_-9', 'x'.repeat(64), '01a20562-446f-708a-a322-efd89151236e']) t.equal(eventIdOf(id), id)
  t.equal(eventIdOf('TX-0001'), 'tx_f8b7b64204e0727eaaf46ce8f99ba1a0079b7181')
  for (const id of ['tx.1', 'tx:1', '', 'ä', 'x'.repeat(65), 'a b']) {
    t.match(eventIdOf(id), /^tx_[0-9a-f]{40}$/, id)
  }
  t.not(eventIdOf('TX-0001'), eventIdOf('Tx-0001'))
})

t.test('toFraudDetectorEvent: the transaction as an event, its variables as they were sent and no other', async (t) => {
  t.same(toFraudDetectorEvent(TRANSACTION, {}), {
    eventId: 'tx-0001',
    eventTimestamp: '2026-11-22T10:00:00Z',
    entityId: 'u82-1alz-RI301',
    eventVariables: { ip_address: '62.39.153.176', merchant_id: '341-81-5775' }
  })
  t.equal(toFraudDetectorEvent({ ...TRANSACTION, occurredAtMs: Date.UTC(2026, 10, 22, 10, 0, 0, 7) }, {}).eventTimestamp, '2026-11-22T10:00:00.007Z')
})

t.test('toFraudDetectorEvent: an entity id that the service would not take, or would take for nobody, becomes a hash', async (t) => {
  for (const customerId of ['u82', 'a@b.c', '+49', 'unknown', 'x'.repeat(256)]) t.equal(toFraudDetectorEvent({ ...TRANSACTION, customerId }, {}).entityId, customerId)
  for (const customerId of ['UNKNOWN', 'a:b', 'ä', '', 'x'.repeat(257)]) t.match(toFraudDetectorEvent({ ...TRANSACTION, customerId }, {}).entityId, /^customer_[0-9a-f]{40}$/, customerId)
})

t.test('toFraudDetectorEvent: what is empty, too long or secret is left out', async (t) => {
  const variables = {
    nothing: null, empty: '', blank: ' \t', x: 'y'.repeat(8193), ['n'.repeat(65)]: 'v', cvv: '123', note: 'paid with 4111 1111 1111 1111', longest: 'y'.repeat(8192), ['n'.repeat(64)]: 'v', cvv_result: 'M', zero: '0'
  }
  t.same(Object.keys(toFraudDetectorEvent({ ...TRANSACTION, variables }, {}).eventVariables), ['longest', 'n'.repeat(64), 'cvv_result', 'zero'])
})

t.test('toFraudDetectorEvent: amount and currency fill the variables that a setting names, and only where the caller sent none', async (t) => {
  const standIns = { amount: 'transaction_amt', currency: 'currency' }
  t.match(toFraudDetectorEvent(TRANSACTION, standIns).eventVariables, { transaction_amt: '4155.00', currency: 'eur' })
  t.equal(toFraudDetectorEvent({ ...TRANSACTION, amount: { valueMinor: 500, currency: 'JPY' } }, standIns).eventVariables['transaction_amt'], '500')
  t.match(toFraudDetectorEvent({ ...TRANSACTION, variables: { transaction_amt: '7', currency: 'USD' } }, standIns).eventVariables, { transaction_amt: '7', currency: 'USD' })
  t.same(toFraudDetectorEvent({ ...TRANSACTION, variables: { currency: '' } }, { currency: 'currency' }).eventVariables, { currency: 'eur' })
})
