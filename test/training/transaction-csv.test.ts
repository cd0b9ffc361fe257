import { createReadStream } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { profileCsv } from '../../src/detector/csv-profile.ts'
import { planDetector, namesOf } from '../../src/detector/detector-plan.ts'
import { writeTransactionsCsv } from '../../src/training/transaction-csv.ts'
import { generateTransactions } from '../../src/training/transaction-generator.ts'

t.test('writeTransactionsCsv writes what a detector can be made of, without a card number, and says how much', async (t) => {
  const folder = t.testdir()
  const path = `${folder}/training.csv`
  const told: number[] = []
  const { frauds, bytes } = await writeTransactionsCsv({ path, rows: 2_100, seed: 5, onRows: (rows) => { told.push(rows) } })
  t.same(told, [500, 1000, 1500, 2000, 2100])
  t.same(await readdir(folder), ['training.csv'], 'no half-written file stays')
  const profile = await profileCsv(createReadStream(path))
  t.equal(profile.rows, 2_100)
  t.equal(profile.bytes, bytes)
  t.equal(profile.labels.find(({ value }) => value === 'fraud')?.rows, frauds)
  const { plan, findings } = planDetector(profile, { names: namesOf('x'), types: {}, notCards: [], fraudLabels: undefined, outcomes: { approve: 'a', investigate: 'b', fraud: 'c' }, falsePositiveRates: { fraud: 0.03, investigate: 0.05 } })
  t.equal(plan?.variables.length, 16)
  t.notOk(findings.some(({ level }) => level === 'refusal'))
})

t.test('writeTransactionsCsv writes the generator\'s own rows, the same for the same seed, and packs them when asked to', async (t) => {
  const folder = t.testdir()
  await writeTransactionsCsv({ path: `${folder}/a.csv`, rows: 20, seed: 5, onRows: () => {} })
  await writeTransactionsCsv({ path: `${folder}/b.csv.gz`, rows: 20, seed: 5, onRows: () => {} })
  const text = await readFile(`${folder}/a.csv`, 'utf8')
  t.equal(gunzipSync(await readFile(`${folder}/b.csv.gz`)).toString(), text)
  const [header, ...rows] = text.trimEnd().split('\n')
  const generated = generateTransactions({ rows: 20, seed: 5 }).map(({ EVENT_LABEL, EVENT_TIMESTAMP, variables }) => [EVENT_LABEL, EVENT_TIMESTAMP, ...Object.values(variables)].join(','))
  t.equal(header, ['EVENT_LABEL', 'EVENT_TIMESTAMP', ...Object.keys(generateTransactions({ rows: 1, seed: 5 })[0]?.variables ?? {})].join(','))
  t.same(rows.toSorted(), generated.toSorted())
})
