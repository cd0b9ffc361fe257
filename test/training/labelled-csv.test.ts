import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'

import { openCsvTable, tellColumns } from '../../src/training/labelled-csv.ts'
import { TrainingError } from '../../src/training/training-error.ts'

async function read (t: Test, content: string | Uint8Array, name = 'data.csv') {
  const path = `${t.testdir()}/${name}`
  await writeFile(path, content)
  const { columns, rows } = await openCsvTable(path)
  const cells: string[][] = []
  for await (const row of rows()) cells.push([...row])
  return { columns, cells }
}

const PLAIN = 'y,t,name\n0,2026-01-01,Köln\n1,2026-01-02,"a\nb"\n'
const READ = { columns: ['y', 't', 'name'], cells: [['0', '2026-01-01', 'Köln'], ['1', '2026-01-02', 'a\nb']] }

const FORMS: ReadonlyArray<[string, string | Uint8Array, string?]> = [
  ['plain', PLAIN],
  ['a byte order mark', `\uFEFF${PLAIN}`],
  ['semicolons', PLAIN.replaceAll(',', ';')],
  ['tabs', PLAIN.replaceAll(',', '\t')],
  ['CRLF', PLAIN.replaceAll(/\n(?!b)/g, '\r\n')],
  ['line ends of old Macs', PLAIN.replaceAll(/\n(?!b)/g, '\r')],
  ['a header that ends in CRLF before rows that do not', PLAIN.replace('\n', '\r\n')],
  ['rows that end in CRLF after a header that does not', PLAIN.replaceAll(/\n(?!b|0)/g, '\r\n')],
  ['blank lines and no end of the last one', `\n${PLAIN.replace('\n0', '\n\n0').trimEnd()}`],
  ['blanks around the names', PLAIN.replace('y,t,name', ' y , t ,"name "')],
  ['gzip', gzipSync(PLAIN), 'data.csv.gz'],
  ['gzip under another name', gzipSync(PLAIN)],
  ['a name of gzip without it', PLAIN, 'data.csv.gz']
]
for (const [form, content, name] of FORMS) {
  t.test(`openCsvTable reads a file with ${form}`, async (t) => { t.same(await read(t, content, name), READ) })
}

const ROWS = '0,2026-01-01,a\n'.repeat(30)
const HIDDEN = '4111111111111111'
const NOT_UTF8 = / not UTF-8 text from line 1 on/
const FAULTS: ReadonlyArray<[string, string | Uint8Array, RegExp]> = [
  ['nothing in it', '', /^The file is empty\.$/],
  ['nothing but blank lines', '\n\n', /^The file is empty\.$/],
  ['a row that lacks a cell', `y,t,name\n${ROWS}1,${HIDDEN}\n`, /^Line 32 \(row 31 after the header\) has 2 cells, the header has 3\.$/],
  ['a cell too many in the first row', `y,t,name\n1,2,3,${HIDDEN}\n${ROWS}`, /^Line 2 \(row 1 after the header\) has 4 cells, the header has 3\.$/],
  ['a quote that is never closed', `y,t,name\n${ROWS}1,"${HIDDEN},b\n${ROWS}`, /^A quote that opens in row 31 after the header is never closed\.$/],
  ['a header with a quote that is never closed', `y,"t,name\n${ROWS}`, /^A quote that opens in the header is never closed\.$/],
  ['a quote within a cell', `y,t,name\n${ROWS}1,5"${HIDDEN},b\n`, /^In line 32 \(row 31 after the header\) a quote stands within a cell/],
  ['text after a closing quote', `y,t,name\n1,"5"${HIDDEN},b\n`, /^In line 2 \(row 1 after the header\) a quote closes before its cell ends/],
  ['a row of more than 1 MiB', `y,t,name\n1,"${'x\n'.repeat(600_000)}`, /^More than 1 MiB is one row \(row 1 after the header, up to line \d+\): is a quote not closed\?$/],
  ['UTF-16', Buffer.from(`\uFEFF${PLAIN}`, 'utf16le'), NOT_UTF8],
  ['UTF-16 of the other end', Buffer.from(`\uFEFF${PLAIN}`, 'utf16le').swap16(), NOT_UTF8],
  ['UTF-16 without a mark', Buffer.from(PLAIN, 'utf16le'), NOT_UTF8],
  ['Latin-1', Buffer.from(`y,t,name\n${ROWS}${PLAIN}`, 'latin1'), / not UTF-8 text from line 33 on/],
  ['a last character that is cut off', Buffer.from(`${PLAIN}0,1,ö`).subarray(0, -1), / not UTF-8 text from line 5 on/],
  ['two columns of one name', 'y,t,a,b,a\n', /^The header gives columns 3 and 5 the same name\.$/],
  ['a card number instead of a header', `0,2026-01-01,${HIDDEN}\n`, /^The first line holds a card number in column 3: is the header missing\?$/],
  ['gzip that is cut off', gzipSync(Buffer.from(Array.from({ length: 20_000 }, (_, index) => index * 7919 % 10_007 + '\n').join(''))).subarray(0, 20_000), /^The packed file is cut off/],
  ['gzip that is damaged', Buffer.concat([gzipSync(PLAIN).subarray(0, 10), Buffer.alloc(40, 0xFF)]), /^The packed file is damaged/]
]
for (const [fault, content, message] of FAULTS) {
  t.test(`openCsvTable tells of a file with ${fault}, and repeats no cell`, async (t) => {
    const error: unknown = await read(t, content).catch((error: unknown) => error)
    t.ok(error instanceof TrainingError, String(error))
    t.match((error as Error).message, message)
    t.notOk((error as Error).message.includes(HIDDEN))
  })
}

t.test('openCsvTable takes characters that two chunks share for whole ones', async (t) => {
  const { cells } = await read(t, gzipSync(`y,name\n${Array.from({ length: 40_000 }, (_, index) => `${'x'.repeat(index % 4)},größe 猫 🐈`).join('\n')}`))
  t.equal(cells.length, 40_000)
  t.ok(cells.every(([, name]) => name === 'größe 猫 🐈'))
})

t.test('openCsvTable tells of a folder, and of a file that is not there', async (t) => {
  await t.rejects(openCsvTable(t.testdir()), { message: 'The file cannot be read: EISDIR.' })
  await t.rejects(openCsvTable(`${t.testdir()}/none.csv`), { message: 'The file cannot be read: ENOENT.' })
})

t.test('tellColumns repeats names, and no row that stands where the header should', async (t) => {
  t.equal(tellColumns(['y', 'amount (EUR)']), 'The columns are y, amount (EUR).')
  t.match(tellColumns(Array.from({ length: 50 }, (_, index) => `v${index}`)), /v38, v39 …\.$/)
  for (const cell of ['12.50', '2026-01-01', '10.0.0.1', 'ada@example.org']) t.equal(tellColumns(['Ada Lovelace', cell]), 'The first line looks like a row of data: is the header missing?')
})

t.test('openCsvTable: a column without a name, such as row numbers have, is told by its place', async (t) => {
  const path = `${t.testdir()}/numbered.csv`
  await writeFile(path, ',y, \n0,fraud,x\n')
  t.same((await openCsvTable(path)).columns, ['(column 1)', 'y', '(column 3)'])
})
