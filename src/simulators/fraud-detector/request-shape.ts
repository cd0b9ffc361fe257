import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Value, type ValueError } from '@sinclair/typebox/value'
import { AwsFault } from '../aws/aws-fault.ts'
import { validation } from './refusal.ts'

// Patterns and lengths: the service model of Amazon Fraud Detector, API version 2019-11-15.

/** Most names and ids. */
export const Identifier = Type.String({ minLength: 1, maxLength: 64, pattern: '^[0-9a-z_-]+$' })
/** Model ids have no hyphen. */
export const ModelId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[0-9a-z_]+$' })
export const ModelType = oneOf(['ONLINE_FRAUD_INSIGHTS', 'TRANSACTION_FRAUD_INSIGHTS', 'ACCOUNT_TAKEOVER_INSIGHTS'] as const)
/** Of models, such as `1.0`. */
export const ModelVersionNumber = Type.String({ minLength: 3, maxLength: 7, pattern: '^[1-9][0-9]{0,3}\\.[0-9]{1,2}$' })
/** Of rules and detectors, such as `1`. */
export const WholeVersion = Type.String({ minLength: 1, maxLength: 5, pattern: '^([1-9][0-9]*)$' })
export const Description = Type.Optional(Type.String({ minLength: 1, maxLength: 128 }))
export const Timestamp = Type.String({ minLength: 10, maxLength: 30 })
/** Names of things, at least one. */
export const Names = Type.Array(Type.String(), { minItems: 1 })
export const Endpoint = Type.String({ minLength: 1, maxLength: 63, pattern: '^[0-9A-Za-z_-]+$' })
export const RoleArn = Type.String({ minLength: 1, maxLength: 256, pattern: '^arn:aws[a-z-]{0,15}:iam::[0-9]{12}:role/[^\\s]{2,64}$' })

/** A text that is one of the values. */
export function oneOf<const V extends readonly string[]> (values: V) {
  return Type.Unsafe<V[number]>(Type.Union(values.map(value => Type.Literal(value))))
}

/** The page of a list: how many entries, and where to go on. */
export function pageOf (minResults: number, maxResults: number) {
  return { nextToken: Type.Optional(Type.String()), maxResults: Type.Optional(Type.Integer({ minimum: minResults, maximum: maxResults })) }
}

/** One operation: the shape of its request and what it answers. */
export interface Operation {
  schema: TSchema
  answer: (request: never) => unknown
}

/** Operations by name. */
export type Operations = Record<string, Operation>

/** Ties the shape of a request to what reads it. */
export function operation<S extends TSchema> (schema: S, answer: (request: Static<S>) => unknown): Operation {
  return { schema, answer: answer as Operation['answer'] }
}

/**
 * Reads a request's body: `null` members count as absent, members that the operation does not know are ignored.
 * @throws AwsFault SerializationException for a value of another type, ValidationException for one out of its bounds
 */
export function readRequest (schema: TSchema, body: unknown): unknown {
  const request = dropNulls(body)
  const faults = [...Value.Errors(schema, request)].filter(({ path }, index, all) => all.findIndex(other => other.path === path) === index)
  if (faults.length === 0) return request
  const misfit = faults.find(({ schema, value }) => value !== undefined && !fitsType(schema, value))
  if (misfit !== undefined) throw new AwsFault(400, 'SerializationException', `${toMember(misfit.path)} has a value of another type.`)
  const told = faults.map(fault => `Value at '${toMember(fault.path)}' failed to satisfy constraint: ${tellConstraint(fault)}`)
  throw validation(`${told.length} validation error${told.length === 1 ? '' : 's'} detected: ${told.join('; ')}`)
}

function dropNulls (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null).map(([name, member]) => [name, dropNulls(member)]))
}

function fitsType (schema: TSchema, value: unknown): boolean {
  const type: unknown = schema['type'] ?? (Array.isArray(schema['anyOf']) ? 'string' : undefined)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'string') return typeof value === 'string'
  return type !== 'boolean' || typeof value === 'boolean'
}

function toMember (path: string): string {
  return path.slice(1).replaceAll('/', '.')
}

function tellConstraint ({ schema, value }: ValueError): string {
  if (value === undefined) return 'Member must not be null'
  const [key] = Object.keys(schema['patternProperties'] ?? {})
  if (key !== undefined) return `Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ${key}]`
  const texts = (schema['anyOf'] as Array<{ const: string }> | undefined)?.map(literal => literal.const)
  if (texts !== undefined) return `Member must satisfy enum value set: [${texts.join(', ')}]`
  const size = typeof value === 'string' ? value.length : Array.isArray(value) ? value.length : typeof value === 'object' && value !== null ? Object.keys(value).length : Number(value)
  const [least, most] = [schema['minLength'] ?? schema['minItems'] ?? schema['minProperties'] ?? schema['minimum'], schema['maxLength'] ?? schema['maxItems'] ?? schema['maximum']]
  const measure = typeof value === 'number' ? 'Member must have value' : 'Member must have length'
  if (least !== undefined && size < least) return `${measure} greater than or equal to ${least}`
  if (most !== undefined && size > most) return `${measure} less than or equal to ${most}`
  return `Member must satisfy regular expression pattern: ${schema['pattern']}`
}
