import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

export interface Schema { $ref?: string }
export interface Media { schema: Schema, example?: unknown }
export interface Reply { description: string, headers?: Record<string, Header>, content?: Record<string, Media> }
export interface Header { description?: string, required?: boolean, schema: Schema }
export interface Parameter { in: 'path' | 'query', name: string, required?: boolean, schema: Schema, description?: string, example?: unknown }
export interface Operation {
  operationId: string
  summary?: string
  description?: string
  security?: Array<Record<string, string[]>>
  parameters?: Parameter[]
  requestBody?: { required?: boolean, content: Record<string, Media> }
  responses: Record<string, Reply | { $ref: string }>
}
export interface Contract {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema & { examples?: unknown[] }>, [kind: string]: object }
}

const CONTRACT_FILE = new URL('../../openapi/openapi.yaml', import.meta.url)
const CACHE = new URL('../../node_modules/.cache/ringfence/', import.meta.url)

let loaded: Contract | undefined

/** `openapi/openapi.yaml`, read once per process; to read YAML takes so long that what was read is kept for the next process, under the text's hash. */
export function contract (): Contract {
  loaded ??= readContract(readFileSync(CONTRACT_FILE, 'utf8'))
  return loaded
}

function readContract (text: string): Contract {
  const name = `contract-${createHash('sha256').update(text).digest('hex')}.json`
  const kept = new URL(name, CACHE)
  if (!existsSync(kept)) {
    const { parse } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
    mkdirSync(CACHE, { recursive: true })
    // Written aside first: another process may read at this moment.
    const aside = new URL(`${name}.${process.pid}`, CACHE)
    writeFileSync(aside, JSON.stringify(parse(text)))
    renameSync(aside, kept)
  }
  return JSON.parse(readFileSync(kept, 'utf8')) as Contract
}

/** What a `$ref` of the document stands for. */
export function resolved<T extends object> (value: T | { $ref: string }): T {
  if (!('$ref' in value)) return value
  let found: unknown = contract()
  for (const name of value.$ref.slice('#/'.length).split('/')) found = (found as Record<string, unknown>)[name]
  if (found === undefined) throw new Error(`${value.$ref} is not in the document`)
  return found as T
}

/** Every operation of the document: `POST /v1/transactions` and so on. */
export function operations (): Array<{ name: string, method: string, path: string, operation: Operation }> {
  return Object.entries(contract().paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, operation
  })))
}

let ajv: Ajv2020 | undefined
const validators = new Map<Schema, ValidateFunction>()

/** What of the value does not fit a schema of the document; empty when it fits. */
export function faultsOf (schema: Schema, value: unknown): string[] {
  let validate = validators.get(schema)
  if (validate === undefined) {
    validate = dialect().compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"contract#/components')) as object)
    validators.set(schema, validate)
  }
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`)
}

/** JSON Schema 2020-12, as OpenAPI 3.1 has it; unknown keywords and formats are errors. */
function dialect (): Ajv2020 {
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true, allErrors: true, validateSchema: false })
    formats.default(ajv, ['date-time'])
    ajv.addKeyword('components')
    ajv.addSchema({ $id: 'contract', components: contract().components })
  }
  return ajv
}
