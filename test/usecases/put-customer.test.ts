import t from 'tap'
import { CUSTOMER_ID, createWorld, KEY_HEADERS, putSampleCustomer, type World } from '../world.ts'

const OTHER_NUMBER = '5555555555554444'

async function put (world: World, customerId: string, cards: object[]) {
  return await world.app.inject({
    method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload: { firstName: 'Bob', lastName: 'Babbage', phoneNumber: '+4915187654321', timeZone: 'Europe/Berlin', cards }
  })
}

async function cardsOf (world: World, customerId: string): Promise<string[]> {
  const reply = await world.app.inject({ url: `/v1/customers/${customerId}`, headers: KEY_HEADERS })
  return reply.json<{ cards: Array<{ last4: string }> }>().cards.map(({ last4 }) => last4).toSorted()
}

t.test('putCustomer', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)

  await t.test('putCustomer: a foreign card is refused and leaves nothing behind', async (t) => {
    t.match((await put(world, 'bob', [{ number: OTHER_NUMBER }, { id: cardId }])).json(), { status: 409, code: 'card_not_of_customer' })
    t.equal(await world.store.customers.get('bob'), undefined)
    t.match(await world.store.cards.get(cardId), { customerId: CUSTOMER_ID, version: 1 })
    t.equal((await world.app.inject({ url: '/v1/customers/bob', headers: KEY_HEADERS })).statusCode, 404)
  })

  await t.test('putCustomer: a card id that nobody knows is refused and leaves nothing behind', async (t) => {
    t.match((await put(world, 'bob', [{ number: OTHER_NUMBER }, { id: 'card_0000000000000000000000000000000000000000' }])).json(), { status: 404, code: 'card_not_found' })
    t.equal(await world.store.customers.get('bob'), undefined)
  })

  await t.test('putCustomer: a replacement holds the new cards and releases the others, which keep their block', async (t) => {
    await world.app.inject({ method: 'POST', url: `/v1/cards/${cardId}/block`, headers: KEY_HEADERS, payload: { reason: 'stolen' } })
    await putSampleCustomer(world.app, { cards: [{ number: OTHER_NUMBER }] })
    t.same(await cardsOf(world, CUSTOMER_ID), ['4444'])
    t.match(await world.store.cards.get(cardId), { customerId: null, isBlocked: true, blocking: { reason: 'stolen (key tests)' } })
  })

  await t.test('putCustomer: a released card can be held by another, by its id, and is still blocked', async (t) => {
    t.match((await put(world, 'bob', [{ id: cardId }])).json(), { cards: [{ id: cardId, last4: '8788', isBlocked: true }] })
    t.same(await cardsOf(world, 'bob'), ['8788'])
    t.same(await cardsOf(world, CUSTOMER_ID), ['4444'])
  })

  await t.test('putCustomer: the same request again, and many at once, change nothing', async (t) => {
    const replies = await Promise.all(Array.from({ length: 5 }, async () => await put(world, 'bob', [{ id: cardId }])))
    t.same(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]))
    t.same(await cardsOf(world, 'bob'), ['8788'])
  })
})

t.test('putCustomer: salutation, language and channels that were not said are in every reply, as they were taken', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const taken = { salutation: '', language: 'en-US', channels: ['voice'] }
  t.match((await put(world, 'bob', [])).json(), taken)
  t.match((await world.app.inject({ url: '/v1/customers/bob', headers: KEY_HEADERS })).json(), taken)
})

t.test('putCustomer: one that broke off is mended by sending it again', async (t) => {
  let breaks = 0
  const world = await createWorld({
    breakStore: (store) => ({
      ...store,
      cards: { ...store.cards, async save (card) { if (breaks-- > 0) throw new Error('the process died'); return await store.cards.save(card) } }
    })
  })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  breaks = 1
  t.equal((await put(world, CUSTOMER_ID, [{ number: OTHER_NUMBER }])).statusCode, 500)
  t.equal((await put(world, CUSTOMER_ID, [{ number: OTHER_NUMBER }])).statusCode, 200)
  t.same(await cardsOf(world, CUSTOMER_ID), ['4444'], 'the new card is held')
  t.match(await world.store.cards.get((await world.store.customers.get(CUSTOMER_ID))?.cardIds[0] ?? ''), { last4: '4444', customerId: CUSTOMER_ID })
})

t.test('putCustomer: a card that is named twice is one card', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const reply = await put(world, 'cust-twice', [{ number: OTHER_NUMBER }, { number: OTHER_NUMBER }])
  t.equal(reply.json<{ cards: object[] }>().cards.length, 1)
})
