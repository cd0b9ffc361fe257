import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UsageError } from './command.ts'

/**
 * Finds a CSV, packed when its name ends in `.gz`; each call of what is returned reads it from its beginning, until the signal ends it.
 * @throws UsageError when there is no such file
 */
export async function findTrainingData (path: string): Promise<(signal: AbortSignal) => AsyncIterable<Uint8Array>> {
  const found = await stat(path).catch((error: unknown) => {
    throw new UsageError(`--data ${path} cannot be read`, { cause: error })
  })
  if (!found.isFile()) throw new UsageError(`--data ${path} is no file`)
  return (signal) => path.endsWith('.gz')
    // What breaks one stream ends the other; the reader hears of it.
    ? pipeline(createReadStream(path, { signal }), createGunzip(), () => {})
    : createReadStream(path, { signal })
}
