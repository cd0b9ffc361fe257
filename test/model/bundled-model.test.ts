import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'

import { BUNDLED_CARD_PATH } from '../../src/model/bundled-model.ts'
import { type CardModel, loadCardModel } from '../../src/model/card-model.ts'
import { evaluate } from '../../src/model/evaluate.ts'
import { describeFeatures, FEATURES } from '../../src/model/features.ts'
import { parseModelCard } from '../../src/model/model-card.ts'
import { HELD_OUT_SHARE, toEvent } from '../../src/model/train.ts'
import { type GeneratedTransaction, generateTransactions } from '../../src/model/transaction-generator.ts'

const model = await loadCardModel(BUNDLED_CARD_PATH)
t.teardown(() => model.unload())

function assessAll (cardModel: CardModel, transactions: readonly GeneratedTransaction[]) {
  return transactions.map((transaction) => ({ ...cardModel.assess(toEvent(transaction)), isFraud: transaction.EVENT_LABEL === 'fraud' }))
}

t.test('bundled model: on its held-out rows it keeps the card\'s word on false positives and metrics', async (t) => {
  const { rows, seed } = model.card.trainingData
  const held = generateTransactions({ rows, seed }).slice(Math.floor(rows * (1 - HELD_OUT_SHARE)))
  const assessed = assessAll(model, held)
  const legitimate = assessed.filter(({ isFraud }) => !isFraud)
  for (const [score, target] of [[600, 0.1], [700, 0.07], [775, 0.05], [860, 0.03], [900, 0.02], [950, 0.01], [975, 0.005]] as const) {
    const achieved = legitimate.filter((row) => row.score > score).length / legitimate.length
    t.ok(achieved <= target && achieved > target - 0.002, `above ${score}: ${achieved.toFixed(5)} of ${target}`)
  }
  t.same(evaluate(assessed), model.card.heldOutMetrics)
})

t.test('bundled model: on fresh data it is about as good as its card says', async (t) => {
  const assessed = assessAll(model, generateTransactions({ rows: 20_000, seed: 99 }))
  const { aucRoc } = evaluate(assessed)
  t.ok(aucRoc > 0.93 && aucRoc < 0.98, `AUC ${aucRoc}`)
  const legitimate = assessed.filter(({ isFraud }) => !isFraud)
  const flagged = legitimate.filter(({ score }) => score > 860).length / legitimate.length
  t.ok(flagged > 0.02 && flagged < 0.04, `above 860: ${flagged}`)
})

t.test('bundled model: an event scores the same in any order of its variables', async (t) => {
  const event = toEvent(generateTransactions({ rows: 1, seed: 8 })[0]!)
  const reversed = Object.fromEntries(Object.entries(event.variables).reverse())
  t.equal(model.assess({ ...event, variables: reversed }).raw, model.assess(event).raw)
})

t.test('bundled card: its feature table is the program\'s, and only categories have a vocabulary', async (t) => {
  const { features } = parseModelCard(await readFile(BUNDLED_CARD_PATH, 'utf8'))
  t.same(features.map(({ vocabulary, ...described }) => described), describeFeatures())
  t.same(features.filter(({ vocabulary }) => vocabulary !== undefined).map(({ name }) => name),
    FEATURES.filter(({ kind }) => kind === 'categorical').map(({ name }) => name))
  t.same(model.card.thresholds, { fraudAbove: 860, investigateAbove: 775 })
})

t.test('bundled model: its zip is small', async (t) => {
  t.ok(model.card.artefact.bytes < 1_500_000)
})

t.test('loadCardModel: a card that is wrong is refused, and the reason said', async (t) => {
  const folder = await mkdtemp(join(t.testdir(), 'card-'))
  const path = join(folder, 'card.json')
  const { card } = model
  const wrong: [string, unknown, RegExp][] = [
    ['no JSON', '{', /card\.json cannot be used/],
    ['an unknown field', { ...card, extra: 1 }, /\/extra/],
    ['a missing field', { ...card, scoreMap: undefined }, /\/scoreMap/],
    ['a path for a file', { ...card, artefact: { ...card.artefact, file: '../card-fraud-1.zip' } }, /\/artefact\/file/],
    ['no such zip', { ...card, artefact: { ...card.artefact, file: 'none.zip' } }, /ENOENT/],
    ['other features', { ...card, features: card.features.slice(1) }, /features are not those/],
    ['a falling score map', { ...card, scoreMap: card.scoreMap.toReversed() }, /score map must rise/]
  ]
  for (const [what, content, message] of wrong) {
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
    await t.rejects(loadCardModel(path), { message }, what)
  }
})

t.test('loadCardModel: a zip whose SHA-256 is not the card\'s is refused', async (t) => {
  const folder = t.testdir()
  const zip = await readFile(join(BUNDLED_CARD_PATH, '..', model.card.artefact.file))
  zip[zip.length - 1]! ^= 1
  await writeFile(join(folder, model.card.artefact.file), zip)
  await writeFile(join(folder, 'card.json'), JSON.stringify(model.card))
  await t.rejects(loadCardModel(join(folder, 'card.json')), { message: /the SHA-256 of card-fraud-1\.zip is not/ })
})

t.test('loadCardModel: a card that names the wrong class is refused', async (t) => {
  const folder = t.testdir()
  await writeFile(join(folder, model.card.artefact.file), await readFile(join(BUNDLED_CARD_PATH, '..', model.card.artefact.file)))
  await writeFile(join(folder, 'card.json'), JSON.stringify({ ...model.card, fraudClassIndex: 0 }))
  await t.rejects(loadCardModel(join(folder, 'card.json')), { message: /which class is fraud/ })
})
