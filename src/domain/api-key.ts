/** What an API key may be allowed to do. */
export const SCOPES = [
  'transactions:write', 'customers:write', 'customers:read', 'cards:write', 'cards:read', 'cases:read', 'cases:write', 'answers:write', 'events:write'
] as const
export type Scope = typeof SCOPES[number]

/** A caller, known by the hash of its key. */
export interface ApiKey {
  name: string
  /** SHA-256 of the key, 64 hexadecimal digits. */
  sha256: string
  scopes: readonly Scope[]
}
