import { createHash } from 'node:crypto'
import { Type, type TString } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { SCOPES, type ApiKey } from './domain/api-key.ts'
import type { CallingWindow } from './domain/calling-window.ts'
import { CHANNELS, DEFAULT_POLICY, type Channel, type LadderStep, type Policy } from './domain/policy.ts'

/** The local mode's one key and secrets: documented, the same for everybody, and refused in production. */
export const LOCAL_API_KEY = 'rf_local'
const LOCAL_KEY: ApiKey = { name: 'local', sha256: sha256(LOCAL_API_KEY), scopes: SCOPES }
const LOCAL_TOKENISATION_KEY = 'local-tokenisation-key-for-nothing-real'
const LOCAL_BRIDGE_SECRET = 'local-bridge-secret-for-nothing-real'

const setting = (description: string, fallback: string | undefined, pattern: string, expected: string): TString =>
  Type.String({ description, pattern, expected, ...(fallback === undefined ? {} : { default: fallback }) })
const whole = (description: string, fallback: string) => setting(description, fallback, '^[0-9]{1,9}$', 'a whole number')
const flag = (description: string, fallback: string) => setting(description, fallback, '^(true|false)$', '`true` or `false`')
const text = (description: string, fallback?: string) => setting(description, fallback, '^.+$', 'some text')
const secret = (description: string) => setting(description, undefined, '^.{32,}$', 'at least 32 characters')

/** Every setting: its name in the environment, what it means, its default. The README's table is compared with this by a test. */
export const EnvironmentSchema = Type.Object({
  NODE_ENV: setting('`production` refuses local stand-ins, default keys and missing secrets', 'development', '^(production|development|test)$', '`production`, `development` or `test`'),
  RINGFENCE_MODE: setting('`local` brings everything along; `service` uses AWS, or what the `AWS_ENDPOINT_URL_*` name. Unset: `service` in production, else `local`', undefined, '^(local|service)$', '`local` or `service`'),
  HOST: text('Address to listen on', '127.0.0.1'),
  PORT: whole('Port of the API; 0 for any', '3000'),
  RINGFENCE_LOG_LEVEL: setting('How much is logged', 'info', '^(fatal|error|warn|info|debug|trace|silent)$', 'a pino level'),
  RINGFENCE_DOCS: flag('Swagger UI at `/docs`', 'true'),
  RINGFENCE_METRICS: flag('Prometheus metrics at `/metrics`', 'true'),
  RINGFENCE_API_KEYS: text('JSON: `[{"name": …, "sha256": …, "scopes": […]}]`; `ringfence key create` makes one'),
  RINGFENCE_TOKENISATION_KEY: secret('Turns card numbers into card ids; must never change; 32 characters or more'),
  RINGFENCE_BRIDGE_SECRET: secret('Shared with the bridge; signs what it posts; 32 characters or more'),
  RINGFENCE_TABLE: text('DynamoDB table', 'ringfence'),
  RINGFENCE_CREATE_TABLE: flag('Create the table at start when it is missing; for local engines', 'false'),
  RINGFENCE_STORE_TIMEOUT_MS: whole('Deadline of one store call, retries included', '2000'),
  RINGFENCE_DATA_DIR: text('Files of the embedded store in local mode', './data'),
  RINGFENCE_MODEL: text("Card of the embedded scorer's model", 'models/card-fraud-1.json'),
  RINGFENCE_SCORE_TIMEOUT_MS: whole('Deadline of a score', '300'),
  RINGFENCE_SCORER_FALLBACK: setting('Outcome when no score can be had; the reply says `degraded`', DEFAULT_POLICY.scorerFallback, '^(approve|investigate|fraud)$', '`approve`, `investigate` or `fraud`'),
  RINGFENCE_FRAUD_ABOVE: whole('Scores above this are `fraud`', String(DEFAULT_POLICY.thresholds.fraudAbove)),
  RINGFENCE_INVESTIGATE_ABOVE: whole('Scores above this are `investigate`', String(DEFAULT_POLICY.thresholds.investigateAbove)),
  RINGFENCE_INVESTIGATE_OPENS_CASE: flag('Whether `investigate` opens a case', String(DEFAULT_POLICY.investigateOpensCase)),
  RINGFENCE_LUHN_CHECK: flag('Refuse card numbers that fail the Luhn check', 'false'),
  RINGFENCE_INSTITUTION: text('Name that the call begins with', 'your bank'),
  RINGFENCE_LADDER: setting('Contacts of a case: channel, and seconds after the one before. Unset: `voice:0,sms:300,voice:10800`, in local mode `voice:0,voice:20,voice:20`', undefined, '^(voice|sms):[0-9]{1,7}(,(voice|sms):[0-9]{1,7}){0,2}$', 'up to three steps such as `voice:0,sms:300`'),
  RINGFENCE_CALLING_WINDOW: setting('When people may be called, by their own clock; `always` rings at once. Unset: `08:00-21:00`, in local mode `always`', undefined, '^(always|([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00))$', '`always` or a window such as `08:00-21:00`'),
  RINGFENCE_QUIET_MINUTES: whole('How long the answer `genuine` covers a card', '60'),
  RINGFENCE_QUIET_SCORE_MARGIN: whole('A score higher by more than this opens a case all the same', String(DEFAULT_POLICY.quietScoreMargin)),
  RINGFENCE_NOBODY_REACHED: setting('What becomes of the card when nobody answers', DEFAULT_POLICY.nobodyReached, '^(leave|block)$', '`leave` or `block`'),
  RINGFENCE_RING_SECONDS: setting('How long a phone rings', '45', '^(1[5-9]|[2-5][0-9]|60)$', '15 to 60'),
  RINGFENCE_ATTEMPT_SECONDS: setting('A contact that told nothing for so long is taken as ended', '240', '^[1-9][0-9]{1,4}$', '10 to 99999'),
  RINGFENCE_DIALER_INTERVAL_MS: setting('Pause of the dialer when nothing is due', '500', '^[1-9][0-9]{1,5}$', '10 to 999999'),
  RINGFENCE_CONNECT_INSTANCE_ID: text('Amazon Connect instance'),
  RINGFENCE_CONNECT_FLOW_ID: text('Contact flow, the last part of its ARN'),
  RINGFENCE_CONNECT_SOURCE_NUMBER: setting('Caller id, a number claimed in the instance', undefined, '^\\+[1-9][0-9]{1,14}$', 'an E.164 number'),
  RINGFENCE_CONNECT_TIMEOUT_MS: whole('Deadline of one call to Amazon Connect', '5000'),
  RINGFENCE_SIMULATOR_PORT: whole('Port of the phone page in local mode; 0 for any', '4010'),
  RINGFENCE_SIMULATOR_SPEED: setting('How much faster than real time the phones of the local mode live', '1', '^[1-9][0-9]{0,3}$', '1 to 9999'),
  RINGFENCE_DRAIN_SECONDS: setting('After SIGTERM, how long until the process gives up and ends', '9', '^[1-9][0-9]{0,2}$', '1 to 999')
})

type SettingName = keyof typeof EnvironmentSchema.properties

const ApiKeys = Type.Array(Type.Object({
  name: Type.String({ pattern: '^[A-Za-z0-9._-]{1,40}$' }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  scopes: Type.Array(Type.Union(SCOPES.map((scope) => Type.Literal(scope))), { minItems: 1, uniqueItems: true })
}, { additionalProperties: false }), { minItems: 1 })

export interface Config {
  mode: 'local' | 'service'
  host: string
  port: number
  logLevel: string
  docs: boolean
  metrics: boolean
  apiKeys: readonly ApiKey[]
  tokenisationKey: string
  bridgeSecret: string
  table: { name: string, create: boolean, timeoutMs: number }
  dataDir: string
  modelCardPath: string
  scoreTimeoutMs: number
  policy: Policy
  luhnCheck: boolean
  institution: string
  dialerIntervalMs: number
  connect: { instanceId: string, contactFlowId: string, sourcePhoneNumber: string, timeoutMs: number }
  simulatorPort: number
  simulatorSpeed: number
  drainMs: number
}

/** Everything that is wrong with the settings, a line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor (faults: readonly string[]) {
    super(`These settings are not right:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Reads the settings from an environment.
 * @throws ConfigError naming every fault at once
 */
export function readConfig (env: Readonly<Record<string, string | undefined>>): Config {
  const isProduction = env['NODE_ENV'] === 'production'
  const mode = env['RINGFENCE_MODE'] || (isProduction ? 'service' : 'local')
  const given = Object.fromEntries(Object.keys(EnvironmentSchema.properties).map((name) => [name, env[name]]).filter(([, value]) => value !== undefined && value !== ''))
  const settings = { ...defaults(), ...(mode === 'local' ? localDefaults() : SERVICE_DEFAULTS), ...given, RINGFENCE_MODE: mode } as Record<SettingName, string>

  const faults = [
    ...unknownNames(env),
    ...Object.entries(EnvironmentSchema.properties).filter(([name]) => mode !== 'local' || name !== 'RINGFENCE_API_KEYS').flatMap(([name, schema]) => settingFault(name, schema, settings[name as SettingName])),
    ...(isProduction ? productionFaults(mode, settings, env) : [])
  ]
  // Its key is known to everybody.
  if (mode === 'local' && !LOOPBACK_HOSTS.includes(settings.HOST)) faults.push('HOST must be 127.0.0.1, localhost or ::1 in local mode')
  const apiKeys = [...(mode === 'local' ? [LOCAL_KEY] : []), ...readApiKeys(settings.RINGFENCE_API_KEYS, faults)]
  faults.push(...contradictions(settings))
  if (faults.length > 0) throw new ConfigError([...new Set(faults)])
  return toConfig(settings, apiKeys)
}

/** The question twice, with its pauses, and what is said after it. */
const TALK_SECONDS = 120
const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '::1']

function defaults (): Record<string, string> {
  return Object.fromEntries(Object.entries(EnvironmentSchema.properties).flatMap(([name, { default: fallback }]) => typeof fallback === 'string' ? [[name, fallback]] : []))
}

const SERVICE_DEFAULTS: Partial<Record<SettingName, string>> = {
  RINGFENCE_CALLING_WINDOW: '08:00-21:00',
  RINGFENCE_LADDER: 'voice:0,sms:300,voice:10800'
}

function localDefaults (): Partial<Record<SettingName, string>> {
  return {
    RINGFENCE_TOKENISATION_KEY: LOCAL_TOKENISATION_KEY,
    RINGFENCE_BRIDGE_SECRET: LOCAL_BRIDGE_SECRET,
    // A demonstration at midnight should ring all the same, and soon again when nobody picked up; the phones are not real.
    RINGFENCE_CALLING_WINDOW: 'always',
    RINGFENCE_LADDER: 'voice:0,voice:20,voice:20',
    RINGFENCE_CREATE_TABLE: 'true',
    RINGFENCE_INSTITUTION: 'Ringfence Bank',
    RINGFENCE_CONNECT_INSTANCE_ID: '11111111-2222-4333-8444-555555555555',
    RINGFENCE_CONNECT_FLOW_ID: 'card-fraud',
    RINGFENCE_CONNECT_SOURCE_NUMBER: '+18005550100'
  }
}

function settingFault (name: string, schema: TString, value: string | undefined): string[] {
  if (value === undefined) return [`${name} is missing: ${String(schema.description)}`]
  return Value.Check(schema, value) ? [] : [`${name} must be ${String(schema['expected'])}`]
}

/** A misspelt setting would silently leave its default in force. */
function unknownNames (env: Readonly<Record<string, string | undefined>>): string[] {
  const isKnown = (name: string) => name in EnvironmentSchema.properties
  return Object.keys(env).filter((name) => name.startsWith('RINGFENCE_') && !isKnown(name)).map((name) => `${name} is not a setting`)
}

function productionFaults (mode: string, settings: Record<SettingName, string>, env: Readonly<Record<string, string | undefined>>): string[] {
  const faults: string[] = []
  if (mode === 'local') faults.push('RINGFENCE_MODE=local is a stand-in and not for NODE_ENV=production')
  if (settings.RINGFENCE_API_KEYS?.includes(sha256(LOCAL_API_KEY))) faults.push(`RINGFENCE_API_KEYS holds the documented local key ${LOCAL_API_KEY}`)
  if (settings.RINGFENCE_TOKENISATION_KEY === LOCAL_TOKENISATION_KEY && env['RINGFENCE_TOKENISATION_KEY'] !== undefined) faults.push('RINGFENCE_TOKENISATION_KEY is the documented local one')
  if (settings.RINGFENCE_BRIDGE_SECRET === LOCAL_BRIDGE_SECRET && env['RINGFENCE_BRIDGE_SECRET'] !== undefined) faults.push('RINGFENCE_BRIDGE_SECRET is the documented local one')
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('AWS_ENDPOINT_URL') && value?.toLowerCase().startsWith('http:')) faults.push(`${name} names a local stand-in (http:)`)
  }
  return faults
}

function contradictions (settings: Record<SettingName, string>): string[] {
  const faults: string[] = []
  if (Number(settings.RINGFENCE_FRAUD_ABOVE) > 1000) faults.push('RINGFENCE_FRAUD_ABOVE must be 0 to 1000')
  if (Number(settings.RINGFENCE_INVESTIGATE_ABOVE) > Number(settings.RINGFENCE_FRAUD_ABOVE)) faults.push('RINGFENCE_INVESTIGATE_ABOVE must not be above RINGFENCE_FRAUD_ABOVE')
  for (const name of ['PORT', 'RINGFENCE_SIMULATOR_PORT'] as const) {
    if (Number(settings[name]) > 65535) faults.push(`${name} must be 0 to 65535`)
  }
  for (const name of ['RINGFENCE_STORE_TIMEOUT_MS', 'RINGFENCE_SCORE_TIMEOUT_MS', 'RINGFENCE_CONNECT_TIMEOUT_MS'] as const) {
    if (Number(settings[name]) === 0) faults.push(`${name} must be above 0`)
  }
  if (Number(settings.RINGFENCE_ATTEMPT_SECONDS) < Number(settings.RINGFENCE_RING_SECONDS) + TALK_SECONDS) faults.push(`RINGFENCE_ATTEMPT_SECONDS must be at least ${TALK_SECONDS} above RINGFENCE_RING_SECONDS: a call that is still under way must not be given up`)
  const window = settings.RINGFENCE_CALLING_WINDOW?.includes('-') ? readWindow(settings.RINGFENCE_CALLING_WINDOW) : undefined
  if (window !== undefined && window.fromMinute >= window.toMinute) faults.push('RINGFENCE_CALLING_WINDOW must begin before it ends')
  return faults
}

function readApiKeys (json: string | undefined, faults: string[]): ApiKey[] {
  if (json === undefined) return []
  try {
    const keys: unknown = JSON.parse(json)
    if (Value.Check(ApiKeys, keys)) return keys as ApiKey[]
    faults.push(...[...Value.Errors(ApiKeys, keys)].slice(0, 5).map(({ path }) => `RINGFENCE_API_KEYS${path} is not as it must be: name, sha256 (64 hexadecimal digits), scopes out of ${SCOPES.join(', ')}`))
  } catch {
    faults.push('RINGFENCE_API_KEYS is not JSON')
  }
  return []
}

function toConfig (settings: Record<SettingName, string>, apiKeys: ApiKey[]): Config {
  return {
    mode: settings.RINGFENCE_MODE as Config['mode'],
    host: settings.HOST,
    port: Number(settings.PORT),
    logLevel: settings.RINGFENCE_LOG_LEVEL,
    docs: settings.RINGFENCE_DOCS === 'true',
    metrics: settings.RINGFENCE_METRICS === 'true',
    apiKeys,
    tokenisationKey: settings.RINGFENCE_TOKENISATION_KEY,
    bridgeSecret: settings.RINGFENCE_BRIDGE_SECRET,
    table: { name: settings.RINGFENCE_TABLE, create: settings.RINGFENCE_CREATE_TABLE === 'true', timeoutMs: Number(settings.RINGFENCE_STORE_TIMEOUT_MS) },
    dataDir: settings.RINGFENCE_DATA_DIR,
    modelCardPath: settings.RINGFENCE_MODEL,
    scoreTimeoutMs: Number(settings.RINGFENCE_SCORE_TIMEOUT_MS),
    policy: readPolicy(settings),
    luhnCheck: settings.RINGFENCE_LUHN_CHECK === 'true',
    institution: settings.RINGFENCE_INSTITUTION,
    dialerIntervalMs: Number(settings.RINGFENCE_DIALER_INTERVAL_MS),
    connect: {
      instanceId: settings.RINGFENCE_CONNECT_INSTANCE_ID,
      contactFlowId: settings.RINGFENCE_CONNECT_FLOW_ID,
      sourcePhoneNumber: settings.RINGFENCE_CONNECT_SOURCE_NUMBER,
      timeoutMs: Number(settings.RINGFENCE_CONNECT_TIMEOUT_MS)
    },
    simulatorPort: Number(settings.RINGFENCE_SIMULATOR_PORT),
    simulatorSpeed: Number(settings.RINGFENCE_SIMULATOR_SPEED),
    drainMs: Number(settings.RINGFENCE_DRAIN_SECONDS) * 1000
  }
}

function readPolicy (settings: Record<SettingName, string>): Policy {
  return {
    ...DEFAULT_POLICY,
    thresholds: { fraudAbove: Number(settings.RINGFENCE_FRAUD_ABOVE), investigateAbove: Number(settings.RINGFENCE_INVESTIGATE_ABOVE) },
    scorerFallback: settings.RINGFENCE_SCORER_FALLBACK as Policy['scorerFallback'],
    investigateOpensCase: settings.RINGFENCE_INVESTIGATE_OPENS_CASE === 'true',
    ladder: settings.RINGFENCE_LADDER.split(',').map(readStep),
    callingWindow: readWindow(settings.RINGFENCE_CALLING_WINDOW),
    quietMs: Number(settings.RINGFENCE_QUIET_MINUTES) * 60_000,
    quietScoreMargin: Number(settings.RINGFENCE_QUIET_SCORE_MARGIN),
    nobodyReached: settings.RINGFENCE_NOBODY_REACHED as Policy['nobodyReached'],
    ringMs: Number(settings.RINGFENCE_RING_SECONDS) * 1000,
    attemptMs: Number(settings.RINGFENCE_ATTEMPT_SECONDS) * 1000
  }
}

function readStep (step: string): LadderStep {
  const [name, seconds] = step.split(':')
  const channel: Channel = CHANNELS.find((one) => one === name) ?? 'voice'
  return { channel, delayMs: Number(seconds) * 1000 }
}

function readWindow (window: string): CallingWindow | undefined {
  if (window === 'always') return undefined
  const [from = '', to = ''] = window.split('-')
  const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
  return { fromMinute: minutes(from), toMinute: minutes(to) }
}

function sha256 (value: string): string {
  return createHash('sha256').update(value).digest('hex')
}
