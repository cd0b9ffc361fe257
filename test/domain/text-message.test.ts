import t from 'tap'
import { PROMPT_NAMES, type PromptValues } from '../../src/domain/prompts.ts'
import { fillTextMessage, foreignCharacters, textMessageLength, toTextMessageAlphabet } from '../../src/domain/text-message.ts'
import { PROMPTS } from '../shipped-prompts.ts'

const WORDING = '{institution}: {amount} at {merchant}, card {card}. Reply 1 or 2. STOP to opt out'
const VALUES: PromptValues = { institution: 'Test Bank', salutation: '', name: '', amount: '41.55 USD', merchant: 'Small Shop', card: '8788', count: '1' }
const LONGEST: PromptValues = { institution: 'Bank of the '.repeat(7).slice(0, 80), salutation: '', name: '', amount: '9999999999.99 EUR', merchant: 'Merchant '.repeat(9).slice(0, 80), card: '8788', count: '100' }

t.test('toTextMessageAlphabet writes every text in GSM 03.38', async (t) => {
  const table: Array<[text: string, message: string]> = [
    ['Café Müller & Søn, Ñandú', 'Café Müller & Søn, Ñandu'],
    ['Łukasz Żółć', 'Lukasz Zolc'],
    ['Façade', 'Facade'],
    ['Магазин Щука', 'Magazin Shchuka'],
    ['Ψυγείο Ωμέγα', 'Ψygeio Ωmega'],
    ['“Bob’s” – the shop…', '"Bob\'s" - the shop...'],
    ['ﬁne', 'fine'],
    ['a\u00a0b\u2009c', 'a b c'],
    ['e\u0301', 'é'],
    ['Shop 😀 7', 'Shop 7'],
    ['😀', ''],
    ['李小龍', ''],
    ['50 €', '50 €'],
    ['Shop (old) , new .', 'Shop (old), new.']
  ]
  for (const [text, message] of table) t.equal(toTextMessageAlphabet(text), message, text)
})

t.test('toTextMessageAlphabet lets nothing through that the alphabet lacks, whatever the text', async (t) => {
  let seed = 42
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 30 }, () => {
      seed = (seed * 48271) % 2147483647
      return String.fromCharCode(seed % (round % 2 === 0 ? 0x600 : 0xd800))
    }).join('')
    const foreign = foreignCharacters(toTextMessageAlphabet(text))
    if (foreign.length > 0) t.fail(`${JSON.stringify(text)} left ${foreign.join(' ')}`)
  }
  t.pass('300 random texts')
})

t.test('textMessageLength counts the characters of the extension table twice', async (t) => {
  t.equal(textMessageLength('abc'), 3)
  t.equal(textMessageLength('äöü¿'), 4)
  t.equal(textMessageLength('€[]{}~|^\\'), 18)
})

t.test('fillTextMessage: what fits is left as it is', async (t) => {
  t.equal(fillTextMessage(WORDING, VALUES), 'Test Bank: 41.55 USD at Small Shop, card 8788. Reply 1 or 2. STOP to opt out')
})

t.test('fillTextMessage: the merchant is shortened first, to 10 characters, then the institution; instructions, amount and card never', async (t) => {
  const merchant = fillTextMessage(WORDING, { ...VALUES, merchant: 'x'.repeat(200) })
  t.equal(merchant.length, 160)
  t.match(merchant, /^Test Bank: 41\.55 USD at x{94}, card 8788\. Reply 1 or 2\. STOP to opt out$/)
  const both = fillTextMessage(WORDING, { ...VALUES, merchant: 'x'.repeat(80), institution: 'y'.repeat(200) })
  t.equal(both.length, 160)
  t.match(both, /^y{93}: 41\.55 USD at x{10}, card 8788\. Reply 1 or 2\. STOP to opt out$/)
})

t.test('fillTextMessage: a character of two is not halved, and a cut leaves no blank or comma behind', async (t) => {
  t.equal(textMessageLength(fillTextMessage(WORDING, { ...VALUES, merchant: '€'.repeat(100) })), 160)
  t.match(fillTextMessage(WORDING, { ...VALUES, merchant: `${'x'.repeat(92)}, ${'y'.repeat(20)}` }), /at x{92}, card/)
})

t.test('fillTextMessage: what is shortened ends with a whole word, unless it is one word', async (t) => {
  const merchant = (name: string) => /at (.*), card/.exec(fillTextMessage(WORDING, { ...VALUES, merchant: name, institution: 'y'.repeat(95) }))?.[1]
  t.equal(merchant('Corner Bookshop of the Old Town'), 'Corner')
  t.equal(merchant('Bookshopoftheoldtown'), 'Bookshopof')
  t.equal(merchant('A Bookshopoftheoldtown'), 'A Bookshop', 'one letter would say less')
  t.equal(merchant('Bookshop 7 of the Old Town'), 'Bookshop 7')
})

for (const [language, { sms }] of Object.entries(PROMPTS)) {
  t.test(`every text message in ${language} fits into 160, with the longest values and the strangest`, async (t) => {
    const strange = { ...LONGEST, merchant: 'Щ'.repeat(80), institution: '€'.repeat(80) }
    for (const name of PROMPT_NAMES) {
      for (const values of [VALUES, LONGEST, strange, { ...LONGEST, merchant: '' }]) {
        const text = fillTextMessage(sms[name], values)
        t.ok(textMessageLength(text) <= 160, `${name}: ${textMessageLength(text)}`)
        t.strictSame(foreignCharacters(text), [])
        t.ok(text.startsWith(values.institution.slice(0, 4)), `${name} begins with the institution`)
        if (name !== 'optedOut') t.match(text, /STOP/, name)
        if (name.startsWith('question')) t.match(text, new RegExp(`${values.amount.replace('.', '\\.')}.*8788.*1 .*2 |8788.*${values.amount.replace('.', '\\.')}.*1 .*2 `), `${name} has amount, card and both replies`)
      }
    }
  })
}
