import { createRequire } from 'node:module'
import JSZip from 'jszip'
import { type Columns, quiet, startQuietly } from '../model/ydf.ts'
import { stripMetadata, voteByShare } from './ydf-header.ts'

// A zip entry carries its date; a fixed one keeps equal models equal bytes. Zip knows no earlier year than 1980.
const ZIP_DATE = new Date(Date.UTC(2000, 0, 1))
const LABEL_COLUMN = 'EVENT_LABEL'
const HEADER_CHANGES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = { 'header.pb': stripMetadata, 'random_forest_header.pb': voteByShare }

/** The two kinds of models that are trained. */
export const MODEL_KINDS = ['gradient boosted trees', 'random forest'] as const
export type ModelKind = typeof MODEL_KINDS[number]

/** The versions of the two WASM packages that are installed. */
export function ydfVersions (): { 'ydf-inference': string, 'ydf-training': string } {
  const require = createRequire(import.meta.url)
  const versionOf = (name: string) => (require(`${name}/package.json`) as { version: string }).version
  return { 'ydf-inference': versionOf('ydf-inference'), 'ydf-training': versionOf('ydf-training') }
}

function forTraining (values: readonly (number | string | null)[], isNumeric: boolean): number[] | string[] {
  // In training, unlike in predict, missing is NaN or the empty text, and the column's kind is read off its first value.
  return isNumeric ? values.map((value) => typeof value === 'number' ? value : NaN) : values.map((value) => typeof value === 'string' ? value : '')
}

/**
 * Trains a model with the library's defaults and zips it: gradient boosted trees (up to 300, depth 6, early stopping on a tenth of the rows)
 * or a random forest (300 trees, depth 16). Same columns, same bytes. Blocks the thread: about 7 s for 40,000 rows of 23 features.
 * Failed trainings leave files in the library's memory: train in a thread that ends.
 *
 * @param numericColumns the names of the columns that hold numbers.
 */
export async function trainYdfModel (kind: ModelKind, columns: Columns, numericColumns: ReadonlySet<string>, labels: string[]): Promise<Uint8Array> {
  const { default: YDFTraining } = await import('ydf-training')
  const ydf = await startQuietly(() => YDFTraining(quiet()))
  const typed = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, forTraining(values, numericColumns.has(name))]))
  const learner = kind === 'random forest' ? new ydf.RandomForestLearner(LABEL_COLUMN, 'CLASSIFICATION') : new ydf.GradientBoostedTreesLearner(LABEL_COLUMN, 'CLASSIFICATION')
  const model = learner.train({ ...typed, [LABEL_COLUMN]: labels })
  try {
    // Not the package's own save(): it prints to the console, wants a global JSZip, and dates the entries.
    const folder = '/model'
    model.internalModel.save(folder)
    const zip = new JSZip()
    for (const name of ydf.FS.readdir(folder).filter((entry) => !entry.startsWith('.')).sort()) {
      const bytes = ydf.FS.readFile(`${folder}/${name}`)
      zip.file(name, HEADER_CHANGES[name]?.(bytes) ?? bytes, { date: ZIP_DATE, createFolders: false })
    }
    return await zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE', compressionOptions: { level: 9 }, platform: 'UNIX' })
  } finally {
    model.unload()
  }
}
