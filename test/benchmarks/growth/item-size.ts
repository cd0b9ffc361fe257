import type { WireItem, WireValue } from './engine-call.ts'

/** Of a list or a map, whatever is in it; and of each of its elements. Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats". */
const CONTAINER_BYTES = 3
const ELEMENT_BYTES = 1
/** What every item, and every entry of an index, takes of storage beyond its size. Source: the same page; for indexes "Storage considerations for Global Secondary Indexes". */
export const STORAGE_OVERHEAD_BYTES = 100

/**
 * An item's size as DynamoDB counts it, in bytes: names and values, without the overhead of storage.
 * Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats"; the size of a number is given there as approximate.
 */
export function itemBytes (item: WireItem): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)))
}

function valueBytes (value: WireValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.N !== undefined) return numberBytes(value.N)
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64')
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1
  if (value.L !== undefined) return CONTAINER_BYTES + sum(value.L.map((one) => ELEMENT_BYTES + valueBytes(one)))
  if (value.M !== undefined) return CONTAINER_BYTES + sum(Object.entries(value.M).map(([name, one]) => ELEMENT_BYTES + Buffer.byteLength(name) + valueBytes(one)))
  if (value.SS !== undefined) return sum(value.SS.map((one) => Buffer.byteLength(one)))
  if (value.NS !== undefined) return sum(value.NS.map(numberBytes))
  return sum((value.BS ?? []).map((one) => Buffer.byteLength(one, 'base64')))
}

/** One byte for two significant digits, and one more; zeroes at either end are trimmed, a sign counts as a digit. */
function numberBytes (text: string): number {
  const [mantissa = ''] = text.toLowerCase().split('e')
  const digits = mantissa.replace(/[-+.]/g, '').replace(/^0+|0+$/g, '').length
  return Math.ceil((digits + (text.startsWith('-') ? 1 : 0)) / 2) + 1
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
