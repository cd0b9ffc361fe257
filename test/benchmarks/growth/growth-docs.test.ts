import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { costReport } from './cost-report.ts'
import { putBlock } from './generated-block.ts'
import { recordStory } from './recorded-story.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

t.test('docs/growth.md says what the items that the service writes cost; npm run bench:cost -- --write puts it there', async (t) => {
  const document = readFileSync(`${ROOT}docs/growth.md`, 'utf8')
  t.equal(putBlock(document, 'cost', costReport(await recordStory(ROOT))), document)
})

t.test('a block takes the place of the one before, and a document without it is refused', async (t) => {
  const document = 'a\n<!-- generated: x -->\nold\n<!-- end: x -->\nb\n'
  t.equal(putBlock(document, 'x', 'new\n'), 'a\n<!-- generated: x -->\n\nnew\n\n<!-- end: x -->\nb\n')
  t.throws(() => putBlock(document, 'y', 'new'), /no block y/)
})
