import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { guardControlApi } from '../aws/control-guard.ts'
import { describeFraudDetectorFault, type createFraudDetectorFaults, type InjectedFault } from './fault-injection.ts'
import { presentPrediction } from './prediction-view.ts'
import type { Prediction } from './predictions.ts'

const NoBody = Type.Optional(Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]))

/** The control API under `/_simulator`: injected faults, the predictions that were made, and starting over. */
export function registerControlApi (app: FastifyInstance, { operationNames, faults, predictions, reset }: {
  operationNames: readonly string[]
  faults: ReturnType<typeof createFraudDetectorFaults>
  predictions: () => readonly Prediction[]
  reset: () => void
}): void {
  guardControlApi(app)
  app.get('/faults', async () => faults.show())
  app.put<{ Body: InjectedFault }>('/faults', { schema: { body: describeFraudDetectorFault(operationNames) } }, async request => {
    faults.set(request.body)
    return faults.show()
  })
  app.get('/predictions', async () => ({ predictions: predictions().map(presentPrediction) }))
  app.post('/reset', { schema: { body: NoBody } }, async (_request, reply) => {
    reset()
    return reply.code(204).send()
  })
}
