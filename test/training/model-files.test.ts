import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'

import { BUNDLED_CARD_PATH } from '../../src/model/bundled-model.ts'
import { parseModelCard } from '../../src/model/model-card.ts'
import { readReportData, writeModelFolder } from '../../src/training/model-files.ts'

const BUNDLED = dirname(BUNDLED_CARD_PATH)
const training = {
  zip: await readFile(join(BUNDLED, 'model.zip')),
  card: parseModelCard(await readFile(BUNDLED_CARD_PATH, 'utf8')),
  report: await readReportData(BUNDLED)
}
const { signal } = new AbortController()

t.test('writeModelFolder: the folder is that of the bundled model, byte for byte, and is replaced when it may be', async (t) => {
  const folder = join(t.testdir(), 'mine')
  for (const mayReplace of [false, true]) {
    await writeModelFolder(folder, training, { mayReplace, signal })
    for (const name of await readdir(BUNDLED)) t.ok((await readFile(join(folder, name))).equals(await readFile(join(BUNDLED, name))), name)
  }
  t.same(await readdir(dirname(folder)), ['mine'], 'nothing else is left')
})

t.test('writeModelFolder: what somebody else made meanwhile stays as it is', async (t) => {
  for (const [mayReplace, file] of [[false, 'card.json'], [true, 'notes.txt']] as const) {
    const folder = join(t.testdir(), `mine-${mayReplace}`)
    await mkdir(folder)
    await writeFile(join(folder, file), 'theirs')
    await t.rejects(writeModelFolder(folder, training, { mayReplace, signal }), { message: /was made by somebody else meanwhile|cannot be written/ })
    t.equal(await readFile(join(folder, file), 'utf8'), 'theirs')
    t.same(await readdir(folder), [file])
  }
})
