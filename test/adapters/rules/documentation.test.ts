import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseDetector } from '../../../src/adapters/rules/detector-rules.ts'
import { createVocabulary } from '../../../src/adapters/rules/rule-facts.ts'

const page = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8')

t.test('docs/rules.md: the table of facts names exactly those that there are, with their types', async (t) => {
  const documented = [...page.matchAll(/^\| `([a-zA-Z0-9.]+)` \| (int|double|string|bool|timestamp) \|/gm)].map(([, name, type]) => `${name} ${type}`)
  const { words, groups } = createVocabulary({ name: 'n', model: undefined, timeZone: 'UTC', match: 'all', variables: new Map(), lists: new Map(), rules: [], otherwise: 'approve' })
  const fields = Object.entries(groups).flatMap(([group, types]) => Object.entries(types).map(([field, type]) => [`${group}.${field}`, type]))
  const known = [...Object.entries(words), ...fields].map(([name, type]) => `${name} ${type?.replace('google.protobuf.Timestamp', 'timestamp')}`)
  t.same(documented.toSorted(), known.toSorted())
})

t.test('docs/rules.md: its example is a detector, and so are its expressions', async (t) => {
  const [, example = ''] = /```yaml detector\n([^]*?)```/.exec(page) ?? []
  t.notOk('faults' in parseDetector(example), example)
  const expressions = [.../```cel\n([^]*?)```/.exec(page)?.[1]?.trim().split('\n') ?? [], ...[...page.matchAll(/`(lists\.domains\.exists\([^`]+|amount > 2\.0[^`]+|amount > 5000 \|\|[^`]+|occurredAt < [^`]+)`/g)].map(([, expression = '']) => expression)]
  t.equal(expressions.length, 6)
  for (const when of expressions) {
    const source = { name: 'n', match: 'all', variables: { merchant_id: 'text', email_address: 'text', distance_km: 'number' }, lists: { trusted_merchants: ['a'], domains: ['b'] }, rules: [{ id: 'a', when, outcome: 'fraud' }], otherwise: 'approve' }
    t.notOk('faults' in parseDetector(JSON.stringify(source)), when)
  }
})
