import t from 'tap'
import { cardIdOf, holdsCardNumber, lastFour, passesLuhn } from '../../src/domain/card-number.ts'

const KEY = 'a-key-of-the-tests-0123456789abcdef'

/** A repeatable random number below `below` (mulberry32 with a fixed seed). */
function seeded (seed: number) {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

t.test('passesLuhn tells the test numbers of the card schemes from others', async (t) => {
  const table: Array<[digits: string, passes: boolean]> = [
    ['4111111111111111', true],
    ['5555555555554444', true],
    ['378282246310005', true],
    ['6011111111111117', true],
    ['30569309025904', true],
    ['79927398713', true],
    ['79927398710', false],
    ['4111111111111112', false],
    ['4111111111111', false],
    ['2442230821108788', false],
    ['000000000000', true]
  ]
  for (const [digits, passes] of table) t.equal(passesLuhn(digits), passes, digits)
})

t.test('passesLuhn: exactly one check digit fits any number, and no single wrong digit goes unseen', async (t) => {
  const random = seeded(20261122)
  for (let round = 0; round < 200; round++) {
    const body = Array.from({ length: 11 + random(8) }, () => random(10)).join('')
    const valid = Array.from({ length: 10 }, (_, check) => `${body}${check}`).filter(passesLuhn)
    if (valid.length !== 1) t.fail(`${valid.length} check digits fit ${body}`)
    const [number = ''] = valid
    const at = random(number.length)
    const wrong = number.slice(0, at) + String((Number(number[at]) + 1 + random(9)) % 10) + number.slice(at + 1)
    if (passesLuhn(wrong)) t.fail(`${wrong} passes although it differs from ${number} in one digit`)
  }
  t.pass('200 random numbers')
})

t.test('holdsCardNumber finds a Luhn-valid number of 12 to 19 digits in running text', async (t) => {
  const table: Array<[text: string, holds: boolean, why: string]> = [
    ['4111111111111111', true, 'bare'],
    ['4111 1111 1111 1111', true, 'with single blanks'],
    ['4111-1111-1111-1111', true, 'with single dashes'],
    ['4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1', true, 'a dash after every digit'],
    ['card 4111111111111111, thanks', true, 'within a sentence'],
    ['x4111111111111111y', true, 'between letters'],
    ['3782 822463 10005', true, 'fifteen digits'],
    ['the first 4111111111111112, then 5555555555554444', true, 'the second of two'],
    ['000000000000', true, 'twelve digits, the fewest'],
    ['0000000000000000000', true, 'nineteen digits, the most'],
    ['00000000000', false, 'eleven digits'],
    ['00000000000000000000', false, 'twenty digits'],
    ['4111111111111112', false, 'fails the Luhn check'],
    ['2442230821108788', false, "the sample's own number, which fails the Luhn check"],
    ['4111.1111.1111.1111', true, 'printed groups with points'],
    ['３７８２８２２４６３１０００５', true, 'full-width digits'],
    ['62.39.153.176', false, 'an address'],
    ['341-81-5775', false, 'a merchant'],
    ['', false, 'nothing']
  ]
  for (const [text, holds, why] of table) t.equal(holdsCardNumber(text), holds, why)
})

t.test("holdsCardNumber finds the transaction's own number however it is written, Luhn-valid or not", async (t) => {
  const own = '2442230821108788'
  const table: Array<[text: string, holds: boolean]> = [
    ['2442230821108788', true],
    ['2442 2308 2110 8788', true],
    ['2442-2308-2110-8788', true],
    ['2442.2308.2110.8788', true],
    ['a2b4c4d2e2f3g0h8i2j1k1l0m8n7o8p8', true],
    ['order 77, card 2442230821108788, until 12/27', true],
    ['992442230821108788', true],
    ['244223082110878', false],
    ['8788', false]
  ]
  for (const [text, holds] of table) t.equal(holdsCardNumber(text, own), holds, text)
})

t.test('holdsCardNumber finds any Luhn-valid number, in groups or not, with words around it', async (t) => {
  const random = seeded(4711)
  for (let round = 0; round < 200; round++) {
    const body = Array.from({ length: 11 + random(8) }, () => random(10)).join('')
    const number = Array.from({ length: 10 }, (_, check) => `${body}${check}`).find(passesLuhn) ?? ''
    const separator = ['', ' ', '-'][random(3)] ?? ''
    const written = number.replaceAll(/\d{4}(?=\d)/g, (group) => `${group}${separator}`)
    if (!holdsCardNumber(`paid with ${written}.`)) t.fail(`${written} was not found`)
  }
  t.pass('200 random numbers')
})

t.test('lastFour keeps the last four digits', async (t) => {
  t.equal(lastFour('2442230821108788'), '8788')
  t.equal(lastFour('000000001234'), '1234')
})

t.test('cardIdOf is keyed, stable and opaque', async (t) => {
  // printf 2442230821108788 | openssl dgst -sha256 -hmac a-key-of-the-tests-0123456789abcdef
  t.equal(cardIdOf('2442230821108788', KEY), 'card_147bd3394d5e93735179e15ebf317979a543b0cd', 'as openssl makes it; another value would orphan every stored card')
  t.equal(cardIdOf('2442230821108788', KEY), cardIdOf('2442230821108788', KEY))
  t.not(cardIdOf('2442230821108788', KEY), cardIdOf('2442230821108788', `${KEY}!`), 'another key, another id')
  t.not(cardIdOf('2442230821108788', KEY), cardIdOf('2442230821108789', KEY), 'another number, another id')
  t.match(cardIdOf('4111111111111111', KEY), /^card_[0-9a-f]{40}$/)
  t.notMatch(cardIdOf('4111111111111111', KEY), '1111')
})

t.test('holdsCardNumber finds a number beside other digits', async (t) => {
  const texts = [
    '4111 1111 1111 1111 12', '4111111111111111 123', 'order 77 4111111111111111', '4111-1111-1111-1111 12-27', '12 4111 1111 1111 1111', '4111111111111111 5555555555554444'
  ]
  for (const text of texts) t.equal(holdsCardNumber(text), true, text)
})

t.test('holdsCardNumber knows this card by its id, although its number fails the Luhn check', async (t) => {
  const isThisCard = (digits: string) => digits === '2442230821108788'
  t.equal(holdsCardNumber('paid with 2442230821108788', undefined, isThisCard), true)
  t.equal(holdsCardNumber('paid with 2442230821108780', undefined, isThisCard), false)
})

t.test('holdsCardNumber reads the digits of other scripts', async (t) => {
  const inScript = (zero: number) => [...'4111111111111111'].map((digit) => String.fromCodePoint(zero + Number(digit))).join('')
  for (const zero of [0x0660, 0x06f0, 0x0966, 0xff10, 0x1d7ce, 0x1d7d8]) t.equal(holdsCardNumber(inScript(zero)), true, zero.toString(16))
})
