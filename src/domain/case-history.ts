/** One line of what happened: when, by whom, what, and why. */
export interface HistoryEntry {
  atMs: number
  who: string
  what: string
  why: string
}

interface Told {
  history: readonly HistoryEntry[]
}

/** From this length on a history takes no minor entries. Some 200 bytes each, they stay far below DynamoDB's 400 KB an item. */
const MAX_MINOR_HISTORY = 200
const NOT_KEPT = 'further minor entries are not kept'

/** Adds what must never be missing: the opening, contacts, decisions, the end. A case's course makes a few dozen of these at most. */
export function withHistory<T extends Told> (told: T, atMs: number, who: string, what: string, why: string): T {
  return { ...told, history: [...told.history, { atMs, who, what, why }] }
}

/** Adds what others can repeat at will, such as refused answers: up to a bound, and one entry says that there was more. */
export function withMinorHistory<T extends Told> (told: T, atMs: number, who: string, what: string, why: string): T {
  if (told.history.length < MAX_MINOR_HISTORY) return withHistory(told, atMs, who, what, why)
  return told.history.some((entry) => entry.what === NOT_KEPT) ? told : withHistory(told, atMs, 'ringfence', NOT_KEPT, `there are ${MAX_MINOR_HISTORY} entries`)
}
