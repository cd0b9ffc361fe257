import { stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The file that a model's folder holds beside its zip. */
const CARD_FILE = 'card.json'

/** The card that a path names: the file itself, or the one in a model's folder. Absolute path. @throws Error when there is nothing there */
export async function findModelCard (path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => { throw new Error(`There is no model at ${path}.`, { cause: error }) })
  return found.isDirectory() ? join(path, CARD_FILE) : path
}
