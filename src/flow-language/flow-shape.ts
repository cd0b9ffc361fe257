/** An object of which nothing is known yet. */
export type Entries = Record<string, unknown>

/** Whether a value is an object with names. */
export function isEntries (value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; none when it is no list. */
export function listOf (value: unknown): Entries[] {
  return Array.isArray(value) ? value.filter(isEntries) : []
}

/** A value as an object; an empty one when it is none. */
export function entriesOf (value: unknown): Entries {
  return isEntries(value) ? value : {}
}

/** Every text in a value, with the path of names to it. */
export function findTexts (value: unknown, path = ''): Array<{ path: string, text: string }> {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => findTexts(inner, path === '' ? name : `${path}.${name}`))
}
