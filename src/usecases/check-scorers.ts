import type { GuardedScorer } from '../ports.ts'

/**
 * How the scorers stand, in the order in which they are asked. `degraded`: one of them fails and whoever stands by for it can decide; the policy's
 * outcome always can. `failing`: nobody else can score and the model inside this process is broken, so that another replica may do better.
 */
export async function checkScorers (scorers: readonly GuardedScorer[]): Promise<'ok' | 'degraded' | 'failing'> {
  const checks = await Promise.all(scorers.map(async (scorer) => await scorer.checkReady().then(() => true, () => false)))
  if (checks[0] === true) return 'ok'
  const isModelBroken = scorers.some(({ name }, index) => name === 'embedded' && checks[index] === false)
  return checks.includes(true) || !isModelBroken ? 'degraded' : 'failing'
}
