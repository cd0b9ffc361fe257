import t from 'tap'
import { findReferences, interpolate } from '../../../src/flow-language/attribute-reference.ts'
import { speakSsml, speakText } from '../../../src/simulators/connect/speech.ts'

t.test('speakSsml renders what is heard', async t => {
  for (const [ssml, text] of [
    ['<speak>Hello.</speak>', 'Hello.'],
    ['<speak>Card <say-as interpret-as="digits">8788</say-as>.</speak>', 'Card 8 7 8 8.'],
    ['<speak>A &amp; B &#233;<break time="300ms"/>c</speak>', 'A & B é c'],
    ['<speak><sub alias="World Wide Web">WWW</sub> <p>one</p><p>two</p></speak>', 'World Wide Web one two']
  ] as const) t.match(speakSsml(ssml), { isSpeakable: true, text })
})

t.test('speakSsml refuses what is no SSML document', async t => {
  for (const ssml of [
    'Hello', '<speak>', '<speak>A & B</speak>', '<speak>a < b</speak>', '<speak><b></speak>', '<speak></speak><speak></speak>',
    '<p>x</p>', '<speak x=1>y</speak>', '<speak>&nbsp;</speak>', '', `<speak>${'x'.repeat(6000)}</speak>`
  ]) t.equal(speakSsml(ssml).isSpeakable, false, ssml.slice(0, 40))
})

t.test('a longer prompt takes longer, and a break adds its own time', async t => {
  const ms = (ssml: string) => {
    const speech = speakSsml(ssml)
    return speech.isSpeakable ? speech.speakingMs : Number.NaN
  }
  t.ok(ms('<speak>one two three four</speak>') > ms('<speak>one</speak>'))
  t.equal(ms('<speak>one <break time="2s"/></speak>') - ms('<speak>one </speak>'), 2000)
  t.equal(speakText('x'.repeat(6001)).isSpeakable, false)
})

t.test('interpolate inserts raw values once', async t => {
  const scope = { Attributes: { Name: 'Ada $.ContactId <b>', 'a b': 'quoted', AmountText: '41 euros' }, ContactId: 'c1', External: { a: { b: 'deep', list: ['x'] } } }
  for (const [text, result] of [
    ['Hello $.Attributes.Name.', 'Hello Ada $.ContactId <b>.'],
    ["$.Attributes.['a b'] $['Attributes']['a b']", 'quoted quoted'],
    ['$.External.a.b|$.External.a.list|$.External.a', 'deep||'],
    ['$.Attributes.Missing!$.Attributes.constructor', '!'],
    ['costs $5', 'costs $5']
  ] as const) t.equal(interpolate(text, scope), result)
  t.strictSame(findReferences('$.Attributes.AmountText. And $.ContactId?'), ['$.Attributes.AmountText', '$.ContactId'])
})
