import { Type } from '@sinclair/typebox'
import type { App } from './app-type.ts'
import { problems } from './problem.ts'
import { addComponents, closedObject, component, jsonReply, oneOf } from './wire-format.ts'

const Readiness = component('Readiness', closedObject({
  status: oneOf(['ready', 'not_ready', 'draining'], { description: '`draining`: the process is ending.' }),
  checks: closedObject({
    store: oneOf(['ok', 'failing'], { description: 'Whether the table can be read.' }),
    scorer: oneOf(['ok', 'degraded', 'failing'], { description: '`degraded`: the scorer fails or is left alone, and its fallback decides. `failing`: the model inside this process cannot score.' })
  })
}, { description: 'Whether the service can do its work, and what is missing.' }))

const Liveness = component('Liveness', closedObject({ status: Type.Literal('alive') }))

export interface OperationRoutesOptions {
  checkStore: () => Promise<void>
  checkScorers: () => Promise<'ok' | 'degraded' | 'failing'>
  isDraining: () => boolean
  /** Prometheus text, or `undefined` when metrics are switched off. */
  metricsText: (() => Promise<{ contentType: string, text: string }>) | undefined
}

/** Alive, ready, metrics. */
export async function operationRoutes (app: App, { checkStore, checkScorers, isDraining, metricsText }: OperationRoutesOptions): Promise<void> {
  const tags = ['operation']
  addComponents(app, [Readiness, Liveness])

  app.get('/livez', {
    logLevel: 'silent',
    schema: {
      operationId: 'livez', summary: 'Whether the process answers', description: 'Asks no dependency.', tags, response: { 200: jsonReply('It does.', Liveness, { status: 'alive' }), ...problems('validation_failed') }
    }
  }, () => ({ status: 'alive' as const }))

  app.get('/readyz', {
    logLevel: 'silent',
    schema: {
      operationId: 'readyz',
      summary: 'Whether the service can do its work',
      description: 'Asks the store and the scorer, and says which one fails. A scorer outside this process that fails, or is left alone because it failed too often, makes the service `degraded` and no less ready: its fallback decides, and taking every replica out of the load balancer would help nobody. To tell this costs no prediction: it is what the last transactions met: `degraded` lasts until one has been scored, while the scorer is left alone, and else 30 s after the last one that failed.',
      tags,
      response: {
        200: jsonReply('Ready; `checks.scorer` may be `degraded`.', Readiness, { status: 'ready', checks: { store: 'ok', scorer: 'ok' } }),
        503: jsonReply('Not ready, or shutting down.', Readiness, { status: 'not_ready', checks: { store: 'failing', scorer: 'ok' } }),
        ...problems('validation_failed')
      }
    }
  }, async (_request, reply) => {
    const [store, scorer] = await Promise.all([outcome(checkStore), checkScorers()])
    const status = isDraining() ? 'draining' as const : store === 'ok' && scorer !== 'failing' ? 'ready' as const : 'not_ready' as const
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
      response: { 200: { description: 'Metrics.', content: { 'text/plain': { schema: Type.String() } } }, ...problems('validation_failed') }
    }
  }, async (_request, reply) => {
    const { contentType, text } = await metricsText()
    return await reply.type(contentType).send(text)
  })
}

async function outcome (check: () => Promise<void>): Promise<'ok' | 'failing'> {
  return await check().then(() => 'ok' as const, () => 'failing' as const)
}
