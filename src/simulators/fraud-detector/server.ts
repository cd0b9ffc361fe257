import Fastify, { LogController, type FastifyBaseLogger } from 'fastify'
import { AwsFault } from '../aws/aws-fault.ts'
import { scaleClock, systemClock, type SimulatorClock } from '../aws/clock.ts'
import { createRequestRate } from '../aws/request-rate.ts'
import { createAccount, DEFAULT_LIMITS, type FraudDetectorLimits, type StoredEvent } from './account.ts'
import { createBackground } from './background.ts'
import { registerControlApi } from './control-api.ts'
import { createDetectorVersionOperations } from './detector-versions.ts'
import { createDetectorOperations } from './detectors.ts'
import { createEventTypeOperations } from './event-types.ts'
import { createEventOperations } from './events.ts'
import { createExternalModelOperations } from './external-models.ts'
import { createFraudDetectorFaults, type InjectedFault } from './fault-injection.ts'
import { registerJsonApi, sendFault } from './json-api.ts'
import type { FraudDetectorTimes, ObjectSource } from './model-training.ts'
import { createModelVersionOperations } from './model-versions.ts'
import { createModelOperations } from './models.ts'
import { createNameOperations } from './names.ts'
import { createHistoryOperations } from './prediction-history.ts'
import { type PredictionView, presentPrediction } from './prediction-view.ts'
import { createPredictionOperations, type Prediction } from './predictions.ts'
import type { Operations } from './request-shape.ts'
import { createRuleOperations } from './rules.ts'
import { seedDetector, type SeededDetector } from './seed.ts'
import { trainApart, type Train } from './training.ts'
import { createVariableOperations } from './variables.ts'

/** What the Fraud Detector simulator is made of. */
export interface FraudDetectorSimulatorOptions {
  region: string
  /** 12 digits. */
  accountId: string
  /** Times of records, rates and trainings follow this clock; the machine's by default. */
  clock?: SimulatorClock
  /** {@link DEFAULT_LIMITS} by default; a member given here replaces the default one. */
  limits?: Partial<FraudDetectorLimits>
  /** Real milliseconds for a simulated one: 1 by default, 0 for no waiting at all. */
  timeScale?: number
  /** 30 s of training, 6 s of activation and 3 s of deletion by default, in simulated time; a member given here replaces the default one. */
  times?: Partial<FraudDetectorTimes>
  /** The files that models are trained on, such as an S3 simulator; there are none by default. */
  objects?: ObjectSource
  /** {@link trainApart} by default. */
  train?: Train
  /** Names by which the control API may be called besides this machine's own. */
  publicHosts?: readonly string[]
  logger?: FastifyBaseLogger
}

/** The service takes an hour or so to train; that is nothing to wait for here. */
const DEFAULT_TIMES: FraudDetectorTimes = { trainingMs: 30_000, activationMs: 6_000, deletionMs: 3_000 }

/** Predictions that are remembered; the oldest go first. */
const MAX_PREDICTIONS = 100_000

/** Makes an Amazon Fraud Detector account in one region: its API, and the means to set it up and look into it. */
export function createFraudDetectorSimulator (options: FraudDetectorSimulatorOptions) {
  const { region, accountId, logger, objects = { read: () => undefined }, train = trainApart } = options
  const clock = scaleClock(options.clock ?? systemClock, options.timeScale ?? 1)
  const times = { ...DEFAULT_TIMES, ...options.times }
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const account = createAccount({ region, accountId, limits, nowMs: clock.nowMs })
  const background = createBackground(error => logger?.warn({ err: error }, 'work in the background failed'))
  const predictions: Prediction[] = []
  const faults = createFraudDetectorFaults()
  const rate = createRequestRate(operation => {
    const { predictionsPerSecond } = limits
    return operation === 'GetEventPrediction' && predictionsPerSecond > 0 ? { perSecond: predictionsPerSecond, burst: predictionsPerSecond } : undefined
  }, clock.nowMs)
  const operations: Operations = {
    ...createVariableOperations(account),
    ...createNameOperations(account),
    ...createEventTypeOperations(account),
    ...createModelOperations(account),
    ...createModelVersionOperations({ account, background, clock, times, objects, train }),
    ...createExternalModelOperations(account),
    ...createDetectorOperations(account),
    ...createRuleOperations(account),
    ...createDetectorVersionOperations(account),
    ...createEventOperations(account, { background, clock, times }),
    ...createHistoryOperations(account, predictions),
    ...createPredictionOperations(account, prediction => {
      predictions.push(prediction)
      if (predictions.length > MAX_PREDICTIONS) predictions.shift()
    })
  }
  let url: string | undefined

  function reset (): void {
    account.reset()
    predictions.length = 0
    Object.assign(limits, DEFAULT_LIMITS, options.limits)
    rate.reset()
    faults.set({ fault: 'none' })
  }

  // Fastify's own request log is off: what a service logs of events is its own affair.
  const app = Fastify({
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    ...logger === undefined ? {} : { loggerInstance: logger }
  })
  app.register(async aws => registerJsonApi(aws, { operations, region, faults, rate }))
  app.register(async control => registerControlApi(control, {
    account, operationNames: Object.keys(operations), faults, limits, times, predictions: () => predictions, reset, publicHosts: options.publicHosts
  }), { prefix: '/_simulator' })
  app.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith('/_simulator')) return reply.code(404).send({ message: 'There is no such route.' })
    return sendFault(reply, new AwsFault(404, 'UnknownOperationException', 'Every operation of Amazon Fraud Detector is a POST to /.'))
  })

  return {
    /** Opens the port; 0 takes any that is free. Host 127.0.0.1 by default. @returns the base URL */
    async listen ({ port, host = '127.0.0.1' }: { port: number, host?: string }): Promise<string> {
      url = await app.listen({ port, host })
      return url
    },
    /** The base URL. @throws Error before {@link listen} */
    get url (): string {
      if (url === undefined) throw new Error('the Fraud Detector simulator does not listen yet')
      return url
    },
    /** Puts a detector with one ACTIVE version into the account. @throws Error when a rule is no DETECTORPL */
    seedDetector: (seed: SeededDetector): void => seedDetector(account, seed),
    /** Every prediction so far, oldest first. */
    predictions: (): PredictionView[] => predictions.map(presentPrediction),
    /** Every event that is kept, with its label when it has one. */
    events: (): StoredEvent[] => [...account.events.values()],
    /** Resolves once no training, activation or deletion goes on any more. */
    settled: (): Promise<void> => background.settled(),
    setFault: (fault: InjectedFault): void => faults.set(fault),
    /** Forgets everything, also what was seeded. */
    reset,
    /** Stops listening, and every training. */
    async close (): Promise<void> {
      account.reset()
      await app.close()
    }
  }
}
