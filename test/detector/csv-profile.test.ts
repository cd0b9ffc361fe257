import { createHash } from 'node:crypto'
import t from 'tap'
import { profileCsv } from '../../src/detector/csv-profile.ts'

async function * chunks (text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

const CSV = [
  'EVENT_LABEL,EVENT_TIMESTAMP,amount,ip,mail,note',
  'legit,2026-01-02T03:04:05Z,12.50,10.0.0.1,a@example.org,"one, two"',
  'legit,2026-03-01T00:00:00.250Z,7,2001:db8::1,b@example.org,',
  'fraud,02/01/2026 10:00,null,10.0.0.1,c@example.org,three',
  ',,1e3,NaN,c@example.org,three',
  ''
].join('\n')

t.test('profileCsv tells rows, size, content, labels and times of a CSV that comes in pieces', async (t) => {
  const told: number[] = []
  const profile = await profileCsv(chunks(CSV), (bytes) => { told.push(bytes) })
  t.equal(profile.rows, 4)
  t.equal(profile.bytes, Buffer.byteLength(CSV))
  t.equal(profile.sha256, createHash('sha256').update(CSV).digest('hex'))
  t.same(profile.labels, [{ value: 'fraud', rows: 1 }, { value: 'legit', rows: 2 }], 'rarest first')
  t.equal(profile.unlabelledRows, 1)
  t.same(profile.timestamps, { isoUtc: 2, others: 1, absent: 1, firstMs: Date.UTC(2026, 0, 2, 3, 4, 5), lastMs: Date.UTC(2026, 2, 1, 0, 0, 0, 250) })
  t.equal(told.at(-1), Buffer.byteLength(CSV))
})

t.test('profileCsv tells of each column what is missing, how many values there are and what they look like', async (t) => {
  const { columns } = await profileCsv(chunks(CSV))
  const of = (name: string) => columns.find((column) => column.name === name)
  t.match(of('amount'), { nulls: 1, distinct: 3, numbers: 3, distinctShare: 1 })
  t.match(of('ip'), { nulls: 1, distinct: 2, ipAddresses: 3 })
  t.match(of('mail'), { nulls: 0, distinct: 3, emailAddresses: 4, distinctShare: 0.75 })
  t.match(of('note'), { nulls: 1, distinct: 2, numbers: 0 }, 'a quoted comma is part of the value')
})

t.test('profileCsv counts card numbers and security codes, and holds fractions and short numbers for neither', async (t) => {
  const csv = [
    'EVENT_LABEL,cvv,cvv_result,pan,spaced,fraction,order_no',
    'legit,123,M,4111111111111111,4111 1111 1111 1111,0.4111111111111111,411111111111',
    'legit,,N,5500005555555559,none,12.50,12345'
  ].join('\n')
  const { columns } = await profileCsv(chunks(csv))
  t.same(columns.map(({ name, securityCodes, cardLike, luhnValid }) => [name, securityCodes, cardLike, luhnValid]), [
    ['EVENT_LABEL', 0, 0, 0],
    ['cvv', 1, 0, 0],
    ['cvv_result', 0, 0, 0],
    ['pan', 0, 2, 2],
    ['spaced', 0, 1, 1],
    ['fraction', 0, 0, 0],
    ['order_no', 0, 1, 0]
  ])
})

t.test('profileCsv counts the numbers as long as a card\'s apart from shorter and longer ones', async (t) => {
  const csv = [
    'long,shorter,longer,text,gaps',
    '4111111111111111,411111111111,41111111111111111111,one 4111-1111-1111-1111 and 4111111111111112,4111111111111111.0',
    '4111111111111112,424242424242,2026-01-02 03:04:05,two,4111111111111112.0'
  ].join('\n')
  const { columns } = await profileCsv(chunks(csv))
  t.same(columns.map(({ name, cardLike, longNumbers, longLuhnValid }) => [name, cardLike, longNumbers, longLuhnValid]), [
    ['long', 2, 2, 1], ['shorter', 2, 0, 0], ['longer', 2, 0, 0], ['text', 1, 2, 1], ['gaps', 2, 2, 1]
  ])
})

t.test('profileCsv names the line of a row that is too short, and no value', async (t) => {
  const csv = 'a,b\n1,2\n4111111111111111\n'
  await t.rejects(profileCsv(chunks(csv)), { name: 'DetectorError', kind: 'data', message: /inconsistent fields length.* line 3/ })
  await t.rejects(profileCsv(chunks(csv)).catch((error: Error) => { throw new Error(/4111/.test(error.message) ? 'leaked' : 'kept') }), { message: 'kept' })
})

t.test('profileCsv refuses an empty file and passes on what breaks the source', async (t) => {
  await t.rejects(profileCsv(chunks('')), { kind: 'data', message: 'The training data is empty.' })
  const broken = new Error('disk gone')
  await t.rejects(profileCsv((async function * () {
    yield Buffer.from('a,b\n1,2\n')
    throw broken
  })()), broken)
})
