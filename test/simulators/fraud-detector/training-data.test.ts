import t from 'tap'
import { readTrainingRows } from '../../../src/simulators/fraud-detector/training-data.ts'
import type { TrainingJob } from '../../../src/simulators/fraud-detector/training-job.ts'
import { measureAuc, measureThresholds } from '../../../src/simulators/fraud-detector/training-metrics.ts'

const HEADER = 'EVENT_ID,EVENT_TIMESTAMP,EVENT_LABEL,amt,merchant'
const ROWS = [
  'e1,2026-01-02T00:00:00Z,legit,5,shop',
  'e2,2026-01-01T00:00:00Z,fraud,500,casino',
  'e3,2026-01-03T00:00:00Z,,7,',
  'e4,2026-01-04T00:00:00.123Z,abuse,8,"shop, the other"'
]

function read (csv: string, changes: Partial<TrainingJob> = {}) {
  return readTrainingRows({
    source: { csv: Buffer.from(csv) },
    variables: [{ name: 'amt', dataType: 'FLOAT' }, { name: 'merchant', dataType: 'STRING' }],
    labelSchema: { labelMapper: { FRAUD: ['fraud', 'abuse'], LEGIT: ['legit'] } },
    minimumRows: 2,
    minimumFrauds: 1,
    ...changes
  })
}

t.test('rows come sorted by time, with their labels mapped; rows without a label are left out', async t => {
  t.strictSame(read([HEADER, ...ROWS].join('\r\n')), [
    { atMs: Date.UTC(2026, 0, 1), isFraud: true, values: { amt: '500', merchant: 'casino' } },
    { atMs: Date.UTC(2026, 0, 2), isFraud: false, values: { amt: '5', merchant: 'shop' } },
    { atMs: Date.UTC(2026, 0, 4, 0, 0, 0, 123), isFraud: true, values: { amt: '8', merchant: 'shop, the other' } }
  ])
})

t.test('rows without a label count as told', async t => {
  for (const [unlabeledEventsTreatment, expected] of [['IGNORE', undefined], ['AUTO', undefined], ['FRAUD', true], ['LEGIT', false]] as const) {
    const rows = read([HEADER, ...ROWS].join('\n'), { labelSchema: { labelMapper: { FRAUD: ['fraud', 'abuse'], LEGIT: ['legit'] }, unlabeledEventsTreatment } })
    t.equal(rows.find(({ atMs }) => atMs === Date.UTC(2026, 0, 3))?.isFraud, expected, unlabeledEventsTreatment)
  }
})

const CSV = [HEADER, ...ROWS].join('\n')
const refusals: Array<[name: string, csv: string, changes: Partial<TrainingJob>, title: string, message: RegExp]> = [
  ['an empty file', '', {}, 'Too few events', /no rows/],
  ['a header alone', HEADER, {}, 'Too few events', /no rows/],
  ['missing variables', CSV.replace(HEADER, 'EVENT_ID,EVENT_TIMESTAMP,EVENT_LABEL,amount,shop'), {}, 'Missing columns', /lacks amt, merchant/],
  ['no label column', CSV.replace('EVENT_LABEL', 'label'), {}, 'Missing columns', /lacks EVENT_LABEL/],
  ['no time column', CSV.replace('EVENT_TIMESTAMP', 'time'), {}, 'Missing columns', /lacks EVENT_TIMESTAMP/],
  ['a row of another length', `${CSV}\n1,2`, {}, 'Unreadable file', /no CSV/],
  ['an open quote', `${CSV}\ne5,"2026`, {}, 'Unreadable file', /no CSV/],
  ['a wrong time', CSV.replace('2026-01-02T00:00:00Z', 'yesterday'), {}, 'Invalid timestamp', /row 1/],
  ['a label that nobody mapped', CSV.replace('abuse', 'stolen'), {}, 'Unknown label', /stolen/],
  ['too few rows', CSV, { minimumRows: 4 }, 'Too few events', /at least 4 labelled events; there are 3/],
  ['too few frauds', CSV, { minimumFrauds: 3 }, 'Too few labels', /at least 3 fraudulent events; there are 2/],
  ['too few legitimate', CSV, { minimumFrauds: 2 }, 'Too few labels', /at least 2 legitimate events; there are 1/]
]

t.test('data that nothing can be learnt from are refused, with the reason', async t => {
  for (const [name, csv, changes, title, message] of refusals) {
    t.throws(() => read(csv, changes), { title, message }, name)
  }
})

t.test('the curve says what each threshold flags', async t => {
  const rows = [{ isFraud: true, score: 950 }, { isFraud: true, score: 400 }, { isFraud: false, score: 900 }, { isFraud: false, score: 100 }]
  const points = new Map(measureThresholds(rows).map(({ threshold, ...shares }) => [threshold, shares]))
  t.equal(points.size, 201)
  t.strictSame(points.get(0), { fpr: 1, precision: 0.5, tpr: 1 })
  t.strictSame(points.get(895), { fpr: 0.5, precision: 0.5, tpr: 0.5 })
  t.strictSame(points.get(900), { fpr: 0, precision: 1, tpr: 0.5 }, 'a score that equals the threshold is not flagged')
  t.strictSame(points.get(1000), { fpr: 0, precision: 0, tpr: 0 })
  const { auc, aucRange } = measureAuc(rows)
  t.equal(auc, 0.75)
  t.ok(aucRange.lowerBoundValue < 0.75 && aucRange.upperBoundValue > 0.75 && aucRange.upperBoundValue <= 1)
})
