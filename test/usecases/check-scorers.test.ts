import t from 'tap'
import { RingfenceError } from '../../src/errors.ts'
import type { GuardedScorer, ScorerName } from '../../src/ports.ts'
import { checkScorers } from '../../src/usecases/check-scorers.ts'

const scorer = (name: ScorerName, isReady: boolean): GuardedScorer => ({
  name,
  score: async () => { throw new Error('a probe costs no prediction') },
  async checkReady () { if (!isReady) throw new RingfenceError('scorer_unavailable') },
  state: () => 'closed'
})

t.test('checkScorers: failing is only what another replica may do better', async (t) => {
  const TABLE: Array<[scorers: GuardedScorer[], standing: 'ok' | 'degraded' | 'failing']> = [
    [[scorer('embedded', true)], 'ok'],
    [[scorer('embedded', false)], 'failing'],
    [[scorer('frauddetector', true)], 'ok'],
    [[scorer('frauddetector', false)], 'degraded'],
    [[scorer('sagemaker', true), scorer('embedded', true)], 'ok'],
    [[scorer('sagemaker', true), scorer('embedded', false)], 'ok'],
    [[scorer('sagemaker', false), scorer('embedded', true)], 'degraded'],
    [[scorer('sagemaker', false), scorer('embedded', false)], 'failing']
  ]
  for (const [scorers, standing] of TABLE) t.equal(await checkScorers(scorers), standing, standing)
})
