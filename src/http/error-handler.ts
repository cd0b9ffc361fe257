import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { holdsSecurityCode } from '../domain/security-code.ts'
import { ERRORS, RingfenceError, type ErrorCode, type FieldFault } from '../errors.ts'
import { STATUS_OF_KIND } from './problem.ts'

const RETRY_AFTER_SECONDS = '1'
const MAX_FAULTS = 20
/** A name of at most three digits: enough for `item_2`, too few for a part of a card number. */
const HARMLESS_NAME = /^(?!(?:.*[0-9]){4})[A-Za-z0-9_]{1,64}$/

/** Fastify's own errors that are the caller's doing. Source: Fastify reference, "Errors". */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_INVALID_TYPE: 'media_type_unsupported',
  FST_ERR_VALIDATION: 'validation_failed',
  FST_ERR_BAD_URL: 'route_not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_found'
}

/** What a plugin, or the parser, calls the caller's doing: a body that broke off, a file that is none. */
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = { 400: 'malformed_json', 403: 'route_not_found', 404: 'route_not_found', 413: 'body_too_large', 415: 'media_type_unsupported' }

/** Turns every error into problem+json; what is our fault tells the caller nothing but its code, and the log everything. */
export function registerErrorHandler (app: FastifyInstance): void {
  app.setErrorHandler(replyWithProblem)
  app.setNotFoundHandler((request, reply) => { replyWithProblem(new RingfenceError('route_not_found'), request, reply) })
}

/** The same for what goes wrong before a route is found. */
export function replyWithProblem (error: FastifyError | RingfenceError, request: FastifyRequest, reply: FastifyReply): void {
  const known = toRingfenceError(error)
  const { code, detail } = known
  const faults = known.faults?.map((fault) => ({ ...fault, path: harmlessPath(fault.path) }))
  const status = STATUS_OF_KIND[known.kind]
  // A drain is meant, and so is a refusal; error lines raise alarms.
  if (status >= 500 && code !== 'draining' && code !== 'overloaded') request.log.error({ err: known.cause ?? known, code }, 'request failed')
  else request.log.info({ code, route: request.routeOptions.url, caller: request.callerName || undefined, paths: faults?.map(({ path }) => path) }, 'request refused')
  if (status === 503 || status === 429) reply.header('retry-after', RETRY_AFTER_SECONDS)
  if (status === 401) reply.header('www-authenticate', challengeOf(code, request))
  reply.code(status).header('x-request-id', request.id).type('application/problem+json').send({
    type: `urn:ringfence:problem:${code}`,
    title: ERRORS[code].title,
    status,
    ...(detail === undefined || status === 500 ? {} : { detail }),
    code,
    requestId: request.id,
    ...(faults === undefined ? {} : { errors: faults })
  })
}

function challengeOf (code: ErrorCode, { routeOptions }: FastifyRequest): string {
  if (routeOptions.config.orSignature === true) return 'Bearer, Ringfence-Signature'
  return code.startsWith('signature') ? 'Ringfence-Signature' : 'Bearer'
}

function toRingfenceError (error: FastifyError | RingfenceError): RingfenceError {
  if (error instanceof RingfenceError) return error
  if (error.validation !== undefined) {
    return new RingfenceError('validation_failed', { faults: error.validation.filter(isFaultOfItsOwn).slice(0, MAX_FAULTS).map((fault) => fieldFault(fault, error.validationContext)) })
  }
  const code = FASTIFY_CODES[error.code] ?? STATUS_CODES[error.statusCode ?? 500] ?? 'internal'
  return new RingfenceError(code, { cause: error })
}

/** Ends before the first name that may hold a card number or a security code: names of variables are the caller's own. */
function harmlessPath (path: string): string {
  const names = path.split('/').slice(1)
  const harmful = names.findIndex((name) => !HARMLESS_NAME.test(name) || (/(?:[0-9].*){3}/.test(name) && holdsSecurityCode(name, name)))
  return names.slice(0, harmful < 0 ? undefined : harmful).map((name) => `/${name}`).join('')
}

/** What a name does wrong is told twice: once as the name's own fault, once as its object's; and a text may fail both a format and the pattern that narrows it. */
function isFaultOfItsOwn ({ keyword, instancePath, schemaPath }: FastifySchemaValidationError, _index: number, all: readonly FastifySchemaValidationError[]): boolean {
  const isOfFormat = keyword === 'pattern' && all.some((other) => other.keyword === 'format' && other.instancePath === instancePath)
  return !isOfFormat && !schemaPath.includes('/propertyNames/')
}

/** Names where and what, never the value: it may be a card number. */
function fieldFault ({ instancePath, keyword, params, message }: FastifySchemaValidationError, context = 'body'): FieldFault {
  const where = context === 'body' ? instancePath : `/${context}${instancePath}`
  const safeName = (name: unknown) => typeof name === 'string' && /^[A-Za-z_]{1,40}$/.test(name) ? `/${name}` : ''
  switch (keyword) {
    case 'additionalProperties': return { path: `${where}${safeName(params['additionalProperty'])}`, message: 'is not a field of the contract' }
    case 'required': return { path: `${where}${safeName(params['missingProperty'])}`, message: 'is missing' }
    case 'enum': return { path: where, message: `must be one of: ${String(params['allowedValues'])}` }
    case 'propertyNames': return { path: where, message: 'has a name that is not 1 to 64 letters, digits and underscores' }
    default: return { path: where, message: message ?? 'is not valid' }
  }
}
