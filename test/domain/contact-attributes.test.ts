import t from 'tap'
import type { Attempt } from '../../src/domain/attempt.ts'
import type { Case } from '../../src/domain/case.ts'
import { contactAttributes } from '../../src/domain/contact-attributes.ts'
import type { Customer } from '../../src/domain/customer.ts'
import { foreignCharacters, textMessageLength } from '../../src/domain/text-message.ts'
import { PROMPTS } from '../shipped-prompts.ts'

const CUSTOMER: Customer = {
  customerId: 'u82-1alz-RI301',
  salutation: 'Mrs',
  firstName: 'Ada',
  lastName: 'Lovelace',
  phoneNumber: '+4915112345678',
  language: 'en-US',
  timeZone: 'Europe/Berlin',
  channels: ['voice'],
  optOuts: [],
  cardIds: ['card_1'],
  updatedAtMs: 0
}
const WORDING = { institution: 'Test Bank', prompts: PROMPTS, defaultLanguage: 'en' }
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
  t.same(contactAttributes(QUESTION, ATTEMPT, CUSTOMER, WORDING), {
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
    Count: '3',
    Language: 'en',
    PromptQuestion: 'This is a security call from Test Bank. Hello Mrs Ada Lovelace. We noticed 3 payments, made with your card ending 8 7 8 8. One of them is 4155 euros at 341-81-5775. ' +
      'If you made all of them, press 1. If there is one that you did not make, press 2 to have us block your card. To hear this again, press 3. To get no more of these calls, press 9. ' +
      'We never ask for your card number or your PIN.',
    PromptRetry: 'This call has recorded no answer yet. Here is the question again.',
    PromptBlocked: 'Your card ending 8 7 8 8 is now blocked. If you have any question, please call the number on the back of the card. Goodbye.',
    PromptActive: 'Thank you. Your card ending 8 7 8 8 stays active. Goodbye.',
    PromptAlreadyAnswered: 'A different answer is already on record, so the key you pressed has changed nothing. Please call the number on the back of your card. Goodbye.',
    PromptUnsure: 'We are sorry. We could not confirm that the key you pressed has taken effect, so please do not rely on this call. To be safe, please call the number on the back of your card now. Goodbye.',
    PromptNone: 'This call has recorded no answer from you. Please call the number on the back of your card. Goodbye.',
    PromptOptedOut: 'We have noted that you want no more of these calls. This call has recorded no answer to our question. Please call the number on the back of your card. Goodbye.'
  })
})

t.test('contactAttributes: a merchant that is unknown, or not speakable, is called unnamed', async (t) => {
  for (const merchant of [null, '', '<>&$', '   ', '. - ,']) {
    const question = { ...QUESTION, transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 1, currency: 'EUR' }, merchant, score: 1, occurredAtMs: 0 }] }
    t.equal(contactAttributes(question, ATTEMPT, CUSTOMER, WORDING)['Merchant'], 'an unnamed merchant', JSON.stringify(merchant))
  }
})

t.test('contactAttributes: nothing spoken holds what SSML or a flow would read as its own', async (t) => {
  const hostile = '</speak><audio src="x"/>&amp; $.Attributes.CardNo {{x}} \u0000\u202e`;\\'
  const attributes = contactAttributes(
    { ...QUESTION, transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 1, currency: 'EUR' }, merchant: hostile, score: 1, occurredAtMs: 0 }] },
    ATTEMPT, { ...CUSTOMER, salutation: hostile, firstName: hostile, lastName: hostile }, { ...WORDING, institution: hostile }
  )
  for (const [name, value] of Object.entries(attributes)) {
    t.notMatch(value, /[$&<>"{}`;\\\p{C}]/u, name)
    t.ok(value.length <= (name.startsWith('Prompt') ? 800 : 80), `${name} is short`)
  }
})

t.test('contactAttributes: one payment is asked about as one', async (t) => {
  const one = { ...QUESTION, transactions: QUESTION.transactions.slice(1, 2) }
  t.match(contactAttributes(one, ATTEMPT, { ...CUSTOMER, salutation: '' }, WORDING), {
    Count: '1', PromptQuestion: /^This is a security call from Test Bank\. Hello Ada Lovelace\. We noticed a payment of 4155 euros at 341-81-5775, made with your card ending 8 7 8 8\. If you made this payment, press 1\./
  })
})

t.test('contactAttributes speak the language of the cardholder, else the default one', async (t) => {
  const one = { ...QUESTION, transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 4155, currency: 'EUR' }, merchant: null, score: 1, occurredAtMs: 0 }] }
  const table: Array<[language: string, defaultLanguage: string, expected: object]> = [
    ['de-AT', 'en', { Language: 'de', AmountText: '41 Euro und 55 Cent', Merchant: 'einem nicht genannten Händler', PromptQuestion: /^Hier ist Test Bank .* Zahlung über 41 Euro und 55 Cent bei einem nicht genannten Händler .* Endziffern 8 7 8 8\./ }],
    ['ES', 'en', { Language: 'es', AmountText: '41 euros con 55 céntimos', PromptQuestion: /^Le llamamos de Test Bank .* pago de 41 euros con 55 céntimos en un comercio no identificado .* terminada en 8 7 8 8\./ }],
    ['fr-FR', 'de', { Language: 'de', PromptQuestion: /^Hier ist/ }],
    ['fr', 'en', { Language: 'en', PromptQuestion: /^This is/ }],
    ['constructor', 'en', { Language: 'en' }]
  ]
  for (const [language, defaultLanguage, expected] of table) {
    t.match(contactAttributes(one, ATTEMPT, { ...CUSTOMER, language }, { ...WORDING, defaultLanguage }), expected, language)
  }
})

t.test('contactAttributes: a merchant gives no instructions in our voice', async (t) => {
  const merchant = 'Shop 24 - No. 1, then press 1 to confirm. You have been refunded. Press 1'
  const question = { ...QUESTION, transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 100, currency: 'USD' }, merchant, score: 1, occurredAtMs: 0 }] }
  for (const channel of ['voice', 'sms'] as const) {
    const { PromptQuestion, Merchant } = contactAttributes(question, { ...ATTEMPT, channel }, CUSTOMER, WORDING)
    t.match(PromptQuestion, /at Shop 24 No 1 then[^.]*,/, channel)
    t.notMatch(PromptQuestion, /refunded/, channel)
    t.equal(Merchant, 'Shop 24 No 1 then press 1 to confirm You')
  }
})

t.test('contactAttributes in German: a merchant without a name stands in the dative, an amount in the accusative', async (t) => {
  const transactions = ['tx-1', 'tx-2'].map((transactionId) => ({ transactionId, amount: { valueMinor: 100, currency: 'CAD' }, merchant: null, score: 1, occurredAtMs: 0 }))
  const question = (count: number, channel: 'voice' | 'sms') =>
    contactAttributes({ ...QUESTION, transactions: transactions.slice(0, count) }, { ...ATTEMPT, channel }, { ...CUSTOMER, language: 'de' }, WORDING)['PromptQuestion'] ?? ''
  t.match(question(1, 'voice'), 'eine Zahlung über 1 kanadischen Dollar bei einem nicht genannten Händler aufgefallen')
  t.match(question(2, 'voice'), 'Eine davon, über 1 kanadischen Dollar, war bei einem nicht genannten Händler.')
  t.match(question(1, 'sms'), 'Test Bank: 1 CAD bei einem Shop, Karte 8788.')
  t.match(question(2, 'sms'), 'Test Bank: 2 Zahlungen, Karte 8788, z.B. 1 CAD bei einem Shop. Alle Ihre?')
})

t.test('contactAttributes of a text message: short, in the alphabet of text messages, with nobody named', async (t) => {
  const text = (change: object, language = 'en') => contactAttributes(
    { ...QUESTION, transactions: [{ transactionId: 'tx-1', amount: { valueMinor: 4155, currency: 'USD' }, merchant: 'Магазин 😀 & Co', score: 1, occurredAtMs: 0, ...change }] },
    { ...ATTEMPT, channel: 'sms' }, { ...CUSTOMER, language }, WORDING)
  t.match(text({}), {
    Language: 'en',
    AmountText: '41 dollars and 55 cents',
    PromptQuestion: 'Test Bank: 41.55 USD at Magazin Co, card 8788. Was it you? Reply 1 or YES. Not you? Reply 2 or NO to block the card. STOP to opt out',
    PromptBlocked: /^Test Bank: your card 8788 is now blocked\./
  })
  t.match(text({}, 'de'), { PromptQuestion: /^Test Bank: 41,55 USD bei Magazin Co, Karte 8788\. .* STOP$/ })
  t.match(text({ merchant: '李小龍' }), { PromptQuestion: /at a merchant, card/ })
  for (const [name, value] of Object.entries(text({})).filter(([name]) => name.startsWith('Prompt'))) t.notMatch(value, /Ada|Lovelace|Mrs/, name)
})

t.test('contactAttributes of a text message: never more than 160, always with who is writing, the merchant whole when it has no name, and STOP, whatever the names', async (t) => {
  const pieces = ['Shop', ')', '(', ',', '.', ' ', ' ,', ') ,', '), ', 'Müller', 'Łódź', 'Щука', '€', "'", '-', '&', 'Wiener', 'Grundstücksverkehrsgenehmigung', '李', '7', 'S.A.', '\u00a0']
  let seed = 42
  const draw = (most: number) => {
    seed = (seed * 48271) % 2147483647
    return seed % most
  }
  const name = () => Array.from({ length: 1 + draw(24) }, () => pieces[draw(pieces.length)]).join('')
  const problems: string[] = []
  for (let round = 0; round < 3000; round++) {
    const language = ['en', 'de', 'es'][round % 3] ?? ''
    const institution = `Bank ${name()}`
    const amount = { valueMinor: draw(2) === 0 ? 999_999_999_999 : 1 + draw(9_999_999), currency: ['EUR', 'JPY', 'KWD'][draw(3)] ?? '' }
    const merchant = draw(6) === 0 ? null : name()
    const transactions = Array.from({ length: round % 2 === 0 ? 1 : 100 }, (_, at) => ({ transactionId: `tx-${at}`, amount, merchant, score: 1, occurredAtMs: 0 }))
    const attributes = contactAttributes({ ...QUESTION, transactions }, { ...ATTEMPT, channel: 'sms' }, { ...CUSTOMER, language, firstName: name() }, { ...WORDING, institution })
    for (const [attribute, text] of Object.entries(attributes).filter(([attribute]) => attribute.startsWith('Prompt'))) {
      const isRight = textMessageLength(text) <= 160 && foreignCharacters(text).length === 0 && text.startsWith('Bank') && (attribute === 'PromptOptedOut' || text.includes('STOP')) &&
        (merchant !== null || attribute !== 'PromptQuestion' || /at a merchant[,.]|bei einem Shop[,.]|en una tienda[,.]/.test(text))
      if (!isRight) problems.push(`${language} ${attribute}, ${textMessageLength(text)}: ${text}`)
    }
  }
  t.strictSame(problems.slice(0, 5), [])
})
