import type { YdfModel } from 'ydf-inference'

/** Each library makes the object it is given into itself, so no two loads may share one. */
export const quiet = () => ({ print: () => {}, printErr: () => {} })
const FATAL_EVENTS = ['uncaughtException', 'unhandledRejection'] as const

/** Values by feature name, one per row; `null` is missing. Numbers and text do not mix within a column. */
export type Columns = Record<string, (number | string | null)[]>

/**
 * Runs a factory of Emscripten's, and takes away the process listeners that it puts up: they rethrow whatever reaches them, which would
 * turn the service's own handling of fatal errors into theirs. They go up before the factory returns its promise, so no other's are hit.
 */
export function startQuietly<T> (factory: () => T): T {
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
