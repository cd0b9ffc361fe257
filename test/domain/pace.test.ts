import t from 'tap'
import { fullPace, nextTokenInMs, refill, takeToken, type Pace, type Pacing } from '../../src/domain/pace.ts'

const PACING: Pacing = { perSecond: 2, burst: 5, maxLiveCalls: 10 }

/** Takes as many as there are. */
function takeAll (pace: Pace, nowMs: number): { taken: number, pace: Pace } {
  let taken = 0
  for (let next = takeToken(pace, PACING, nowMs); next !== undefined; next = takeToken(pace, PACING, nowMs)) {
    pace = next
    taken++
  }
  return { taken, pace }
}

t.test('a burst at once, then the rate, over any length of time', async (t) => {
  const first = takeAll(fullPace(PACING, 0), 0)
  t.equal(first.taken, 5)
  let { pace } = first
  t.equal(nextTokenInMs(pace, PACING, 0), 500)
  t.equal(takeToken(pace, PACING, 499), undefined)
  t.equal(nextTokenInMs(pace, PACING, 250), 250)
  let total = 0
  for (let ms = 500; ms <= 60_000; ms += 7) {
    const now = takeAll(pace, ms)
    total += now.taken
    pace = now.pace
  }
  t.ok(total === 119 || total === 120, `2 a second: ${total} in a minute`)
})

t.test('a long rest fills the bucket to the burst and no further', async (t) => {
  t.equal(takeAll(takeAll(fullPace(PACING, 0), 0).pace, 3_600_000).taken, 5)
})

t.test("a clock that is set back, or another machine's that is late, adds nothing and takes nothing", async (t) => {
  const pace = { tokens: 2.5, atMs: 10_000 }
  t.equal(refill(pace, PACING, 4_000).tokens, 2.5)
})
