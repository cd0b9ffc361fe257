import { writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'

import { BUNDLED_CARD_PATH } from '../../src/model/bundled-model.ts'
import { loadCardModel } from '../../src/model/card-model.ts'
import { type ModelCard, parseModelCard } from '../../src/model/model-card.ts'
import { evaluateFile, type EvaluationRequest } from '../../src/training/evaluate-file.ts'
import { TrainingError } from '../../src/training/training-error.ts'

const model = await loadCardModel(BUNDLED_CARD_PATH)
t.teardown(() => model.unload())

const HIDDEN = '4111111111111111'
const HEADER = 'EVENT_LABEL,EVENT_TIMESTAMP,currency,transaction_amt'

async function evaluate (t: Test, lines: string, request: Partial<EvaluationRequest> = {}) {
  const path = `${t.testdir()}/data.csv`
  await writeFile(path, lines)
  return await evaluateFile(model, { path, label: undefined, timestamp: undefined, fraudValues: undefined, customer: undefined, by: undefined, ...request }, () => {})
}

const CARD_FAULTS: ReadonlyArray<[string, (card: ModelCard) => unknown, RegExp]> = [
  ['of nothing', () => null, /^the card has format none/],
  ['of another format', (card) => ({ ...card, format: 1 }), /^the card has format 1, this version reads 2; train the model anew$/],
  ['with a field too many', (card) => ({ ...card, color: 'red' }), /^\/color: Unexpected property$/],
  ['without thresholds', ({ thresholds: _, ...card }) => card, /^\/thresholds: Expected required property$/],
  ['without features', (card) => ({ ...card, features: [] }), /^\/features: /],
  ['with a feature that stands there twice', (card) => ({ ...card, features: [...card.features, card.features[0]] }), /^feature amount_log stands there twice$/],
  ['with a typical value that is none', (card) => ({ ...card, features: card.features.map((feature) => ({ ...feature, typical: [] })) }), /^\/features\/0\/typical: /],
  ['with a typical value of another kind', (card) => ({ ...card, features: card.features.map((feature) => ({ ...feature, typical: 'x' })) }), /^feature amount_log has a typical value of another kind than its own$/],
  ['with a file elsewhere', (card) => ({ ...card, artefact: { ...card.artefact, file: '../model.zip' } }), /^\/artefact\/file: /]
]
for (const [fault, change, message] of CARD_FAULTS) {
  t.test(`parseModelCard tells of a card ${fault}`, async (t) => {
    t.throws(() => parseModelCard(JSON.stringify(change(model.card))), { message })
  })
}

t.test('evaluateFile measures the same in another order of the columns', async (t) => {
  const rows = Array.from({ length: 40 }, (_, index) => [index % 4 === 0 ? 'fraud' : 'legit', `2026-01-${10 + index % 20}T0${index % 10}:00:00Z`, index % 3 === 0 ? 'eur' : 'usd', `${index * 37 % 100}.50`])
  const forwards = await evaluate(t, [HEADER, ...rows.map((row) => row.join(','))].join('\n'))
  const backwards = await evaluate(t, [HEADER.split(',').reverse().join(';'), ...rows.map((row) => row.toReversed().join(';'))].join('\n'))
  t.same(backwards, forwards)
})

t.test('evaluateFile tells of missing columns, and of rows without a label or a time', async (t) => {
  const { evaluation, unlabelledRows, untimedRows, unused } = await evaluate(t, `${HEADER}\nlegit,,eur,1\nfraud,2026-01-01,usd,\n,2026-01-01,usd,5\n`)
  t.match([evaluation.rows, unlabelledRows, untimedRows], [2, 1, 1])
  t.ok(unused.some(({ name, why, rows }) => name === 'email_address' && why === 'absent' && rows === 2))
  t.match(unused.find(({ name }) => name === 'transaction_amt'), { why: 'absent', rows: 1 })
})

t.test('evaluateFile measures a file without a fraud as far as it goes', async (t) => {
  const { evaluation } = await evaluate(t, `${HEADER}\nlegit,2026-01-01,eur,1\nlegit,2026-01-02,usd,2\n`)
  t.match(evaluation, { rows: 2, frauds: 0, aucRoc: { low: 0, high: 1 } })
})

t.test('evaluateFile puts the rarest of many values together', async (t) => {
  const rows = Array.from({ length: 300 }, (_, index) => `${index % 4 === 0 ? 'fraud' : 'legit'},2026-01-01,${index % 10 === 0 ? `x${index}` : 'eur'},1`)
  const { segments } = await evaluate(t, [HEADER, ...rows].join('\n'), { by: 'currency' })
  t.equal(segments.length, 20)
  t.match([segments[0], segments.at(-1)], [{ value: 'eur', rows: 270 }, { value: '(others)', rows: 12 }])
})

t.test('evaluateFile says which labels count as fraud, and which as legitimate', async (t) => {
  const lines = `${HEADER}\nlegit,2026-01-01,eur,1\nlegit,2026-01-01,eur,1\nfraud,2026-01-01,eur,1\n`
  const { label, labels } = await evaluate(t, lines)
  t.same({ label, labels }, { label: 'EVENT_LABEL', labels: [{ value: 'legit', rows: 2, isFraud: false }, { value: 'fraud', rows: 1, isFraud: true }] })
  const three = await evaluate(t, `${lines}suspected,2026-01-01,eur,1\n`, { fraudValues: ['fraud', 'suspected'] })
  t.same(three.labels.map(({ isFraud }) => isFraud), [false, true, true])
})

const FAULTS: ReadonlyArray<[string, string, RegExp, Partial<EvaluationRequest>?]> = [
  ['a file of another kind', 'EVENT_LABEL,weight\nlegit,1\n', /^The file has none of the columns that the model scores by: transaction_amt, /],
  ['a file whose header is missing', `legit,2026-01-01,eur,${HIDDEN}\n`, /^The first line holds a card number in column 4/],
  ['a file whose header is missing, without a card', 'legit,2026-01-01,eur,12.50\n', /^There is no column EVENT_LABEL; name one with --label\. The first line looks like a row of data/],
  ['several columns that are not there', `${HEADER}\nlegit,2026-01-01,eur,1\n`, /^There is no column y; name one with --label\. There is no column when; name one with --timestamp\. There is no column shop; name one with --by\. The columns are EVENT_LABEL, /, { label: 'y', timestamp: 'when', by: 'shop' }],
  ['a time that cannot be read', `${HEADER}\nlegit,2026-01-01,eur,1\nfraud,${HIDDEN}00,usd,2\n`, /^The column EVENT_TIMESTAMP holds no time in row 2 after the header/],
  ['no labelled row', `${HEADER}\n,2026-01-01,eur,1\n`, /^The file has no labelled rows\.$/],
  ['frauds only, as the model names them', `${HEADER}\nfraud,2026-01-01,eur,1\n`, /^Every row is fraud by the column EVENT_LABEL/],
  ['frauds only, by their word', `${HEADER}\nTrue,2026-01-01,eur,1\n`, /^Every row is fraud by the column EVENT_LABEL/],
  ['labels that the model does not know', `${HEADER}\na,2026-01-01,eur,1\nb,2026-01-01,eur,1\nb,2026-01-01,eur,1\n`, /^The column EVENT_LABEL holds a \(1 rows\), b \(2 rows\)\. Say which/],
  ['a third label beside those that the model knows', `${HEADER}\nlegit,2026-01-01,eur,1\nfraud,2026-01-01,eur,1\nsuspected,2026-01-01,eur,1\n`, /^The column EVENT_LABEL holds 3 values: legit \(1 rows\), fraud \(1 rows\), suspected \(1 rows\)\. Say which of them mean fraud with --fraud-value value,value; all others are legitimate\.$/],
  ['a fraud value that is none', `${HEADER}\nfraud,2026-01-01,eur,1\nlegit,2026-01-01,eur,1\n`, /has no value yes, which --fraud-value names\. It holds fraud \(1 rows\), legit \(1 rows\)/, { fraudValues: ['yes'] }],
  ['card numbers to measure by', `${HEADER},pan\nfraud,2026-01-01,eur,1,${HIDDEN}\nlegit,2026-01-01,eur,1,${HIDDEN}\n`, /^The column pan holds card numbers or security codes, which are not shown/, { by: 'pan' }],
  ['security codes to measure by', `${HEADER},cvc2\nfraud,2026-01-01,eur,1,123\nlegit,2026-01-01,eur,1,456\n`, /^The column cvc2 holds card numbers or security codes, which are not shown/, { by: 'cvc2' }]
]
for (const [fault, lines, message, request] of FAULTS) {
  t.test(`evaluateFile tells of ${fault}`, async (t) => {
    const error: unknown = await evaluate(t, lines, request).catch((error: unknown) => error)
    t.ok(error instanceof TrainingError, String(error))
    t.match((error as Error).message, message)
    t.notOk((error as Error).message.includes(HIDDEN))
  })
}
