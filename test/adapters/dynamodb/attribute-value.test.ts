import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import t from 'tap'
import { fromAttributeValue, toAttributes } from '../../../src/adapters/dynamodb/attribute-value.ts'

const THING = {
  text: 'Łódź 🃏',
  empty: '',
  whole: 1_795_341_600_999,
  negative: -0.5,
  tiny: 1e-7,
  yes: true,
  no: false,
  nothing: null,
  list: ['a', 1, null, [], {}, [{ deep: [false] }]],
  map: { inner: { text: 'x', none: undefined }, empty: {} },
  left: undefined
}

t.test('a thing of the domain is written as the SDK writes it, and comes back as it was', async (t) => {
  t.strictSame(toAttributes(THING), marshall(THING, { removeUndefinedValues: true }))
  const { left: _left, ...kept } = THING
  t.strictSame(fromAttributeValue({ M: toAttributes(THING) }), { ...kept, map: { inner: { text: 'x' }, empty: {} } })
  t.strictSame(fromAttributeValue({ M: marshall(THING, { removeUndefinedValues: true }) }), unmarshall(toAttributes(THING)))
})

t.test('what DynamoDB cannot keep, or nothing here writes, is refused and not made into something else', async (t) => {
  for (const value of [NaN, Infinity, 1n, () => {}, new Date(), new Set([1]), new Map(), Buffer.from('x')]) t.throws(() => toAttributes({ value }), TypeError, String(value))
  for (const value of [{ B: new Uint8Array(1) }, { SS: ['a'] }, { NS: ['1'] }]) t.throws(() => fromAttributeValue(value as never), TypeError, Object.keys(value).join())
})
