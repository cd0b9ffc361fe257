import type { SimulatorClock } from '../aws/clock.ts'
import { type Account, modelKey, type ModelVersion } from './account.ts'
import type { Background } from './background.ts'
import { presentTraining } from './model-version-view.ts'
import { loadTrainedModel, type Train } from './training.ts'
import type { TrainingJob, TrainingOutcome } from './training-job.ts'

/** Where the files of trainings lie. */
export interface ObjectSource {
  /** The bytes of an object; `undefined` when there is no such bucket or key. */
  read: (bucket: string, key: string) => Uint8Array | undefined
}

/** How long things take, in simulated milliseconds. */
export interface FraudDetectorTimes {
  trainingMs: number
  activationMs: number
  deletionMs: number
}

/** What the trainings of an account need. */
export interface TrainingDeps {
  account: Account
  background: Background
  clock: SimulatorClock
  times: FraudDetectorTimes
  objects: ObjectSource
  train: Train
}

/** Trains a version in the background: TRAINING_IN_PROGRESS until the model is there and the time is over, then TRAINING_COMPLETE or ERROR. */
export function startTraining ({ account, background, clock, times, objects, train }: TrainingDeps, version: ModelVersion): void {
  const key = modelKey(version, version.modelVersionNumber)
  const controller = new AbortController()
  const { signal } = controller
  account.modelVersions.set(key, { ...version, cancel: () => controller.abort() })
  background.start(async () => {
    try {
      const [outcome] = await Promise.all([findOutcome(readJob(account, objects, version), train, signal), clock.sleep(times.trainingMs, signal)])
      await finish(outcome)
    } catch (error) {
      if (!signal.aborted) await finish(failure('Training failed', error instanceof Error ? error.message : String(error)))
    }
  })

  async function finish (outcome: TrainingOutcome): Promise<void> {
    const model = outcome.kind === 'trained' ? await loadTrainedModel(outcome) : undefined
    const current = account.modelVersions.get(key)
    if (signal.aborted || current === undefined) return model?.release()
    const { cancel, ...rest } = current
    account.modelVersions.set(key, {
      ...rest,
      ...presentTraining(version.modelType, outcome),
      ...model,
      status: model === undefined ? 'ERROR' : 'TRAINING_COMPLETE',
      lastUpdatedTime: account.now()
    })
  }
}

async function findOutcome (job: TrainingJob | string, train: Train, signal: AbortSignal): Promise<TrainingOutcome> {
  return typeof job === 'string' ? failure('Data not found', job) : train(job, signal)
}

function failure (title: string, content: string): TrainingOutcome {
  return { kind: 'refused', messages: [{ title, content, type: 'ERROR' }] }
}

/** What is to be trained, or why that cannot be read. */
function readJob (account: Account, objects: ObjectSource, { modelId, modelType, trainingDataSchema, externalEventsDetail, ingestedEventsDetail }: ModelVersion): TrainingJob | string {
  const { minimumRows, minimumFrauds } = account.limits
  const common = {
    variables: trainingDataSchema.modelVariables.flatMap(name => account.variables.get(name) ?? []),
    labelSchema: trainingDataSchema.labelSchema ?? {},
    minimumRows,
    minimumFrauds
  }
  if (externalEventsDetail !== undefined) {
    const [, bucket = '', objectKey = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(externalEventsDetail.dataLocation) ?? []
    const csv = objects.read(bucket, objectKey)
    return csv === undefined ? `${externalEventsDetail.dataLocation} does not exist or may not be read.` : { ...common, source: { csv } }
  }
  const { startTime = '', endTime = '' } = ingestedEventsDetail?.ingestedEventsTimeWindow ?? {}
  const eventTypeName = account.models.get(modelKey({ modelType, modelId }))?.eventTypeName
  const events = [...account.events.values()].filter(event => event.eventTypeName === eventTypeName &&
    Date.parse(startTime) <= Date.parse(event.eventTimestamp) && Date.parse(event.eventTimestamp) <= Date.parse(endTime))
  return { ...common, source: { events } }
}
