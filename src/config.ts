import { createHash } from 'node:crypto'
import { Type, type TString } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { SCOPES, type ApiKey } from './domain/api-key.ts'
import type { CallingWindow } from './domain/calling-window.ts'
import { RULE_OUTCOMES, type RuleOutcome } from './domain/outcome.ts'
import type { Pacing } from './domain/pace.ts'
import { CHANNELS, DEFAULT_POLICY, type Channel, type LadderStep, type Policy } from './domain/policy.ts'
import { speakable } from './domain/speakable.ts'
import { toTextMessageAlphabet } from './domain/text-message.ts'
import { EnvironmentSchema, type SettingName } from './settings.ts'

/** The local mode's one key and secrets: documented, the same for everybody, and refused in production. */
export const LOCAL_API_KEY = 'rf_local'
const LOCAL_KEY: ApiKey = { name: 'local', sha256: sha256(LOCAL_API_KEY), scopes: SCOPES }
const LOCAL_TOKENISATION_KEY = 'local-tokenisation-key-for-nothing-real'
const LOCAL_BRIDGE_SECRET = 'local-bridge-secret-for-nothing-real'

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
  sampleCustomer: boolean
  /** How DynamoDB and Fraud Detector are called. */
  awsClient: 'direct' | 'sdk'
  dataDir: string
  modelPath: string
  /** Whether that is a choice, and not the default. */
  isModelChosen: boolean
  /** `undefined`: the policy's thresholds decide. */
  detectorPath: string | undefined
  /** `undefined` when no model is tried. */
  shadowModelPath: string | undefined
  /** How often a directory of models is looked at; 0 is never. */
  modelWatchMs: number
  scorer: ScorerConfig
  policy: Policy
  promptsPath: string
  defaultLanguage: string
  luhnCheck: boolean
  institution: string
  dialer: {
    /** Pause between two looks. */
    intervalMs: number
    /** After this long without a sign of the process that dials another one does. */
    leaseMs: number
    pacing: Pacing
    concurrency: number
  }
  connect: { instanceId: string, contactFlowId: string, sourcePhoneNumber: string, timeoutMs: number }
  /** `undefined` when no number sends text messages; steps of the ladder that ask for it are skipped. */
  sms: { contactFlowId: string, sourceNumberArn: string } | undefined
  simulatorPort: number
  simulatorSpeed: number
  drainMs: number
  limits: { maxRequests: number, maxBodyBytes: number, maxTurnMs: number, maxEventLoopDelayMs: number, requestsPerSecond: number }
  /** Sockets open at once; more are closed at once. */
  maxConnections: number
  /** The step after which this process kills itself, and at which time it is done. */
  failpoint: { name: string, count: number } | undefined
}

/** Who scores, and what stands by. */
export interface ScorerConfig {
  name: 'embedded' | 'frauddetector' | 'sagemaker'
  timeoutMs: number
  breaker: { failurePercent: number, resetMs: number }
  fallback: 'embedded' | RuleOutcome
  fraudDetector: {
    detectorId: string
    /** `undefined` is the active one. */
    detectorVersionId: string | undefined
    eventType: string
    entityType: string
    /** The detector's outcomes, mildest first, and what each means here. */
    outcomes: ReadonlyArray<{ name: string, means: RuleOutcome }>
    noMatch: RuleOutcome
    /** Name of the score to tell; `undefined` is the highest insight score. */
    scoreName: string | undefined
    /** Event variables that the transaction's own amount and currency fill when they are absent. */
    standIns: { amount?: string, currency?: string }
    /** Labels of the answers; `undefined` when nothing is sent back. */
    feedbackLabels: { fraud: string, genuine: string } | undefined
  }
  sageMaker: {
    endpointName: string
    format: 'csv' | 'json'
    features: readonly string[]
    response: { format: 'csv', column: number } | { format: 'json', pointer: string }
    /** Rising in `raw`, and never falling in `score`. */
    scale: ReadonlyArray<{ raw: number, score: number }>
  }
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
    ...Object.entries(EnvironmentSchema.properties).filter(([name]) => given[name] !== undefined || isNeeded(name, mode, settings, given['RINGFENCE_LADDER']?.includes('sms:') === true)).flatMap(([name, schema]) => settingFault(name, schema, settings[name as SettingName])),
    ...(isProduction ? productionFaults(mode, settings, env) : [])
  ]
  // Its key is known to everybody.
  if (mode === 'local' && !LOOPBACK_HOSTS.includes(settings.HOST)) faults.push('HOST must be 127.0.0.1, localhost or ::1 in local mode')
  const apiKeys = [...(mode === 'local' ? [LOCAL_KEY] : []), ...readApiKeys(settings.RINGFENCE_API_KEYS, faults)]
  faults.push(...contradictions(settings), ...thresholdsBesideDetector(given))
  if (faults.length > 0) throw new ConfigError([...new Set(faults)])
  return { ...toConfig(settings, apiKeys), isModelChosen: given['RINGFENCE_MODEL'] !== undefined }
}

/** The question twice, with its pauses, and what is said after it. */
const TALK_SECONDS = 120
/** Together, so that 256 MB of memory are enough whoever sends what. */
const MAX_BODY_BYTES = 32 * 1024 * 1024
const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '::1']

function defaults (): Record<string, string> {
  return Object.fromEntries(Object.entries(EnvironmentSchema.properties).flatMap(([name, { default: fallback }]) => typeof fallback === 'string' ? [[name, fallback]] : []))
}

const SERVICE_DEFAULTS: Partial<Record<SettingName, string>> = {
  RINGFENCE_CALLING_WINDOW: '08:00-21:00',
  RINGFENCE_DIALER_LEASE_MS: '6000',
  RINGFENCE_MAX_TURN_MS: '3',
  RINGFENCE_MAX_LOOP_DELAY_MS: '2000',
  RINGFENCE_LADDER: 'voice:0,sms:300,voice:10800',
  RINGFENCE_SAMPLE_CUSTOMER: 'false'
}

function localDefaults (): Partial<Record<SettingName, string>> {
  return {
    RINGFENCE_TOKENISATION_KEY: LOCAL_TOKENISATION_KEY,
    RINGFENCE_BRIDGE_SECRET: LOCAL_BRIDGE_SECRET,
    // A demonstration at midnight should ring all the same, and soon again when nobody picked up; the phones are not real.
    RINGFENCE_CALLING_WINDOW: 'always',
    RINGFENCE_LADDER: 'voice:0,voice:20,voice:20',
    RINGFENCE_CREATE_TABLE: 'true',
    // There is one process, and whoever starts it again after a crash does not want to wait.
    RINGFENCE_DIALER_LEASE_MS: '1000',
    // It shares its machine with a browser and a build, and nobody else is there to take its requests.
    RINGFENCE_MAX_TURN_MS: '0',
    RINGFENCE_MAX_LOOP_DELAY_MS: '0',
    RINGFENCE_SAMPLE_CUSTOMER: 'true',
    RINGFENCE_INSTITUTION: 'Ringfence Bank',
    RINGFENCE_CONNECT_INSTANCE_ID: '11111111-2222-4333-8444-555555555555',
    RINGFENCE_CONNECT_FLOW_ID: 'card-fraud',
    RINGFENCE_CONNECT_SOURCE_NUMBER: '+18005550100',
    RINGFENCE_CONNECT_SMS_FLOW_ID: 'card-fraud-sms',
    RINGFENCE_CONNECT_SMS_NUMBER_ARN: 'arn:aws:connect:eu-central-1:123456789012:phone-number/22222222-3333-4444-8555-666666666666'
  }
}

/** Settings that only some others ask for. */
function isNeeded (name: string, mode: string, settings: Record<SettingName, string>, ladderNamesSms: boolean): boolean {
  if (name === 'RINGFENCE_API_KEYS') return mode !== 'local'
  if (name === 'RINGFENCE_FAILPOINT' || name === 'RINGFENCE_DETECTOR' || name === 'RINGFENCE_SHADOW_MODEL') return false
  if (name === 'RINGFENCE_FD_DETECTOR' || name === 'RINGFENCE_FD_EVENT_TYPE') return settings.RINGFENCE_SCORER === 'frauddetector'
  if (name === 'RINGFENCE_FD_DETECTOR_VERSION' || name === 'RINGFENCE_FD_SCORE' || name === 'RINGFENCE_FD_STAND_INS' || name === 'RINGFENCE_SCORER_FALLBACK') return false
  if (name === 'RINGFENCE_SAGEMAKER_ENDPOINT' || name === 'RINGFENCE_SAGEMAKER_FEATURES') return settings.RINGFENCE_SCORER === 'sagemaker'
  if (name === 'RINGFENCE_CONNECT_SMS_FLOW_ID') return settings.RINGFENCE_CONNECT_SMS_NUMBER_ARN !== undefined || ladderNamesSms
  if (name === 'RINGFENCE_CONNECT_SMS_NUMBER_ARN') return settings.RINGFENCE_CONNECT_SMS_FLOW_ID !== undefined || ladderNamesSms
  return true
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

function readFailpoint (text: string): { name: string, count: number } {
  const [name = '', count = '1'] = text.split(':')
  return { name, count: Number(count) }
}

function productionFaults (mode: string, settings: Record<SettingName, string>, env: Readonly<Record<string, string | undefined>>): string[] {
  const faults: string[] = []
  if (mode === 'local') faults.push('RINGFENCE_MODE=local is a stand-in and not for NODE_ENV=production')
  if (env['RINGFENCE_SAMPLE_CUSTOMER'] === 'true') faults.push("RINGFENCE_SAMPLE_CUSTOMER=true would put the sample's made-up cardholder among real ones")
  if (settings.RINGFENCE_API_KEYS?.includes(sha256(LOCAL_API_KEY))) faults.push(`RINGFENCE_API_KEYS holds the documented local key ${LOCAL_API_KEY}`)
  if (settings.RINGFENCE_TOKENISATION_KEY === LOCAL_TOKENISATION_KEY && env['RINGFENCE_TOKENISATION_KEY'] !== undefined) faults.push('RINGFENCE_TOKENISATION_KEY is the documented local one')
  if (settings.RINGFENCE_BRIDGE_SECRET === LOCAL_BRIDGE_SECRET && env['RINGFENCE_BRIDGE_SECRET'] !== undefined) faults.push('RINGFENCE_BRIDGE_SECRET is the documented local one')
  if (settings.RINGFENCE_FAILPOINT !== undefined) faults.push('RINGFENCE_FAILPOINT kills the process')
  if (settings.RINGFENCE_SIMULATOR_SPEED !== '1') faults.push('RINGFENCE_SIMULATOR_SPEED is for phones that are not real')
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
  for (const name of ['RINGFENCE_STORE_TIMEOUT_MS', 'RINGFENCE_SCORE_TIMEOUT_MS', 'RINGFENCE_CONNECT_TIMEOUT_MS', 'RINGFENCE_BREAKER_RESET_MS'] as const) {
    if (Number(settings[name]) === 0) faults.push(`${name} must be above 0`)
  }
  if (Number(settings.RINGFENCE_ATTEMPT_SECONDS) < Number(settings.RINGFENCE_RING_SECONDS) + TALK_SECONDS) faults.push(`RINGFENCE_ATTEMPT_SECONDS must be at least ${TALK_SECONDS} above RINGFENCE_RING_SECONDS: a call that is still under way must not be given up`)
  if (settings.RINGFENCE_SCORER === 'embedded' && settings.RINGFENCE_SCORER_FALLBACK === 'embedded') faults.push('RINGFENCE_SCORER_FALLBACK must be an outcome when RINGFENCE_SCORER is embedded: what failed cannot stand in for itself')
  if (settings.RINGFENCE_INSTITUTION !== undefined) faults.push(...institutionFaults(speakable(settings.RINGFENCE_INSTITUTION), settings.RINGFENCE_CONNECT_SMS_FLOW_ID !== undefined))
  faults.push(...outcomeFaults(settings.RINGFENCE_FD_OUTCOMES))
  const labels = pairs(settings.RINGFENCE_FD_LABELS).map(([, label]) => label)
  if (new Set(labels).size < labels.length) faults.push('RINGFENCE_FD_LABELS must be two labels: a detector that learns from one learns nothing')
  faults.push(...scaleFaults(settings.RINGFENCE_SAGEMAKER_SCALE))
  const window = settings.RINGFENCE_CALLING_WINDOW?.includes('-') ? readWindow(settings.RINGFENCE_CALLING_WINDOW) : undefined
  if (window !== undefined && window.fromMinute >= window.toMinute) faults.push('RINGFENCE_CALLING_WINDOW must begin before it ends')
  return faults
}

/** A threshold that somebody sets and that decides nothing would be believed in. */
function thresholdsBesideDetector (given: Readonly<Record<string, string | undefined>>): string[] {
  if (given['RINGFENCE_DETECTOR'] === undefined) return []
  return ['RINGFENCE_FRAUD_ABOVE', 'RINGFENCE_INVESTIGATE_ABOVE'].filter((name) => given[name] !== undefined).map((name) => `${name} must not be set together with RINGFENCE_DETECTOR: the rules of its file decide`)
}

function institutionFaults (spoken: string, hasSms: boolean): string[] {
  const isName = (text: string) => /[\p{L}\p{Nd}].*[\p{L}\p{Nd}]/u.test(text)
  if (!isName(spoken)) return ['RINGFENCE_INSTITUTION must hold two letters or digits: a call begins with it']
  return hasSms && !isName(toTextMessageAlphabet(spoken)) ? ['RINGFENCE_INSTITUTION must hold two letters or digits that a text message can hold'] : []
}

/** The gravest of several outcomes is the last of the list; in any other order a fraud would be approved, and nobody told. */
function outcomeFaults (text: string): string[] {
  const outcomes = pairs(text).map(([name, means]) => ({ name, rank: RULE_OUTCOMES.indexOf(means as RuleOutcome) }))
  const isRising = outcomes.every(({ rank }, index) => index === 0 || rank >= outcomes[index - 1]!.rank)
  return [
    ...isRising ? [] : ['RINGFENCE_FD_OUTCOMES must go from the mildest to the gravest: approve, investigate, fraud'],
    ...new Set(outcomes.map(({ name }) => name)).size === outcomes.length ? [] : ['RINGFENCE_FD_OUTCOMES must name each outcome once']
  ]
}

function scaleFaults (text: string): string[] {
  const scale = readScale(text)
  const isRising = scale.every(({ raw, score }, index) => index === 0 || (raw > scale[index - 1]!.raw && score >= scale[index - 1]!.score))
  return isRising && scale.every(({ score }) => score <= 1000) ? [] : ['RINGFENCE_SAGEMAKER_SCALE must rise, with scores of 0 to 1000']
}

function readScale (text: string): Array<{ raw: number, score: number }> {
  return pairs(text).map(([raw, score]) => ({ raw: Number(raw), score: Number(score) }))
}

function pairs (text: string): Array<[string, string]> {
  return text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
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

function toConfig (settings: Record<SettingName, string>, apiKeys: ApiKey[]): Omit<Config, 'isModelChosen'> {
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
    sampleCustomer: settings.RINGFENCE_SAMPLE_CUSTOMER === 'true',
    awsClient: settings.RINGFENCE_AWS_CLIENT as 'direct' | 'sdk',
    dataDir: settings.RINGFENCE_DATA_DIR,
    modelPath: settings.RINGFENCE_MODEL,
    detectorPath: settings.RINGFENCE_DETECTOR,
    shadowModelPath: settings.RINGFENCE_SHADOW_MODEL,
    modelWatchMs: Number(settings.RINGFENCE_MODEL_WATCH_SECONDS) * 1000,
    scorer: readScorer(settings),
    policy: readPolicy(settings),
    promptsPath: settings.RINGFENCE_PROMPTS,
    defaultLanguage: settings.RINGFENCE_DEFAULT_LANGUAGE,
    luhnCheck: settings.RINGFENCE_LUHN_CHECK === 'true',
    institution: settings.RINGFENCE_INSTITUTION,
    dialer: {
      intervalMs: Number(settings.RINGFENCE_DIALER_INTERVAL_MS),
      leaseMs: Number(settings.RINGFENCE_DIALER_LEASE_MS),
      pacing: { perSecond: Number(settings.RINGFENCE_DIALER_RATE), burst: Number(settings.RINGFENCE_DIALER_BURST), maxLiveCalls: Number(settings.RINGFENCE_MAX_LIVE_CALLS) },
      concurrency: Number(settings.RINGFENCE_DIALER_CONCURRENCY)
    },
    connect: {
      instanceId: settings.RINGFENCE_CONNECT_INSTANCE_ID,
      contactFlowId: settings.RINGFENCE_CONNECT_FLOW_ID,
      sourcePhoneNumber: settings.RINGFENCE_CONNECT_SOURCE_NUMBER,
      timeoutMs: Number(settings.RINGFENCE_CONNECT_TIMEOUT_MS)
    },
    sms: settings.RINGFENCE_CONNECT_SMS_FLOW_ID !== undefined
      ? { contactFlowId: settings.RINGFENCE_CONNECT_SMS_FLOW_ID, sourceNumberArn: settings.RINGFENCE_CONNECT_SMS_NUMBER_ARN }
      : undefined,
    simulatorPort: Number(settings.RINGFENCE_SIMULATOR_PORT),
    simulatorSpeed: Number(settings.RINGFENCE_SIMULATOR_SPEED),
    drainMs: Number(settings.RINGFENCE_DRAIN_SECONDS) * 1000,
    limits: { maxRequests: Number(settings.RINGFENCE_MAX_REQUESTS), maxBodyBytes: MAX_BODY_BYTES, maxTurnMs: Number(settings.RINGFENCE_MAX_TURN_MS), maxEventLoopDelayMs: Number(settings.RINGFENCE_MAX_LOOP_DELAY_MS), requestsPerSecond: Number(settings.RINGFENCE_RATE_LIMIT) },
    maxConnections: Number(settings.RINGFENCE_MAX_CONNECTIONS),
    failpoint: settings.RINGFENCE_FAILPOINT === undefined ? undefined : readFailpoint(settings.RINGFENCE_FAILPOINT)
  }
}

function readScorer (settings: Record<SettingName, string>): ScorerConfig {
  const name = settings.RINGFENCE_SCORER as ScorerConfig['name']
  const [format = '', where = ''] = splitOnce(settings.RINGFENCE_SAGEMAKER_RESPONSE)
  const labels = Object.fromEntries(pairs(settings.RINGFENCE_FD_LABELS)) as { fraud: string, genuine: string }
  return {
    name,
    timeoutMs: Number(settings.RINGFENCE_SCORE_TIMEOUT_MS),
    breaker: { failurePercent: Number(settings.RINGFENCE_BREAKER_FAILURE_PERCENT), resetMs: Number(settings.RINGFENCE_BREAKER_RESET_MS) },
    fallback: (settings.RINGFENCE_SCORER_FALLBACK ?? (name === 'embedded' ? 'investigate' : 'embedded')) as ScorerConfig['fallback'],
    fraudDetector: {
      detectorId: settings.RINGFENCE_FD_DETECTOR,
      detectorVersionId: settings.RINGFENCE_FD_DETECTOR_VERSION,
      eventType: settings.RINGFENCE_FD_EVENT_TYPE,
      entityType: settings.RINGFENCE_FD_ENTITY_TYPE,
      outcomes: pairs(settings.RINGFENCE_FD_OUTCOMES).map(([outcome, means]) => ({ name: outcome, means: means as RuleOutcome })),
      noMatch: settings.RINGFENCE_FD_NO_MATCH as RuleOutcome,
      scoreName: settings.RINGFENCE_FD_SCORE,
      standIns: settings.RINGFENCE_FD_STAND_INS === undefined ? {} : Object.fromEntries(pairs(settings.RINGFENCE_FD_STAND_INS)),
      feedbackLabels: settings.RINGFENCE_FD_FEEDBACK === 'true' ? labels : undefined
    },
    sageMaker: {
      endpointName: settings.RINGFENCE_SAGEMAKER_ENDPOINT,
      format: settings.RINGFENCE_SAGEMAKER_FORMAT as 'csv' | 'json',
      features: settings.RINGFENCE_SAGEMAKER_FEATURES?.split(',') ?? [],
      response: format === 'csv' ? { format: 'csv', column: Number(where) } : { format: 'json', pointer: where },
      scale: readScale(settings.RINGFENCE_SAGEMAKER_SCALE)
    }
  }
}

function unscoredOutcome (fallback: string | undefined): RuleOutcome {
  return fallback === undefined || fallback === 'embedded' ? DEFAULT_POLICY.unscoredOutcome : fallback as RuleOutcome
}

function splitOnce (text: string): [string, string] {
  return [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]
}

function readPolicy (settings: Record<SettingName, string>): Policy {
  return {
    ...DEFAULT_POLICY,
    thresholds: { fraudAbove: Number(settings.RINGFENCE_FRAUD_ABOVE), investigateAbove: Number(settings.RINGFENCE_INVESTIGATE_ABOVE) },
    unscoredOutcome: unscoredOutcome(settings.RINGFENCE_SCORER_FALLBACK),
    investigateOpensCase: settings.RINGFENCE_INVESTIGATE_OPENS_CASE === 'true',
    ladder: settings.RINGFENCE_LADDER.split(',').map(readStep),
    callingWindow: readWindow(settings.RINGFENCE_CALLING_WINDOW),
    quietMs: Number(settings.RINGFENCE_QUIET_MINUTES) * 60_000,
    quietScoreMargin: Number(settings.RINGFENCE_QUIET_SCORE_MARGIN),
    caseLifeMs: Number(settings.RINGFENCE_CASE_HOURS) * 3_600_000,
    nobodyReached: settings.RINGFENCE_NOBODY_REACHED as Policy['nobodyReached'],
    ringMs: Number(settings.RINGFENCE_RING_SECONDS) * 1000,
    attemptMs: Number(settings.RINGFENCE_ATTEMPT_SECONDS) * 1000 / (settings.RINGFENCE_MODE === 'local' ? 1 : Number(settings.RINGFENCE_SIMULATOR_SPEED)),
    smsReplyMs: Number(settings.RINGFENCE_SMS_REPLY_MINUTES) * 60_000
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
