/**
 * The subjects that are no service: Fastify with the service's own request and reply schemas, which answers what never changes (`fastify`); the same
 * with the store calls of a payment that passes, made by hand (`floor`); and with the detector's too (`floor-fd`). They decide nothing.
 */
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import type { transactionRoutes } from '../../../src/http/transactions.ts'
import type { addComponents, SHARED_COMPONENTS } from '../../../src/http/wire-format.ts'
import { createItem, createPredictionRequest, createReply, type Payment } from './floor-documents.ts'
import { TABLE } from './payment.ts'
import { createSignedClient } from './signed-client.ts'

const AJV = { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: true } } as const
const { FLOOR = '', PORT = '', SERVICE_CODE = '', STORE_ENDPOINT = '', DETECTOR_ENDPOINT = '', CARD_ID = '' } = process.env

const callStore = createSignedClient({ endpoint: STORE_ENDPOINT, name: 'dynamodb', contentType: 'application/x-amz-json-1.0', targetPrefix: 'DynamoDB_20120810', connections: 512 })
const callDetector = createSignedClient({
  endpoint: DETECTOR_ENDPOINT, name: 'frauddetector', contentType: 'application/x-amz-json-1.1', targetPrefix: 'AWSHawksNestServiceFacade', connections: 1024
})

const app = Fastify({ ajv: AJV })
const { schemas, body, response } = await readContract()
for (const schema of Object.values(schemas)) app.addSchema(schema)
app.post('/v1/transactions', { schema: { body, response } }, createHandler())
await app.listen({ host: '127.0.0.1', port: Number(PORT) })

function createHandler (): (request: { body: unknown }) => Promise<object> {
  const isScoredOutside = FLOOR === 'floor-fd'
  if (FLOOR === 'fastify') return async ({ body }) => createReply(body as Payment, CARD_ID, '8788', isScoredOutside)
  return async ({ body }) => {
    const payment = body as Payment
    const [card] = await Promise.all([getItem('CARD', CARD_ID), isScoredOutside ? getItem('TRANSACTION', payment.transactionId) : undefined])
    if (isScoredOutside) {
      const { ruleResults } = await callDetector('GetEventPrediction', createPredictionRequest(payment))
      if (ruleResults[0].outcomes[0] !== 'approve') throw new Error('the detector approves nothing')
    }
    const last4: string = card.last4.S
    await callStore('PutItem', {
      TableName: TABLE, Item: createItem(payment, CARD_ID, last4, isScoredOutside), ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
    })
    return createReply(payment, CARD_ID, last4, isScoredOutside)
  }
}

async function getItem (kind: string, id: string): Promise<any> {
  const { Item } = await callStore('GetItem', { TableName: TABLE, Key: { pk: { S: `${kind}#${id}` }, sk: { S: kind } }, ConsistentRead: true })
  return Item
}

/** The schemas as the built service's own route has them. */
async function readContract (): Promise<{ schemas: Record<string, unknown>, body: unknown, response: { 200: unknown } }> {
  const routes: { transactionRoutes: typeof transactionRoutes } = await import(`${SERVICE_CODE}/http/transactions.js`)
  const format: { addComponents: typeof addComponents, SHARED_COMPONENTS: typeof SHARED_COMPONENTS } = await import(`${SERVICE_CODE}/http/wire-format.js`)
  const reader: FastifyInstance = Fastify({ ajv: AJV })
  let route: RouteOptions | undefined
  reader.addHook('onRoute', (one) => { if (one.method === 'POST' && one.url === '/v1/transactions') route = one })
  format.addComponents(reader, format.SHARED_COMPONENTS)
  // Its parts are called by nobody here.
  await routes.transactionRoutes(reader as never, {} as never)
  const { body, response } = route?.schema as { body: unknown, response: Record<number, unknown> }
  return { schemas: reader.getSchemas(), body, response: { 200: response[200] } }
}
