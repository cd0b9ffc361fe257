import t from 'tap'
import { parseDetectorFile } from '../../../src/adapters/rules/detector-file.ts'

const WHOLE = `name: night-shift
description: What the night shift asked for.
model: ../models/card-fraud
timeZone: Europe/Berlin
match: first
variables:
  merchant_id: text
  distance_km: number
lists:
  trusted: [shop-1, "0742"]
  round: [100, 500]
rules:
  - id: trusted
    description: Shops that we know.
    when: variables.merchant_id in lists.trusted
    outcome: approve
  - id: high
    when: >-
      amount > 500
      && score > 600
    outcome: investigate
otherwise: approve
`

function faultsOf (source: string): string[] {
  const parsed = parseDetectorFile(source)
  return 'faults' in parsed ? parsed.faults : []
}

t.test('parseDetectorFile: a whole file is read, with the line of each expression', async (t) => {
  t.same(parseDetectorFile(WHOLE), {
    file: {
      name: 'night-shift',
      model: '../models/card-fraud',
      timeZone: 'Europe/Berlin',
      match: 'first',
      variables: new Map([['merchant_id', 'text'], ['distance_km', 'number']]),
      lists: new Map<string, unknown>([['trusted', ['shop-1', '0742']], ['round', [100, 500]]]),
      rules: [
        { id: 'trusted', when: 'variables.merchant_id in lists.trusted', outcome: 'approve', line: 15 },
        { id: 'high', when: 'amount > 500 && score > 600', outcome: 'investigate', line: 18 }
      ],
      otherwise: 'approve'
    }
  })
})

t.test('parseDetectorFile: JSON is YAML too, and what may be left out may be', async (t) => {
  t.match(parseDetectorFile('{ "name": "j", "match": "all", "rules": [{ "id": "a", "when": "score > 1", "outcome": "fraud" }], "otherwise": "approve" }'), {
    file: { name: 'j', model: undefined, timeZone: 'UTC', match: 'all', rules: [{ id: 'a', line: 1 }] }
  })
})

t.test('parseDetectorFile: what is not right is told with its line and its place', async (t) => {
  const TABLE: Array<[from: string | RegExp, to: string, faults: string[]]> = [
    ['name: night-shift', 'name: Night Shift', ['line 1, name must be 1 to 64 of a-z, 0-9, _ and -']],
    ['match: first', 'match: some', ['line 5, match must be first or all']],
    ['match: first\n', '', ['line 1, match is missing']],
    ['otherwise: approve', 'otherwise: deny', ['line 22, otherwise must be approve, investigate or fraud']],
    ['outcome: investigate', 'outcome: blocked', ['line 21, rule high, outcome must be approve, investigate or fraud']],
    ['    outcome: investigate\n', '', ['line 17, rule high, outcome is missing']],
    ['  - id: high\n', '  - description: high\n', ['line 17, rule number 2, id is missing']],
    ['id: high', 'id: High amounts', ['line 17, rule High amounts, id must be 1 to 64 of a-z, 0-9, _ and -']],
    ['id: high', 'id: 7', ['line 17, rule number 2, id must be 1 to 64 of a-z, 0-9, _ and -']],
    ['id: high', 'id: trusted', ['line 18, rule trusted: another rule has this id']],
    ['    when: variables', '    if: variables', ['line 13, rule trusted, when is missing', 'line 15, rule trusted, if is not known; known are id, description, when, outcome']],
    ['otherwise:', 'threshold: 1\notherwise:', ['line 22, threshold is not known; known are name, description, model, timeZone, match, variables, lists, rules, otherwise']],
    ['merchant_id: text', 'merchant_id: string', ['line 7, variables.merchant_id must be text or number']],
    ['merchant_id: text', 'merchant-id: text', ['line 7, variables.merchant-id must have a name of letters, digits and _, at most 64, that begins with no digit']],
    ['trusted: [shop-1, "0742"]', 'trusted: [shop-1, 742]', ['line 10, lists.trusted must be a list of texts (of at most 256 characters) or one of numbers, of at most 100000 entries']],
    ['round: [100, 500]', 'round: 100', ['line 11, lists.round must be a list of texts (of at most 256 characters) or one of numbers, of at most 100000 entries']],
    ['timeZone: Europe/Berlin', 'timeZone: Europe/Entenhausen', ['line 4, timeZone must be an IANA time zone such as Europe/Berlin']],
    ['match: first', 'match: first\nmatch: all', ['Map keys must be unique at line 6, column 1']],
    [/rules:[^]*/, 'rules: []\notherwise: approve\n', ['line 12, rules must be a list of 1 to 200 rules']],
    [/[^]*/, '', ['line 1, the file must be a detector: name, match, rules, otherwise']],
    [/[^]*/, '- name', ['line 1, the file must be a detector: name, match, rules, otherwise']]
  ]
  t.same(faultsOf(WHOLE), [], 'nothing is wrong without the change')
  for (const [from, to, faults] of TABLE) t.same(faultsOf(WHOLE.replace(from, to)), faults, `${String(from)} -> ${to}`)
})

t.test('parseDetectorFile: everything has a bound', async (t) => {
  const file = (change: object) => JSON.stringify({ name: 'n', match: 'all', rules: [{ id: 'a', when: 'score > 1', outcome: 'fraud' }], otherwise: 'approve', ...change })
  const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
  const rules = (count: number) => ({ rules: many(count, (index) => ({ id: `r${index}`, when: 'score > 1', outcome: 'fraud' })) })
  const lists = (count: number) => ({ lists: Object.fromEntries(many(count, (index) => [`l${index}`, ['a']])) })
  const variables = (count: number) => ({ variables: Object.fromEntries(many(count, (index) => [`v${index}`, 'text'])) })
  const expression = (length: number) => ({ rules: [{ id: 'a', when: 'x'.repeat(length), outcome: 'fraud' }] })
  const TABLE: Array<[what: string, make: (size: number) => object, bound: number]> = [
    ['rules', rules, 200],
    ['lists', lists, 50],
    ['variables', variables, 100],
    ['characters of an expression', expression, 2000],
    ['entries of a list', (size) => ({ lists: { l: many(size, (index) => index) } }), 100_000],
    ['characters of an entry', (size) => ({ lists: { l: ['x'.repeat(size)] } }), 256],
    ['characters of a description', (size) => ({ description: 'x'.repeat(size) }), 1000]
  ]
  for (const [what, make, bound] of TABLE) {
    t.same(faultsOf(file(make(bound))), [], `${bound} ${what} are taken`)
    t.equal(faultsOf(file(make(bound + 1))).length, 1, `${bound + 1} are not`)
  }
})

t.test('parseDetectorFile: aliases that would make a file many times as large are refused', async (t) => {
  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdef'.split('').map((name, index) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcde'[index]}`).join(', ')}]`)]
  t.same(faultsOf(`${laughs.join('\n')}\n`), ['aliases are repeated too often'])
})
