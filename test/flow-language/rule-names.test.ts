import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

t.test('docs/flow-check.md names every rule, and none that is not there', async t => {
  const sources = [...readdirSync(new URL('../../src/flow-language/', import.meta.url)).map((name) => `src/flow-language/${name}`), 'src/cli/flow.ts'].map(read).join('\n')
  const inCode = [...sources.matchAll(/(?:rule: |rule = |add\(|failed\()'([a-z-]+)'/g)].map(([, name]) => name)
  const rows = read('docs/flow-check.md').split('\n').filter((line) => line.startsWith('| `'))
  const inDocs = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name))
  t.strictSame([...inDocs].sort(), [...new Set(inCode)].sort())
})
