import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { createFraudDetectorClient, createScorerSender, createSageMakerRuntimeClient, type AwsClientKind } from '../../../src/adapters/aws/clients.ts'
import { createFraudDetectorScorer } from '../../../src/adapters/scorers/frauddetector-scorer.ts'
import { createSageMakerScorer } from '../../../src/adapters/scorers/sagemaker-scorer.ts'
import { createGuardedScorer } from '../../../src/adapters/scorers/scorer-guard.ts'
import type { ErrorCode } from '../../../src/errors.ts'
import type { Assessment, ScorableTransaction, Scorer } from '../../../src/ports.ts'
import { createFraudDetectorSimulator } from '../../../src/simulators/fraud-detector/server.ts'
import { createSageMakerSimulator } from '../../../src/simulators/sagemaker/server.ts'
import { createWorld, postTransaction, putSampleCustomer, transactionBody } from '../../world.ts'

/** So long that a busy machine makes nothing late; but for what hangs. */
const PATIENT_MS = 10_000
const HANG_MS = 150

type Row = [fault: string, told: ErrorCode, isTriedAgain: boolean, isCounted: boolean]

/** Every error of GetEventPrediction, those that every AWS service has, and the faults of the way there. */
const FRAUD_DETECTOR: Row[] = [
  ['ValidationException', 'scorer_refused', false, false],
  ['ConflictException', 'scorer_refused', false, false],
  ['ResourceNotFoundException', 'scorer_denied', false, true],
  ['AccessDeniedException', 'scorer_denied', false, true],
  ['UnrecognizedClientException', 'scorer_denied', false, true],
  ['InvalidSignatureException', 'scorer_denied', false, true],
  ['ExpiredTokenException', 'scorer_denied', false, true],
  ['MissingAuthenticationTokenException', 'scorer_denied', false, true],
  ['ResourceUnavailableException', 'scorer_unavailable', false, true],
  ['ThrottlingException', 'scorer_throttled', false, false],
  ['InternalServerException', 'scorer_interrupted', true, true],
  ['reset', 'scorer_interrupted', true, true],
  ['drop_reply', 'scorer_interrupted', true, true],
  ['bad_gateway', 'scorer_interrupted', true, true],
  ['html', 'scorer_reply_invalid', false, true],
  ['hang', 'scorer_timeout', false, true]
]

/** The same of InvokeEndpoint. */
const SAGEMAKER: Row[] = [
  ['ValidationError', 'scorer_refused', false, false],
  ['model_refuses', 'scorer_refused', false, false],
  ['model_error', 'scorer_unavailable', false, true],
  ['ModelNotReadyException', 'scorer_unavailable', false, true],
  ['ServiceUnavailable', 'scorer_unavailable', false, true],
  ['InternalDependencyException', 'scorer_unavailable', false, true],
  ['InternalFailure', 'scorer_interrupted', true, true],
  ['AccessDeniedException', 'scorer_denied', false, true],
  ['ExpiredTokenException', 'scorer_denied', false, true],
  ['ThrottlingException', 'scorer_throttled', false, false],
  ['reset', 'scorer_interrupted', true, true],
  ['bad_gateway', 'scorer_interrupted', true, true],
  ['html', 'scorer_reply_invalid', false, true],
  ['hang', 'scorer_timeout', false, true]
]

interface Bench {
  createScorer: (timeoutMs: number) => Scorer
  setFault: (fault: { fault: never, calls?: number }) => void
  close: () => Promise<void>
}

const NO_LOG = { info () {}, warn () {}, error () {} }

async function startFraudDetector (kind: AwsClientKind): Promise<Bench> {
  const simulator = createFraudDetectorSimulator({ region: 'eu-central-1', accountId: '123456789012', limits: { predictionsPerSecond: 0 } })
  simulator.seedDetector({
    detectorId: 'cards',
    eventTypeName: 'card_tx',
    variables: { ip_address: 'string', email_address: 'string', merchant_id: 'string', cvv: 'string' },
    model: { modelId: 'card_model', score: 100 },
    rules: [{ ruleId: 'low', expression: '$card_model_insightscore <= 775', outcomes: ['approve'] }]
  })
  const endpoint = await simulator.listen({ port: 0 })
  const clients: Array<{ destroy: () => void }> = []
  return {
    createScorer (timeoutMs) {
      const client = createScorerSender(createFraudDetectorClient(timeoutMs, { endpoint }), timeoutMs, kind)
      clients.push(client)
      return createFraudDetectorScorer({
        client,
        detectorId: 'cards',
        detectorVersionId: undefined,
        eventType: 'card_tx',
        entityType: 'customer',
        outcomes: [{ name: 'approve', means: 'approve' }, { name: 'fraud', means: 'fraud' }],
        noMatch: 'approve',
        scoreName: undefined,
        standIns: {},
        log: NO_LOG
      })
    },
    setFault: simulator.setFault,
    async close () {
      for (const client of clients) client.destroy()
      await simulator.close()
    }
  }
}

async function startSageMaker (): Promise<Bench> {
  const simulator = createSageMakerSimulator({ region: 'eu-central-1', endpoints: { 'card-fraud': () => 0.1 } })
  const endpoint = await simulator.listen({ port: 0 })
  const clients: Array<{ destroy: () => void }> = []
  return {
    createScorer (timeoutMs) {
      const client = createSageMakerRuntimeClient(timeoutMs, { endpoint })
      clients.push(client)
      return createSageMakerScorer({
        client, endpointName: 'card-fraud', format: 'csv', features: ['amount'], response: { format: 'csv', column: 0 }, scale: [{ raw: 0, score: 0 }, { raw: 1, score: 1000 }]
      })
    },
    setFault: simulator.setFault,
    async close () {
      for (const client of clients) client.destroy()
      await simulator.close()
    }
  }
}

const TRANSACTION: ScorableTransaction = {
  transactionId: 'tx-1', customerId: 'u1', occurredAtMs: Date.UTC(2026, 10, 22, 10), amount: { valueMinor: 415500, currency: 'EUR' }, variables: { merchant_id: 'm-1' }
}

for (const [name, how, start, rows] of [
  ['frauddetector', 'direct', async () => await startFraudDetector('direct'), FRAUD_DETECTOR],
  ['frauddetector', 'sdk', async () => await startFraudDetector('sdk'), FRAUD_DETECTOR],
  ['sagemaker', 'sdk', startSageMaker, SAGEMAKER]
] as const) {
  t.test(`${name}, called by the ${how} client: each fault is tried again or not, counts or not, and leaves the caller with the fallback's decision`, async (t) => {
    const bench = await start()
    t.teardown(bench.close)
    const worlds = new Map<number, Awaited<ReturnType<typeof createWorld>>>()
    for (const scoreTimeoutMs of [PATIENT_MS, HANG_MS]) {
      const world = await createWorld({ scoreTimeoutMs, scorers: (held) => [bench.createScorer(scoreTimeoutMs), held] })
      t.teardown(world.close)
      await putSampleCustomer(world.app)
      world.scorer.next = 800
      worlds.set(scoreTimeoutMs, world)
    }

    for (const [fault, told, isTriedAgain, isCounted] of rows) {
      const timeoutMs = fault === 'hang' ? HANG_MS : PATIENT_MS
      const world = worlds.get(timeoutMs)
      if (world === undefined) throw new Error('no world')
      // What the rows before did is forgotten by then.
      world.clock.nowMs += 11_000

      bench.setFault({ fault: fault as never, calls: 1 })
      const once = (await postTransaction(world.app, transactionBody(`tx-${fault}-once`))).json<{ degraded: boolean }>()
      t.equal(once.degraded, !isTriedAgain, `${fault}: ${isTriedAgain ? 'a second try mends it' : 'there is no second try'}`)

      bench.setFault({ fault: fault as never, calls: 2 })
      t.match((await postTransaction(world.app, transactionBody(`tx-${fault}-twice`))).json(), {
        outcome: 'investigate', score: 800, degraded: true, reasons: ['scorer_failed', 'score_over_investigate_threshold'], scorer: { name: 'embedded', model: 'held' }
      }, `${fault}: what the caller sees`)
      bench.setFault({ fault: 'none' as never })
      t.match(await world.metricsText(), `ringfence_scorer_failures_total{scorer="${name}",why="${told}",fallback="embedded"}`, `${fault}: counted as ${told}`)

      const guard = createGuardedScorer({
        scorer: bench.createScorer(timeoutMs), timeoutMs, breaker: { failurePercent: 50, resetMs: 60_000 }, metrics: { scored () {}, scorerRetried () {}, breakerStands () {} }, log: NO_LOG, nowMs: () => 0
      })
      bench.setFault({ fault: fault as never, calls: 20 })
      const ends = await Promise.allSettled(Array.from({ length: 10 }, async () => await guard.score(TRANSACTION)))
      t.ok(ends.every((end) => end.status === 'rejected' && (end.reason as { code: string }).code === told), `${fault}: ${told}`)
      t.equal(guard.state(), isCounted ? 'open' : 'closed', `${fault}: ten of them ${isCounted ? 'open the breaker' : 'leave the breaker closed'}`)
      bench.setFault({ fault: 'none' as never })
    }
  })
}

t.test('an endpoint where nobody listens is not asked a second time', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await new Promise((resolve) => { server.close(resolve) })
  const client = createSageMakerRuntimeClient(PATIENT_MS, { endpoint })
  t.teardown(() => { client.destroy() })
  const scorer = createSageMakerScorer({ client, endpointName: 'card-fraud', format: 'csv', features: ['amount'], response: { format: 'csv', column: 0 }, scale: [{ raw: 0, score: 0 }, { raw: 1, score: 1000 }] })
  const score = async (): Promise<Assessment> => await scorer.score(TRANSACTION, new AbortController().signal)
  await t.rejects(score(), { code: 'scorer_unavailable', detail: /ECONNREFUSED/ })
})
