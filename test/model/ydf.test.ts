import t from 'tap'

import { loadYdfModel } from '../../src/model/ydf.ts'
import { MODEL_KINDS, trainYdfModel } from '../../src/training/ydf-training.ts'

const COLUMNS = {
  amount: Array.from({ length: 400 }, (_, index) => index % 50 === 0 ? null : index % 100),
  letter: Array.from({ length: 400 }, (_, index) => index % 40 === 0 ? null : 'MNV'[index % 3]!)
}
const LABELS = COLUMNS.amount.map((amount, index) => (amount ?? 0) > 60 && COLUMNS.letter[index] !== 'M' ? 'fraud' : 'legit')
const train = (kind: typeof MODEL_KINDS[number] = 'gradient boosted trees') => trainYdfModel(kind, COLUMNS, new Set(['amount']), LABELS)

t.test('trainYdfModel: the same columns give the same bytes', async (t) => {
  const first = await Promise.all(MODEL_KINDS.map(train))
  // Zip dates have a grain of two seconds, the model's own date one of one second.
  await new Promise((resolve) => setTimeout(resolve, 2100))
  for (const [index, kind] of MODEL_KINDS.entries()) t.ok(Buffer.from(first[index]!).equals(Buffer.from(await train(kind))), kind)
})

t.test('trainYdfModel and loadYdfModel: they leave no process listener behind, and take none of others away', async (t) => {
  const own = () => {}
  process.on('unhandledRejection', own)
  const listeners = () => [process.rawListeners('uncaughtException'), process.rawListeners('unhandledRejection')]
  const before = listeners()
  const model = await loadYdfModel(await train())
  t.same(listeners(), before)
  t.ok(process.rawListeners('unhandledRejection').includes(own))
  process.removeListener('unhandledRejection', own)
  model.unload()
})

t.test('loadYdfModel: the model knows its classes and separates them', async (t) => {
  const model = await loadYdfModel(await train())
  t.same(model.getLabelClasses(), ['legit', 'fraud'])
  const [fraud, legit, missing] = model.predict({ amount: [90, 10, null], letter: ['N', 'N', null] })
  t.ok(fraud! > 0.5 && legit! < 0.5)
  t.ok(missing! >= 0 && missing! <= 1)
  model.unload()
})

t.test('trainYdfModel: the trees of a forest tell shares, so that rows it is unsure of differ', async (t) => {
  const model = await loadYdfModel(await train('random forest'))
  const shares = model.predict({ amount: Array.from({ length: 100 }, (_, amount) => amount), letter: Array.from({ length: 100 }, () => 'N') })
  // 300 whole votes of trees would make multiples of 1/300.
  t.ok(shares.some((share) => Math.abs(share * 300 - Math.round(share * 300)) > 0.01))
  model.unload()
})

t.test('loadYdfModel: what is no model is refused', async (t) => {
  await t.rejects(loadYdfModel(Buffer.from('no zip')))
})
