import { createHash, randomBytes } from 'node:crypto'
import { SCOPES, type ApiKey, type Scope } from '../domain/api-key.ts'
import { UsageError, type Group } from './command.ts'

const KEY_BYTES = 32

/** `ringfence key …`. */
export const key: Group = {
  summary: 'make keys for callers',
  commands: {
    create: {
      summary: 'make an API key; the service is told its hash only',
      usage: '--name NAME [--scopes transactions:write,cases:read]',
      details: `--name    whose key it is; letters, digits and . _ -, at most 40\n--scopes  what it may do, separated by commas (default all: ${SCOPES.join(', ')})`,
      options: { name: { type: 'string' }, scopes: { type: 'string' } },
      async run ({ values: { name, scopes } }) {
        const { key, entry } = createApiKey(readKeyName(name), readScopes(scopes))
        process.stdout.write(`key, shown this once:  ${key}\nRINGFENCE_API_KEYS='${JSON.stringify([entry])}'\n`)
      }
    }
  }
}

function readKeyName (text: string | undefined): string {
  if (text === undefined || !/^[A-Za-z0-9._-]{1,40}$/.test(text)) throw new UsageError('--name must be 1 to 40 letters, digits, dots, underscores and dashes')
  return text
}

function readScopes (text: string | undefined): readonly Scope[] {
  if (text === undefined) return SCOPES
  return text.split(',').map((word) => {
    const scope = SCOPES.find((one) => one === word.trim())
    if (scope === undefined) throw new UsageError(`--scopes takes ${SCOPES.join(', ')}, not "${word}"`)
    return scope
  })
}

/** A new key of 256 random bits, and the entry by which the service will know it. The key itself is kept nowhere. */
function createApiKey (name: string, scopes: readonly Scope[]): { key: string, entry: ApiKey } {
  const key = `rf_${randomBytes(KEY_BYTES).toString('base64url')}`
  return { key, entry: { name, sha256: createHash('sha256').update(key).digest('hex'), scopes } }
}
