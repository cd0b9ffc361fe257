import t from 'tap'
import { CARD_NUMBER, createWorld, CUSTOMER_ID, KEY_HEADERS, putSampleCustomer, transactionBody } from '../world.ts'

const OTHER_CARD = '4111111111111111'
const JSON_TYPE = { 'content-type': 'application/json' }

interface Refusal {
  name: string
  method?: 'POST' | 'PUT' | 'GET'
  url?: string
  headers?: Record<string, string>
  body?: object | string
  status: number
  code: string
  /** Paths of the faults, when the code tells some. */
  paths?: string[]
}

const tx = (change: object) => transactionBody('tx-refused', change)
const customer = (change: object) => ({
  firstName: 'Eve', lastName: 'Moneypenny', phoneNumber: '+4915112345679', timeZone: 'Europe/Berlin', cards: [{ number: OTHER_CARD }], ...change
})
const putCustomer = { method: 'PUT' as const, url: '/v1/customers/cust-refused' }

const REFUSALS: Refusal[] = [
  { name: 'JSON that breaks off', body: '{"transactionId": "tx-', status: 400, code: 'malformed_json' },
  { name: 'an empty body', body: '', status: 400, code: 'malformed_json' },
  { name: 'a body that is not JSON at all', headers: { 'content-type': 'text/plain' }, body: 'hello', status: 415, code: 'media_type_unsupported' },
  { name: 'a __proto__ in JSON', body: '{"__proto__": {"x": 1}}', status: 400, code: 'malformed_json' },
  { name: 'an array for an object', body: [], status: 400, code: 'validation_failed', paths: [''] },
  { name: 'an unknown field', body: tx({ colour: 'red' }), status: 400, code: 'validation_failed', paths: ['/colour'] },
  { name: 'an unknown field inside', body: tx({ amount: { value: 1, currency: 'EUR', tip: 2 } }), status: 400, code: 'validation_failed', paths: ['/amount/tip'] },
  { name: 'a card number as the name of a field', body: tx({ [OTHER_CARD]: 1 }), status: 400, code: 'validation_failed', paths: [''] },
  { name: 'missing fields, all named at once', body: {}, status: 400, code: 'validation_failed', paths: ['/transactionId', '/customerId', '/card', '/amount', '/occurredAt'] },
  { name: 'null for text', body: tx({ transactionId: null }), status: 400, code: 'validation_failed', paths: ['/transactionId'] },
  { name: 'text for a number', body: tx({ amount: { value: '100', currency: 'EUR' } }), status: 400, code: 'validation_failed', paths: ['/amount/value'] },
  { name: 'a fraction of a cent', body: tx({ amount: { value: 1.5, currency: 'EUR' } }), status: 400, code: 'validation_failed', paths: ['/amount/value'] },
  { name: 'a negative amount', body: tx({ amount: { value: -1, currency: 'EUR' } }), status: 400, code: 'validation_failed', paths: ['/amount/value'] },
  { name: 'a number for a variable', body: tx({ variables: { transaction_amt: 4155 } }), status: 400, code: 'validation_failed', paths: ['/variables/transaction_amt'] },
  { name: 'an object for a variable', body: tx({ variables: { a: {} } }), status: 400, code: 'validation_failed', paths: ['/variables/a'] },
  { name: 'a variable of 1025 characters', body: tx({ variables: { a: 'x'.repeat(1025) } }), status: 400, code: 'validation_failed', paths: ['/variables/a'] },
  { name: '101 variables', body: tx({ variables: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`v${i}`, 'x'])) }), status: 400, code: 'validation_failed', paths: ['/variables'] },
  { name: 'a variable with a blank in its name', body: tx({ variables: { 'a b': 'x' } }), status: 400, code: 'validation_failed', paths: ['/variables'] },
  { name: 'a 10 MB map of variables', body: tx({ variables: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`v${i}`, 'x'.repeat(1000)])) }), status: 413, code: 'body_too_large' },
  { name: 'letters in the card number', body: tx({ card: { number: '24422308211o8788' } }), status: 400, code: 'validation_failed', paths: ['/card/number'] },
  { name: 'a card number of 11 digits', body: tx({ card: { number: '24422308211' } }), status: 400, code: 'validation_failed', paths: ['/card/number'] },
  { name: 'a card number of 20 digits', body: tx({ card: { number: '24422308211087881234' } }), status: 400, code: 'validation_failed', paths: ['/card/number'] },
  { name: 'a card named twice', body: tx({ card: { number: CARD_NUMBER, id: `card_${'0'.repeat(40)}` } }), status: 400, code: 'validation_failed', paths: ['/card'] },
  { name: 'a card not named', body: tx({ card: {} }), status: 400, code: 'validation_failed', paths: ['/card'] },
  { name: 'a card id of another form', body: tx({ card: { id: 'card_1' } }), status: 400, code: 'validation_failed', paths: ['/card/id'] },
  { name: 'digits in a cvv variable', body: tx({ variables: { cvv: '123' } }), status: 400, code: 'security_code_refused', paths: ['/variables/cvv'] },
  { name: 'digits in a card_cvc2 variable', body: tx({ variables: { card_cvc2: '987' } }), status: 400, code: 'security_code_refused', paths: ['/variables/card_cvc2'] },
  { name: "the card's own number in a variable", body: tx({ variables: { note: `card ${CARD_NUMBER}!` } }), status: 400, code: 'card_number_leaked', paths: ['/variables/note'] },
  { name: "the card's own number in pieces", body: tx({ variables: { note: '2442-2308-2110-8788' } }), status: 400, code: 'card_number_leaked', paths: ['/variables/note'] },
  { name: "another card's number in a variable", body: tx({ variables: { note: OTHER_CARD } }), status: 400, code: 'card_number_leaked', paths: ['/variables/note'] },
  { name: "another card's number with blanks", body: tx({ variables: { note: '4111 1111 1111 1111' } }), status: 400, code: 'card_number_leaked', paths: ['/variables/note'] },
  { name: 'a card number in the name of a variable', body: tx({ variables: { [`v${OTHER_CARD}`]: 'x' } }), status: 400, code: 'card_number_leaked', paths: ['/variables'] },
  { name: 'a card number for the name of a variable whose value is none', body: tx({ variables: { [OTHER_CARD]: 5 } }), status: 400, code: 'validation_failed', paths: ['/variables', '/variables'] },
  { name: 'a card number in the name of a variable whose value is too long', body: tx({ variables: { [`v${OTHER_CARD}`]: 'x'.repeat(1025) } }), status: 400, code: 'validation_failed', paths: ['/variables'] },
  { name: 'a card number in pieces in the name of a variable whose value is none', body: tx({ variables: { v_4111_1111_x1111_1111: 5 } }), status: 400, code: 'validation_failed', paths: ['/variables'] },
  { name: 'a card number that fails the Luhn check in the name of a variable that holds another', body: tx({ variables: { v_4111111111111112: OTHER_CARD } }), status: 400, code: 'card_number_leaked', paths: ['/variables'] },
  { name: 'a security code in the name of a variable whose value is none', body: tx({ variables: { cvv_987: 5, item_123: 5 } }), status: 400, code: 'validation_failed', paths: ['/variables', '/variables/item_123'] },
  { name: 'a slash and a card number in the name of a variable whose value is none', body: tx({ variables: { [`a/${OTHER_CARD}`]: 5 } }), status: 400, code: 'validation_failed', paths: ['/variables', '/variables'] },
  { name: 'digits in a variable of a security code whose name holds a card number', body: tx({ variables: { [`cvv_${OTHER_CARD.slice(0, 15)}2`]: '123' } }), status: 400, code: 'security_code_refused', paths: ['/variables'] },
  { name: 'a card number for a transactionId', body: tx({ transactionId: CARD_NUMBER }), status: 400, code: 'validation_failed', paths: ['/transactionId'] },
  { name: 'a card number of 12 digits inside the transactionId', body: tx({ transactionId: 'tx-912387564224', card: { number: '912387564224' } }), status: 400, code: 'card_number_leaked', paths: ['/transactionId'] },
  { name: 'a card number in groups for a transactionId', body: tx({ transactionId: '4242-4242-4242-4242' }), status: 400, code: 'validation_failed', paths: ['/transactionId'] },
  { name: 'twelve digits and no letter for a transactionId', body: tx({ transactionId: '912387564224' }), status: 400, code: 'validation_failed', paths: ['/transactionId'] },
  { name: 'a compressed body', headers: { 'content-encoding': 'gzip' }, body: tx({}), status: 415, code: 'media_type_unsupported' },
  { name: 'a body in UTF-16', headers: { 'content-type': 'application/json; charset=utf-16' }, body: tx({}), status: 415, code: 'media_type_unsupported' },
  { name: 'a way out of the docs folder', method: 'GET', url: '/docs/static/../../../etc/passwd', status: 404, code: 'route_not_found' },
  { name: 'a currency that nobody uses', body: tx({ amount: { value: 1, currency: 'QQQ' } }), status: 400, code: 'currency_unknown', paths: ['/amount/currency'] },
  { name: 'a currency in small letters', body: tx({ amount: { value: 1, currency: 'eur' } }), status: 400, code: 'validation_failed', paths: ['/amount/currency'] },
  { name: 'a time that is none', body: tx({ occurredAt: 'yesterday' }), status: 400, code: 'validation_failed', paths: ['/occurredAt'] },
  { name: 'a time without a zone', body: tx({ occurredAt: '2026-11-22T10:00:00' }), status: 400, code: 'validation_failed', paths: ['/occurredAt'] },
  { name: 'a time with a blank for its T', body: tx({ occurredAt: '2026-11-22 10:00:00Z' }), status: 400, code: 'validation_failed', paths: ['/occurredAt'] },
  { name: 'a time zone without a colon', body: tx({ occurredAt: '2026-11-22T10:00:00+0100' }), status: 400, code: 'validation_failed', paths: ['/occurredAt'] },
  { name: 'a time zone without minutes', body: tx({ occurredAt: '2026-11-22T10:00:00+01' }), status: 400, code: 'validation_failed', paths: ['/occurredAt'] },
  { name: 'a time far in the future', body: tx({ occurredAt: '2036-11-22T10:00:00Z' }), status: 400, code: 'occurred_at_implausible', paths: ['/occurredAt'] },
  { name: 'a time just too far in the future', body: tx({ occurredAt: '2026-11-22T10:05:00.001Z' }), status: 400, code: 'occurred_at_implausible', paths: ['/occurredAt'] },
  { name: 'a time of the last century', body: tx({ occurredAt: '1999-12-31T23:59:59Z' }), status: 400, code: 'occurred_at_implausible', paths: ['/occurredAt'] },
  { name: 'a leap second, which no clock here knows', body: tx({ occurredAt: '2016-12-31T23:59:60Z' }), status: 400, code: 'occurred_at_implausible', paths: ['/occurredAt'] },
  { name: 'a card that nobody has', body: tx({ card: { number: OTHER_CARD } }), status: 404, code: 'card_not_found' },
  { name: "another customer's card", body: tx({ customerId: 'somebody-else' }), status: 409, code: 'card_not_of_customer' },
  { name: 'a replay with other content', body: transactionBody('tx-known', { amount: { value: 1, currency: 'EUR' } }), status: 409, code: 'transaction_changed' },
  { name: 'a replay with another variable', body: transactionBody('tx-known', { variables: {} }), status: 409, code: 'transaction_changed' },
  { name: 'no key', headers: { authorization: '' }, body: tx({}), status: 401, code: 'api_key_missing' },
  { name: 'a wrong key', headers: { authorization: 'Bearer nope' }, body: tx({}), status: 401, code: 'api_key_unknown' },
  { name: 'a key under another scheme', headers: { authorization: 'Basic dGVzdC1rZXk=' }, body: tx({}), status: 401, code: 'api_key_missing' },
  { name: 'a key without the scope', headers: { authorization: 'Bearer reader-key' }, body: tx({}), status: 403, code: 'scope_missing' },
  { name: 'a wrong key with a bad body: the key first', headers: { authorization: 'Bearer nope' }, body: '{', status: 401, code: 'api_key_unknown' },
  { name: 'a route that is none', method: 'GET', url: `/v1/cards/${OTHER_CARD}/cvv`, status: 404, code: 'route_not_found' },
  { name: 'a URL that cannot be read', method: 'GET', url: '/v1/transactions/%E0%A4%A', status: 404, code: 'route_not_found' },
  { name: 'a card number for a card id', method: 'GET', url: `/v1/cards/${OTHER_CARD}`, status: 400, code: 'validation_failed', paths: ['/params/cardId'] },
  { name: 'a transaction that is none', method: 'GET', url: '/v1/transactions/tx-none', status: 404, code: 'transaction_not_found' },
  { name: 'a case that is none', method: 'GET', url: '/v1/cases/case_01a20562-446f-708a-a322-efd89151236e', status: 404, code: 'case_not_found' },
  { name: 'a customer that is none', method: 'GET', url: '/v1/customers/nobody', status: 404, code: 'customer_not_found' },
  { name: 'a limit of 101', method: 'GET', url: '/v1/cases?limit=101', status: 400, code: 'validation_failed', paths: ['/querystring/limit'] },
  { name: 'a status that is none', method: 'GET', url: '/v1/cases?status=odd', status: 400, code: 'validation_failed', paths: ['/querystring/status'] },
  { name: 'a query that is not in the contract', method: 'GET', url: '/v1/cases?sort=up', status: 400, code: 'validation_failed', paths: ['/querystring/sort'] },
  { name: 'a cursor of our making it is not', method: 'GET', url: '/v1/cases?cursor=AAAA', status: 400, code: 'cursor_invalid' },
  { name: 'a phone number without plus', ...putCustomer, body: customer({ phoneNumber: '015112345678' }), status: 400, code: 'validation_failed', paths: ['/phoneNumber'] },
  { name: "the sample's placeholder phone number", ...putCustomer, body: customer({ phoneNumber: '+123456789' }), status: 400, code: 'phone_number_invalid', paths: ['/phoneNumber'] },
  { name: 'a time zone that is none', ...putCustomer, body: customer({ timeZone: 'Mars/Olympus' }), status: 400, code: 'time_zone_unknown', paths: ['/timeZone'] },
  { name: 'a language that is none', ...putCustomer, body: customer({ language: 'not a language' }), status: 400, code: 'language_unknown', paths: ['/language'] },
  { name: 'a channel that is none', ...putCustomer, body: customer({ channels: ['pigeon'] }), status: 400, code: 'validation_failed', paths: ['/channels/0'] },
  { name: 'a name with a line break', ...putCustomer, body: customer({ firstName: 'A\nB' }), status: 400, code: 'validation_failed', paths: ['/firstName'] },
  { name: 'a card number for a name', ...putCustomer, body: customer({ lastName: OTHER_CARD }), status: 400, code: 'card_number_leaked', paths: ['/lastName'] },
  { name: 'a card by an id that nobody made', ...putCustomer, body: customer({ cards: [{ id: `card_${'0'.repeat(40)}` }] }), status: 404, code: 'card_not_found' },
  { name: "a card that is another's", ...putCustomer, body: customer({ cards: [{ number: CARD_NUMBER }] }), status: 409, code: 'card_not_of_customer' },
  { name: '21 cards', ...putCustomer, body: customer({ cards: Array.from({ length: 21 }, (_, i) => ({ number: `24422308211${String(i).padStart(5, '0')}` })) }), status: 400, code: 'validation_failed', paths: ['/cards'] },
  { name: 'a block without a reason', url: `/v1/cards/card_${'0'.repeat(40)}/block`, body: {}, status: 400, code: 'validation_failed', paths: ['/reason'] },
  { name: 'a block whose reason tells the card number', url: `/v1/cards/card_${'0'.repeat(40)}/block`, body: { reason: `lost ${OTHER_CARD}` }, status: 400, code: 'card_number_leaked', paths: ['/reason'] },
  { name: 'a block of a card that is none', url: `/v1/cards/card_${'0'.repeat(40)}/block`, body: { reason: 'lost' }, status: 404, code: 'card_not_found' },
  { name: 'an answer that is none', url: '/v1/cases/case_01a20562-446f-708a-a322-efd89151236e/answer', body: { answer: 'maybe' }, status: 400, code: 'validation_failed', paths: ['/answer'] },
  { name: 'an answer to no case', url: '/v1/cases/case_01a20562-446f-708a-a322-efd89151236e/answer', body: { answer: 'fraud' }, status: 404, code: 'case_not_found' }
]

t.test('every refusal', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const { app } = world
  await putSampleCustomer(app)
  await app.inject({ method: 'POST', url: '/v1/transactions', headers: KEY_HEADERS, payload: transactionBody('tx-known') })
  world.scorer.next = 999

  for (const { name, method = 'POST', url = '/v1/transactions', headers = {}, body, status, code, paths } of REFUSALS) {
    await t.test(`${name}: ${status} ${code}`, async (t) => {
      const payload = typeof body === 'string' ? body : JSON.stringify(body)
      const reply = await app.inject({ method, url, headers: { ...KEY_HEADERS, ...(body === undefined ? {} : JSON_TYPE), ...headers }, ...(body === undefined ? {} : { payload }) })
      t.equal(reply.statusCode, status, reply.body)
      t.match(reply.headers['content-type'], /^application\/problem\+json/)
      const problem = reply.json<{ errors?: Array<{ path: string }> }>()
      t.match(problem, { type: `urn:ringfence:problem:${code}`, title: /\.$/, status, code, requestId: reply.headers['x-request-id'] })
      t.same(problem.errors?.map(({ path }) => path), paths)
      for (const secret of [CARD_NUMBER, OTHER_CARD, '411111111111111', '4111_1111', '912387564224']) t.notMatch(reply.body, secret)
    })
  }

  await t.test('they all left nothing behind', async (t) => {
    t.equal((await app.inject({ url: '/v1/transactions/tx-refused', headers: KEY_HEADERS })).statusCode, 404)
    t.equal((await app.inject({ url: '/v1/customers/cust-refused', headers: KEY_HEADERS })).statusCode, 404)
    t.same((await app.inject({ url: '/v1/cases', headers: KEY_HEADERS })).json(), { cases: [], nextCursor: null })
    t.match((await app.inject({ url: `/v1/customers/${CUSTOMER_ID}`, headers: KEY_HEADERS })).json(), { cards: [{ last4: '8788', isBlocked: false }] })
  })

  await t.test('no log line tells a card number or a security code', async (t) => {
    t.ok(world.logLines.length > REFUSALS.length)
    const log = world.logLines.join('')
    for (const secret of [CARD_NUMBER, OTHER_CARD, '411111111111111', '4111_1111', '912387564224', '2442-2308', '"123"', '"987"', 'cvv_987', '15112345678']) t.notMatch(log, secret)
  })
})

t.test('a body that is not UTF-8 is refused, never mended', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const body = JSON.stringify(customer({ firstName: 'Zoë' }))
  const headers = { ...KEY_HEADERS, ...JSON_TYPE }
  const put = async (payload: Buffer) => (await world.app.inject({ ...putCustomer, headers, payload })).json()
  t.match(await put(Buffer.from(body, 'latin1')), { status: 400, code: 'malformed_json', detail: 'The body is not UTF-8.' })
  t.match((await world.app.inject({ method: 'POST', url: '/v1/connect/events', headers, payload: Buffer.from('{"id":"\xff"}', 'latin1') })).json(), { status: 400, code: 'malformed_json' })
})

t.test('the Luhn check, switched on, refuses a number that fails it', async (t) => {
  const world = await createWorld({ settings: { luhnCheck: true } })
  t.teardown(world.close)
  const post = async (number: string) => await world.app.inject({ method: 'POST', url: '/v1/transactions', headers: KEY_HEADERS, payload: tx({ card: { number } }) })
  t.match((await post('4111111111111112')).json(), { status: 400, code: 'card_number_invalid', errors: [{ path: '/card/number' }] })
  t.match((await post('4111111111111111')).json(), { status: 404, code: 'card_not_found' })
  const put = await world.app.inject({ ...putCustomer, headers: KEY_HEADERS, payload: customer({ cards: [{ number: '4111111111111112' }] }) })
  t.match(put.json(), { status: 400, code: 'card_number_invalid', errors: [{ path: '/cards/0/number' }] })
})
