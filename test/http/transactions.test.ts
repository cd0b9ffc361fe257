import { createHash } from 'node:crypto'
import t from 'tap'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody } from '../world.ts'

t.test('POST /v1/transactions', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const { app } = world
  const cardId = await putSampleCustomer(app)

  await t.test('a harmless transaction is approved, with the whole decision in the reply', async (t) => {
    world.scorer.next = 12
    const reply = await postTransaction(app, transactionBody('tx-harmless'))
    t.equal(reply.statusCode, 200)
    t.same(reply.json(), {
      transactionId: 'tx-harmless',
      outcome: 'approve',
      score: 12,
      reasons: ['no_rule_matched'],
      scorer: { name: 'embedded', model: 'held', version: '1' },
      degraded: false,
      card: { id: cardId, last4: '8788', isBlocked: false },
      case: null,
      assessedAt: '2026-11-22T10:00:00.000Z'
    })
  })

  await t.test('a suspicious transaction opens a case', async (t) => {
    world.scorer.next = 987
    const reply = await postTransaction(app, transactionBody('tx-suspicious'))
    t.equal(reply.statusCode, 200)
    t.match(reply.json(), { outcome: 'fraud', reasons: ['score_over_fraud_threshold'], case: { id: /^case_/, status: 'open' } })
  })

  await t.test('the stored decision can be read again', async (t) => {
    const posted = await postTransaction(app, transactionBody('tx-suspicious'))
    const read = await app.inject({ url: '/v1/transactions/tx-suspicious', headers: KEY_HEADERS })
    t.equal(read.statusCode, 200)
    t.same(read.json(), posted.json())
  })
})

t.test('a merchant of a kilobyte is kept in part, so that a hundred of them stay small', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  await postTransaction(world.app, transactionBody('tx-long', { variables: { merchant_name: '\u{1F600}'.repeat(500) } }))
  t.equal((await world.store.transactions.get('tx-long'))?.merchant, '\u{1F600}'.repeat(80))
})

t.test('the number of a card that was named by its id is refused in a variable and in a reason', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const id = await putSampleCustomer(world.app)
  const variable = await postTransaction(world.app, transactionBody('tx-own', { card: { id }, variables: { merchant_name: '2442230821108788' } }))
  t.match(variable.json(), { status: 400, code: 'card_number_leaked', errors: [{ path: '/variables/merchant_name' }] })
  const reason = await world.app.inject({ method: 'POST', url: `/v1/cards/${id}/block`, headers: KEY_HEADERS, payload: { reason: 'own 2442 2308 2110 8788' } })
  t.match(reason.json(), { status: 400, code: 'card_number_leaked', errors: [{ path: '/reason' }] })
  t.notMatch(world.logLines.join(''), /2442230821108788|2442 2308/)
})

t.test('a content\'s hash is that of its parts, variables in the order of name and value as one text: what earlier versions stored must be known again', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  const variables = { b: '1', ab: 'x', a: 'y', a_b: null, A1: '2', a1: ',', _: 'z', aB: '' }
  await postTransaction(world.app, { ...transactionBody('tx-order'), variables })
  const stored = await world.store.transactions.get('tx-order')
  if (stored === undefined) throw new Error('not stored')
  const { customerId, amount: { valueMinor, currency }, occurredAtMs, contentHash } = stored
  const content = { transactionId: 'tx-order', customerId, cardId, value: valueMinor, currency, occurredAtMs, variables: Object.entries(variables).sort() }
  t.equal(contentHash, createHash('sha256').update(JSON.stringify(content)).digest('hex'))
})
