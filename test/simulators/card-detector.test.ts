import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { profileCsv } from '../../src/detector/csv-profile.ts'
import { guessVariableType } from '../../src/training-data/variable-type.ts'
import { writeTransactionsCsv } from '../../src/training/transaction-csv.ts'
import { readCardDetector } from '../../src/simulators/card-detector.ts'

t.test('readCardDetector: a detector can be deployed beside it from generated data, since both type the shared variables alike', async (t) => {
  const path = join(t.testdir(), 'training.csv')
  await writeTransactionsCsv({ path, rows: 2_000, seed: 1, onRows () {} })
  const { columns, rows } = await profileCsv(createReadStream(path))
  const guessed = columns.filter(({ name }) => !name.startsWith('EVENT_')).map((column) => [column.name, guessVariableType(column, rows)])
  t.equal(guessed.length, 16)
  t.same((await readCardDetector()).variableTypes, Object.fromEntries(guessed))
})
