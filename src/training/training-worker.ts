import { parentPort, workerData } from 'node:worker_threads'
import { trainModel, type TrainingOptions } from './train.ts'
import type { WorkerMessage } from './train-apart.ts'
import { TrainingError } from './training-error.ts'

const post = (message: WorkerMessage): void => { parentPort?.postMessage(message) }

async function main (): Promise<void> {
  try {
    const training = await trainModel(workerData as TrainingOptions, {
      doing: (step, text) => { post({ kind: 'doing', step, text }) },
      profiled: ({ classes: _, times: __, ...profile }, plan) => { post({ kind: 'profiled', profile, plan }) }
    })
    post({ kind: 'trained', training })
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error
    post({ kind: 'refused', message: error.message })
  }
}

await main()
