import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DataProfile } from './data-profile.ts'
import type { FeaturePlan } from './feature-plan.ts'
import type { Training, TrainingOptions, TrainingProgress } from './train.ts'
import { TrainingError } from './training-error.ts'

// The worker's file has the extension that this one has: .ts in the sources, .js when built.
const WORKER = new URL(`./training-worker${extname(import.meta.url)}`, import.meta.url)

const OUT_OF_MEMORY = 'The training ran out of memory. Leave columns out with --leave-out, train on fewer rows, or give it more with NODE_OPTIONS=--max-old-space-size=8192 (MiB).'

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
      worker.once('error', (error) => { reject(isOutOfMemory(error) ? new TrainingError(OUT_OF_MEMORY, { cause: error }) : error) })
      worker.once('exit', (code) => { reject(new Error(`the training ended with code ${code} and without a result`)) })
    })
  } finally {
    await worker.terminate()
  }
}

/** Of the thread, or of the library that trains, which has a memory of its own. */
function isOutOfMemory (error: unknown): boolean {
  return error instanceof Error && (('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') || /array buffer allocation failed|cannot enlarge memory|out of memory|\bOOM\b|bad_alloc/i.test(error.message))
}
