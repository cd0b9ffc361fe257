import { MAX_VARIABLE_LENGTH, type ScreenedEvent } from '../model/features.ts'
import { isNull } from '../domain/null-word.ts'

// No currency of anybody's: a row tells its amount itself, and nothing stands in for it.
const NO_AMOUNT = { valueMinor: 0, currency: 'XXX-none' }

/** A cell as training may learn from it: without blanks around it, and empty where the service would not read it. */
export function learnableText (cell: string | undefined): string {
  const text = cell?.trim() ?? ''
  return text.length > MAX_VARIABLE_LENGTH ? '' : text
}

/** A cell's text, `null` when it is empty or says that it is. */
export function readCell (cell: string | undefined): string | null {
  const text = cell?.trim() ?? ''
  return isNull(text) ? null : text
}

/** A row of a file as the event that a scorer would get. */
export function eventOf (columns: readonly string[], cells: readonly string[], timeMs: number | undefined): ScreenedEvent {
  // Without a prototype, since a column may be called like one of its members.
  const variables = Object.create(null) as Record<string, string | null>
  for (const [index, name] of columns.entries()) variables[name] = readCell(cells[index])
  return { occurredAtMs: timeMs ?? NaN, amount: NO_AMOUNT, variables }
}
