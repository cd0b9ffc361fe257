import { createRequire } from 'node:module'

import JSZip from 'jszip'
import type { YdfModel } from 'ydf-inference'

import { stripMetadata } from './ydf-header.ts'

// Each library makes the object it is given into itself, so no two loads may share one.
const quiet = () => ({ print: () => {}, printErr: () => {} })
const FATAL_EVENTS = ['uncaughtException', 'unhandledRejection'] as const
// A zip entry carries its date; a fixed one keeps equal models equal bytes. Zip knows no earlier year than 1980.
const ZIP_DATE = new Date(Date.UTC(2000, 0, 1))
const LABEL_COLUMN = 'EVENT_LABEL'

/** Values by feature name, one per row; `null` is missing. Numbers and text do not mix within a column. */
export type Columns = Record<string, (number | string | null)[]>

/** The versions of the two WASM packages that are installed. */
export function ydfVersions (): { 'ydf-inference': string, 'ydf-training': string } {
  const require = createRequire(import.meta.url)
  const versionOf = (name: string) => (require(`${name}/package.json`) as { version: string }).version
  return { 'ydf-inference': versionOf('ydf-inference'), 'ydf-training': versionOf('ydf-training') }
}

/**
 * Runs a factory of Emscripten's, and takes away the process listeners that it puts up: they rethrow whatever reaches them, which would
 * turn the service's own handling of fatal errors into theirs. They go up before the factory returns its promise, so no other's are hit.
 */
function startQuietly<T> (factory: () => T): T {
  const before = FATAL_EVENTS.map((event) => new Set(process.rawListeners(event as 'uncaughtException')))
  try {
    return factory()
  } finally {
    for (const [index, event] of FATAL_EVENTS.entries()) {
      for (const listener of process.rawListeners(event as 'uncaughtException')) {
        if (before[index]?.has(listener) === false) process.removeListener(event, listener as () => void)
      }
    }
  }
}

/** Loads a zipped model. @throws Error when the zip holds no model that the library can read */
export async function loadYdfModel (zip: Uint8Array): Promise<YdfModel> {
  const { default: YDFInference } = await import('ydf-inference')
  const ydf = await startQuietly(() => YDFInference(quiet()))
  return await ydf.loadModelFromZipBlob(zip)
}

function forTraining (values: readonly (number | string | null)[], isNumeric: boolean): number[] | string[] {
  // In training, unlike in predict, missing is NaN or the empty text, and the column's kind is read off its first value.
  return isNumeric ? values.map((value) => typeof value === 'number' ? value : NaN) : values.map((value) => typeof value === 'string' ? value : '')
}

/**
 * Trains gradient boosted trees (the library's defaults: up to 300 trees, depth 6, early stopping on a tenth of the rows) and zips them.
 * Same columns, same bytes. Blocks the thread: about 7 s for 40,000 rows of 23 features.
 *
 * @param numericColumns the names of the columns that hold numbers.
 */
export async function trainYdfModel (columns: Columns, numericColumns: ReadonlySet<string>, labels: string[]): Promise<Uint8Array> {
  const { default: YDFTraining } = await import('ydf-training')
  const ydf = await startQuietly(() => YDFTraining(quiet()))
  const typed = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, forTraining(values, numericColumns.has(name))]))
  const model = new ydf.GradientBoostedTreesLearner(LABEL_COLUMN, 'CLASSIFICATION').train({ ...typed, [LABEL_COLUMN]: labels })
  try {
    // Not the package's own save(): it prints to the console, wants a global JSZip, and dates the entries.
    const folder = '/model'
    model.internalModel.save(folder)
    const zip = new JSZip()
    for (const name of ydf.FS.readdir(folder).filter((entry) => !entry.startsWith('.')).sort()) {
      const bytes = ydf.FS.readFile(`${folder}/${name}`)
      zip.file(name, name === 'header.pb' ? stripMetadata(bytes) : bytes, { date: ZIP_DATE, createFolders: false })
    }
    return await zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE', compressionOptions: { level: 9 }, platform: 'UNIX' })
  } finally {
    model.unload()
  }
}
