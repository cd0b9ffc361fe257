import t from 'tap'
import { speakable, speakableMerchant } from '../../src/domain/speakable.ts'

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

t.test('speakable: a long text is cut between characters, without a blank at the end', async (t) => {
  t.equal(speakable(`${'x'.repeat(79)}\u{10400}y`), `${'x'.repeat(79)}\u{10400}`)
  t.equal(speakable(`${'x'.repeat(79)} yyy`), 'x'.repeat(79))
})

t.test('speakableMerchant: a name of 40 characters at most, by whole words, that begins no sentence of its own', async (t) => {
  const table: Array<[merchant: string, spoken: string]> = [
    ['Shop 24 - No. 1, then press 1 to confirm. You have been refunded. Press 1', 'Shop 24 No 1 then press 1 to confirm You'],
    ['Corner; Shop. Call us', 'Corner Shop Call us'],
    ['Müller, Söhne & Co.', 'Müller Söhne Co'],
    ['amazon.co.uk', 'amazon.co.uk'],
    ["L'Osteria St. John's", "L'Osteria St John's"],
    ['Coca-Cola -- Bar...', 'Coca-Cola Bar'],
    ['341-81-5775', '341-81-5775'],
    ["., - '", ''],
    ['x'.repeat(41), 'x'.repeat(40)],
    ['Bookshop of the Old Town behind the Church', 'Bookshop of the Old Town behind the'],
    ['\u{10400}'.repeat(50), '\u{10400}'.repeat(40)]
  ]
  for (const [merchant, spoken] of table) t.equal(speakableMerchant(merchant), spoken, merchant.slice(0, 50))
})
