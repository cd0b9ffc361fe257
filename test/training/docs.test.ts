import { readFileSync } from 'node:fs'
import t from 'tap'
import { TRANSFORMATIONS } from '../../src/model/transformations.ts'

t.test('docs/model.md: its table has every transformation, as it describes itself', async (t) => {
  const page = readFileSync(new URL('../../docs/model.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| transformation | makes |'), page.indexOf('`category` and other kinds'))
  t.same(table.trim().split('\n').slice(2), Object.entries(TRANSFORMATIONS).map(([name, { description }]) => `| \`${name}\` | ${description} |`))
})
