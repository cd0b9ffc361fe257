import { writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'

import { createFeatureExtractor, encodingKey } from '../../src/model/features.ts'
import { profileData } from '../../src/training/data-profile.ts'
import { planFeatures } from '../../src/training/feature-plan.ts'
import { buildFeatureRows } from '../../src/training/feature-table.ts'
import { openCsvTable } from '../../src/training/labelled-csv.ts'
import { MAX_VARIABLE_LENGTH } from '../../src/model/features.ts'
import { eventOf, learnableText } from '../../src/training/row-event.ts'
import { splitRows } from '../../src/training/split.ts'

const ROWS = 2_000
const PAN = '4556737586899855'
const START_MS = Date.UTC(2026, 0)

/** Rows of a minute each with a shop of three hundred; `isFraud` says which are fraud. */
async function build (t: Test, isFraud: (row: number) => boolean, shop: (row: number) => string = (row) => `shop ${row % 300}`) {
  const path = `${t.testdir()}/shops.csv`
  await writeFile(path, ['y,t,shop', ...Array.from({ length: ROWS }, (_, row) => `${isFraud(row) ? 1 : 0},${new Date(START_MS + row * 60_000).toISOString()},${shop(row)}`)].join('\n'))
  const table = await openCsvTable(path)
  const profile = await profileData(table, { label: 'y', timestamp: 't', fraudValues: undefined, notCards: ['shop'] }, { seed: 1, onRows: () => {}, onBytes: () => {} })
  const plan = planFeatures(profile, { leftOut: [], kept: ['shop'] })
  const split = splitRows(profile, 1, plan.features.length)
  const built = await buildFeatureRows(table, profile, plan, split, { seed: 1, onRows: () => {} })
  const risk = built.features.findIndex(({ transformation }) => transformation === 'risk')
  const training = built.parts.training.rows.map((row, index) => ({ row, risk: built.parts.training.columns[risk]![index] as number, isValidation: built.isValidation[index] }))
  return { ...built, training }
}

const everyTenth = (row: number) => row % 10 === 3

t.test("buildFeatureRows: what validation rows are worth does not rest on validation rows' labels, nor a training row's risk on its own", async (t) => {
  const { training } = await build(t, everyTenth)
  const validation = training.filter(({ isValidation }) => isValidation)
  t.ok(validation.length > 100)
  const first = validation[0]!.row
  // The labels of the validation rows are turned round, the held-out ones stay.
  const turned = await build(t, (row) => row >= first && row < 1_700 ? row % 10 === 4 : everyTenth(row))
  const risks = new Map(turned.training.map(({ row, risk }) => [row, risk]))
  const both = validation.filter(({ row }) => risks.has(row))
  t.ok(both.length > 20)
  for (const { row, risk } of both) t.equal(risks.get(row), risk, `row ${row}`)

  const [{ row, risk }] = training.filter((one) => !one.isValidation && everyTenth(one.row)) as [typeof training[number]]
  const without = await build(t, (other) => other !== row && everyTenth(other))
  const other = without.training.find((one) => one.row === row)
  if (other !== undefined) t.ok(Math.abs(other.risk - risk) < 0.01, 'its own label hardly moves it')
})

t.test('buildFeatureRows: no hash of a card number stands among the keys', async (t) => {
  const { encodings } = await build(t, everyTenth, (row) => row % 7 === 0 ? PAN : `shop ${row % 300}`)
  const keys = encodings['shop']!.entries.map(([key]) => key)
  t.ok(keys.includes(encodingKey('shop', 'shop 1')))
  t.notOk(keys.includes(encodingKey('shop', PAN)))
})

t.test('buildFeatureRows: texts that are too long for the service teach nothing, and count as missing', async (t) => {
  const long = 'x'.repeat(MAX_VARIABLE_LENGTH + 1)
  const { encodings, parts, features } = await build(t, everyTenth, (row) => row % 7 === 0 ? long : `shop ${row % 300}`)
  const keys = encodings['shop']!.entries.map(([key]) => key)
  t.ok(keys.includes(encodingKey('shop', 'shop 1')))
  t.notOk(keys.includes(encodingKey('shop', long)))
  for (const { columns, rows } of [parts.training, parts.heldOut]) {
    for (const [index, { name, variables }] of features.entries()) {
      if (variables.length > 0) t.same(rows.filter((_, at) => columns[index]![at] === null), rows.filter((row) => row % 7 === 0), name)
    }
  }
})

t.test('learnableText lets through what the service would read, and no more', async (t) => {
  const { extract } = createFeatureExtractor({ features: [{ name: 'it', kind: 'categorical', variables: ['it'], transformation: 'category' }], encodings: {}, standIns: {} })
  for (const length of [1, MAX_VARIABLE_LENGTH, MAX_VARIABLE_LENGTH + 1]) {
    const text = 'x'.repeat(length)
    const { values: [value] } = extract(eventOf(['it'], [text], undefined))
    t.equal(value ?? '', learnableText(text), `${length} characters`)
  }
})
