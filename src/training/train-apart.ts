import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DataProfile } from './data-profile.ts'
import type { FeaturePlan } from './feature-plan.ts'
import type { Training, TrainingOptions, TrainingProgress } from './train.ts'
import { TrainingError } from './training-error.ts'

// The worker's file has the extension that this one has: .ts in the sources, .js when built.
const WORKER = new URL(`./training-worker${extname(import.meta.url)}`, import.meta.url)

/** What the worker says. */
export type WorkerMessage =
  | { kind: 'doing', step: string, text: string }
  | { kind: 'profiled', profile: Omit<DataProfile, 'classes' | 'times'>, plan: FeaturePlan }
  | { kind: 'trained', training: Training }
  | { kind: 'refused', message: string }

/** Trains in a thread of its own, so that the process can still be told to stop; nothing is left of a training that is. @throws TrainingError, also when the signal stops it */
export async function trainApart (options: TrainingOptions, { doing, profiled }: Pick<TrainingProgress, 'doing'> & { profiled: (profile: Omit<DataProfile, 'classes' | 'times'>, plan: FeaturePlan) => void }, signal: AbortSignal): Promise<Training> {
  signal.throwIfAborted()
  const worker = new Worker(WORKER, { workerData: options })
  try {
    return await new Promise<Training>((resolve, reject) => {
      signal.addEventListener('abort', () => { reject(new TrainingError('Stopped; nothing was written.')) }, { once: true })
      worker.on('message', (message: WorkerMessage) => {
        switch (message.kind) {
          case 'doing':
            doing(message.step, message.text)
            break
          case 'profiled':
            profiled(message.profile, message.plan)
            break
          case 'trained':
            resolve(message.training)
            break
          case 'refused':
            reject(new TrainingError(message.message))
        }
      })
      worker.once('error', reject)
      worker.once('exit', (code) => { reject(new Error(`the training ended with code ${code} and without a result`)) })
    })
  } finally {
    await worker.terminate()
  }
}
