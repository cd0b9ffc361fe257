import { TrainingError } from '../training/training-error.ts'

/** Exit codes of a command that a signal ended: 128 and the signal's number, as shells have it. */
const EXIT_CODES: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGINT: 130, SIGTERM: 143 }
const SIGNALS = Object.keys(EXIT_CODES) as NodeJS.Signals[]

/**
 * Runs what Ctrl-C or SIGTERM stops cleanly: nothing is left of it. To clean up takes no time, so that a second Ctrl-C changes nothing.
 * @throws TrainingError when it was stopped
 */
export async function untilInterrupted<T> (run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let exitCode: number | undefined
  const stop = (name: NodeJS.Signals): void => {
    exitCode ??= EXIT_CODES[name]
    controller.abort(new TrainingError('Stopped; nothing was written.'))
  }
  for (const name of SIGNALS) process.on(name, stop)
  try {
    return await run(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted) throw error
    process.exitCode = exitCode
    throw controller.signal.reason
  } finally {
    for (const name of SIGNALS) process.off(name, stop)
  }
}
