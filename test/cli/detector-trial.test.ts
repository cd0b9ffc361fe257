import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { readDetector } from '../../src/adapters/rules/detector-rules.ts'
import { tryDetector, type TrialRequest } from '../../src/cli/detector-trial.ts'
import { trialText } from '../../src/cli/detector-trial-view.ts'
import { BUNDLED_CARD_PATH } from '../../src/model/bundled-model.ts'
import { loadCardModel } from '../../src/model/card-model.ts'
import { openCsvTable } from '../../src/training/labelled-csv.ts'
import { eventOf } from '../../src/training/row-event.ts'
import { readTimestamp } from '../../src/training/timestamp.ts'
import { writeTransactionsCsv } from '../../src/training/transaction-csv.ts'

const model = await loadCardModel(BUNDLED_CARD_PATH)
t.teardown(() => { model.unload() })

const DETECTOR = `
name: trial
match: all
variables: { shop: text }
lists: { stolen: [s-13] }
rules:
  - { id: stolen, when: variables.shop in lists.stolen, outcome: fraud }
  - { id: high, when: amount > 100 && currency == "EUR", outcome: investigate }
  - { id: night, when: hour < 6, outcome: investigate }
  - { id: small, when: amount <= 1, outcome: approve }
otherwise: approve
`

const CSV = `when,paid,money,shop,bad
2026-03-01T00:00:00Z,100.01,eur,s-1,1
2026-03-01T12:00:00Z,500,USD,s-1,0
2026-03-01T23:59:59Z,0.5,EUR,s-13,1
2026-03-03T05:59:59Z,200,EUR,s-13,0
2026-03-03T12:00:00Z,50,EUR,,1
2026-03-03T12:00:00Z,50,EUR,s-2,
someday,50,EUR,s-2,0
2026-03-03T12:00:00Z,fifty,EUR,s-2,0
2026-03-03T12:00:00Z,1,EUR,s-2,0
`
const REQUEST: Omit<TrialRequest, 'path'> = { label: 'bad', timestamp: 'when', amount: 'paid', currency: 'money', fraudValues: ['1'] }

async function tried (t: Test, { detector = DETECTOR, csv = CSV, ...change }: Partial<TrialRequest> & { detector?: string, csv?: string } = {}) {
  const folder = t.testdir({ 'd.yaml': detector })
  const path = join(folder, 'data.csv.gz')
  writeFileSync(path, gzipSync(csv))
  return await tryDetector(await readDetector(join(folder, 'd.yaml')), model, { path, ...REQUEST, ...change }, () => {})
}

t.test('tryDetector: counts what each rule and each outcome catches, and how many frauds are among it', async (t) => {
  t.same(await tried(t), {
    all: { rows: 6, frauds: 3 },
    label: 'bad',
    rules: [
      { id: 'stolen', outcome: 'fraud', rows: 2, frauds: 1, failed: 1 },
      { id: 'high', outcome: 'investigate', rows: 2, frauds: 1, failed: 0 },
      { id: 'night', outcome: 'investigate', rows: 2, frauds: 1, failed: 0 },
      { id: 'small', outcome: 'approve', rows: 2, frauds: 1, failed: 0 }
    ],
    // The fifth row has no shop: what the rule cannot judge is investigated.
    outcomes: { approve: { rows: 2, frauds: 0 }, investigate: { rows: 2, frauds: 2 }, fraud: { rows: 2, frauds: 1 } },
    time: { fromMs: Date.UTC(2026, 2, 1), toMs: Date.UTC(2026, 2, 3, 12), days: 3, busiestDay: 1 },
    leftOut: { unlabelled: 1, untimed: 1, unpriced: 1 },
    missingColumns: [],
    isScoreBlind: true
  })
})

t.test('tryDetector: what rules do not ask for need not be there, and without labels no frauds are told', async (t) => {
  const detector = 'name: n\nmatch: first\nvariables: { shop: text, device: text }\nrules: [{ id: a, when: variables.shop == "s-13", outcome: fraud }, { id: b, when: has(variables.device), outcome: investigate }]\notherwise: approve\n'
  const trial = await tried(t, { detector, csv: 'shop\ns-13\ns-1\n', label: undefined, timestamp: undefined, amount: undefined, currency: undefined, fraudValues: undefined })
  t.match(trial, { all: { rows: 2, frauds: 0 }, label: null, outcomes: { approve: { rows: 1 }, fraud: { rows: 1 } }, time: null, missingColumns: ['device'] })
  const text = trialText(trial, new Set(['variables']))
  t.match(text, /^a {5}fraud +1 +50\.0 % +- +- +0$/m)
  t.match(text, 'warning: the file has no labels, so frauds are not told; name their column with --label\nwarning: the file has no column device: the variable is absent in every row')
})

t.test('tryDetector: one currency may hold for all rows, and has its own decimals', async (t) => {
  const detector = 'name: n\nmatch: first\nrules: [{ id: a, when: currency == "JPY" && amount == 51.0, outcome: fraud }]\notherwise: approve\n'
  t.match(await tried(t, { detector, csv: 'paid,bad\n50.6,1\n50.4,0\n', timestamp: undefined, currency: 'JPY' }), { outcomes: { fraud: { rows: 1, frauds: 1 } } })
})

t.test('tryDetector: what is missing is asked for by its option', async (t) => {
  const TABLE: Array<[change: object, message: string]> = [
    [{ timestamp: undefined }, 'Rules read the time; name its column with --timestamp.'],
    [{ amount: undefined }, 'Rules read the amount; name its column with --amount.'],
    [{ currency: undefined }, 'Rules read the currency; name its column with --currency, or one currency for all rows, such as EUR.'],
    [{ currency: 'coin' }, 'There is no column coin, which --currency names. The columns are when, paid, money, shop, bad.'],
    [{ label: 'worse' }, 'There is no column worse, which --label names. The columns are when, paid, money, shop, bad.'],
    [{ fraudValues: ['2'] }, 'The column bad has no value 2, which --fraud-value names. It holds 1 (3 rows), 0 (3 rows).'],
    [{ csv: 'when,paid,money,shop,bad\n' }, 'The file has no rows that the rules could be tried on.']
  ]
  for (const [change, message] of TABLE) await t.rejects(tried(t, change), { message }, message)
})

t.test('tryDetector: the scores are those of the model, row by row', async (t) => {
  const path = join(t.testdir(), 'generated.csv.gz')
  await writeTransactionsCsv({ path, rows: 400, seed: 5, onRows () {} })
  const { columns, rows } = await openCsvTable(path)
  const expected = { fraud: 0, frauds: 0 }
  for await (const cells of rows()) {
    const isFraud = cells[columns.indexOf('EVENT_LABEL')] === 'fraud'
    if (model.assess(eventOf(columns, cells, readTimestamp(cells[columns.indexOf('EVENT_TIMESTAMP')] ?? ''))).score <= 860) continue
    expected.fraud++
    if (isFraud) expected.frauds++
  }
  const trial = await tryDetector(await readDetector(new URL('../../detectors/card-fraud.yaml', import.meta.url).pathname), model, { path, label: undefined, timestamp: undefined, fraudValues: undefined, amount: undefined, currency: undefined }, () => {})
  t.ok(expected.fraud > 5)
  t.match(trial, { all: { rows: 400 }, outcomes: { fraud: { rows: expected.fraud, frauds: expected.frauds } }, isScoreBlind: false, missingColumns: [] })
})

t.test('trialText: shares, calls a day, and what to know', async (t) => {
  const trial = await tried(t)
  t.equal(trialText(trial, new Set(['score', 'card'])), `6 rows, 3 frauds (50.00 %), from 2026-03-01 to 2026-03-03

rule    outcome      matches  of all  frauds  precision  failed
stolen  fraud              2  33.3 %       1     50.0 %       1
high    investigate        2  33.3 %       1     50.0 %       0
night   investigate        2  33.3 %       1     50.0 %       0
small   approve            2  33.3 %       1     50.0 %       0

outcome       rows  of all  frauds  precision  recall   of legitimate
approve          2  33.3 %       0          -    0.0 %         66.7 %
investigate      2  33.3 %       2    100.0 %   66.7 %          0.0 %
fraud            2  33.3 %       1     50.0 %   33.3 %         33.3 %
both of them     4  66.7 %       3     75.0 %  100.0 %         33.3 %

fraud, a call each at most: 0.7 a day, 1 on the busiest of 3 days
warning: rows without bad, left out: 1
warning: rows without a time that can be read, which rules ask for, left out: 1
warning: rows without an amount that can be read, which rules ask for, left out: 1
warning: the model knows none of the columns: its scores mean nothing here; name a model of such data with --model
warning: rows in which rule stolen cannot be evaluated, since it reads a variable that they lack, or converts what cannot be converted: 1
warning: rules read the card, of which nothing is known here: no open case, no decision before`)
})
