import type { Scope } from '../domain/api-key.ts'

interface Media { schema: { $ref?: string }, example?: unknown }
interface Response { description: string, headers?: Record<string, object>, content?: Record<string, Media> }
interface Operation {
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, Response | { $ref: string }>
}
/** As much of an OpenAPI document as is finished here. */
export interface ContractDocument {
  components: { schemas: Record<string, { examples?: unknown[] }>, headers?: Record<string, object>, responses?: Record<string, Response> }
  paths: Record<string, Record<string, Operation>>
}

const SCHEMAS = '#/components/schemas/'
const HEADERS = {
  'x-request-id': { description: 'Id of this request, the same as in the logs and in problems.', required: true, schema: { type: 'string' } },
  'retry-after': { description: 'Send the same request again after so many seconds.', required: true, schema: { type: 'string', pattern: '^[0-9]+$' } },
  'www-authenticate': { description: 'What is asked for: `Bearer`, `Ringfence-Signature`, or both where either is enough.', required: true, schema: { type: 'string', enum: ['Bearer', 'Ringfence-Signature', 'Bearer, Ringfence-Signature'] } }
} as const

/** Says which scope a route's key needs, from the same words that the key check reads. */
export function withScope<T extends { security?: ReadonlyArray<Record<string, readonly string[]>>, description?: string } | undefined> (schema: T, scope: Scope | undefined): T {
  if (schema?.security === undefined || scope === undefined) return schema
  const security = schema.security.map((one) => 'apiKey' in one ? { apiKey: [scope] } : one)
  return { ...schema, security, description: `${schema.description ?? ''}${schema.description === undefined ? '' : ' '}A key needs the scope \`${scope}\`.` }
}

/** Adds what all routes have in common, and gives errors that several routes share a name, so that each stands in the document once. */
export function finishDocument (document: ContractDocument): ContractDocument {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  for (const { requestBody, responses } of operations) {
    for (const media of Object.values(requestBody?.content ?? {})) giveExample(media, document)
    for (const [status, response] of Object.entries(responses)) if (!('$ref' in response)) addHeaders(response, status)
  }
  document.components.headers = structuredClone(HEADERS)
  document.components.responses = shareProblems(operations)
  return document
}

/** A body that is a component has its example there. */
function giveExample (media: Media, { components }: ContractDocument): void {
  const example = components.schemas[media.schema.$ref?.slice(SCHEMAS.length) ?? '']?.examples?.[0]
  if (example !== undefined) media.example = structuredClone(example)
}

function addHeaders (response: Response, status: string): void {
  const isProblem = problemOf(response) !== undefined
  const names: Array<keyof typeof HEADERS> = ['x-request-id', ...isProblem && (status === '503' || status === '429') ? ['retry-after' as const] : [], ...status === '401' ? ['www-authenticate' as const] : []]
  response.headers = { ...response.headers, ...Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) }
}

function shareProblems (operations: readonly Operation[]): Record<string, Response> {
  const uses = new Map<string, Array<{ operation: Operation, status: string, response: Response }>>()
  for (const operation of operations) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if ('$ref' in response || problemOf(response) === undefined) continue
      const text = JSON.stringify(response)
      uses.set(text, [...uses.get(text) ?? [], { operation, status, response }])
    }
  }
  const shared: Record<string, Response> = {}
  for (const same of uses.values()) {
    const first = same[0]
    if (first === undefined || same.length === 1) continue
    const name = nameOf(first.response)
    shared[name] = first.response
    for (const { operation, status } of same) operation.responses[status] = { $ref: `#/components/responses/${name}` }
  }
  return shared
}

function problemOf ({ content }: Response): Media | undefined {
  return content?.['application/problem+json']
}

/** `ApiKeyMissingOrApiKeyUnknown`: a response is what its codes say. */
function nameOf ({ description }: Response): string {
  const codes = [...description.matchAll(/^`(\w+)`:/gm)].map(([, code = '']) => code)
  return codes.map((code) => code.replace(/(^|_)([a-z])/g, (_all, _gap, letter: string) => letter.toUpperCase())).join('Or')
}
