import t from 'tap'
import { indexWrites, readUnits, writeUnits } from './capacity.ts'
import { itemBytes } from './item-size.ts'

t.test('an item is as large as the rules of the Developer Guide make it', async (t) => {
  const TABLE: Array<[what: string, item: Parameters<typeof itemBytes>[0], bytes: number]> = [
    ['text: UTF-8 of name and value', { name: { S: 'Zoë' } }, 4 + 4],
    ['a number: a byte for two digits, and one', { n: { N: '1234' } }, 1 + 3],
    ['an odd number of digits is rounded up', { n: { N: '12345' } }, 1 + 4],
    ['zeroes at either end are trimmed', { n: { N: '0012300' } }, 1 + 3],
    ['a sign takes room', { n: { N: '-12' } }, 1 + 3],
    ['nothing, and yes or no: a byte', { a: { NULL: true }, b: { BOOL: false } }, 1 + 1 + 1 + 1],
    ['bytes are counted before base64', { b: { B: 'AAEC' } }, 1 + 3],
    ['an empty list or map: three bytes', { l: { L: [] }, m: { M: {} } }, 1 + 3 + 1 + 3],
    ['an element: one more', { l: { L: [{ S: 'ab' }, { N: '1' }] }, m: { M: { k: { S: 'v' } } } }, (1 + 3 + 1 + 2 + 1 + 2) + (1 + 3 + 1 + 1 + 1)]
  ]
  for (const [what, item, bytes] of TABLE) t.equal(itemBytes(item), bytes, what)
})

t.test('units: a KB written, 4 KB read, half of it when it need not be consistent', async (t) => {
  const of = (bytes: number) => ({ a: { S: 'x'.repeat(bytes - 1) } })
  t.equal(writeUnits(undefined, of(1024)), 1)
  t.equal(writeUnits(undefined, of(1025)), 2)
  t.equal(writeUnits(of(2049), of(10)), 3, 'the larger of what was there and what is')
  t.equal(writeUnits(undefined, undefined), 1)
  t.same([0, 4096, 4097].map((bytes) => readUnits(bytes, true)), [1, 1, 2])
  t.equal(readUnits(0, false), 0.5)
})

t.test('an index is written when its entry comes, goes or moves, and not when it stays', async (t) => {
  const item = (dueAtMs?: string) => ({ pk: { S: 'CASE#1' }, sk: { S: 'CASE' }, ...dueAtMs === undefined ? {} : { dueShard: { S: 'voice#0' }, dueAtMs: { N: dueAtMs } } })
  const write = { index: 'due', key: 'voice#0', units: 1 }
  t.same(indexWrites(undefined, item('1')), [write])
  t.same(indexWrites(item('1'), item('1')), [])
  t.same(indexWrites(item('1'), item('2')), [write, write])
  t.same(indexWrites(item('1'), item()), [write])
})
