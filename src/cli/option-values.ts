import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UsageError } from './command.ts'

/** Reads `name=value,name=value`. @throws UsageError */
export function readPairs (option: string, text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new UsageError(`--${option} takes pairs such as name=value, separated by commas`)
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
  }))
}

/** Reads a whole number. @throws UsageError */
export function readWhole (option: string, text: string, { min, max }: { min: number, max: number }): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max)) throw new UsageError(`--${option} must be a whole number from ${min} to ${max}, not "${text}"`)
  return value
}

/** Reads a value that must be there and have a form. @throws UsageError naming what is expected */
export function readText (option: string, text: string | undefined, form: RegExp, expected: string): string {
  if (text === undefined) throw new UsageError(`--${option} is missing: ${expected}`)
  if (!form.test(text)) throw new UsageError(`--${option} must be ${expected}, not "${text}"`)
  return text
}

/** Reads `one,two`, without blanks around them. */
export function readList (given: string | undefined): string[] | undefined {
  return given?.split(',').map((one) => one.trim()).filter((one) => one !== '')
}

/** Reads the name of the CSV that --data names. Absolute path. @throws UsageError */
export async function readDataPath (given: string | undefined): Promise<string> {
  const path = resolve(readText('data', given, /^.+$/, 'a CSV file'))
  const found = await stat(path).catch((error: unknown) => { throw new UsageError(`--data ${path} cannot be read`, { cause: error }) })
  if (!found.isFile()) throw new UsageError(`--data ${path} is no file`)
  return path
}
