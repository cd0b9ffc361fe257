import t from 'tap'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { Case } from '../../src/domain/case.ts'
import { amountText, contactAttributes, speakable } from '../../src/domain/contact-attributes.ts'
import type { Customer } from '../../src/domain/customer.ts'

const CUSTOMER: Customer = {
  customerId: 'u82-1alz-RI301',
  salutation: 'Mrs',
  firstName: 'Ada',
  lastName: 'Lovelace',
  phoneNumber: '+4915112345678',
  language: 'en-US',
  timeZone: 'Europe/Berlin',
  channels: ['voice'],
  cardIds: ['card_1'],
  updatedAtMs: 0
}
const ATTEMPT: Attempt = {
  attemptId: 'attempt_1_1', channel: 'voice', step: 0, status: 'due', dueAtMs: 0, submissions: 0, deferredSinceMs: null, submittedAtMs: null, askedIds: null, contactId: null, outcome: null, endedAtMs: null
}
const QUESTION: Case = {
  caseId: 'case_1',
  cardId: 'card_1',
  last4: '8788',
  customerId: 'u82-1alz-RI301',
  status: 'open',
  decision: null,
  ending: null,
  answeredIds: null,
  openedAtMs: 0,
  closedAtMs: null,
  transactions: [
    { transactionId: 'tx-1', amount: { valueMinor: 100, currency: 'USD' }, merchant: 'Small Shop', score: 870, occurredAtMs: 0 },
    { transactionId: 'tx-2', amount: { valueMinor: 415500, currency: 'EUR' }, merchant: '341-81-5775', score: 987, occurredAtMs: 1 },
    { transactionId: 'tx-3', amount: { valueMinor: 200, currency: 'USD' }, merchant: 'Late Shop', score: 900, occurredAtMs: 2 }
  ],
  attempts: [ATTEMPT],
  history: [],
  version: 1
}

t.test('contactAttributes tell what is asked: the gravest transaction, by the names of the sample and ours', async (t) => {
  t.same(contactAttributes(QUESTION, ATTEMPT, CUSTOMER, 'Test Bank'), {
    Salutation: 'Mrs',
    Name: 'Ada Lovelace',
    CardNo: '8788',
    Amount: '4155.00',
    Customer: 'u82-1alz-RI301',
    CaseId: 'case_1',
    AttemptId: 'attempt_1_1',
    AmountText: '4155 euros',
    Merchant: '341-81-5775',
    Institution: 'Test Bank',
    Count: '3'
  })
})

t.test('contactAttributes: a merchant that is unknown, or not speakable, is called unnamed', async (t) => {
  for (const merchant of [null, '', '<>&$', '   ']) {
    const question = { ...QUESTION, transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 1, currency: 'EUR' }, merchant, score: 1, occurredAtMs: 0 }] }
    t.equal(contactAttributes(question, ATTEMPT, CUSTOMER, 'Test Bank')['Merchant'], 'an unnamed merchant', JSON.stringify(merchant))
  }
})

t.test('contactAttributes: nothing spoken holds what SSML or a flow would read as its own', async (t) => {
  const hostile = '</speak><audio src="x"/>&amp; $.Attributes.CardNo {{x}} \u0000\u202e`;\\'
  const attributes = contactAttributes(
    { ...QUESTION, transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 1, currency: 'EUR' }, merchant: hostile, score: 1, occurredAtMs: 0 }] },
    ATTEMPT, { ...CUSTOMER, salutation: hostile, firstName: hostile, lastName: hostile }, hostile
  )
  for (const [name, value] of Object.entries(attributes)) {
    t.notMatch(value, /[$&<>"{}`;\\\p{C}]/u, name)
    t.ok(value.length <= 80, `${name} is short`)
  }
})

t.test('speakable keeps what names are made of, and turns the rest into single blanks', async (t) => {
  const table: Array<[text: string, spoken: string]> = [
    ["Renée O'Neill-Müller", "Renée O'Neill-Müller"],
    ['Łukasz Żółć', 'Łukasz Żółć'],
    ['李小龍', '李小龍'],
    ['محمد', 'محمد'],
    ['J. R. R. Tolkien, Jr.', 'J. R. R. Tolkien, Jr.'],
    ['R&B', 'R B'],
    ['<b>Bob</b>', 'b Bob b'],
    ['$.External.x', '.External.x'],
    ['Tom & Jerry', 'Tom Jerry'],
    ['  many   blanks ', 'many blanks'],
    ['line\nbreak\ttab', 'line break tab'],
    ['a"b', 'a b'],
    ['😀', ''],
    ['', '']
  ]
  for (const [text, spoken] of table) t.equal(speakable(text), spoken, JSON.stringify(text))
})

t.test('speakable caps a text at 80 characters', async (t) => {
  t.equal(speakable('x'.repeat(80)), 'x'.repeat(80))
  t.equal(speakable('x'.repeat(81)), 'x'.repeat(80))
  t.equal(speakable('x'.repeat(10_000)).length, 80)
})

t.test('speakable lets no forbidden character through, whatever the text', async (t) => {
  let seed = 42
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 30 }, () => {
      seed = (seed * 48271) % 2147483647
      return String.fromCharCode(seed % (round % 2 === 0 ? 128 : 0xd800))
    }).join('')
    const spoken = speakable(text)
    if (!/^[\p{L}\p{M}\p{Nd} .,'-]*$/u.test(spoken)) t.fail(`${JSON.stringify(text)} became ${JSON.stringify(spoken)}`)
    if (spoken !== spoken.trim() || spoken.includes('  ')) t.fail(`${JSON.stringify(spoken)} has blanks too many`)
  }
  t.pass('300 random texts')
})

t.test('amountText says an amount as English does', async (t) => {
  const table: Array<[valueMinor: number, currency: string, text: string]> = [
    [415500, 'EUR', '4155 euros'],
    [4155, 'EUR', '41.55 euros'],
    [4150, 'EUR', '41.50 euros'],
    [100, 'EUR', '1 euro'],
    [5, 'EUR', '0.05 euros'],
    [0, 'EUR', '0 euros'],
    [123456700, 'USD', '1234567 US dollars'],
    [4155, 'JPY', '4155 Japanese yen'],
    [4155000, 'KWD', '4155 Kuwaiti dinars'],
    [4155, 'KWD', '4.155 Kuwaiti dinars'],
    [4155500, 'KWD', '4155.500 Kuwaiti dinars'],
    [999999999999, 'GBP', '9999999999.99 British pounds']
  ]
  for (const [valueMinor, currency, text] of table) t.equal(amountText({ valueMinor, currency }), text)
})

t.test('amountText: no currency brings a character that would silence the prompt', async (t) => {
  for (const currency of Intl.supportedValuesOf('currency')) t.notMatch(amountText({ valueMinor: 123456, currency }), /[$&<>"]/, currency)
  t.equal(amountText({ valueMinor: 500, currency: 'TTD' }), '5 Trinidad and Tobago dollars')
})

t.test('speakable: a long text is cut between characters, without a blank at the end', async (t) => {
  t.equal(speakable(`${'x'.repeat(79)}\u{10400}y`), `${'x'.repeat(79)}\u{10400}`)
  t.equal(speakable(`${'x'.repeat(79)} yyy`), 'x'.repeat(79))
})
