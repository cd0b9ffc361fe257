import t from 'tap'

import { createScoreMap } from '../../src/model/score-map.ts'
import { evaluate, measureCardPrecision } from '../../src/training/evaluate.ts'
import { aucInterval, aucRoc, averagePrecision } from '../../src/training/ranking.ts'

const rows = (text: string) => text.split(' ').map((word) => ({ isFraud: word.startsWith('f'), raw: Number(word.slice(1)) }))

t.test('aucRoc: counts won pairs, ties half', async (t) => {
  t.equal(aucRoc(rows('f.9 f.8 l.2 l.1')), 1)
  t.equal(aucRoc(rows('l.9 l.8 f.2 f.1')), 0)
  t.equal(aucRoc(rows('f.5 l.5 l.5')), 0.5)
  t.equal(aucRoc(rows('f.9 l.5 f.5 l.1')), 0.875)
  t.equal(aucRoc(rows('l.1 l.2')), 0.5)
})

t.test('averagePrecision: weighs precision by added recall', async (t) => {
  t.equal(averagePrecision(rows('f.9 l.8 f.7 l.1')), (1 + 2 / 3) / 2)
  t.equal(averagePrecision(rows('f.5 l.5')), 0.5)
  t.equal(averagePrecision(rows('l.5')), 0)
})

t.test('evaluate: tells recall and precision at each false-positive rate', async (t) => {
  const legitimate = Array.from({ length: 1000 }, (_, index) => ({ isFraud: false, raw: index / 1000 }))
  const frauds = [0.9955, 0.985, 0.955, 0.5].map((raw) => ({ isFraud: true, raw }))
  const scoreMap = createScoreMap(legitimate.map(({ raw }) => raw))
  const metrics = evaluate([...frauds, ...legitimate], scoreMap)
  t.equal(metrics.rows, 1004)
  t.same(metrics.atFalsePositiveRate.map(({ falsePositiveRate, recall }) => [falsePositiveRate, recall]),
    [[0.005, 0.25], [0.01, 0.25], [0.02, 0.5], [0.03, 0.5], [0.05, 0.75]])
  t.equal(metrics.atFalsePositiveRate[1]?.precision, Number((1 / 11).toFixed(5)))
  t.same(metrics.atFalsePositiveRate.map(({ score }) => score), [975, 950, 900, 860, 775])
  t.same(metrics.calibration, [[600, 0.1], [700, 0.07], [775, 0.05], [860, 0.03], [900, 0.02], [950, 0.01], [975, 0.005]].map(([score, share]) => ({ score, target: share, achieved: share })))
  t.notOk('cardPrecision' in metrics, 'nobody knows whose payments these are')
  t.throws(() => evaluate(frauds, scoreMap), RangeError)
})

t.test('aucInterval: the interval of Hanley and McNeil, within 0 and 1', async (t) => {
  const { low, high } = aucInterval(0.9, { frauds: 50, legitimate: 500 })
  t.equal(low.toFixed(4), '0.8422')
  t.equal(high.toFixed(4), '0.9578')
  t.same(aucInterval(1, { frauds: 5, legitimate: 5 }), { low: 1, high: 1 })
  t.same(aucInterval(0.5, { frauds: 0, legitimate: 5 }), { low: 0, high: 1 })
})

t.test('measureCardPrecision: each day counts its hundred highest customers, and who was found before is left out', async (t) => {
  const row = (customer: string, day: number, raw: number, isFraud: boolean) => ({ customer, timeMs: day * 86_400_000 + 5, raw, isFraud })
  const rows = [
    row('a', 0, 0.9, true), row('a', 0, 0.1, false), row('b', 0, 0.8, false), row('c', 0, 0.7, true),
    row('a', 1, 0.99, true), row('c', 1, 0.9, true), row('b', 1, 0.5, true)
  ]
  t.same(measureCardPrecision(rows), { cards: 100, days: 2, value: 0.015 }, 'two of a hundred, then one')
  const many = Array.from({ length: 150 }, (_, index) => row(`x${index}`, 0, index / 1000, index < 50 || index === 149))
  t.same(measureCardPrecision(many), { cards: 100, days: 1, value: 0.01 }, 'the fifty with the lowest scores are not looked at')
  t.equal(measureCardPrecision([{ raw: 1, isFraud: true }]), undefined)
})
