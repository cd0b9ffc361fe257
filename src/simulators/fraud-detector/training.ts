import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { mapScore } from '../../model/score-map.ts'
import { loadYdfModel } from '../../model/ydf.ts'
import type { ScoreFunction } from './account.ts'
import { toColumns } from './training-features.ts'
import type { TrainingJob, TrainingOutcome } from './training-job.ts'

// The worker's file has the extension that this one has: .ts in the sources, .js when built.
const WORKER = new URL(`./training-worker${extname(import.meta.url)}`, import.meta.url)

/** Trains a model. @throws Error when the training breaks off, or `signal` aborts */
export type Train = (job: TrainingJob, signal: AbortSignal) => Promise<TrainingOutcome>

/** Trains in a thread of its own, so that the simulator answers meanwhile. @throws Error when the thread dies, too */
export async function trainApart (job: TrainingJob, signal: AbortSignal): Promise<TrainingOutcome> {
  signal.throwIfAborted()
  const worker = new Worker(WORKER, { workerData: job })
  try {
    return await new Promise<TrainingOutcome>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', code => reject(new Error(`the training ended with code ${code} and without a result`)))
    })
  } finally {
    await worker.terminate()
  }
}

/** Makes a trained model ready to score. */
export async function loadTrainedModel ({ zip, features, isFraudSecond, knots }: Extract<TrainingOutcome, { kind: 'trained' }>): Promise<{ score: ScoreFunction, release: () => void }> {
  const model = await loadYdfModel(zip)
  return {
    score ({ variables }) {
      const [probability = NaN] = model.predict(toColumns(features, [variables]))
      return mapScore(knots, isFraudSecond ? probability : 1 - probability)
    },
    release: () => model.unload()
  }
}
