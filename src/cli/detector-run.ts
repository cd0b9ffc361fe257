import { setTimeout as sleep } from 'node:timers/promises'
import { DetectorError, isDetectorError } from '../detector/detector-error.ts'
import type { StoryTools, Told } from '../detector/story.ts'
import { createProgress, type Progress } from './progress-line.ts'

/** Exit code of a command that Ctrl-C ended: 128 and the signal's number, as shells have it. */
const INTERRUPTED = 130

const MARKS: Readonly<Record<Told['state'], string>> = { doing: '', made: 'made', there: 'there', deleted: 'deleted', warning: 'warning' }

/**
 * Runs a story against Amazon Fraud Detector, or the simulator that `AWS_ENDPOINT_URL_FRAUDDETECTOR` names, and shows how far it is.
 * Ctrl-C ends it cleanly: what is done stays, and the same command goes on from there. A second Ctrl-C ends the process at once.
 */
export async function runStory (run: (tools: StoryTools & { progress: Progress, signal: AbortSignal }) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const progress = createProgress({ stream: process.stderr, nowMs: Date.now })
  const onSigint = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED)
    controller.abort()
  }
  process.on('SIGINT', onSigint)
  // No other command should wait for the AWS SDK.
  const { createDetectorBuilder } = await import('../adapters/fraud-detector/detector-builder.ts')
  const builder = createDetectorBuilder({ env: process.env, signal: controller.signal })
  try {
    await run({
      builder,
      progress,
      signal: controller.signal,
      tell ({ step, state, text }) {
        if (state === 'doing') progress.doing(step, text)
        else progress.note(`${MARKS[state].padEnd(9)}${step === 'destroy' ? '' : `${step}: `}${text}`)
      },
      async pause (ms) {
        try {
          await sleep(ms, undefined, { signal: controller.signal })
        } catch (error) {
          throw new DetectorError('interrupted', 'Interrupted.', { cause: error })
        }
      }
    })
  } catch (error) {
    const isInterrupted = isDetectorError(error, 'interrupted') || (controller.signal.aborted && error instanceof Error && error.name === 'AbortError')
    if (!isInterrupted) throw error
    progress.clear()
    process.stderr.write('ringfence: interrupted. What is done stays; run the same command again to go on.\n')
    process.exitCode = INTERRUPTED
  } finally {
    progress.clear()
    builder.close()
    process.off('SIGINT', onSigint)
  }
}
