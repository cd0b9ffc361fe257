import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

/** The file that a model's folder holds beside its zip. */
export const CARD_FILE = 'card.json'
/** The file by which a directory of models says which of them is in use. */
export const CURRENT_FILE = 'current.json'

/** A bare folder name, never a path. */
export const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,128}$/

const Swing = {
  /** The folder of the model, within the directory. */
  model: Type.String({ pattern: FOLDER_NAME.source }),
  /** When it became the current one. */
  since: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T[\\d:.]+Z$' }),
  how: Type.Union([Type.Literal('promoted'), Type.Literal('rolled_back')])
}
const CurrentSchema = Type.Object({
  ...Swing,
  /** What was current before, the earliest first; only added to. */
  history: Type.Array(Type.Object(Swing))
})

/** Which model of a directory is in use, and which were before. */
export type CurrentModel = Static<typeof CurrentSchema>

/** What a directory of models says is in use; `undefined` when it says nothing. @throws Error when it cannot be read */
export async function readCurrentModel (directory: string): Promise<CurrentModel | undefined> {
  const path = join(directory, CURRENT_FILE)
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (Value.Check(CurrentSchema, value)) return value
    const fault = Value.Errors(CurrentSchema, value).First()
    throw new Error(`${fault?.path || '/'}: ${fault?.message ?? 'is not as it must be'}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}. Mend it, or move it away and promote a model again.`, { cause: error })
  }
}

/**
 * The card that a path names: the file itself, the one in a model's folder, or that of the model which a directory of models says is current.
 * @throws Error when there is nothing there
 */
export async function findModelCard (path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => { throw new Error(`There is no model at ${path}.`, { cause: error }) })
  if (!found.isDirectory()) return path
  if (await isModelFolder(path)) return join(path, CARD_FILE)
  const current = await readCurrentModel(path)
  if (current === undefined) throw new Error(`There is no model at ${path}: it holds neither ${CARD_FILE} nor ${CURRENT_FILE}.`)
  return join(path, current.model, CARD_FILE)
}

/** Whether a path is the folder of one model, as opposed to a directory of several. */
export async function isModelFolder (path: string): Promise<boolean> {
  return await stat(join(path, CARD_FILE)).then(() => true, () => false)
}
