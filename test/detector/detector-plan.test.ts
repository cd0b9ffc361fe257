import t from 'tap'
import type { ColumnProfile } from '../../src/training-data/column-profile.ts'
import type { CsvProfile } from '../../src/detector/csv-profile.ts'
import { namesOf, planDetector, type PlanWishes } from '../../src/detector/detector-plan.ts'
import { column, profile } from './profile-fixture.ts'

const WISHES: PlanWishes = {
  names: { detectorId: 'card_fraud', modelId: 'card_fraud', eventType: 'card_fraud_transaction', entityType: 'customer' },
  types: {},
  notCards: [],
  fraudLabels: undefined,
  outcomes: { approve: 'approve', investigate: 'investigate', fraud: 'fraud' },
  falsePositiveRates: { fraud: 0.03, investigate: 0.05 }
}
const NUMBER = { numbers: 20_000 }

t.test('planDetector: sound data give a plan without a finding', async (t) => {
  const { plan, findings } = planDetector(profile([column('amount', NUMBER), column('merchant')]), WISHES)
  t.same(findings, [])
  t.same(plan, {
    names: WISHES.names,
    variables: [{ name: 'amount', type: 'NUMERIC' }, { name: 'merchant', type: 'CATEGORICAL' }],
    modelVariables: ['amount', 'merchant'],
    labels: { fraud: ['fraud'], legit: ['legit'], hasUnlabelled: false },
    outcomes: WISHES.outcomes,
    falsePositiveRates: WISHES.falsePositiveRates
  })
})

const TYPES: ReadonlyArray<[string, Partial<ColumnProfile>, string]> = [
  ['ip_address', { ipAddresses: 20_000 }, 'IP_ADDRESS'],
  ['client', { ipAddresses: 19_000, nulls: 500 }, 'IP_ADDRESS'],
  ['ip_address', {}, 'CATEGORICAL'],
  ['email_address', { emailAddresses: 20_000 }, 'EMAIL_ADDRESS'],
  ['phone_number', {}, 'PHONE_NUMBER'],
  ['billing_phone', {}, 'BILLING_PHONE'],
  ['shipping_phone', {}, 'SHIPPING_PHONE'],
  ['billing_city', {}, 'BILLING_CITY'],
  ['billing_state', {}, 'BILLING_STATE'],
  ['billing_postal', NUMBER, 'BILLING_ZIP'],
  ['billing_address', {}, 'BILLING_ADDRESS_L1'],
  ['billing_address_2', {}, 'BILLING_ADDRESS_L2'],
  ['shipping_zip', NUMBER, 'SHIPPING_ZIP'],
  ['applicant_name', {}, 'BILLING_NAME'],
  ['card_bin', NUMBER, 'CARD_BIN'],
  ['user_agent', {}, 'USERAGENT'],
  ['currency', {}, 'CURRENCY_CODE'],
  ['order_id', {}, 'ORDER_ID'],
  ['transaction_amt', NUMBER, 'NUMERIC'],
  ['order_price', NUMBER, 'PRICE'],
  ['order_price', {}, 'CATEGORICAL'],
  ['merchant_id', NUMBER, 'CATEGORICAL'],
  ['transaction_env', {}, 'CATEGORICAL'],
  ['comment', { meanLength: 90, distinctShare: 0.8 }, 'FREE_FORM_TEXT']
]
for (const [name, held, type] of TYPES) {
  t.test(`planDetector takes ${name} holding ${JSON.stringify(held)} for ${type}`, async (t) => {
    t.equal(planDetector(profile([column(name, held), column('a'), column('b')]), WISHES).plan?.variables[0]?.type, type)
  })
}

const FINDINGS: ReadonlyArray<[string, ColumnProfile[], Partial<CsvProfile>, 'refusal' | 'warning', RegExp]> = [
  ['a column with card numbers', [column('number', { cardLike: 20_000, luhnValid: 19_990 })], {}, 'refusal', /number holds what looks like a card number in 19990 rows/],
  ['one card number among texts', [column('note', { cardLike: 1, luhnValid: 1 })], {}, 'refusal', /card number in 1 row/],
  ['long numbers that pass the Luhn check by chance', [column('order_no', { cardLike: 20_000, luhnValid: 2_010 })], {}, 'warning', /as many as chance gives/],
  ['card numbers in a fifth of the rows', [column('reference', { cardLike: 20_000, luhnValid: 5_600, longNumbers: 20_000, longLuhnValid: 5_600 })], {}, 'refusal', /reference holds what looks like a card number in 5600 rows; .*--not-cards/],
  ['a few more than chance lets pass', [column('order_no', { cardLike: 20_000, luhnValid: 2_200, longNumbers: 20_000, longLuhnValid: 2_200 })], {}, 'warning', /as many as chance gives/],
  ['nine of forty long numbers', [column('order_no', { cardLike: 80, luhnValid: 20, longNumbers: 40, longLuhnValid: 9 })], {}, 'warning', /as many as chance gives/],
  ...['card_number', 'card_no', 'cardNumber', 'Card No', 'pan', 'cc_num', 'ccnumber', 'credit_card', 'account_number', 'from_acct_no', 'primary_account_number'].map((name): [string, ColumnProfile[], Partial<CsvProfile>, 'refusal', RegExp] =>
    [`a column ${name} of long numbers that fail the Luhn check`, [column(name, { cardLike: 20_000, longNumbers: 20_000 })], {}, 'refusal', /called like a card's number and holds numbers of 12 digits or more in 20000 rows/]),
  ['security codes', [column('cvv', { securityCodes: 3 })], {}, 'refusal', /cvv holds a security code, PIN or track in 3 rows/],
  ['no column EVENT_TIMESTAMP', [], { columns: [column('EVENT_LABEL'), column('a'), column('b')] }, 'refusal', /no column EVENT_TIMESTAMP/],
  ['a first row that is no header', [], { columns: [column('legit'), column('4111111111111111')] }, 'refusal', /no header/],
  ['a column with a card number for a name', [column('4111111111111112')], {}, 'refusal', /12 digits or more in its name/],
  ['a label with a card number in it', [], { labels: [{ value: '4111111111111112', rows: 1_000 }, { value: 'legit', rows: 19_000 }] }, 'refusal', /a label of 12 digits or more/],
  ['a column that stands there twice', [column('x'), column('x')], {}, 'refusal', /x stands in the header more than once/],
  ['one label only', [], { labels: [{ value: 'legit', rows: 20_000 }] }, 'refusal', /EVENT_LABEL must hold two labels/],
  ['a label that is no legal name', [], { labels: [{ value: 'FRAUD', rows: 1_000 }, { value: 'legit', rows: 19_000 }] }, 'refusal', /no legal name/],
  ['more than Amazon Fraud Detector takes', [], { bytes: 6 * 1024 ** 3 }, 'refusal', /6\.0 GiB/],
  ['a name that no variable may have', [column('Amount')], {}, 'warning', /Amount is no legal name/],
  ['fewer than 10,000 rows', [], { rows: 9_999 }, 'warning', /9999 rows.*10000/],
  ['fewer than 400 frauds', [], { labels: [{ value: 'fraud', rows: 399 }, { value: 'legit', rows: 19_601 }] }, 'warning', /399 frauds/],
  ['more frauds than legitimate events', [], { labels: [{ value: 'legit', rows: 1_000 }, { value: 'fraud', rows: 19_000 }] }, 'warning', /right way round/],
  ['rows without a label', [], { unlabelledRows: 200 }, 'warning', /empty in 200 rows, 1\.0 %/],
  ['times that are not ISO 8601 in UTC', [], { timestamps: { isoUtc: 19_999, others: 1, absent: 0, firstMs: 0, lastMs: 1 } }, 'warning', /not ISO 8601 in UTC.* in 1 row/],
  ['a column mostly empty', [column('thin', { nulls: 10_001 })], {}, 'warning', /thin is left out of the model: 50\.0 %/],
  ['a column often empty', [column('half', { nulls: 5_000 })], {}, 'warning', /half 25\.0 % of its values are missing/],
  ['a column with one value', [column('same', { distinct: 1 })], {}, 'warning', /same is left out of the model: it has the same value/],
  ['a category that is new in every row', [column('merchant', { distinctShare: 0.95 })], {}, 'warning', /merchant is left out of the model: a category/]
]
for (const [what, columns, held, level, text] of FINDINGS) {
  t.test(`planDetector: ${what} is a ${level}`, async (t) => {
    const { plan, findings } = planDetector(profile([column('a'), column('b'), ...columns], held), WISHES)
    t.ok(findings.some((finding) => finding.level === level && text.test(`${finding.column ?? ''} ${finding.text}`)), JSON.stringify(findings))
    t.equal(plan === undefined, level === 'refusal')
  })
}

t.test('planDetector: what the model can\'t use stays a variable of the event; a type of the user\'s keeps a key in the model', async (t) => {
  const columns = [column('a'), column('b'), column('Bad Name'), column('same', { distinct: 1 }), column('key', { distinctShare: 1 })]
  const { plan } = planDetector(profile(columns), WISHES)
  t.same(plan?.variables.map(({ name }) => name), ['a', 'b', 'same', 'key'])
  t.same(plan?.modelVariables, ['a', 'b'])
  t.same(planDetector(profile(columns), { ...WISHES, types: { key: 'CATEGORICAL' } }).plan?.modelVariables, ['a', 'b', 'key'])
})

t.test('planDetector takes the user\'s word that long numbers are no cards, and for nothing else', async (t) => {
  const columns = [column('a'), column('b'), column('account_no', { cardLike: 9, luhnValid: 9, longNumbers: 9, longLuhnValid: 9 })]
  t.match(planDetector(profile(columns), { ...WISHES, notCards: ['account_no'] }), { plan: Object, findings: [{ level: 'warning', column: 'account_no', text: /long numbers in 9 rows/ }] })
  t.equal(planDetector(profile(columns), { ...WISHES, notCards: ['a'] }).plan, undefined)
  t.equal(planDetector(profile([...columns, column('cvv', { securityCodes: 1 })]), { ...WISHES, notCards: ['account_no', 'cvv'] }).plan, undefined)
  t.equal(planDetector(profile([column('a'), column('b'), column('card_bin', NUMBER), column('card_type'), column('pan')]), WISHES).findings.length, 0, 'a name alone is nothing')
})

const LABELS: ReadonlyArray<[string, Array<[string, number]>, readonly string[] | undefined, string[] | null]> = [
  ['by its name, even when it is the commoner one', [['legit', 5], ['fraud', 9]], undefined, ['fraud']],
  ['as 1 of 0 and 1', [['1', 5], ['0', 9]], undefined, ['1']],
  ['as the rarer of two that tell nothing', [['b', 5], ['a', 9]], undefined, ['b']],
  ['as the user says', [['b', 5], ['a', 9]], ['a'], ['a']],
  ['as the user says, of several', [['a', 1], ['b', 5], ['c', 9]], ['b', 'a'], ['a', 'b']],
  ['not at all, of three that tell nothing', [['a', 1], ['b', 5], ['c', 9]], undefined, null]
]
for (const [how, labels, fraudLabels, fraud] of LABELS) {
  t.test(`planDetector tells the label of fraud ${how}`, async (t) => {
    const plan = () => planDetector(profile([column('a'), column('b')], { labels: labels.map(([value, rows]) => ({ value, rows })) }), { ...WISHES, fraudLabels }).plan
    if (fraud === null) t.throws(plan, { kind: 'plan', message: /--fraud-labels/ })
    else t.same(plan()?.labels, { fraud, legit: labels.map(([value]) => value).filter((value) => !fraud.includes(value)).sort(), hasUnlabelled: false })
  })
}

const CONTRADICTIONS: ReadonlyArray<[string, Partial<PlanWishes>, RegExp]> = [
  ['a type for a column that is not there', { types: { c: 'NUMERIC' } }, /--types names "c"/],
  ['a word for a column that is not there', { notCards: ['c'] }, /--not-cards names "c"/],
  ['a label of fraud that is not there', { fraudLabels: ['scam'] }, /--fraud-labels names "scam"/],
  ['no label left for legitimate events', { fraudLabels: ['fraud', 'legit'] }, /leaves no label/],
  ['two outcomes of one name', { outcomes: { approve: 'ok', investigate: 'ok', fraud: 'no' } }, /must differ/],
  ['an outcome that is no legal name', { outcomes: { approve: 'OK', investigate: 'b', fraud: 'c' } }, /no legal name of an outcome/],
  ['rates that fall', { falsePositiveRates: { fraud: 0.05, investigate: 0.03 } }, /must rise/]
]
for (const [what, wishes, message] of CONTRADICTIONS) {
  t.test(`planDetector refuses ${what}`, async (t) => {
    t.throws(() => planDetector(profile([column('a'), column('b')]), { ...WISHES, ...wishes }), { kind: 'plan', message })
  })
}

t.test('planDetector refuses data from which a model could learn nothing', async (t) => {
  t.throws(() => planDetector(profile([column('a'), column('b', { distinct: 1 })]), WISHES), { kind: 'plan', message: /learn from 1 of the columns/ })
})

t.test('namesOf makes names from the detector\'s, and a model\'s has no dash', async (t) => {
  t.same(namesOf('card-fraud'), { detectorId: 'card-fraud', modelId: 'card_fraud', eventType: 'card-fraud_transaction', entityType: 'customer' })
  t.same(namesOf('x', { eventType: 'pay' }).eventType, 'pay')
  t.throws(() => namesOf('Card'), { kind: 'plan', message: /no legal name/ })
  t.throws(() => namesOf('card', { modelId: 'card-fraud' }), { message: /no legal name of a model/ })
})
