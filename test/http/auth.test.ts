import t from 'tap'
import { createWorld, KEY_HEADERS } from '../world.ts'

const SOME_CASE = 'case_01a20562-446f-708a-a322-efd89151236e'
const SOME_CARD = `card_${'0'.repeat(40)}`

/** Every route with a key, and what a caller with all scopes but one is told. */
const ROUTES = [
  { scope: 'transactions:write', method: 'POST', url: '/v1/transactions' },
  { scope: 'cases:read', method: 'GET', url: '/v1/transactions/tx-1' },
  { scope: 'customers:write', method: 'PUT', url: '/v1/customers/cust-1' },
  { scope: 'customers:read', method: 'GET', url: '/v1/customers/cust-1' },
  { scope: 'cards:read', method: 'GET', url: `/v1/cards/${SOME_CARD}` },
  { scope: 'cards:write', method: 'POST', url: `/v1/cards/${SOME_CARD}/block` },
  { scope: 'cards:write', method: 'POST', url: `/v1/cards/${SOME_CARD}/unblock` },
  { scope: 'cases:read', method: 'GET', url: '/v1/cases' },
  { scope: 'cases:read', method: 'GET', url: `/v1/cases/${SOME_CASE}` },
  { scope: 'answers:write', method: 'POST', url: `/v1/cases/${SOME_CASE}/answer` },
  { scope: 'cases:write', method: 'POST', url: `/v1/cases/${SOME_CASE}/close` },
  { scope: 'events:write', method: 'POST', url: '/v1/connect/events' }
] as const
const SCOPES = ['transactions:write', 'customers:write', 'customers:read', 'cards:write', 'cards:read', 'cases:read', 'cases:write', 'answers:write', 'events:write'] as const

t.test('each route asks for its own scope and takes no other in its place', async (t) => {
  for (const { scope, method, url } of ROUTES) {
    const world = await createWorld({
      settings: {
        apiKeys: [
          { name: 'only', sha256: '62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef', scopes: [scope] },
          { name: 'all-but', sha256: 'ec4408df15da46b328f6f3246fa723d0aa6cb0f0a0dd9c4626080ab1b02aa3b2', scopes: SCOPES.filter((one) => one !== scope) }
        ]
      }
    })
    const body = method === 'GET' ? {} : { payload: {} }
    const refused = await world.app.inject({ method, url, headers: { authorization: 'Bearer reader-key' }, ...body })
    t.equal(refused.statusCode, 403, `${method} ${url} without ${scope}`)
    t.match(refused.json(), { code: 'scope_missing', detail: `This route needs the scope ${scope}.` })
    const passed = await world.app.inject({ method, url, headers: KEY_HEADERS, ...body })
    t.notMatch([401, 403], [passed.statusCode], `${method} ${url} with ${scope}`)
    await world.close()
  }
})

t.test('a refusal without a key says how to authenticate', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const reply = await world.app.inject('/v1/cases')
  t.equal(reply.headers['www-authenticate'], 'Bearer')
  t.equal(reply.headers['cache-control'], 'no-store')
})
