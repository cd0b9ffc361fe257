import { createRequire } from 'node:module'
import type { FastifyServerOptions } from 'fastify'

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>
type Build = (externalSchemas: unknown, options?: unknown) => (route: any) => any

// The very compilers that Fastify takes when it is told of none.
const require = createRequire(createRequire(import.meta.url).resolve('fastify'))
const buildValidator = (require('@fastify/ajv-compiler') as () => Build)()
const buildSerializer = (require('@fastify/fast-json-stringify-compiler') as () => Build)()
const kept = new Map<string, unknown>()

/**
 * Fastify's own compilers of schemas, whose validators and serializers are kept while the process lives: each world is a whole app, and most of
 * its start would be the compilation of schemas that the world before it had as well.
 */
export const KEPT_COMPILERS: SchemaController = {
  compilersFactory: {
    buildValidator: keep('validator', buildValidator),
    buildSerializer: keep('serializer', buildSerializer)
  }
}

/** Gives what was made from the same before; schemas and options are JSON. */
function keep (kind: string, build: Build): Build {
  return (externalSchemas, options) => {
    const compile = build(externalSchemas, options)
    return (route) => {
      const key = JSON.stringify([kind, externalSchemas, options, route.schema])
      const made = kept.get(key) ?? compile(route)
      kept.set(key, made)
      return made
    }
  }
}
