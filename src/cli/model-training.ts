import { stat } from 'node:fs/promises'
import { basename, relative, resolve } from 'node:path'
import type { TrainingOptions } from '../training/train.ts'
import { trainApart } from '../training/train-apart.ts'
import { writeModelFolder } from '../training/model-files.ts'
import { UsageError } from './command.ts'
import { dataText, trainedText } from './model-view.ts'
import { createProgress } from './progress-line.ts'

/** Whether the package that trains is there; the service's image does without. */
export function requireTrainer (): void {
  try {
    import.meta.resolve('ydf-training')
  } catch (error) {
    throw new Error("the trainer is not installed here, as in the service's image; train in a clone", { cause: error })
  }
}

/** @throws UsageError when something is there that may not be replaced */
export async function requireFreeFolder (folder: string, isForced: boolean): Promise<void> {
  if (!isForced && await stat(folder).then(() => true, () => false)) throw new UsageError(`${folder} is there already; --force puts the new model in its place`)
}

/** Trains with a line of progress, writes the folder, prints what the data and the model are. Ctrl-C ends it with 130 and leaves nothing behind. */
export async function trainIntoFolder (options: TrainingOptions, folder: string): Promise<void> {
  const stopping = new AbortController()
  const line = createProgress({ stream: process.stderr, nowMs: Date.now })
  const stop = () => { stopping.abort() }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    const training = await trainApart(options, {
      doing: line.doing,
      profiled (profile, plan) {
        line.clear()
        process.stdout.write(`${dataText(profile, plan, options)}\n`)
      }
    }, stopping.signal)
    await writeModelFolder(folder, training)
    line.clear()
    process.stdout.write(`${trainedText(training.card, relative('.', folder))}\n`)
  } catch (error) {
    if (stopping.signal.aborted) process.exitCode = 130
    throw error
  } finally {
    line.clear()
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

/** A model's name is its folder's. @throws UsageError */
export function nameOfFolder (folder: string): string {
  const name = basename(resolve(folder))
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) throw new UsageError(`--out must end in a model's name of letters, digits, dots, dashes and underscores, not "${name}"`)
  return name
}
