import { invalidRequest } from './aws-fault.ts'

/** A JSON object. */
export type Entries = Record<string, unknown>

/** Whether a value is a JSON object. */
export function isEntries (value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that must be there. @throws AwsFault 400 */
export function requireText (body: Entries, name: string): string {
  const value = body[name]
  if (typeof value !== 'string' || value === '') throw invalidRequest(`${name} is missing or no text.`)
  return value
}

/** A text, or `null` when there is none. */
export function readText (body: Entries, name: string): string | null {
  const value = body[name]
  return typeof value === 'string' && value !== '' ? value : null
}
