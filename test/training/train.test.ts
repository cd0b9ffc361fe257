import { readFile, writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'

import { createCardModel } from '../../src/model/card-model.ts'
import { parseModelCard, sha256 } from '../../src/model/model-card.ts'
import { createRandom } from '../../src/model/random.ts'
import type { DataProfile } from '../../src/training/data-profile.ts'
import { evaluateFile } from '../../src/training/evaluate-file.ts'
import type { FeaturePlan } from '../../src/training/feature-plan.ts'
import { trainModel, type TrainingOptions } from '../../src/training/train.ts'
import { writeTransactionsCsv } from '../../src/training/transaction-csv.ts'

const OPTIONS: Omit<TrainingOptions, 'path'> = {
  name: 'tiny', version: '7', label: 'EVENT_LABEL', timestamp: 'EVENT_TIMESTAMP', fraudValues: undefined, notCards: [], leftOut: [], kept: [], customer: undefined, seed: 3, limits: 'A test.', trainedAtMs: 0
}

async function generated (t: Test, rows: number, name = 'tiny.csv'): Promise<string> {
  const path = `${t.testdir()}/${name}`
  await writeTransactionsCsv({ path, rows, seed: 3, onRows: () => {} })
  return path
}

async function train (options: Partial<TrainingOptions> & { path: string }) {
  const told: { steps: Set<string>, profile?: DataProfile, plan?: FeaturePlan } = { steps: new Set() }
  const training = await trainModel({ ...OPTIONS, ...options }, { doing: (step) => { told.steps.add(step) }, profiled: (profile, plan) => { Object.assign(told, { profile, plan }) } })
  return { ...training, ...told }
}

const path = await generated(t, 4000)
const training = await train({ path })

t.test('trainModel: a tiny training gives a valid card that fits its zip, and says what is under way', async (t) => {
  const { zip, card, report, steps, plan } = training
  t.same(parseModelCard(JSON.stringify(card)), JSON.parse(JSON.stringify(card)))
  t.match(card, { name: 'tiny', version: '7', trainedAt: '1970-01-01T00:00:00.000Z', artefact: { file: 'model.zip', bytes: zip.length, sha256: sha256(zip) } })
  t.equal(card.classes[card.fraudClassIndex], 'fraud')
  t.same([...steps].filter((step) => !['learn', 'make'].includes(step)), ['read', 'try gradient boosted trees', 'try random forest', 'train', 'measure', 'importance'])
  t.ok(card.candidates.some(({ kind }) => kind === card.kind))
  t.same(plan?.columns.filter(({ use }) => use.startsWith('left out')), [])

  const { trainingData, evaluation } = card
  t.equal(trainingData.rows, 4000)
  t.ok(trainingData.heldOutRows >= 600 && trainingData.heldOutRows < 610)
  t.ok(trainingData.heldOutFrom! > trainingData.from! && trainingData.heldOutFrom! < trainingData.to!)
  t.ok(Math.abs(evaluation.fraudShare - 0.05) < 0.025, 'held-out rows are not sampled')
  t.ok(evaluation.aucRoc.value > 0.85, `AUC ${evaluation.aucRoc.value}`)
  t.same(report.evaluation, evaluation)
  t.equal(report.legitimateByScore.reduce((sum, one) => sum + one, 0) + report.fraudsByScore.reduce((sum, one) => sum + one, 0), trainingData.heldOutRows)
  t.equal(report.importance.length, card.features.length)

  const model = await createCardModel(card, zip)
  t.teardown(() => model.unload())
  for (const [index, { name, kind }] of card.features.entries()) t.not(card.features[index]!.typical, undefined, `${name} (${kind}) has a typical value`)
})

t.test('trainModel: only the date differs between two trainings of the same data, packed or not', async (t) => {
  const path = await generated(t, 1200)
  await writeTransactionsCsv({ path: `${path}.gz`, rows: 1200, seed: 3, onRows: () => {} })
  const first = await train({ path })
  const second = await train({ path: `${path}.gz`, trainedAtMs: 86_400_000 })
  t.ok(Buffer.from(first.zip).equals(Buffer.from(second.zip)))
  t.same({ ...second.card, trainedAt: first.card.trainedAt, trainingData: { ...second.card.trainingData, source: 'tiny.csv' } }, first.card)
})

t.test('trainModel refuses names of columns that are not there, or that it cannot do without', async (t) => {
  for (const list of ['leftOut', 'kept', 'notCards'] as const) await t.rejects(train({ path, [list]: ['nosuch'] }), { message: /^There is no column nosuch\. The columns are EVENT_LABEL, / })
  await t.rejects(train({ path, leftOut: ['EVENT_LABEL'] }), { message: /^--leave-out names EVENT_LABEL, the label, without which nothing can be learnt/ })
  await t.rejects(train({ path, leftOut: ['EVENT_TIMESTAMP'] }), { message: /^--leave-out names EVENT_TIMESTAMP, the timestamp/ })
})

t.test('evaluateFile: says when the rows are those that the model learnt from', async (t) => {
  const { zip, card } = training
  const model = await createCardModel(card, zip)
  t.teardown(() => model.unload())
  const flatters = async (path: string) => (await evaluateFile(model, { path, label: undefined, timestamp: undefined, fraudValues: undefined, customer: undefined, by: undefined }, () => {})).flatters
  t.match(await flatters(path), /^the model was trained on this very file: the figures flatter; those of the rows that were held out \(those from 2026-.* on\) are in its card\.json$/)
  const packed = `${t.testdir()}/packed.csv.gz`
  await writeTransactionsCsv({ path: packed, rows: 4000, seed: 3, onRows: () => {} })
  t.match(await flatters(packed), /^the model was trained on this very file/)

  const [header, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const isHeldOut = (line: string) => Date.parse(line.split(',')[1]!) >= Date.parse(card.trainingData.heldOutFrom!)
  const part = async (name: string, rows: string[]) => {
    const file = `${t.testdirName}/${name}.csv`
    await writeFile(file, [header, ...rows].join('\n'))
    return file
  }
  t.match(await flatters(await part('early', [...lines.filter((line) => !isHeldOut(line)).slice(0, 30), ...lines.filter(isHeldOut).slice(0, 9)])), /^30 of 39 rows are from the time that the model was trained on/)
  t.equal(await flatters(await part('held-out', lines.filter(isHeldOut))), null)

  const bundled = await createCardModel({ ...card, trainingData: { ...card.trainingData, source: 'generated-160000-3.csv' } }, zip)
  t.teardown(() => bundled.unload())
  const generated = async (generatedBySeed: number) => (await evaluateFile(bundled, { path: packed, label: undefined, timestamp: undefined, fraudValues: undefined, customer: undefined, by: undefined, generatedBySeed }, () => {})).flatters
  t.match(await generated(3), /^the model was trained on payments generated with --seed 3/)
  t.equal(await generated(4), null)
})

t.test('evaluateFile: measures what training held out as the card says it was, and each value of a column apart', async (t) => {
  const { zip, card } = training
  const model = await createCardModel(card, zip)
  t.teardown(() => model.unload())
  const [header, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const from = card.trainingData.heldOutFrom!
  const held = lines.filter((line) => new Date(line.split(',')[1]!).toISOString() >= from)
  const heldPath = `${path}.held.csv`
  await writeFile(heldPath, [header, ...held].join('\n'))
  const request = { path: heldPath, label: undefined, timestamp: undefined, fraudValues: undefined, customer: undefined, by: 'currency' }
  const { evaluation, segments, fromMs } = await evaluateFile(model, request, () => {})
  t.same(evaluation, card.evaluation)
  t.equal(new Date(fromMs!).toISOString(), from)
  t.ok(segments.length > 2)
  t.equal(segments.reduce((sum, { rows }) => sum + rows, 0), evaluation.rows)
  t.ok(segments.every(({ rows }, index) => index === 0 || rows <= segments[index - 1]!.rows), 'greatest first')
  await t.rejects(evaluateFile(model, { ...request, by: 'no_such' }, () => {}), { message: /There is no column no_such; name one with --by/ })
})

t.test('trainModel: columns named like what every object has, quoted newlines and labels of three values make a model that scores; no card number stands in it', async (t) => {
  const { next } = createRandom(5)
  const pick = (...values: string[]) => values[Math.floor(next() * values.length)]!
  const lines = Array.from({ length: 700 }, (_, index) => {
    const isFraud = next() < 0.15
    return [isFraud ? pick('bad', 'odd') : 'ok', 1_767_225_600 + index * 600, isFraud ? pick('p', 'q') : pick('p', 'r'), Math.floor(next() * 24), next().toFixed(3), pick('True', 'false'), `Shop ${Math.floor(next() * 300)}`, pick('"a\n b"', '"c ""d"""'), '4111111111111111', '123', next().toFixed(2)].join(';')
  })
  const path = `${t.testdir()}/odd.csv`
  await writeFile(path, `\uFEFF${['y;t;constructor;hour_utc;toString;variables;shop;note;source;cvc2;__proto__', ...lines].join('\r\n')}`)
  const { zip, card, report } = await train({ path, label: 'y', timestamp: 't', fraudValues: ['bad', 'odd'] })
  t.same(card.trainingData.leftOut.map(({ column }) => column), ['source', 'cvc2', '__proto__'])
  t.same(card.features.map(({ name, transformation }) => `${name} ${transformation}`), ['constructor category', 'hour_utc number', 'toString number', 'variables boolean', 'shop_frequency frequency', 'shop_risk risk', 'note category', 'hour_utc_2 hour_utc', 'weekday_utc weekday_utc'])
  t.ok(card.encodings['shop']!.entries.every(([key]) => /^[0-9a-f]{12}$/.test(key)), 'no shop by its name')
  t.notOk(JSON.stringify([card, report]).includes('4111111111111111'))
  const model = await createCardModel(parseModelCard(JSON.stringify(card)), zip)
  t.teardown(() => model.unload())
  const { evaluation } = await evaluateFile(model, { path, label: undefined, timestamp: undefined, fraudValues: undefined, customer: undefined, by: undefined }, () => {})
  t.ok(evaluation.aucRoc.value > 0.7, `AUC ${evaluation.aucRoc.value}`)
})
