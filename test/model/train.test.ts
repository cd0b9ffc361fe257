import t from 'tap'

import { describeFeatures } from '../../src/model/features.ts'
import { parseModelCard, sha256 } from '../../src/model/model-card.ts'
import { trainModel } from '../../src/model/train.ts'
import { generateTransactions } from '../../src/model/transaction-generator.ts'

const OPTIONS = { name: 'tiny', version: '7', file: 'tiny-7.zip', generator: 'test', seed: 3, limits: 'A test.', trainedAt: new Date(0), onProgress: () => {} }

t.test('trainModel: a tiny training gives a valid card that fits its zip', async (t) => {
  const lines: string[] = []
  const { zip, card } = await trainModel(generateTransactions({ rows: 6000, seed: 3 }), { ...OPTIONS, onProgress: (line) => { lines.push(line) } })
  t.same(parseModelCard(JSON.stringify(card)), card)
  t.match(card, { name: 'tiny', version: '7', trainedAt: '1970-01-01T00:00:00.000Z', artefact: { file: 'tiny-7.zip', bytes: zip.length, sha256: sha256(zip) } })
  t.equal(card.classes[card.fraudClassIndex], 'fraud')
  t.same(card.features.map(({ vocabulary, ...described }) => described), describeFeatures())
  t.ok(lines.length >= 2, 'progress is told')

  t.equal(card.trainingData.heldOutRows, 900)
  t.ok(card.trainingData.heldOutFrom > card.trainingData.from)
  t.ok(card.trainingData.trainedRows < 5100, 'training is sampled')
  t.ok(Math.abs(card.heldOutMetrics.fraudShare - 0.05) < 0.025, 'held-out rows are not sampled')
  t.ok(card.heldOutMetrics.aucRoc > 0.85, `AUC ${card.heldOutMetrics.aucRoc}`)
})

t.test('trainModel: only the date differs between two trainings', async (t) => {
  const transactions = generateTransactions({ rows: 2500, seed: 4 })
  const first = await trainModel(transactions, OPTIONS)
  const second = await trainModel(transactions, { ...OPTIONS, trainedAt: new Date(86_400_000) })
  t.ok(Buffer.from(first.zip).equals(Buffer.from(second.zip)))
  t.same({ ...second.card, trainedAt: first.card.trainedAt }, first.card)
})
