import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/**
 * A value of the domain as DynamoDB keeps it: text, numbers that JavaScript holds exactly or as a double, booleans, `null`, lists, maps. Properties that are
 * `undefined` are left out. Written for these alone: the general one of the SDK takes several times as long, on the path of every payment.
 * Source: Amazon DynamoDB API Reference, "AttributeValue".
 * @throws TypeError for anything else
 */
function toAttributeValue (value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number' && Number.isFinite(value)) return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (value === null) return { NULL: true }
  if (Array.isArray(value)) return { L: value.map(toAttributeValue) }
  if (typeof value === 'object') return { M: toAttributes(value) }
  throw new TypeError(`DynamoDB keeps no ${typeof value === 'number' ? value : typeof value}`)
}

/** The properties of a plain object. @throws TypeError for an object that is something else, such as a Date or a Set */
export function toAttributes (thing: object): Record<string, AttributeValue> {
  const prototype: unknown = Object.getPrototypeOf(thing)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`DynamoDB keeps no ${thing.constructor.name}`)
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(thing)) {
    if (value !== undefined) attributes[name] = toAttributeValue(value)
  }
  return attributes
}

/** The value back. @throws TypeError for bytes and sets, which nothing here writes */
export function fromAttributeValue (value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return Number(value.N)
  if (value.BOOL !== undefined) return value.BOOL
  if (value.NULL !== undefined) return null
  if (value.M !== undefined) return fromAttributes(value.M)
  if (value.L !== undefined) return value.L.map(fromAttributeValue)
  throw new TypeError(`nothing here writes ${Object.keys(value).join()}`)
}

/** The object back. */
function fromAttributes (attributes: Record<string, AttributeValue>): Record<string, unknown> {
  const thing: Record<string, unknown> = {}
  for (const name of Object.keys(attributes)) thing[name] = fromAttributeValue(attributes[name]!)
  return thing
}
