import t from 'tap'

import { aucRoc, averagePrecision, evaluate } from '../../src/model/evaluate.ts'

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
  const metrics = evaluate([...frauds, ...legitimate])
  t.equal(metrics.rows, 1004)
  t.same(metrics.atFalsePositiveRate.map(({ falsePositiveRate, recall }) => [falsePositiveRate, recall]),
    [[0.005, 0.25], [0.01, 0.25], [0.02, 0.5], [0.03, 0.5], [0.05, 0.75]])
  t.equal(metrics.atFalsePositiveRate[1]?.precision, Number((1 / 11).toFixed(5)))
  t.throws(() => evaluate(frauds), RangeError)
})
