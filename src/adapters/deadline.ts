import type { GiveUpSignal } from '../ports.ts'

/**
 * Does something that ends in time, whatever it waits for: when the time is over it is told, and nobody waits for it any longer.
 * @param timeoutMs above 0
 * @param late what is thrown then, and the signal's reason
 */
export async function withinDeadline<T> (timeoutMs: number, late: () => Error, act: (signal: GiveUpSignal) => Promise<T>): Promise<T> {
  return await new Promise((resolve, reject) => {
    const signal: { -readonly [K in keyof GiveUpSignal]: GiveUpSignal[K] } = { aborted: false, reason: undefined, onabort: null }
    const timer = setTimeout(() => {
      const error = late()
      reject(error)
      signal.aborted = true
      signal.reason = error
      signal.onabort?.(undefined)
    }, timeoutMs)
    act(signal).then((result) => {
      clearTimeout(timer)
      resolve(result)
    }, (error: unknown) => {
      clearTimeout(timer)
      reject(error instanceof Error ? error : new Error(String(error)))
    })
  })
}

/** The same as a signal of the platform, for libraries. It takes the place of the one listener. */
export function platformSignal (signal: GiveUpSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort(signal.reason)
  else signal.onabort = () => { controller.abort(signal.reason) }
  return controller.signal
}
