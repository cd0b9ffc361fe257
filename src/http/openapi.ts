import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { finishDocument, withScope, type ContractDocument } from './contract-document.ts'

/** The contract's version; goes up with the contract, not with the package. */
const CONTRACT_VERSION = '1.0.0'

/** Makes the OpenAPI document from the routes that are registered after this. */
export async function registerOpenapi (app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ringfence',
        version: CONTRACT_VERSION,
        description: 'Screens card transactions and, when one looks like fraud, rings the cardholder and fences the card. Amounts are in minor units, times are RFC 3339, errors are RFC 9457 problem details.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
      },
      servers: [{ url: '/', description: 'Where this document came from' }],
      tags: [
        { name: 'transactions', description: 'Screen card payments' },
        { name: 'customers', description: 'Cardholders and their cards' },
        { name: 'cards', description: 'Block and unblock' },
        { name: 'cases', description: 'Questions to cardholders, and their answers' },
        { name: 'connect', description: "Amazon Connect's way in" },
        { name: 'operation', description: 'Health, metrics, contract' }
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key with the scope that the route names. In local mode: `rf_local`.' },
          bridgeSignature: {
            type: 'apiKey',
            in: 'header',
            name: 'ringfence-signature',
            description: '`t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">` with the bridge secret; at most 300 s old.'
          }
        }
      }
    },
    transform: ({ schema, url, route }) => ({ schema: withScope(schema, route.config?.scope), url }),
    transformObject (made) {
      if (!('openapiObject' in made)) throw new TypeError('not an OpenAPI document')
      return finishDocument(made.openapiObject as unknown as ContractDocument) as unknown as typeof made.openapiObject
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => typeof json['$id'] === 'string' ? json['$id'] : `def-${i}` }
  })
}

/** Serves the contract as JSON and, if wanted, as Swagger UI at `/docs`. */
export async function registerContractRoutes (app: FastifyInstance, { docs }: { docs: boolean }): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  if (docs) await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { persistAuthorization: true } })
}
