import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { loadCardModel } from './card-model.ts'
import type { ModelCard } from './model-card.ts'
import { CARD_FILE, CURRENT_FILE, type CurrentModel, FOLDER_NAME, isModelFolder, readCurrentModel } from './model-folder.ts'

/** What goes along with a model when it is there. */
const COMPANIONS = ['report.html', 'report.json']

/** Which model is current now. */
export interface Swung {
  model: string
  /** `undefined`: there was none. */
  before: string | undefined
  /** `false`: it was current already. */
  isNews: boolean
}

/** A model of a directory. */
export interface ListedModel {
  folder: string
  isCurrent: boolean
  /** When it became current last, by promotion or by rolling back; `undefined`: never. */
  since: string | undefined
  /** What makes it unusable, instead of its card. */
  card: ModelCard | { fault: string }
}

/**
 * Puts a model into a directory of models, as `<name>-<version>`, and makes it the current one. It is loaded and asked for a score first, and
 * again where it was copied to. Of several at once the last one wins; a reader sees a whole model and a whole pointer at any time.
 * @param cardPath the model's card
 * @throws Error when the model cannot be used, or another one has its name and version
 */
export async function promoteModel ({ cardPath, directory, nowMs }: { cardPath: string, directory: string, nowMs: number }): Promise<Swung & { isCopied: boolean }> {
  const card = await checkModelAt(cardPath)
  if (await isModelFolder(directory)) throw new Error(`${directory} is the folder of one model; name a directory of models.`)
  await mkdir(directory, { recursive: true })
  // One that cannot be read is not written over: its history would be lost.
  await readCurrentModel(directory)
  const folder = `${card.name}-${card.version}`
  const isCopied = await copyModel(cardPath, card, join(directory, folder))
  return { ...await swing(directory, folder, 'promoted', nowMs), isCopied }
}

/**
 * Makes an earlier model the current one again: the one before it, as if what came later had not been promoted, or the one that is named.
 * @throws Error when there is none, or it cannot be used
 */
export async function rollBackModel ({ directory, to, nowMs }: { directory: string, to: string | undefined, nowMs: number }): Promise<Swung> {
  const current = await readCurrentModel(directory)
  if (current === undefined) throw new Error(`${directory} has no current model: nothing was promoted there.`)
  const model = to ?? modelBefore(current)
  if (model === undefined) throw new Error(`Before ${current.model} there was no other model in ${directory}.`)
  if (!FOLDER_NAME.test(model)) throw new Error(`${JSON.stringify(model)} is no folder of ${directory}.`)
  await checkModelAt(join(directory, model, CARD_FILE))
  return await swing(directory, model, 'rolled_back', nowMs)
}

/** The models of a directory by name, the current one even when it is gone; each is loaded, and so known to be usable or not. */
export async function listModels (directory: string, current: CurrentModel | undefined): Promise<ListedModel[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const folders = new Set(current === undefined ? [] : [current.model])
  for (const { name } of entries) if (FOLDER_NAME.test(name) && await isModelFolder(join(directory, name))) folders.add(name)
  const swings = current === undefined ? [] : [...current.history, current]
  const listed: ListedModel[] = []
  for (const folder of [...folders].sort()) {
    const card = await checkModelAt(join(directory, folder, CARD_FILE)).catch((error: unknown) => ({ fault: error instanceof Error ? error.message : String(error) }))
    listed.push({ folder, isCurrent: folder === current?.model, since: swings.findLast(({ model }) => model === folder)?.since, card })
  }
  return listed
}

/** Steps back past what was rolled back from: of A, B, C, and C taken back to B, the one before is A. */
function modelBefore (current: CurrentModel): string | undefined {
  const standing: string[] = []
  for (const { model, how } of [...current.history, current]) {
    const at = how === 'rolled_back' ? standing.lastIndexOf(model) : -1
    if (at === -1) standing.push(model)
    else standing.length = at + 1
  }
  return standing.at(-2)
}

async function checkModelAt (cardPath: string): Promise<ModelCard> {
  const { card, unload } = await loadCardModel(cardPath)
  unload()
  return card
}

/** @returns whether it was not there yet */
async function copyModel (cardPath: string, card: ModelCard, folder: string): Promise<boolean> {
  if (await isSameModel(folder, card)) return false
  const from = dirname(cardPath)
  const partial = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
  try {
    await writeWhole(join(partial, CARD_FILE), await readFile(cardPath))
    await writeWhole(join(partial, card.artefact.file), await readFile(join(from, card.artefact.file)))
    for (const name of COMPANIONS) {
      if (await isThere(join(from, name))) await writeWhole(join(partial, name), await readFile(join(from, name)))
    }
    // What was read a second time may be another thing by then.
    const copied = await checkModelAt(join(partial, CARD_FILE))
    if (!isDeepStrictEqual(copied, card)) throw new Error(`${cardPath} changed while it was copied.`)
    // A temporary folder is its maker's alone; a model is read by the service's user too.
    await chmod(partial, 0o755)
    try {
      await rename(partial, folder)
    } catch (error) {
      // Somebody else put it there at the same moment.
      if (!await isSameModel(folder, card)) throw error
      return false
    }
    return true
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Whether the model is there; the day on which it was trained makes no other of it. @throws Error when something else has its place */
async function isSameModel (folder: string, card: ModelCard): Promise<boolean> {
  if (!await isThere(folder)) return false
  const there = await checkModelAt(join(folder, CARD_FILE)).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}. It was promoted before; move ${folder} away and promote it again.`, { cause: error })
  })
  if (isDeepStrictEqual({ ...there, trainedAt: '' }, { ...card, trainedAt: '' })) return true
  const [own, other] = [card.artefact.sha256.slice(0, 8), there.artefact.sha256.slice(0, 8)]
  const what = own === other ? `the same ${card.artefact.file} with another card: ${differences(there, card).join(', ')}` : `another model (SHA-256 ${other}…, this one ${own}…)`
  throw new Error(`${folder} is there already and holds ${what}; give the new one a version of its own, as model train does by itself.`)
}

function differences (one: ModelCard, other: ModelCard): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)] as Array<keyof ModelCard>)
  return [...names].filter((name) => name !== 'trainedAt' && !isDeepStrictEqual(one[name], other[name]))
}

async function swing (directory: string, model: string, how: CurrentModel['how'], nowMs: number): Promise<Swung> {
  const current = await readCurrentModel(directory)
  if (current?.model === model) return { model, before: model, isNews: false }
  const { history = [], ...former } = current ?? {}
  const next: CurrentModel = { model, since: new Date(nowMs).toISOString(), how, history: current === undefined ? [] : [...history, former as CurrentModel] }
  const partial = join(directory, `.${CURRENT_FILE}-${randomUUID()}`)
  try {
    await writeWhole(partial, `${JSON.stringify(next, null, 2)}\n`)
    await rename(partial, join(directory, CURRENT_FILE))
  } finally {
    await rm(partial, { force: true })
  }
  return { model, before: current?.model, isNews: true }
}

/** Readable by all, and on the disk before anything points to it. */
async function writeWhole (path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(content)
    await file.chmod(0o644)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function isThere (path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}
