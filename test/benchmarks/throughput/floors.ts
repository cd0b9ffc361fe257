/**
 * The subjects that are no service: Fastify with the service's own request and reply schemas, which answers what never changes (`fastify`); the same
 * with the store calls of a payment that passes, made by hand (`floor`); and with the detector's too (`floor-fd`). They decide nothing. `floor-work` and
 * `floor-fd-work` do besides what the service has to do for a payment, as directly as it can be done: key, card id, the search for card numbers and
 * security codes, content hash, model, and a line of the log.
 */
import { hash } from 'node:crypto'
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { pino, stdTimeFunctions } from 'pino'
import type { cardIdOf, holdsCardNumber } from '../../../src/domain/card-number.ts'
import type { holdsSecurityCode } from '../../../src/domain/security-code.ts'
import type { loadCardModel } from '../../../src/model/card-model.ts'
import type { transactionRoutes } from '../../../src/http/transactions.ts'
import type { addComponents, SHARED_COMPONENTS } from '../../../src/http/wire-format.ts'
import { createItem, createPredictionRequest, createReply, type Payment } from './floor-documents.ts'
import { API_KEY, TABLE, TOKENISATION_KEY } from './payment.ts'
import { createSignedClient } from './signed-client.ts'

const AJV = { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: true } } as const
const { FLOOR = '', PORT = '', SERVICE_CODE = '', MODEL_CARD = '', STORE_ENDPOINT = '', DETECTOR_ENDPOINT = '', CARD_ID = '' } = process.env

const callStore = createSignedClient({ endpoint: STORE_ENDPOINT, name: 'dynamodb', contentType: 'application/x-amz-json-1.0', targetPrefix: 'DynamoDB_20120810', connections: 512 })
const callDetector = createSignedClient({
  endpoint: DETECTOR_ENDPOINT, name: 'frauddetector', contentType: 'application/x-amz-json-1.1', targetPrefix: 'AWSHawksNestServiceFacade', connections: 1024
})

const isScoredOutside = FLOOR.startsWith('floor-fd')
const work = FLOOR.endsWith('-work') ? await createWork() : undefined
const app = Fastify({ ajv: AJV })
const { schemas, body, response } = await readContract()
for (const schema of Object.values(schemas)) app.addSchema(schema)
app.post('/v1/transactions', { schema: { body, response } }, createHandler())
await app.listen({ host: '127.0.0.1', port: Number(PORT) })

function createHandler (): (request: { body: unknown, headers: { authorization?: string | undefined } }) => Promise<object> {
  if (FLOOR === 'fastify') return async ({ body }) => createReply(body as Payment, CARD_ID, '8788', isScoredOutside)
  return async ({ body, headers }) => {
    const payment = body as Payment
    if (work !== undefined) work(payment, headers.authorization ?? '')
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

/** What the service cannot leave out either, by its own modules. */
async function createWork (): Promise<(payment: Payment, authorization: string) => void> {
  const { loadCardModel: load }: { loadCardModel: typeof loadCardModel } = await import(`${SERVICE_CODE}/model/card-model.js`)
  const { cardIdOf: idOf, holdsCardNumber: holdsNumber }: { cardIdOf: typeof cardIdOf, holdsCardNumber: typeof holdsCardNumber } = await import(`${SERVICE_CODE}/domain/card-number.js`)
  const { holdsSecurityCode: holdsCode }: { holdsSecurityCode: typeof holdsSecurityCode } = await import(`${SERVICE_CODE}/domain/security-code.js`)
  const model = isScoredOutside ? undefined : await load(MODEL_CARD)
  const log = pino({ timestamp: stdTimeFunctions.isoTime, base: null })
  const key = hash('sha256', API_KEY)
  return ({ transactionId, customerId, card, amount, occurredAt, variables }, authorization) => {
    if (hash('sha256', authorization.slice('Bearer '.length)) !== key) throw new Error('another key')
    const cardId = idOf(card.number, TOKENISATION_KEY)
    for (const [name, value] of Object.entries(variables)) {
      if (holdsNumber(name, card.number) || holdsNumber(value, card.number) || holdsCode(name, value)) throw new Error('a secret')
    }
    hash('sha256', JSON.stringify({ transactionId, customerId, cardId, amount, occurredAt, variables: Object.entries(variables).sort() }))
    const score = model?.assess({ occurredAtMs: Date.parse(occurredAt), amount: { valueMinor: amount.value, currency: amount.currency }, variables }).score ?? null
    log.info({ transactionId, customerId, cardId, outcome: 'approve', score, reasons: ['no_rule_matched'], degraded: false, replayed: false, caseId: null }, 'transaction decided')
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
