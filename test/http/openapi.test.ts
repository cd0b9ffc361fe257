import { readFile, writeFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t from 'tap'
import { stringify } from 'yaml'
import { createWorld } from '../world.ts'

const FILE = new URL('../../openapi/openapi.yaml', import.meta.url)
const HEADER = '# Made from the routes by `npm run openapi`; changes here are lost.\n'

interface Media { schema: object, example?: unknown }
interface Operation {
  operationId?: string
  security?: object[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}

t.test('the contract', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await world.app.ready()
  const contract = world.app.swagger() as unknown as { paths: Record<string, Record<string, Operation>>, components: object }
  const operations = Object.entries(contract.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })))

  await t.test('openapi/openapi.yaml is what the routes say; `npm run openapi` writes it anew', async (t) => {
    const fromRoutes = HEADER + stringify(contract)
    if (process.env['TAP_SNAPSHOT'] === '1') await writeFile(FILE, fromRoutes)
    t.equal(await readFile(FILE, 'utf8'), fromRoutes)
  })

  await t.test('it is a valid OpenAPI document', async (t) => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(contract)))
    t.same(errors ?? [], [])
    t.ok(valid)
  })

  await t.test('it names every route of the design and no other', async (t) => {
    t.same(operations.map(({ name }) => name).sort(), [
      'DELETE /v1/customers/{customerId}/opt-outs/{channel}',
      'GET /livez',
      'GET /metrics',
      'GET /readyz',
      'GET /v1/cards/{cardId}',
      'GET /v1/cases',
      'GET /v1/cases/{caseId}',
      'GET /v1/customers/{customerId}',
      'GET /v1/transactions/{transactionId}',
      'POST /v1/cards/{cardId}/block',
      'POST /v1/cards/{cardId}/unblock',
      'POST /v1/cases/{caseId}/answer',
      'POST /v1/connect/answers',
      'POST /v1/connect/events',
      'POST /v1/transactions',
      'PUT /v1/customers/{customerId}',
      'PUT /v1/customers/{customerId}/opt-outs/{channel}'
    ])
  })

  await t.test('every route under /v1 names its security, its errors and examples that fit their schemas', async (t) => {
    const ajv = new Ajv2020({ strict: false })
    formats.default(ajv)
    ajv.addSchema({ $id: 'contract', components: contract.components })
    const fits = (schema: object, example: unknown) => ajv.validate(JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'contract#/components')), example)

    for (const { name, operation } of operations.filter(({ name }) => name.includes('/v1/'))) {
      // Contact events come from the bridge, signed, or from EventBridge itself, with a key.
      t.equal(operation.security?.length, name === 'POST /v1/connect/events' ? 2 : 1, `${name} names its security`)
      for (const status of ['401', '500', '503']) t.ok(operation.responses[status], `${name} names ${status}`)
      const media = [...Object.values(operation.requestBody?.content ?? {}), ...Object.values(operation.responses).flatMap(({ content }) => Object.values(content ?? {}))]
      for (const { schema, example } of media) {
        t.not(example, undefined, `${name} has an example`)
        t.ok(fits(schema, example), `${name}: the example fits: ${ajv.errorsText()}`)
      }
    }
  })

  await t.test('it is served, with Swagger UI beside it', async (t) => {
    t.same((await world.app.inject('/openapi.json')).json(), JSON.parse(JSON.stringify(contract)))
    const docs = await world.app.inject('/docs/')
    t.equal(docs.statusCode, 200)
    t.match(docs.headers['content-type'], /text\/html/)
  })

  await t.test('Swagger UI can be switched off', async (t) => {
    const closed = await createWorld({ settings: { docs: false } })
    t.teardown(closed.close)
    t.equal((await closed.app.inject('/docs/')).statusCode, 404)
  })
})
