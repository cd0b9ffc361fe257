import t from 'tap'

import { createScoreMap, mapScore } from '../../src/model/score-map.ts'

const TARGETS = [[600, 0.1], [700, 0.07], [775, 0.05], [860, 0.03], [900, 0.02], [950, 0.01], [975, 0.005]] as const

t.test('createScoreMap: each score is exceeded by its share of legitimate rows, exactly', async (t) => {
  const raws = Array.from({ length: 10_000 }, (_, index) => ((index * 7919) % 10_000) / 10_000)
  const knots = createScoreMap(raws)
  for (const [score, share] of TARGETS) {
    t.equal(raws.filter((raw) => mapScore(knots, raw) > score).length / raws.length, share, `above ${score}`)
  }
})

t.test('createScoreMap: where rows tie, a score is exceeded by no more than its share', async (t) => {
  const raws = Array.from({ length: 10_000 }, (_, index) => [0.01, 0.2, 0.2, 0.2, 0.9][index < 8000 ? 0 : index < 9990 ? 1 + index % 3 : 4]!)
  const knots = createScoreMap(raws)
  for (const [score, share] of TARGETS) {
    t.ok(raws.filter((raw) => mapScore(knots, raw) > score).length / raws.length <= share, `above ${score}`)
  }
  t.equal(mapScore(knots, 0.2), 600)
  t.equal(mapScore(knots, 0.2 + Number.EPSILON), 976)
})

t.test('createScoreMap: one row, or rows all alike, make a usable map', async (t) => {
  for (const raws of [[0.4], [0, 0, 0], [1, 1, 1]]) {
    const knots = createScoreMap(raws)
    t.equal(mapScore(knots, 0), 0)
    t.ok(mapScore(knots, 1) <= 1000)
  }
  t.throws(() => createScoreMap([]), RangeError)
})

t.test('mapScore: scores are whole, rise with the raw value and reach from 0 to 1000', async (t) => {
  const knots = createScoreMap(Array.from({ length: 1000 }, (_, index) => (index / 1000) ** 3))
  const faults: number[] = []
  let last = 0
  for (let step = 0; step <= 20_000; step++) {
    const score = mapScore(knots, step / 20_000)
    if (!Number.isInteger(score) || score < last) faults.push(score)
    last = score
  }
  t.same(faults, [])
  t.equal(mapScore(knots, 0), 0)
  t.equal(last, 1000)
})

t.test('mapScore: what lies outside 0 to 1 is clamped, what is no number refused', async (t) => {
  const knots = createScoreMap([0.1, 0.2, 0.3])
  t.equal(mapScore(knots, -0.1), 0)
  t.equal(mapScore(knots, 1.0000001), 1000)
  t.throws(() => mapScore(knots, NaN), RangeError)
})
