import { readFileSync } from 'node:fs'
import t from 'tap'
import { ERRORS, RingfenceError, type ErrorCode } from '../src/errors.ts'
import { STATUS_OF_KIND } from '../src/http/problem.ts'

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `([^`]*)` \| (\d+) \| (.*?) \| (.*?) \|$/gm)].map(([, code = '', status, meaning = '', advice = '']) => ({ code, status: Number(status), meaning, advice }))

t.test('docs/errors.md has one row for every code of ERRORS, in the same order, and no other', async (t) => {
  t.same(rows.map(({ code }) => code), Object.keys(ERRORS))
  t.equal(page.split('\n').filter((line) => line.startsWith('| `')).length, rows.length, 'every row is well-formed')
})

t.test("docs/errors.md tells each code's status and title, and what to do", async (t) => {
  for (const [code, { kind, title }] of Object.entries(ERRORS)) {
    const row = rows.find((one) => one.code === code)
    t.equal(row?.status, STATUS_OF_KIND[kind], code)
    t.ok(row?.meaning.startsWith(title) === true && row.advice.length > 5, `${code}: title and advice`)
  }
})

t.test('STATUS_OF_KIND: each kind is one status, as HTTP means it', async (t) => {
  t.same(STATUS_OF_KIND, {
    invalid: 400, unauthenticated: 401, forbidden: 403, missing: 404, conflict: 409, too_large: 413, unsupported: 415, throttled: 429, unavailable: 503, internal: 500
  })
})

t.test('ERRORS: codes are words in lower case, titles are one sentence, and no two are the same', async (t) => {
  const titles = Object.values(ERRORS).map(({ title }) => title)
  t.equal(new Set(titles).size, titles.length)
  for (const [code, { title }] of Object.entries(ERRORS)) t.ok(/^[a-z]+(_[a-z]+)*$/.test(code) && /^[A-Z].*[^.]\.$/.test(title) && !title.includes('. '), code)
})

t.test('RingfenceError knows its code, kind, cause and faults', async (t) => {
  const cause = new Error('socket hang up')
  const error = new RingfenceError('store_unavailable', { cause })
  t.match(error, { name: 'RingfenceError', code: 'store_unavailable', kind: 'unavailable', message: 'store_unavailable: The store does not answer.', detail: undefined, faults: undefined })
  t.equal(error.cause, cause)
  const faulty = new RingfenceError('validation_failed' satisfies ErrorCode, { detail: 'Two fields are wrong.', faults: [{ path: '/a', message: 'must be b' }] })
  t.match(faulty, { message: 'validation_failed: Two fields are wrong.', detail: 'Two fields are wrong.', faults: [{ path: '/a', message: 'must be b' }] })
})
