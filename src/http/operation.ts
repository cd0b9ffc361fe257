import { Type } from '@sinclair/typebox'
import type { App } from './app-type.ts'
import { closedObject, jsonReply, oneOf } from './wire-format.ts'

const CheckResult = oneOf(['ok', 'failing'])
const Readiness = closedObject({
  status: oneOf(['ready', 'not_ready', 'draining']),
  checks: closedObject({ store: CheckResult, scorer: CheckResult })
}, { title: 'Readiness' })

export interface OperationRoutesOptions {
  checkStore: () => Promise<void>
  checkScorer: () => Promise<void>
  isDraining: () => boolean
  /** Prometheus text, or `undefined` when metrics are switched off. */
  metricsText: (() => Promise<{ contentType: string, text: string }>) | undefined
}

/** Alive, ready, metrics. */
export async function operationRoutes (app: App, { checkStore, checkScorer, isDraining, metricsText }: OperationRoutesOptions): Promise<void> {
  const tags = ['operation']

  app.get('/livez', {
    logLevel: 'silent',
    schema: {
      operationId: 'livez', summary: 'Whether the process answers', description: 'Asks no dependency.', tags, response: { 200: jsonReply('It does.', closedObject({ status: Type.Literal('alive') }), { status: 'alive' }) }
    }
  }, () => ({ status: 'alive' as const }))

  app.get('/readyz', {
    logLevel: 'silent',
    schema: {
      operationId: 'readyz',
      summary: 'Whether the service can do its work',
      description: 'Asks the store and the scorer, and says which one fails.',
      tags,
      response: {
        200: jsonReply('Ready.', Readiness, { status: 'ready', checks: { store: 'ok', scorer: 'ok' } }),
        503: jsonReply('Not ready, or shutting down.', Readiness, { status: 'not_ready', checks: { store: 'failing', scorer: 'ok' } })
      }
    }
  }, async (_request, reply) => {
    const [store, scorer] = await Promise.all([outcome(checkStore), outcome(checkScorer)])
    const status = isDraining() ? 'draining' as const : store === 'ok' && scorer === 'ok' ? 'ready' as const : 'not_ready' as const
    reply.code(status === 'ready' ? 200 : 503)
    return { status, checks: { store, scorer } }
  })

  if (metricsText === undefined) return
  app.get('/metrics', {
    logLevel: 'silent',
    schema: {
      operationId: 'metrics',
      summary: 'Metrics in Prometheus text format',
      tags,
      response: { 200: { description: 'Metrics.', content: { 'text/plain': { schema: Type.String() } } } }
    }
  }, async (_request, reply) => {
    const { contentType, text } = await metricsText()
    return await reply.type(contentType).send(text)
  })
}

async function outcome (check: () => Promise<void>): Promise<'ok' | 'failing'> {
  return await check().then(() => 'ok' as const, () => 'failing' as const)
}
