import { readFile, writeFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { Document, parse, visit } from 'yaml'
import { SCOPES } from '../../src/domain/api-key.ts'
import { contract as readContract, faultsOf, operations as readOperations, resolved, type Reply, type Schema } from '../wire/document.ts'
import { createWorld } from '../world.ts'

const FILE = new URL('../../openapi/openapi.yaml', import.meta.url)
const HEADER = '# Made from the routes by `npm run openapi`; changes here are lost.\n'

t.test('the contract', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await world.app.ready()
  const contract = world.app.swagger()

  await t.test('openapi/openapi.yaml is what the routes say; `npm run openapi` writes it anew', async (t) => {
    const fromRoutes = HEADER + yamlOf(contract)
    if (process.env['TAP_SNAPSHOT'] === '1') await writeFile(FILE, fromRoutes)
    t.equal(await readFile(FILE, 'utf8'), fromRoutes)
  })

  await t.test('who reads it as YAML 1.1, as many tools do, finds the same: no text becomes a time or a truth value', async (t) => {
    const text = await readFile(FILE, 'utf8')
    t.strictSame(parse(text, { version: '1.1' }), readContract())
    t.notMatch(text, /^[ -]*(?:\w+: )?\d{4}-\d\d-\d\d/m)
  })

  await t.test('it is a valid OpenAPI document', async (t) => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(contract)))
    t.same(errors ?? [], [])
    t.ok(valid)
  })

  await t.test('it names every route of the design and no other', async (t) => {
    t.same(readOperations().map(({ name }) => name).sort(), [
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
      'POST /v1/cases/{caseId}/answer', 'POST /v1/cases/{caseId}/close',
      'POST /v1/connect/answers',
      'POST /v1/connect/events',
      'POST /v1/transactions',
      'PUT /v1/customers/{customerId}',
      'PUT /v1/customers/{customerId}/opt-outs/{channel}'
    ])
  })

  await t.test('every operation has a name of its own, a summary and a tag, and those under /v1 their security with its scope, and their errors', async (t) => {
    const operations = readOperations()
    t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
    for (const { name, operation } of operations) {
      t.match(operation, { operationId: /^[a-z][A-Za-z]+$/, summary: /^[A-Z].*[^.]$/, tags: [/./] }, name)
      if (!name.includes('/v1/')) continue
      // Contact events come from the bridge, signed, or from EventBridge itself, with a key.
      const keys = operation.security?.flatMap((one) => one['apiKey'] ?? []) ?? []
      t.equal(operation.security?.length, name === 'POST /v1/connect/events' ? 2 : 1, `${name} names its security`)
      t.ok(name === 'POST /v1/connect/answers' ? keys.length === 0 : keys.every((scope) => (SCOPES as readonly string[]).includes(scope)) && keys.length === 1, `${name} names its scope`)
      for (const status of ['401', '500', '503']) t.ok(operation.responses[status], `${name} names ${status}`)
    }
  })

  await t.test('every body has an example that fits its schema, and so does every example inside a schema', async (t) => {
    for (const { name, operation } of readOperations()) {
      const replies = Object.values(operation.responses).map((reply) => resolved<Reply>(reply))
      for (const [type, { schema, example }] of [operation.requestBody, ...replies].flatMap((body) => Object.entries(body?.content ?? {}))) {
        if (!type.endsWith('json')) continue
        t.not(example, undefined, `${name} has an example`)
        t.same(faultsOf(schema, example), [], `${name}: the example fits`)
      }
      for (const { name: parameter, schema, example } of operation.parameters ?? []) if (example !== undefined) t.same(faultsOf(schema, example), [], `${name}: ${parameter}: the example fits`)
    }
    for (const { path, schema } of namedSchemas()) {
      for (const example of schema.examples ?? []) t.same(faultsOf(schema, example), [], `${path}: the example fits`)
    }
  })

  await t.test('every field and every parameter is described, unless its own component or its name says it all', async (t) => {
    const PLAIN = new Set(['Liveness.status', 'CardOperation.what', 'Readiness.checks'])
    const isPlain = (path: string) => PLAIN.has(path) || /^(FlowEvent|ContactEvent)\./.test(path)
    for (const { path, schema } of namedSchemas()) {
      const said = schema.$ref === undefined ? schema.description : resolved<Described>(schema as { $ref: string }).description ?? 'an object'
      if (path.includes('.') && !path.endsWith(']') && !isPlain(path)) t.type(said, 'string', path)
    }
    for (const { name, operation } of readOperations()) {
      for (const { name: parameter, schema, description } of operation.parameters ?? []) t.type(description ?? resolved<Described>(schema as { $ref: string }).description, 'string', `${name}: ${parameter}`)
    }
  })

  await t.test('a problem\'s code is one of those that some operation names, or that there is no such route', async (t) => {
    const named = readOperations().flatMap(({ operation }) => Object.values(operation.responses)).flatMap((reply) => [...resolved<Reply>(reply).description.matchAll(/^`(\w+)`:/gm)].map(([, code]) => code))
    t.same([...(readContract().components.schemas['ProblemCode'] as { enum: string[] }).enum].sort(), [...new Set([...named, 'route_not_found'])].sort())
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

/** As YAML 1.1 has it, which 1.2 reads alike: what either would take for another type is quoted; times here, since tap takes them out of the parser's types. */
function yamlOf (contract: object): string {
  const document = new Document(contract, { version: '1.1' })
  visit(document, { Scalar (_key, node) { if (/^\d{4}-\d\d-\d\d/.test(String(node.value))) node.type = 'QUOTE_DOUBLE' } })
  return document.toString()
}

interface Described extends Schema { description?: string, examples?: unknown[], properties?: Record<string, Described>, items?: Described, anyOf?: Described[] }

/** Every schema of the components with its place: `Case`, `Case.decision`, `Case.attempts[]`. */
function namedSchemas (): Array<{ path: string, schema: Described }> {
  const found: Array<{ path: string, schema: Described }> = []
  const visit = (path: string, schema: Described) => {
    found.push({ path, schema })
    for (const [name, property] of Object.entries(schema.properties ?? {})) visit(`${path}.${name}`, property)
    if (schema.items !== undefined) visit(`${path}[]`, schema.items)
    for (const one of schema.anyOf ?? []) visit(`${path}[]`, one)
  }
  for (const [name, schema] of Object.entries(readContract().components.schemas)) visit(name, schema as Described)
  return found
}
