import type { DetectorBuilder } from './detector-builder.ts'
import { isDetectorError } from './detector-error.ts'

/** What a story tells as it goes: `doing` may be told again and again, with how far it is. */
export interface Told {
  step: string
  state: 'doing' | 'made' | 'there' | 'deleted' | 'warning'
  text: string
}

/** What every story of this folder needs. */
export interface StoryTools {
  builder: DetectorBuilder
  tell: (told: Told) => void
  /** Waits. @throws DetectorError `interrupted` when the user ends it */
  pause: (ms: number) => Promise<void>
}

const FIRST_PAUSE_MS = 1_000
const TRIES = 6

/**
 * Makes a thing unless it is there. When nobody knows whether the making was heard, it is looked for again before it is asked for again, so nothing is made twice.
 * @throws DetectorError `unavailable` after six tries
 */
export async function ensure<T> ({ pause }: Pick<StoryTools, 'pause'>, { look, make }: { look: () => Promise<T | undefined>, make: () => Promise<unknown> }): Promise<{ found: T, wasMade: boolean }> {
  let [wasAsked, isMade] = [false, false]
  for (let tries = 1; ; tries++) {
    const found = await look()
    if (found !== undefined) return { found, wasMade: wasAsked }
    // The service has said that it made it, and does not show it yet.
    if (!isMade) {
      try {
        wasAsked = true
        await make()
        isMade = true
        continue
      } catch (error) {
        if (tries >= TRIES || !isDetectorError(error, 'unavailable')) throw error
      }
    } else if (tries >= TRIES) throw new Error('Amazon Fraud Detector made something and does not show it')
    await pause(FIRST_PAUSE_MS * 2 ** (tries - 1))
  }
}

/** So many failed looks in a row, each with its own retries, end the waiting. */
const FAILED_LOOKS = 10

/**
 * Looks until there is something. There is no end by time: trainings take hours, and what is done stays when the user ends the waiting.
 * @throws DetectorError `unavailable` when the service is away for long
 */
export async function waitFor<T> ({ pause }: Pick<StoryTools, 'pause'>, pollMs: number, look: () => Promise<T | undefined>): Promise<T> {
  for (let failures = 0; ;) {
    try {
      const found = await look()
      if (found !== undefined) return found
      failures = 0
    } catch (error) {
      if (++failures >= FAILED_LOOKS || !isDetectorError(error, 'unavailable')) throw error
    }
    await pause(pollMs)
  }
}
