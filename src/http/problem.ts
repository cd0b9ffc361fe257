import { Type } from '@sinclair/typebox'
import { ERRORS, type ErrorCode, type ErrorKind } from '../errors.ts'
import { closedObject, component, oneOf } from './wire-format.ts'

/** The only place where a kind of error becomes an HTTP status. */
export const STATUS_OF_KIND: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  throttled: 429,
  unavailable: 503,
  internal: 500
}

/** Errors that stay in the log and in metrics: a fallback or a later try takes the caller past them. */
const UNTOLD: ReadonlySet<string> = new Set<ErrorCode>([
  'scorer_unavailable', 'scorer_interrupted', 'scorer_timeout', 'scorer_throttled', 'scorer_denied', 'scorer_reply_invalid', 'scorer_paused', 'scorer_refused', 'scorer_outcome_unknown', 'caller_unavailable'
])

const ProblemCode = component('ProblemCode', oneOf((Object.keys(ERRORS) as ErrorCode[]).filter((code) => !UNTOLD.has(code)), {
  description: 'Stable word for programs; docs/errors.md tells what each means and what to do. A later version may know more of them.'
}))

const FieldFault = component('FieldFault', closedObject({
  path: Type.String({ description: 'Where: a JSON pointer into the body, or `/params/…` and `/querystring/…`.', examples: ['/amount/currency'] }),
  message: Type.String({ description: 'What is wrong there, for people. Never repeats what was sent.', examples: ['is missing'] })
}))

/** RFC 9457. */
const Problem = component('Problem', closedObject({
  type: Type.String({ description: 'Identifies the kind of problem: `urn:ringfence:problem:` and the code.', examples: ['urn:ringfence:problem:validation_failed'] }),
  title: Type.String({ description: 'One sentence, the same for each problem of this code.', examples: [ERRORS.validation_failed.title] }),
  status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status once more.', examples: [400] }),
  detail: Type.Optional(Type.String({ description: 'More about this occurrence.' })),
  code: ProblemCode,
  requestId: Type.String({ description: 'The same as in the logs and in the header x-request-id.', examples: ['155f4d82-6864-4cbe-9ffc-5329a23a576e'] }),
  errors: Type.Optional(Type.Array(FieldFault, { description: 'The fields at fault, the first 20.' }))
}, { description: 'Problem details, RFC 9457.' }))

export const PROBLEM_COMPONENTS = [ProblemCode, FieldFault, Problem]

/** Response schemas of the given errors, grouped by their status, for a route's `schema.response`. */
export function problems (...codes: ErrorCode[]): Record<number, object> {
  const statusOf = (code: ErrorCode) => STATUS_OF_KIND[ERRORS[code].kind]
  return Object.fromEntries(codes.map(statusOf).map((status) => [status, {
    description: codes.filter((code) => statusOf(code) === status).map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('\n\n'),
    content: { 'application/problem+json': { schema: Problem, example: exampleOf(codes.find((code) => statusOf(code) === status) ?? 'internal') } }
  }]))
}

/** A problem of which nothing more is known. */
export function problemOf (code: ErrorCode, requestId: string): object {
  return { type: `urn:ringfence:problem:${code}`, title: ERRORS[code].title, status: STATUS_OF_KIND[ERRORS[code].kind], code, requestId }
}

function exampleOf (code: ErrorCode): object {
  return problemOf(code, '155f4d82-6864-4cbe-9ffc-5329a23a576e')
}

/** Errors that every route with a key may give. */
export const KEY_PROBLEMS = ['api_key_missing', 'api_key_unknown', 'scope_missing', 'rate_limited'] as const
/** Errors that every route with a body may give. */
export const BODY_PROBLEMS = ['malformed_json', 'validation_failed', 'body_too_large', 'media_type_unsupported'] as const
/** Errors that every route that touches the store may give. */
export const STORE_PROBLEMS = ['store_unavailable', 'overloaded', 'draining', 'internal'] as const
