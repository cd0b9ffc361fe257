import { writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'

import { createRandom } from '../../src/model/random.ts'
import { createColumnCounter } from '../../src/training-data/column-profile.ts'
import { type ColumnRoles, profileData } from '../../src/training/data-profile.ts'
import { planFeatures } from '../../src/training/feature-plan.ts'
import { openCsvTable } from '../../src/training/labelled-csv.ts'
import { splitRows } from '../../src/training/split.ts'
import { TrainingError } from '../../src/training/training-error.ts'

const ROLES: ColumnRoles = { label: 'y', timestamp: 't', fraudValues: undefined, notCards: [] }
const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 0)
const HIDDEN = '4111111111111111'

interface Row { index: number, isFraud: boolean, next: () => number }
interface Data {
  rows?: number
  label?: (row: Omit<Row, 'isFraud'>) => string
  time?: (index: number) => string
  columns?: Record<string, (row: Row) => string>
  roles?: Partial<ColumnRoles>
  kept?: string[]
}

const everyTenth = ({ index }: { index: number }) => index % 10 === 3 ? '1' : '0'

/** Rows of an hour each, every tenth of them fraud unless said otherwise. */
async function profile (t: Test, { rows = 400, label = everyTenth, time = (index) => new Date(START_MS + index * HOUR_MS).toISOString(), columns = {}, roles = {} }: Data) {
  const { next } = createRandom(7)
  const lines = Array.from({ length: rows }, (_, index) => {
    const own = label({ index, next })
    return [own, time(index), ...Object.values(columns).map((make) => make({ index, isFraud: own === '1', next }))].map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')
  })
  const path = `${t.testdir()}/data.csv`
  await writeFile(path, [['y', 't', ...Object.keys(columns)].join(','), ...lines].join('\n'))
  return await profileData(await openCsvTable(path), { ...ROLES, ...roles }, { seed: 1, onRows: () => {}, onBytes: () => {} })
}

const LABELS: ReadonlyArray<[string, string[], string[], string[]?]> = [
  ['0 and 1', ['0', '1'], ['1']],
  ['blanks around them', [' 0 ', ' 1 '], ['1']],
  ['fractions', ['0.0', '1.0'], ['1.0']],
  ['True and False', ['False', 'True'], ['True']],
  ['words', ['not fraud', 'fraud'], ['fraud']],
  ['three values of which two are named', ['ok', 'bad', 'odd'], ['bad', 'odd'], ['bad', 'odd']],
  ['names of what every object has', ['__proto__', 'constructor'], ['constructor'], ['constructor']],
  ['t and f', ['f', 't'], ['t']],
  ['a word that says it alone', ['other', 'fraud'], ['fraud']]
]
for (const [what, values, frauds, fraudValues] of LABELS) {
  t.test(`profileData tells frauds by labels such as ${what}`, async (t) => {
    const { labels } = await profile(t, { label: ({ index }) => values[index % values.length]!, roles: { fraudValues } })
    t.same(labels.filter(({ isFraud }) => isFraud).map(({ value }) => value).sort(), frauds)
  })
}

const FAULTS: ReadonlyArray<[string, Data, RegExp]> = [
  ['letters that may mean either', { label: ({ index }) => index % 10 === 3 ? 'F' : 'G' }, /holds G \(360 rows\), F \(40 rows\)\. Say which of them means fraud with --fraud-value/],
  ['numbers of which none is 0', { label: ({ index }) => index % 10 === 3 ? '2' : '1' }, /Say which of them means fraud/],
  ['dates without dashes', { time: () => '20260131' }, /^The column t holds no time in row 1/],
  ['one class only', { label: () => '0' }, /^Every row has the same label: the column y holds 0 \(400 rows\)/],
  ['labels of three values', { label: ({ index }) => ['ok', 'bad', 'odd'][index % 3]! }, /holds 3 values: ok \(134 rows\), bad \(133 rows\), odd \(133 rows\)\. Say which of them mean fraud with --fraud-value/],
  ['labels that all mean fraud', { roles: { fraudValues: ['0', '1'] } }, /^Every row is fraud: the column y holds 0 \(360 rows\), 1 \(40 rows\)/],
  ['a fraud value that is none of the labels', { roles: { fraudValues: ['2'] } }, /has no value 2, which --fraud-value names\. It holds 0 \(360 rows\), 1 \(40 rows\)/],
  ['labels whose words say nothing', { label: ({ index }) => 'ab'[index % 2]! }, /^The column y holds a \(200 rows\), b \(200 rows\)\. Say which/],
  ['labels of too many values', { label: ({ index }) => `${index % 60}` }, /holds more than 50 different values: it is no label/],
  ['labels that are card numbers', { label: ({ index }) => index % 2 === 0 ? HIDDEN : '5500005555555559' }, /^The column y holds card numbers or security codes: it is no label/],
  ['labels that are as long as a text', { label: ({ index }) => `${'ab'[index % 2]}${'z'.repeat(400)}` }, /^.{0,200}$/],
  ['no label at all', { label: () => '' }, /^The column y is empty in every row\.$/],
  ['a label that is not there', { roles: { label: 'EVENT_LABEL' } }, /^There is no column EVENT_LABEL for the label; name it with --label\. The columns are y, t\.$/],
  ['a timestamp that is not there', { roles: { timestamp: 'when' } }, /^There is no column when for the timestamp; name it with --timestamp, or say --no-timestamp\. The columns are y, t\.$/],
  ['neither the label nor the timestamp', { roles: { label: 'EVENT_LABEL', timestamp: 'when' } }, /^There is no column EVENT_LABEL for the label; name it with --label\. There is no column when for the timestamp; name it with --timestamp, or say --no-timestamp\. The columns are y, t\.$/],
  ['a label that is the timestamp', { roles: { label: 't' } }, /^The column t cannot be the label and the timestamp as well/],
  ['a timestamp that is always empty', { time: () => '' }, /^The column t is empty in every row; name another one with --timestamp, or say --no-timestamp\.$/],
  ['a time that cannot be read', { time: (index) => index === 17 ? `${HIDDEN} o'clock` : '2026-01-01' }, /^The column t holds no time in row 18 after the header/],
  ['no rows', { rows: 0 }, /^The file has a header and no rows\.$/],
  ['five frauds', { label: ({ index }) => index % 80 === 0 ? '1' : '0' }, /^Only 5 frauds are there to train on, beside the 60 rows that are held out \(from 2026-01-15T04:00:00\.000Z on\); 20 are the least\.$/],
  ['frauds at its beginning only', { label: ({ index }) => index < 100 ? '1' : '0' }, /^The first rows by time are all fraud|^The 60 rows that are held out \(from .* on\) hold no fraud, so nothing could be measured\.$/],
  ['frauds at its end only', { label: ({ index }) => index > 345 ? '1' : '0' }, /^Only 0 frauds are there to train on/],
  ['nothing but frauds at its end', { label: ({ index }) => index >= 300 || index % 10 === 0 ? '1' : '0' }, /^The 60 rows that are held out \(from .* on\) are all fraud/],
  ['legitimate rows in the middle only', { label: ({ index }) => index < 292 || (index > 350 && index % 2 === 0) ? '1' : '0' }, /^The first rows by time are all fraud, so nothing can be learnt from them\.$/],
  ['one time for all rows', { time: () => '2026-01-01' }, /^So many rows share one time that all 400 would be held out \(from 2026-01-01T/],
  ['times where labels are missing, and labels where times are', { label: ({ index }) => index % 2 === 0 ? String(index % 4 / 2) : '', time: (index) => index % 2 === 0 ? '' : '2026-01-01' }, /^No row has both a label and a time\.$/]
]
for (const [fault, data, message] of FAULTS) {
  t.test(`profileData and splitRows tell of data with ${fault}`, async (t) => {
    const error: unknown = await profile(t, data).then((read) => splitRows(read, 1, 1)).catch((error: unknown) => error)
    t.ok(error instanceof TrainingError, String(error))
    t.match((error as Error).message, message)
    t.notOk((error as Error).message.includes(HIDDEN))
  })
}

t.test('profileData counts what is left out, and what comes twice', async (t) => {
  const { unlabelledRows, untimedRows, repeatedRows, classes } = await profile(t, {
    rows: 100, label: ({ index }) => index % 10 === 0 ? 'NaN' : everyTenth({ index }), time: (index) => index % 4 === 1 ? '' : '2026-01-01'
  })
  t.same({ unlabelledRows, untimedRows, repeatedRows }, { unlabelledRows: 10, untimedRows: 25, repeatedRows: 95 })
  t.equal(classes.filter((one) => one === -1).length, 35)
})

t.test('splitRows holds out the last rows by time, in whatever order they stand', async (t) => {
  const sorted = splitRows(await profile(t, {}), 1, 1)
  const mixed = splitRows(await profile(t, { time: (index) => new Date(START_MS + index * 7919 % 400 * HOUR_MS).toISOString() }), 1, 1)
  t.equal(mixed.heldOutFromMs, sorted.heldOutFromMs)
  t.equal(mixed.rows.heldOut, 60)
  t.not(mixed.parts.indexOf(3), sorted.parts.indexOf(3))
})

t.test('splitRows keeps all frauds and fewer legitimate rows when very much is made of each', async (t) => {
  const read = await profile(t, {})
  const [narrow, wide] = [splitRows(read, 1, 20), splitRows(read, 1, 100_000)]
  t.same(wide.frauds, narrow.frauds)
  t.equal(narrow.rows.fit + narrow.rows.validation, 340)
  t.ok(wide.rows.fit + wide.rows.validation < 180, 'about a hundred legitimate ones')
})

const number = ({ next }: Row) => (next() * 100).toFixed(2)
const digits = (count: number) => ({ next }: Row) => Array.from({ length: count }, () => 1 + Math.floor(next() * 9)).join('')
const LEAK = /^left out: a leak: alone it tells frauds from legitimate rows \(AUC 1\.000\)/
const UNSENT = /^left out: the API takes no variable of this name; rename it/
const PEOPLE = /^left out: its numbers are written for people/
const COLUMNS: ReadonlyArray<[string, (row: Row) => string, string | RegExp, string?]> = [
  ['numbers', number, 'number'],
  ['numbers with some words among them', (row) => row.index % 20 === 0 ? 'n/a' : number(row), 'number'],
  ['as many words as numbers', (row) => row.index % 2 === 0 ? `x${row.index % 3}` : `${Math.floor(row.next() * 400)}`, 'frequency, risk'],
  ['decimal commas', (row) => number(row).replace('.', ','), PEOPLE],
  ['thousands that are set apart', (row) => `1,${100 + row.index % 900}.50`, PEOPLE],
  ['currency signs', (row) => `€ ${number(row)}`, PEOPLE],
  ['numbers of thirty digits', digits(30), /^left out: a key/],
  ['fractions of thirty digits', (row) => `0.${digits(30)(row)}`, 'number'],
  ['numbers beyond all measure', (row) => `${1 + row.index}e400`, /^left out: a key/],
  ['true and false', ({ next }) => next() < 0.5 ? 'True' : 'false', 'boolean'],
  ['yes, no and gaps', ({ next }) => ['Yes', 'NO', ''][Math.floor(next() * 3)]!, 'boolean'],
  ['0 and 1', ({ next }) => next() < 0.5 ? '0' : '1', 'number'],
  ['letters of which some mean yes and no', ({ next }) => 'ynmx'[Math.floor(next() * 4)]!, 'category'],
  ['names of shops', ({ next }) => `Shop ${Math.floor(next() * 800)}`, 'frequency, risk'],
  ['texts that stand once', ({ index }) => `ref-${index}`, /^left out: a key/],
  ['long texts', ({ index }) => `what somebody once wrote about this payment, ${index}`, /^left out: a key/],
  ['texts that are too long for the service', ({ index }) => `${index % 3}`.padEnd(513, 'x'), 'left out: its texts have more than the 512 characters that the service reads'],
  ['texts that are just short enough', ({ next }) => `${Math.floor(next() * 3)}`.padEnd(512, 'x'), 'category'],
  ['one value', () => 'x', 'left out: it has the same value in every row'],
  ['nothing', () => '', 'left out: it is empty'],
  ['a clock', ({ index }) => `${index}`, /^left out: a clock/],
  ['numbers of customers', ({ next }) => `${Math.floor(next() * 900)}`, /^left out: an identifier/, 'customerId'],
  ['numbers that are higher for frauds', ({ isFraud, next }) => `${isFraud ? 100 + next() : next()}`, LEAK],
  ['one number for frauds, in the midst of the others', ({ isFraud, next }) => isFraud ? '50' : `${next() * 100}`, LEAK],
  ['a category of frauds', ({ isFraud }) => isFraud ? 'stolen' : 'fine', LEAK],
  ['a text for frauds alone', ({ isFraud, index }) => isFraud ? `case ${index}` : '', LEAK],
  ['a gap for frauds alone', ({ isFraud, index }) => isFraud ? '' : `${index % 4}`, LEAK],
  ['card numbers', ({ index }) => [HIDDEN, '5500005555555559', '378282246310005'][index % 3]!, 'left out: it holds card numbers'],
  ['texts with card numbers in a few of them', ({ index }) => index % 50 === 0 ? `paid by ${HIDDEN}` : `x${index % 5}`, 'left out: it holds card numbers'],
  ['security codes', digits(3), 'left out: it holds security codes', 'cvv2'],
  ['a name with a blank', number, UNSENT, 'amount EUR'],
  ['a name with an umlaut', number, UNSENT, 'größe'],
  ['a name that begins with a digit', number, UNSENT, '3ds'],
  ['a name of 65 letters', number, UNSENT, 'x'.repeat(65)],
  ['the name __proto__', number, UNSENT, '__proto__'],
  ['the name constructor', number, 'number', 'constructor']
]
for (const [what, make, use, name = 'it'] of COLUMNS) {
  t.test(`planFeatures: a column with ${what}`, async (t) => {
    const { columns } = planFeatures(await profile(t, { rows: 1200, columns: { [name]: make } }), { leftOut: [], kept: [] })
    const planned = columns.find(({ column }) => column.name === name)
    t.match(planned?.use, use)
    if (typeof use === 'string') t.equal(planned?.use, use)
    t.notOk(JSON.stringify(columns).includes(HIDDEN))
  })
}

t.test('planFeatures says how many values of a column of numbers are none', async (t) => {
  const { columns } = planFeatures(await profile(t, { columns: { it: (row) => row.index % 20 === 0 ? 'n/a' : number(row) } }), { leftOut: [], kept: [] })
  t.equal(columns[0]?.warning, 'holds 20 values that are no numbers; they count as missing')
})

t.test('planFeatures says how many texts are too long for the service, and counts them as missing', async (t) => {
  const { columns } = planFeatures(await profile(t, { columns: { it: ({ index, next }) => index % 5 === 0 ? `long ${index}`.padEnd(600, 'x') : 'abc'[Math.floor(next() * 3)]! } }), { leftOut: [], kept: [] })
  t.match(columns[0], { use: 'category', warning: 'holds 80 texts of more than 512 characters, which the service does not read; they count as missing', column: { nulls: 80, distinct: 3 } })
})

t.test('planFeatures uses what is kept, but neither card numbers nor what the API does not take', async (t) => {
  const read = await profile(t, { columns: { leak: ({ isFraud }) => isFraud ? 'stolen' : 'fine', pan: () => HIDDEN, 'a b': number } })
  const { columns } = planFeatures(read, { leftOut: [], kept: ['leak', 'pan', 'a b'] })
  t.same(columns.map(({ use }) => use.startsWith('left out')), [false, true, true])
})

t.test('planFeatures warns of numbers with a comma as the decimal sign', async (t) => {
  const comma = (row: Row) => number(row).replace('.', ',')
  const { columns } = planFeatures(await profile(t, { columns: { amount: comma, transaction_amt: comma, thousands: (row) => `1,${100 + row.index % 900}`, plain: number, out: comma } }), { leftOut: ['out'], kept: [] })
  const warned = columns.filter(({ warning }) => warning !== null)
  t.same(warned.map(({ column }) => column.name), ['amount', 'transaction_amt'])
  t.ok(warned.every(({ warning }) => /^has numbers with a comma as the decimal sign, .*write them with a point, such as 12\.50, and train again$/.test(warning ?? '')))
})

t.test('planFeatures warns of what is left out although it is to be kept', async (t) => {
  const { columns } = planFeatures(await profile(t, { columns: { it: () => 'x', other: () => 'x' } }), { leftOut: [], kept: ['it'] })
  t.same(columns.map(({ warning }) => warning), ['is left out although --keep names it: it has the same value in every row', null])
})

t.test('planFeatures gives no two features one name', async (t) => {
  const few = ({ next }: Row) => 'abc'[Math.floor(next() * 3)]!
  const { features } = planFeatures(await profile(t, { columns: { email: ({ index }) => `a${index}@x${index % 3}.org`, email_domain: few, transaction_amt: number, amount_log: number, hour_utc: few } }), { leftOut: [], kept: [] })
  const names = features.map(({ name }) => name)
  t.equal(new Set(names).size, names.length, names.join(' '))
  t.ok(['email_domain', 'email_domain_2', 'amount_log', 'amount_log_2', 'hour_utc', 'hour_utc_2'].every((name) => names.includes(name)))
})

t.test('createColumnCounter remembers no more values than it may', async (t) => {
  const counter = createColumnCounter('it', 3)
  for (const value of ['a', 'b', 'b', 'c', 'd', 'e', 'a']) counter.add(value)
  t.match(counter.profile(), { distinct: 3, distinctShare: 0.75 })
})

t.test('planFeatures makes nothing of the hour where times count from a start of their own', async (t) => {
  const some: Data = { columns: { amount: ({ next }) => String(Math.round(next() * 900) / 100) } }
  const namesOf = async (data: Data) => planFeatures(await profile(t, data), { leftOut: [], kept: [] }).features.map(({ name }) => name)
  t.ok((await namesOf(some)).includes('hour_utc'))
  t.same(await namesOf({ ...some, time: (index) => String(index * 977) }), ['amount'])
})

t.test('profileData warns of times that count from a start of their own, and says what becomes of the hour', async (t) => {
  t.equal((await profile(t, {})).timeWarning, null)
  t.equal((await profile(t, { time: () => '', roles: { timestamp: null } })).timeWarning, null)
  t.equal((await profile(t, { time: (index) => String(60 + index * 977) })).timeWarning, 'the times of t start at 1970-01-01T00:01:00.000Z, and 400 rows lie before 2000: numbers count as seconds since 1970 or since any start, and nothing is made of hour and weekday; if it is no time, name another column with --timestamp')
  t.match((await profile(t, { time: (index) => index < 9 ? '60' : '2026-01-01T10:00:00Z' })).timeWarning, /and 9 rows lie before 2000: .* hour and weekday are made of them all the same and mean little there/)
})

t.test('planFeatures lets the transaction stand in only for what is written as it would write it', async (t) => {
  const standIns = async (columns: Data['columns'] & object) => planFeatures(await profile(t, { columns }), { leftOut: [], kept: [] }).standIns
  const amount = ({ next }: Row) => String(Math.round(next() * 900) / 100)
  t.same(await standIns({ amount, currency: ({ index }) => index % 2 === 0 ? 'EUR' : 'usd' }), { amount: 'amount', currency: 'currency' })
  t.same(await standIns({ amount: ({ index }) => index % 2 === 0 ? 'much' : 'little', currency: ({ index }) => index % 2 === 0 ? '978' : '840' }), {})
})

t.test('planFeatures makes no category of who somebody is, however few they are', async (t) => {
  const { columns } = planFeatures(await profile(t, { columns: { customer_id: ({ index }) => `anna-${index % 9}`, shop_id: ({ index }) => `shop-${index % 9}` } }), { leftOut: [], kept: [] })
  t.match(columns.map(({ use }) => use), [/^left out: an identifier/, 'category'])
})
