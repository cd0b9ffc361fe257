import { Type } from '@sinclair/typebox'
import { ERRORS, type ErrorCode, type ErrorKind } from '../errors.ts'
import { closedObject } from './wire-format.ts'

/** The only place where a kind of error becomes an HTTP status. */
export const STATUS_OF_KIND: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  unavailable: 503,
  internal: 500
}

/** RFC 9457. */
export const Problem = closedObject({
  type: Type.String({ description: 'Identifies the kind of problem.', examples: ['urn:ringfence:problem:validation_failed'] }),
  title: Type.String({ description: 'One sentence, the same for each problem of this code.' }),
  status: Type.Integer(),
  detail: Type.Optional(Type.String({ description: 'More about this occurrence.' })),
  code: Type.String({ description: 'Stable word for programs; all of them are in docs/errors.md.', examples: ['validation_failed'] }),
  requestId: Type.String({ description: 'The same as in the logs and in the header x-request-id.' }),
  errors: Type.Optional(Type.Array(closedObject({
    path: Type.String({ description: 'JSON pointer into the request.', examples: ['/amount/currency'] }),
    message: Type.String()
  })))
}, { $id: 'Problem', title: 'Problem', description: 'Problem details, RFC 9457.' })

/** Response schemas of the given errors, grouped by their status, for a route's `schema.response`. */
export function problems (...codes: ErrorCode[]): Record<number, object> {
  const statusOf = (code: ErrorCode) => STATUS_OF_KIND[ERRORS[code].kind]
  return Object.fromEntries(codes.map(statusOf).map((status) => [status, {
    description: codes.filter((code) => statusOf(code) === status).map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('\n\n'),
    content: { 'application/problem+json': { schema: Type.Ref('Problem'), example: exampleOf(codes.find((code) => statusOf(code) === status) ?? 'internal') } }
  }]))
}

function exampleOf (code: ErrorCode): object {
  return { type: `urn:ringfence:problem:${code}`, title: ERRORS[code].title, status: STATUS_OF_KIND[ERRORS[code].kind], code, requestId: '155f4d82-6864-4cbe-9ffc-5329a23a576e' }
}

/** Errors that every route with a key may give. */
export const KEY_PROBLEMS = ['api_key_missing', 'api_key_unknown', 'scope_missing'] as const
/** Errors that every route with a body may give. */
export const BODY_PROBLEMS = ['malformed_json', 'validation_failed', 'body_too_large', 'media_type_unsupported'] as const
/** Errors that every route that touches the store may give. */
export const STORE_PROBLEMS = ['store_unavailable', 'draining', 'internal'] as const
