import type { Case } from '../domain/case.ts'
import type { Metrics } from '../ports.ts'

/** Counts the attempts that a written change of the case ended. */
export function countEnded (metrics: Metrics, before: Case, after: Case): void {
  for (const { attemptId, channel, outcome } of after.attempts) {
    if (outcome !== null && before.attempts.find((one) => one.attemptId === attemptId)?.outcome !== outcome) metrics.attemptEnded(channel, outcome)
  }
}
