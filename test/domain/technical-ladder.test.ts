import t from 'tap'
import { technicalPauseMs } from '../../src/domain/technical-ladder.ts'

t.test('each pause is twice the one before, up to a minute, less up to a half of it', async (t) => {
  for (const [failures, pauseMs] of [[1, 5_000], [2, 10_000], [3, 20_000], [4, 40_000], [5, 60_000], [6, 60_000], [1_000, 60_000]] as const) {
    for (let id = 0; id < 200; id++) {
      const ms = technicalPauseMs(`attempt_${id}`, failures, 5_000)
      if (ms < pauseMs / 2 || ms > pauseMs) t.fail(`${failures} failures: ${ms} ms`)
    }
    t.pass(`${failures} failures`)
  }
})

t.test('what failed together does not come back together, and who computes it again gets the same', async (t) => {
  const pauses = Array.from({ length: 100 }, (_, id) => technicalPauseMs(`attempt_${id}`, 1, 5_000))
  const quarters = [0, 1, 2, 3].map((quarter) => pauses.filter((ms) => Math.floor((ms - 2_500) / 626) === quarter).length)
  t.ok(quarters.every((count) => count >= 12), quarters.join(' '))
  t.same(pauses, Array.from({ length: 100 }, (_, id) => technicalPauseMs(`attempt_${id}`, 1, 5_000)))
})

t.test('a first pause above a minute stays as long as it is', async (t) => {
  const ms = technicalPauseMs('attempt_1', 3, 120_000)
  t.ok(ms >= 60_000 && ms <= 120_000)
})
