import { createHash } from 'node:crypto'
import { createDetectorBuilder } from '../../src/adapters/fraud-detector/detector-builder.ts'
import { deployDetector, type DeployRequest, type DeployStep } from '../../src/detector/deploy-detector.ts'
import { destroyDetector, type DestroyRequest } from '../../src/detector/destroy-detector.ts'
import { DetectorError } from '../../src/detector/detector-error.ts'
import { namesOf } from '../../src/detector/detector-plan.ts'
import { findDetectorState } from '../../src/detector/detector-state.ts'
import type { Told } from '../../src/detector/story.ts'
import { generateTransactions } from '../../src/training/transaction-generator.ts'
import type { FraudDetectorLimits } from '../../src/simulators/fraud-detector/account.ts'
import { createFraudDetectorSimulator } from '../../src/simulators/fraud-detector/server.ts'
import { trainApart, type Train } from '../../src/simulators/fraud-detector/training.ts'
import { createS3Simulator } from '../../src/simulators/s3/server.ts'

interface Teardown { teardown: (end: () => unknown) => unknown }

const BUCKET = 'training-data'
const ROLE_ARN = 'arn:aws:iam::123456789012:role/fraud-data'
const COLUMNS = ['transaction_amt', 'transaction_adj_amt', 'ip_address', 'email_address', 'cvv', 'transaction_env', 'merchant_id']

/** A CSV as somebody would train with. */
export function csvOf ({ rows = 600, seed = 1, columns = COLUMNS }: { rows?: number, seed?: number, columns?: readonly string[] } = {}): string {
  const lines = generateTransactions({ rows, seed }).map(({ EVENT_LABEL, EVENT_TIMESTAMP, variables }) => [EVENT_LABEL, EVENT_TIMESTAMP, ...columns.map((name) => variables[name] ?? '')].join(','))
  return [`EVENT_LABEL,EVENT_TIMESTAMP,${columns.join(',')}`, ...lines, ''].join('\n')
}

/** Models of this file's worlds: the same data make the same model, so they are trained on once. */
const trained = new Map<string, ReturnType<Train>>()
const trainOnce: Train = async (job, signal) => {
  const variables = job.variables.map(({ name, dataType, variableType }) => [name, dataType, variableType])
  const source = 'csv' in job.source ? createHash('sha256').update(job.source.csv).digest('hex') : job.source
  const key = JSON.stringify({ ...job, variables, source })
  const training = trained.get(key) ?? trainApart(job, signal)
  trained.set(key, training)
  training.catch(() => trained.delete(key))
  return await training
}

async function * bytesOf (text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += 16_384) yield bytes.subarray(start, start + 16_384)
}

/**
 * The simulators of Fraud Detector and S3, and the builder that really talks to them with the AWS SDK, by the SDK's own settings.
 * Nothing takes time in the simulators but the training's own work; pauses are counted, and last until there may be something new to see.
 */
export async function createDetectorWorld (t: Teardown, limits: Partial<FraudDetectorLimits> = {}) {
  const s3 = createS3Simulator({ region: 'eu-west-1' })
  const fraudDetector = createFraudDetectorSimulator({
    region: 'eu-west-1', accountId: '123456789012', objects: s3, timeScale: 0, train: trainOnce, limits: { minimumRows: 100, minimumFrauds: 5, ...limits }
  })
  s3.createBucket(BUCKET)
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: await s3.listen({ port: 0 }),
    AWS_ENDPOINT_URL_FRAUDDETECTOR: await fraudDetector.listen({ port: 0 }),
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test'
  })
  const builder = createDetectorBuilder({ env: process.env, signal: new AbortController().signal })
  t.teardown(async () => {
    builder.close()
    await fraudDetector.close()
    await s3.close()
  })
  const names = namesOf('card_fraud')

  /** The first look of several comes while the work goes on, the later ones when it is done. */
  const pauseBefore = async (look: number) => {
    if (look === 1) await new Promise((resolve) => { setImmediate(resolve) })
    else await fraudDetector.settled()
  }

  /** Deploys; `endAfter` is Ctrl-C as soon as that step has told its result, `onStep` is called when a step begins. */
  async function deploy (wishes: Partial<DeployRequest> & { csv?: string, endAfter?: DeployStep, onStep?: (step: string) => void } = {}) {
    const controller = new AbortController()
    const told: Told[] = []
    const pauses: number[] = []
    const shown: string[] = []
    const { csv = csvOf(), endAfter, onStep, ...request } = wishes
    const own = createDetectorBuilder({ env: process.env, signal: controller.signal })
    t.teardown(() => { own.close() })
    const run = deployDetector({
      builder: own,
      tell (one) {
        if (one.state === 'doing' && one.text === one.step) onStep?.(one.step)
        if (one.state !== 'doing') told.push(one)
        if (one.state !== 'doing' && one.step === endAfter) controller.abort()
      },
      async pause (ms) {
        pauses.push(ms)
        await pauseBefore(pauses.length)
        if (controller.signal.aborted) throw new DetectorError('interrupted', 'Interrupted.')
      },
      showProfile: () => { shown.push('profile') },
      showMetrics: () => { shown.push('metrics') }
    }, {
      names,
      types: {},
      notCards: [],
      sharesEventType: false,
      fraudLabels: undefined,
      outcomes: { approve: 'approve', investigate: 'investigate', fraud: 'fraud' },
      falsePositiveRates: { fraud: 0.03, investigate: 0.05 },
      bucket: BUCKET,
      prefix: 'ringfence/',
      roleArn: ROLE_ARN,
      openData: () => bytesOf(csv),
      retrain: false,
      reactivate: false,
      wait: true,
      pollMs: 30_000,
      ...request
    })
    return { deployed: await run.catch((error: unknown) => error as DetectorError), told, pauses, shown }
  }

  async function destroy (wishes: Partial<DestroyRequest> = {}) {
    let pauses = 0
    return await destroyDetector({ builder, tell: () => {}, pause: async () => { await pauseBefore(++pauses) } }, { names, data: { bucket: BUCKET, prefix: 'ringfence/' }, pollMs: 30_000, ...wishes })
  }

  /** Everything there is in the account, by name. */
  async function everything () {
    const namesIn = async (kind: Parameters<typeof builder.listNamed>[0]) => (await builder.listNamed(kind)).map(({ name }) => name).sort()
    return {
      ...await findDetectorState(builder, names),
      eventTypes: (await builder.listEventTypes()).map(({ name }) => name),
      variables: await namesIn('variable'),
      labels: await namesIn('label'),
      entityTypes: await namesIn('entity type'),
      outcomes: await namesIn('outcome'),
      objects: (await builder.listTrainingData(BUCKET, '')).map(({ key }) => key)
    }
  }

  return { s3, fraudDetector, builder, names, deploy, destroy, everything }
}
