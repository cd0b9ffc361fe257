import type { Stats } from 'node:fs'
import { mkdtemp, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { TrainingOptions } from '../training/train.ts'
import { trainApart } from '../training/train-apart.ts'
import { holdsOnlyModel, writeModelFolder } from '../training/model-files.ts'
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

/**
 * Looks before the long work whether the model's folder can be made in the end.
 * @throws UsageError when something is there that may not be replaced, or nothing can be written there
 */
export async function requireFreeFolder (folder: string, isForced: boolean): Promise<void> {
  const found = await statOf(folder)
  if (found !== undefined) {
    if (!isForced) throw new UsageError(`${folder} is there already; --force puts the new model in its place`)
    if (!found.isDirectory()) throw new UsageError(`${folder} is no folder; --out names the folder to make`)
    if (!await holdsOnlyModel(folder)) throw new UsageError(`${folder} holds other things than a model; it is not replaced`)
  }
  await requirePlace(dirname(folder))
}

/** Of the folders above, those that are not there yet are made. */
async function requirePlace (folder: string): Promise<void> {
  const found = await statOf(folder)
  if (found === undefined && dirname(folder) !== folder) return await requirePlace(dirname(folder))
  if (await statOf(join(folder, 'card.json')) !== undefined) throw new UsageError(`--out lies in ${folder}, the folder of another model`)
  if (found?.isDirectory() !== true) throw new UsageError(`--out cannot be made: nothing can be written to ${folder}`)
  // Rights do not tell it all: the superuser has them in /proc too, where nothing can be made.
  const probe = await mkdtemp(join(folder, '.ringfence-')).catch((error: unknown) => {
    throw new UsageError(`--out cannot be made: nothing can be written to ${folder}; name another place`, { cause: error })
  })
  await rmdir(probe)
}

async function statOf (path: string): Promise<Stats | undefined> {
  return await stat(path).catch(() => undefined)
}

/** Trains with a line of progress, writes the folder, prints what the data and the model are. */
export async function trainIntoFolder (options: TrainingOptions, { folder, isForced }: { folder: string, isForced: boolean }, signal: AbortSignal): Promise<void> {
  const line = createProgress({ stream: process.stderr, nowMs: Date.now })
  try {
    const training = await trainApart(options, {
      doing: line.doing,
      profiled (profile, plan) {
        line.clear()
        process.stdout.write(`${dataText(profile, plan, options)}\n`)
        if (profile.timeWarning !== null) process.stdout.write(`warning: ${profile.timeWarning}\n`)
      }
    }, signal)
    await writeModelFolder(folder, training, { mayReplace: isForced, signal })
    line.clear()
    process.stdout.write(`${trainedText(training.card, relative('.', folder))}\n`)
  } finally {
    line.clear()
  }
}

/** A model's name is its folder's. @throws UsageError */
export function nameOfFolder (folder: string): string {
  const name = basename(resolve(folder))
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) throw new UsageError(`--out must end in a model's name of letters, digits, dots, dashes and underscores, not "${name}"`)
  return name
}
