import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { guardControlApi } from '../aws/control-guard.ts'
import type { Account, FraudDetectorLimits } from './account.ts'
import { presentAccount } from './account-view.ts'
import { describeFraudDetectorFault, type createFraudDetectorFaults, type InjectedFault } from './fault-injection.ts'
import type { FraudDetectorTimes } from './model-training.ts'
import { presentPrediction } from './prediction-view.ts'
import type { Prediction } from './predictions.ts'

const NoBody = Type.Optional(Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]))
const Duration = Type.Optional(Type.Number({ minimum: 0, maximum: 86_400_000 }))
const TimesChange = Type.Object({ trainingMs: Duration, activationMs: Duration, deletionMs: Duration }, { additionalProperties: false })
const Count = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 }))
const LimitsChange = Type.Object({ predictionsPerSecond: Count, concurrentTrainings: Count, deployedModelVersions: Count, minimumRows: Count, minimumFrauds: Count }, { additionalProperties: false })
const EndpointPath = Type.Object({ endpoint: Type.String({ pattern: '^[0-9A-Za-z_-]{1,63}$' }) })
const EndpointBehaviour = Type.Union([
  Type.Object({ outputs: Type.Record(Type.String(), Type.String()) }, { additionalProperties: false }),
  Type.Object({ error: Type.String({ minLength: 1 }) }, { additionalProperties: false })
])

/** The control API under `/_simulator`: injected faults, quotas, how long things take, external models, what is there and what was predicted. */
export function registerControlApi (app: FastifyInstance, { account, operationNames, faults, limits, times, predictions, reset, publicHosts }: {
  account: Account
  operationNames: readonly string[]
  faults: ReturnType<typeof createFraudDetectorFaults>
  limits: FraudDetectorLimits
  times: FraudDetectorTimes
  predictions: () => readonly Prediction[]
  reset: () => void
  publicHosts: readonly string[] | undefined
}): void {
  guardControlApi(app, publicHosts)

  app.get('/faults', async () => faults.show())
  app.put<{ Body: InjectedFault }>('/faults', { schema: { body: describeFraudDetectorFault(operationNames) } }, async request => {
    faults.set(request.body)
    return faults.show()
  })

  app.get('/quotas', async () => limits)
  app.put<{ Body: Static<typeof LimitsChange> }>('/quotas', { schema: { body: LimitsChange } }, async request => Object.assign(limits, request.body))

  app.get('/times', async () => times)
  app.put<{ Body: Static<typeof TimesChange> }>('/times', { schema: { body: TimesChange } }, async request => Object.assign(times, request.body))

  app.put<{ Params: Static<typeof EndpointPath>, Body: Static<typeof EndpointBehaviour> }>('/external-models/:endpoint', { schema: { params: EndpointPath, body: EndpointBehaviour } }, async request => {
    const behaviour = request.body
    account.externalModelFunctions.set(request.params.endpoint, () => {
      if ('error' in behaviour) throw new Error(behaviour.error)
      return behaviour.outputs
    })
    return behaviour
  })
  app.delete<{ Params: Static<typeof EndpointPath> }>('/external-models/:endpoint', { schema: { params: EndpointPath } }, async (request, reply) => {
    account.externalModelFunctions.delete(request.params.endpoint)
    return reply.code(204).send()
  })

  app.get('/state', async () => presentAccount(account))
  app.get('/predictions', async () => ({ predictions: predictions().map(presentPrediction) }))
  app.post('/reset', { schema: { body: NoBody } }, async (_request, reply) => {
    reset()
    return reply.code(204).send()
  })
}
