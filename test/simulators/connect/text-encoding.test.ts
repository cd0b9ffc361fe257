import t from 'tap'
import { measureText } from '../../../src/simulators/connect/text-encoding.ts'

// 3GPP TS 23.038 and 23.040: the alphabets, and how many units fit into one message and into each of several.
const texts: Array<[string, { alphabet: string, units: number, segments: number }]> = [
  ['', { alphabet: 'GSM-7', units: 0, segments: 1 }],
  ['Zürich, ¿qué? 5 £ @', { alphabet: 'GSM-7', units: 19, segments: 1 }],
  ['5 €', { alphabet: 'GSM-7', units: 4, segments: 1 }],
  ['a'.repeat(160), { alphabet: 'GSM-7', units: 160, segments: 1 }],
  ['a'.repeat(161), { alphabet: 'GSM-7', units: 161, segments: 2 }],
  ['a'.repeat(307), { alphabet: 'GSM-7', units: 307, segments: 3 }],
  [`${'a'.repeat(159)}€`, { alphabet: 'GSM-7', units: 161, segments: 2 }],
  ['’', { alphabet: 'UCS-2', units: 1, segments: 1 }],
  ['í'.repeat(70), { alphabet: 'UCS-2', units: 70, segments: 1 }],
  ['í'.repeat(71), { alphabet: 'UCS-2', units: 71, segments: 2 }],
  ['🙂', { alphabet: 'UCS-2', units: 2, segments: 1 }]
]

t.test('a text is measured in the alphabet that it needs', async (t) => {
  for (const [text, encoding] of texts) t.strictSame(measureText(text), encoding, JSON.stringify(text.slice(0, 20)))
})
