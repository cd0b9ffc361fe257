import t from 'tap'

import { readRowTime, readTimestamp } from '../../src/training/timestamp.ts'

const TEN = Date.UTC(2026, 10, 22, 10)
for (const [text, timeMs] of [
  ['2026-11-22T10:00:00Z', TEN], ['2026-11-22 10:00', TEN], ['2026-11-22 10:00:00.000 UTC', TEN], ['2026-11-22T10:00:00,25Z', TEN + 250],
  ['2026-11-22T12:00:00+02:00', TEN], ['2026-11-22 04:30:00-0530', TEN], ['2026-11-22 12:00:00+02', TEN], ['2026-11-22', Date.UTC(2026, 10, 22)],
  [String(TEN / 1000), TEN], [`${TEN / 1000}.5`, TEN + 500], [String(TEN), TEN], [`${TEN}.0`, TEN], ['60', 60_000], ['0', 0], ['1e+05', 100_000_000], ['1.7672e9', 1_767_200_000_000], ['2024-02-29', Date.UTC(2024, 1, 29)]
] as const) {
  t.test(`readTimestamp reads ${text}`, async (t) => { t.equal(readTimestamp(text), timeMs) })
}
for (const text of ['yesterday', '22.11.2026 10:00', '11/22/2026', '2026-13-01', '2026-00-10', '2026-02-30', '2026-02-30T10:00:00Z', '2026-02-29', '2026-11-22T25:00:00Z', '-60', '1e99', '12345678901', '2026-11-22T10:00:00+', '']) {
  t.test(`readTimestamp takes "${text}" for no time`, async (t) => { t.ok(Number.isNaN(readTimestamp(text))) })
}

t.test('readRowTime names the row and the column of what is no time, and lets a cell be empty', async (t) => {
  t.ok(Number.isNaN(readRowTime(' NaN ', 16, 'when')))
  t.throws(() => readRowTime('gestern', 16, 'when'), { message: /^The column when holds no time in row 17 after the header\. (?!.*gestern)/ })
})
