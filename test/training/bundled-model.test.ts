import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'

import { BUNDLED_CARD_PATH } from '../../src/model/bundled-model.ts'
import { type CardModel, loadCardModel } from '../../src/model/card-model.ts'
import { parseModelCard } from '../../src/model/model-card.ts'
import { BUNDLED_ROWS, bundledTraining } from '../../src/training/bundled-training.ts'
import { evaluate } from '../../src/training/evaluate.ts'
import { renderReport } from '../../src/training/report.ts'
import type { ReportData } from '../../src/training/report-data.ts'
import { HELD_OUT_SHARE } from '../../src/training/split.ts'
import { type GeneratedTransaction, generateTransactions } from '../../src/training/transaction-generator.ts'
import { generatedEvent } from './generated-event.ts'

const model = await loadCardModel(BUNDLED_CARD_PATH)
t.teardown(() => model.unload())

function assessAll (cardModel: CardModel, transactions: readonly GeneratedTransaction[]) {
  return transactions.map((transaction) => ({ ...cardModel.assess(generatedEvent(transaction)), isFraud: transaction.EVENT_LABEL === 'fraud' }))
}

t.test('bundled model: on its held-out rows it keeps the card\'s word on false positives and metrics', async (t) => {
  const { rows, seed } = model.card.trainingData
  t.equal(rows, BUNDLED_ROWS)
  const generated = generateTransactions({ rows, seed })
  const from = generated[Math.floor(rows * (1 - HELD_OUT_SHARE))]!.EVENT_TIMESTAMP
  const held = generated.filter(({ EVENT_TIMESTAMP }) => EVENT_TIMESTAMP >= from)
  t.equal(model.card.trainingData.heldOutFrom, new Date(from).toISOString())
  t.equal(model.card.trainingData.heldOutRows, held.length)
  const assessed = assessAll(model, held)
  const legitimate = assessed.filter(({ isFraud }) => !isFraud)
  for (const [score, target] of [[600, 0.1], [700, 0.07], [775, 0.05], [860, 0.03], [900, 0.02], [950, 0.01], [975, 0.005]] as const) {
    const achieved = legitimate.filter((row) => row.score > score).length / legitimate.length
    t.ok(achieved <= target && achieved > target - 0.002, `above ${score}: ${achieved.toFixed(5)} of ${target}`)
  }
  t.same(evaluate(assessed, model.card.scoreMap), model.card.evaluation)
})

t.test('bundled model: on fresh data it is about as good as its card says', async (t) => {
  const assessed = assessAll(model, generateTransactions({ rows: 20_000, seed: 99 }))
  const { aucRoc: { value } } = evaluate(assessed, model.card.scoreMap)
  t.ok(value > 0.93 && value < 0.98, `AUC ${value}`)
  const legitimate = assessed.filter(({ isFraud }) => !isFraud)
  const flagged = legitimate.filter(({ score }) => score > 860).length / legitimate.length
  t.ok(flagged > 0.02 && flagged < 0.04, `above 860: ${flagged}`)
})

t.test('bundled model: an event scores the same in any order of its variables', async (t) => {
  const event = generatedEvent(generateTransactions({ rows: 1, seed: 8 })[0]!)
  const reversed = Object.fromEntries(Object.entries(event.variables).reverse())
  t.equal(model.assess({ ...event, variables: reversed }).raw, model.assess(event).raw)
})

t.test('bundled card: it says what it was trained on, by the command that makes it', async (t) => {
  const { name, version, limits, thresholds, standIns, trainingData } = parseModelCard(await readFile(BUNDLED_CARD_PATH, 'utf8'))
  const { label, timestamp, seed, ...training } = bundledTraining({ path: 'x', seed: 1, trainedAtMs: 0 })
  t.match({ name, version, limits }, { name: training.name, version: training.version, limits: training.limits })
  t.match(trainingData, { label, timestamp, seed, fraudValues: ['fraud'], leftOut: [] })
  t.same(standIns, { amount: 'transaction_amt', currency: 'currency' })
  t.same(thresholds, { fraudAbove: 860, investigateAbove: 775 })
})

t.test('bundled model: its zip is small', async (t) => {
  t.ok(model.card.artefact.bytes < 1_500_000)
})

t.test('bundled report: the page is the one that its data give today', async (t) => {
  const folder = dirname(BUNDLED_CARD_PATH)
  const data = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as ReportData
  t.equal(data.model.sha256, model.card.artefact.sha256)
  t.same(data.evaluation, model.card.evaluation)
  t.equal(await readFile(join(folder, 'report.html'), 'utf8'), renderReport(data), 'after a change of the page: ringfence model report --model models/card-fraud')
})

t.test('loadCardModel: a card that is wrong is refused, and the reason said', async (t) => {
  const folder = await mkdtemp(join(t.testdir(), 'card-'))
  const path = join(folder, 'card.json')
  const { card } = model
  const [first] = card.features
  const wrong: [string, unknown, RegExp][] = [
    ['no JSON', '{', /card\.json cannot be used/],
    ['the form of an older version', { ...card, format: undefined }, /the card has format none, this version reads 2; train the model anew/],
    ['an unknown field', { ...card, extra: 1 }, /\/extra/],
    ['a missing field', { ...card, scoreMap: undefined }, /\/scoreMap/],
    ['a path for a file', { ...card, artefact: { ...card.artefact, file: '../model.zip' } }, /\/artefact\/file/],
    ['no such zip', { ...card, artefact: { ...card.artefact, file: 'none.zip' } }, /ENOENT/],
    ['a feature of another version', { ...card, features: [{ ...first, transformation: 'from_next_year' }] }, /made by "from_next_year", which this version does not know/],
    ['a feature twice', { ...card, features: [...card.features, first] }, /stands there twice/],
    ['a category list on a number', { ...card, features: [{ ...first, kind: 'numeric', vocabulary: ['a'] }] }, /must have a vocabulary if it is categorical/],
    ['too few features', { ...card, features: card.features.slice(1) }, /the model takes amount_log as NUMERICAL, the card says nothing of it/],
    ['a falling score map', { ...card, scoreMap: card.scoreMap.toReversed() }, /score map must rise/]
  ]
  await writeFile(join(folder, 'model.zip'), await readFile(join(dirname(BUNDLED_CARD_PATH), 'model.zip')))
  for (const [what, content, message] of wrong) {
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
    await t.rejects(loadCardModel(path), { message }, what)
  }
})

t.test('loadCardModel: a zip whose SHA-256 is not the card\'s is refused', async (t) => {
  const folder = t.testdir()
  const zip = await readFile(join(dirname(BUNDLED_CARD_PATH), model.card.artefact.file))
  zip[zip.length - 1]! ^= 1
  await writeFile(join(folder, model.card.artefact.file), zip)
  await writeFile(join(folder, 'card.json'), JSON.stringify(model.card))
  await t.rejects(loadCardModel(join(folder, 'card.json')), { message: /the SHA-256 of model\.zip is not/ })
})

t.test('loadCardModel: a card that names the wrong class is refused', async (t) => {
  const folder = t.testdir()
  await writeFile(join(folder, model.card.artefact.file), await readFile(join(dirname(BUNDLED_CARD_PATH), model.card.artefact.file)))
  await writeFile(join(folder, 'card.json'), JSON.stringify({ ...model.card, fraudClassIndex: 0 }))
  await t.rejects(loadCardModel(join(folder, 'card.json')), { message: /which class is fraud/ })
})
