import { ERRORS } from '../../src/errors.ts'
import { contract, faultsOf, operations, resolved, type Operation, type Reply } from './document.ts'

/** One request and its reply, as they went over the wire. */
export interface Exchange {
  method: string
  /** Path and query. */
  url: string
  /** What was sent: text, or what JSON is made of; `undefined` for nothing, `'unknown'` when nobody looked. */
  sent: { body: unknown } | 'unknown'
  status: number
  headers: Record<string, unknown>
  text: string
}

/** Not in the document, and no part of it: itself, and the page that shows it. */
const BESIDE = /^\/(openapi\.json$|docs($|\/))/
/** What HTTP, Node or Fastify add to every reply. */
const COMMON_HEADERS = new Set(['content-type', 'content-length', 'date', 'connection', 'keep-alive', 'transfer-encoding', 'cache-control'])
/** What a reply 401 asks for, by the operation's security. */
const CHALLENGES: Readonly<Record<string, string>> = { apiKey: 'Bearer', bridgeSignature: 'Ringfence-Signature' }

/**
 * Holds a reply, and the request that it answers, against `openapi/openapi.yaml`.
 * @returns the operation and the documented status, or `undefined` when the request was for no operation
 * @throws Error with all that differs
 */
export function checkExchange (exchange: Exchange): { operation: string, status: number } | undefined {
  const path = exchange.url.replace(/\?.*$/s, '')
  if (BESIDE.test(path)) return undefined
  const found = findOperation(exchange.method, path)
  const faults = found === undefined ? faultsOfStrayReply(exchange) : [...faultsOfReply(exchange, found.operation), ...faultsOfRequest(exchange, found)]
  if (faults.length > 0) {
    throw new Error(`not as openapi.yaml has it: ${exchange.method} ${found?.path ?? path}: ${exchange.status}\n  ${faults.join('\n  ')}\n  ${exchange.text.slice(0, 500)}`)
  }
  return found === undefined ? undefined : { operation: found.name, status: exchange.status }
}

function findOperation (method: string, path: string) {
  const segments = path.split('/')
  for (const one of operations()) {
    const names = one.path.split('/')
    if (one.method !== method || names.length !== segments.length) continue
    const params: Record<string, string> = {}
    const fits = names.every((name, index) => {
      const segment = segments[index] ?? ''
      if (!name.startsWith('{')) return name === segment
      const text = decoded(segment)
      if (text === undefined) return false
      params[name.slice(1, -1)] = text
      return true
    })
    if (fits) return { ...one, params }
  }
  return undefined
}

function decoded (segment: string): string | undefined {
  return /%(?![0-9a-f]{2})/i.test(segment) || !isUtf8(segment) ? undefined : decodeURIComponent(segment)
}

function isUtf8 (segment: string): boolean {
  return !Buffer.from(segment.replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8').includes('\uFFFD')
}

/** No operation: then there is no such route, and the reply says so. */
function faultsOfStrayReply (exchange: Exchange): string[] {
  const { Problem } = contract().components.schemas
  const stray: Operation = { operationId: '', responses: { 404: { description: `\`route_not_found\`: ${ERRORS.route_not_found.title}`, headers: { 'x-request-id': { schema: {}, required: true } }, content: { 'application/problem+json': { schema: Problem ?? {} } } } } }
  return faultsOfReply(exchange, stray)
}

function faultsOfReply (exchange: Exchange, operation: Operation): string[] {
  const { status, headers, text } = exchange
  const documented = operation.responses[status]
  if (documented === undefined) return [`status ${status} is not in the document, which has ${Object.keys(operation.responses).join(', ')}`]
  const reply = resolved<Reply>(documented)
  const faults = faultsOfHeaders(headers, reply)

  const type = String(headers['content-type'] ?? '').replace(/;.*$/, '')
  const media = reply.content?.[type]
  if (media === undefined) return [...faults, `content type "${type}" is not in the document`]
  if (status === 401) faults.push(...faultsOfChallenge(headers, operation))
  if (!type.endsWith('json')) return [...faults, ...faultsOf(media.schema, text)]
  const body: unknown = JSON.parse(text)
  faults.push(...faultsOf(media.schema, body))
  return type === 'application/problem+json' ? [...faults, ...faultsOfProblem(body as Record<string, unknown>, exchange, reply)] : faults
}

function faultsOfHeaders (sent: Record<string, unknown>, { headers = {} }: Reply): string[] {
  const undocumented = Object.keys(sent).filter((name) => sent[name] !== undefined && !COMMON_HEADERS.has(name.toLowerCase()) && headers[name.toLowerCase()] === undefined)
  const wrong = Object.entries(headers).flatMap(([name, header]) => {
    const { required = false, schema } = resolved(header)
    if (sent[name] === undefined) return required ? [`header ${name} is missing`] : []
    return faultsOf(schema, sent[name]).map((fault) => `header ${name}${fault}`)
  })
  return [...undocumented.map((name) => `header ${name} is not in the document`), ...wrong]
}

function faultsOfChallenge (headers: Record<string, unknown>, { security = [] }: Operation): string[] {
  const asked = String(headers['www-authenticate']).split(', ').sort()
  const documented = security.flatMap((one) => Object.keys(one)).map((scheme) => CHALLENGES[scheme]).sort()
  return asked.join() === documented.join() ? [] : [`asks for ${asked.join()}, and the document for ${documented.join()}`]
}

/** A code that the document does not name for this status is as undocumented as a status. */
function faultsOfProblem (problem: Record<string, unknown>, { status, headers }: Exchange, { description }: Reply): string[] {
  const code = String(problem['code'])
  return [
    ...description.split('\n').includes(`\`${code}\`: ${String(problem['title'])}`) ? [] : [`code ${code} with this title is not in the document`],
    ...problem['type'] === `urn:ringfence:problem:${code}` ? [] : [`the type is ${String(problem['type'])}`],
    ...code !== 'validation_failed' || (Array.isArray(problem['errors']) && problem['errors'].length > 0) ? [] : ['no field is named'],
    ...problem['status'] === status ? [] : [`the body says ${String(problem['status'])}`],
    ...problem['requestId'] === headers['x-request-id'] ? [] : ['requestId and x-request-id differ']
  ]
}

/** What was taken must be what the document allows, and what was refused as not matching must be what it forbids. */
function faultsOfRequest ({ url, sent, status, text }: Exchange, { operation, params }: { operation: Operation, params: Record<string, string> }): string[] {
  const wasTaken = status < 300
  const wasRefused = status === 400 && text.includes('"code":"validation_failed"')
  if (sent === 'unknown' || !(wasTaken || wasRefused)) return []
  const faults = [...faultsOfParameters(url, operation, params), ...faultsOfBody(sent.body, operation)]
  if (wasTaken) return faults.map((fault) => `taken, though the request does not match: ${fault}`)
  return faults.length === 0 ? ['refused as not matching, though the document allows the request'] : []
}

function faultsOfParameters (url: string, { parameters = [] }: Operation, params: Record<string, string>): string[] {
  const sent = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '')
  // Who gives a parameter more than once has given a list.
  const query = Object.fromEntries([...sent.keys()].map((name) => [name, sent.getAll(name).length > 1 ? sent.getAll(name) : sent.get(name)]))
  const given = { path: params, query }
  return [
    ...Object.keys(query).filter((name) => !parameters.some((one) => one.in === 'query' && one.name === name)).map((name) => `query ${name} is not in the document`),
    ...parameters.flatMap(({ in: place, name, required = false, schema }) => {
      const value = given[place][name]
      if (value === undefined) return required ? [`${place} ${name} is missing`] : []
      return faultsOf(schema, value).map((fault) => `${place} ${name}${fault}`)
    })
  ]
}

function faultsOfBody (body: unknown, { requestBody }: Operation): string[] {
  const media = requestBody?.content['application/json']
  // Without a documented body nothing is read of one.
  if (media === undefined) return []
  if (body === undefined || body === '') return ['the body is missing']
  return faultsOf(media.schema, typeof body === 'string' ? JSON.parse(body) : JSON.parse(JSON.stringify(body))).map((fault) => `body${fault}`)
}
