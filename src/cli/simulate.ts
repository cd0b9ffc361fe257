import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pino, stdTimeFunctions } from 'pino'
import { ConfigError, LOCAL_API_KEY, readConfig, type Config } from '../config.ts'
import { SCOPES } from '../domain/api-key.ts'
import { CARD_DETECTOR } from '../simulators/card-detector.ts'
import type { RunningSimulators } from '../simulators/simulate.ts'
import { UsageError, type Command } from './command.ts'

/** A setting of the simulators: its option, its name in the environment, its default. */
interface Setting {
  env: string
  fallback?: string
  meaning: string
  pattern: RegExp
  expected: string
}

const port = (env: string, fallback: string | undefined, meaning: string): Setting => ({ env, ...fallback === undefined ? {} : { fallback }, meaning, pattern: /^\d{1,5}$/, expected: '0 to 65535' })
const count = (env: string, fallback: string, meaning: string): Setting => ({ env, fallback, meaning, pattern: /^\d{1,6}$/, expected: 'a whole number' })

const SETTINGS = {
  'service-url': { env: 'SIMULATE_SERVICE_URL', fallback: 'http://localhost:3000', meaning: 'where the simulators reach the service: the bridge and contact events go there', pattern: /^https?:\/\/[^\s/]+\/?$/, expected: 'a URL without a path' },
  'public-service-url': { env: 'SIMULATE_PUBLIC_SERVICE_URL', meaning: 'where people reach the service, for the commands that are shown (default: --service-url)', pattern: /^https?:\/\/[^\s/]+\/?$/, expected: 'a URL without a path' },
  'bridge-secret': { env: 'RINGFENCE_BRIDGE_SECRET', meaning: "the service's bridge secret (default: the local mode's)", pattern: /^.{32,}$/, expected: '32 characters or more' },
  'api-key': { env: 'SIMULATE_API_KEY', fallback: LOCAL_API_KEY, meaning: 'with it the phone page shows case and card of a call', pattern: /^\S+$/, expected: 'a key' },
  host: { env: 'SIMULATE_HOST', fallback: '127.0.0.1', meaning: 'address to listen on; 0.0.0.0 in a container', pattern: /^\S+$/, expected: 'an address' },
  'public-host': { env: 'SIMULATE_PUBLIC_HOST', meaning: 'names, with commas, by which other machines call this one; the control API answers by no other', pattern: /^[A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*$/, expected: 'host names' },
  'connect-port': port('SIMULATE_CONNECT_PORT', '4010', 'Amazon Connect and the phone page'),
  'fraud-detector-port': port('SIMULATE_FRAUD_DETECTOR_PORT', '4011', 'Amazon Fraud Detector'),
  'sagemaker-port': port('SIMULATE_SAGEMAKER_PORT', '4012', 'SageMaker Runtime'),
  's3-port': port('SIMULATE_S3_PORT', '4013', 'S3, from which Fraud Detector takes its training data'),
  'dynamodb-port': port('SIMULATE_DYNAMODB_PORT', undefined, 'DynamoDB; without one it is not started (8000 is usual)'),
  'data-dir': { env: 'SIMULATE_DATA_DIR', meaning: 'files of DynamoDB (default: kept in memory)', pattern: /./, expected: 'a folder' },
  flow: { env: 'SIMULATE_FLOW', meaning: 'a flow file in the place of contact-flow/card-fraud.json; a legacy export too', pattern: /./, expected: 'a file' },
  region: { env: 'AWS_REGION', fallback: 'eu-central-1', meaning: 'the region that requests must be signed for', pattern: /^[a-z]{2}(-[a-z]+)+-\d$/, expected: 'a region' },
  speed: { env: 'SIMULATE_SPEED', fallback: '1', meaning: 'how much faster than real time the phones live, 1 to 9999', pattern: /^[1-9]\d{0,3}$/, expected: '1 to 9999' },
  'training-seconds': count('SIMULATE_TRAINING_SECONDS', '30', 'how long Fraud Detector takes to train'),
  'calls-per-second': count('SIMULATE_CALLS_PER_SECOND', '2', 'quota: contacts started a second; 0 lifts all rates of Connect'),
  'active-calls': count('SIMULATE_ACTIVE_CALLS', '10', 'quota: calls at once'),
  'active-chats': count('SIMULATE_ACTIVE_CHATS', '500', 'quota: text conversations at once'),
  'predictions-per-second': count('SIMULATE_PREDICTIONS_PER_SECOND', '200', 'quota: predictions a second; 0 lifts it'),
  'export-to': { env: 'SIMULATE_EXPORT_TO', meaning: 'a file to write the export lines to, for a shell to read', pattern: /^.+$/, expected: 'a path' },
  'log-level': { env: 'SIMULATE_LOG_LEVEL', fallback: 'warn', meaning: 'debug tells each request', pattern: /^(fatal|error|warn|info|debug|trace|silent)$/, expected: 'a pino level' }
} as const satisfies Record<string, Setting>
type SettingName = keyof typeof SETTINGS

/** Settings of the service that the simulators must agree about; read from the same environment. */
const SHARED = ['RINGFENCE_CONNECT_INSTANCE_ID', 'RINGFENCE_CONNECT_FLOW_ID', 'RINGFENCE_CONNECT_SOURCE_NUMBER', 'RINGFENCE_CONNECT_SMS_FLOW_ID', 'RINGFENCE_CONNECT_SMS_NUMBER_ARN', 'RINGFENCE_TOKENISATION_KEY'] as const
const DRAIN_MS = 5_000

/** `ringfence simulate`. */
export const simulate: Command = {
  summary: 'Amazon Connect with phones, Fraud Detector, SageMaker, S3, DynamoDB: stand-ins for a service in service mode',
  usage: '[--service-url URL] [--public-host NAME] [--dynamodb-port 8000] [--speed N] ...',
  details: [
    ...Object.entries<Setting>(SETTINGS).map(([name, { env, fallback, meaning }]) => `--${name.padEnd(24)}${meaning}\n${' '.repeat(26)}${env}${fallback === undefined ? '' : `, default ${fallback}`}`),
    '',
    `An option goes before its name in the environment; ports may be 0 for any. These are read as the service reads them: ${SHARED.join(', ')}.`,
    'It prints where everything is and what to export for the service, and ends on Ctrl-C or SIGTERM.'
  ].join('\n'),
  options: Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, { type: 'string' }])),
  async run ({ values }) {
    const read = (name: SettingName) => readSetting(name, values[name] ?? process.env[SETTINGS[name].env])
    const readPort = (name: SettingName) => inRange(name, read(name), 65_535)
    const local = readShared(read('bridge-secret'))
    const { connect, bridgeSecret, sms } = local
    if (sms === undefined) throw new Error('the local mode has a number for text messages')
    const region = needed(read('region'))
    const apiKey = needed(read('api-key'))
    const serviceUrl = needed(read('service-url')).replace(/\/$/, '')
    const publicServiceUrl = (read('public-service-url') ?? serviceUrl).replace(/\/$/, '')
    const dynamoDbPort = read('dynamodb-port')
    const dataDir = read('data-dir')
    const flowPath = read('flow')
    const logger = pino({ level: needed(read('log-level')), timestamp: stdTimeFunctions.isoTime, base: null, redact: { paths: ['err.rawPacket'], remove: true } }, pino.destination(2))
    // They bring Fastify, a database engine and a model along, for which no other command should wait.
    const { SAMPLE_BUCKET, startSimulators } = await import('../simulators/simulate.ts')
    const running = await startSimulators({
      ...connect,
      sms,
      bridgeSecret,
      region,
      apiKey,
      host: needed(read('host')),
      publicHosts: read('public-host')?.split(',') ?? [],
      ports: { connect: readPort('connect-port'), fraudDetector: readPort('fraud-detector-port'), sageMaker: readPort('sagemaker-port'), s3: readPort('s3-port'), dynamoDb: dynamoDbPort === undefined ? undefined : readPort('dynamodb-port') },
      dataDir: dataDir === undefined ? undefined : resolve(dataDir),
      flowPath: flowPath === undefined ? undefined : resolve(flowPath),
      serviceUrl,
      publicServiceUrl,
      speed: Number(read('speed')),
      trainingMs: Number(read('training-seconds')) * 1000,
      quotas: { callsPerSecond: Number(read('calls-per-second')), activeCalls: Number(read('active-calls')), activeChats: Number(read('active-chats')), predictionsPerSecond: Number(read('predictions-per-second')) },
      logger
    }).catch((error: unknown) => { throw explained(error) })

    const ended = untilSignal()
    const environment = environmentOf(local, running, { region, apiKey, serviceUrl })
    const exportPath = read('export-to')
    if (exportPath !== undefined) await writePrivately(resolve(exportPath), `${exportLines(environment).join('\n')}\n`)
    process.stdout.write(welcome(running, SAMPLE_BUCKET, exportLines(environment, ownSecrets(local)), exportPath, firstSteps(publicServiceUrl, apiKey)))
    logger.info({ signal: await ended }, 'draining')
    setTimeout(() => { process.exit(1) }, DRAIN_MS).unref()
    await running.close()
  }
}

function readSetting (name: SettingName, text: string | undefined): string | undefined {
  const { fallback, pattern, expected, env }: Setting = SETTINGS[name]
  const value = text === undefined || text === '' ? fallback : text
  if (value !== undefined && !pattern.test(value)) throw new UsageError(`--${name} (${env}) must be ${expected}`)
  return value
}

function needed (value: string | undefined): string {
  if (value === undefined) throw new UsageError('a setting is missing')
  return value
}

function inRange (name: SettingName, value: string | undefined, most: number): number {
  if (!(Number(value) <= most)) throw new UsageError(`--${name} must be ${SETTINGS[name].expected}`)
  return Number(value)
}

/** What the service would read of the same environment, the local mode's defaults for the rest. */
function readShared (bridgeSecret: string | undefined): Config {
  const shared = Object.fromEntries(SHARED.map((name) => [name, process.env[name]]))
  try {
    return readConfig({ ...shared, RINGFENCE_MODE: 'local', ...bridgeSecret === undefined ? {} : { RINGFENCE_BRIDGE_SECRET: bridgeSecret } })
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error
  }
}

/** What a service in service mode needs in its environment to use what is running here. */
function environmentOf ({ connect, sms, bridgeSecret, tokenisationKey, institution }: Config, { urls }: RunningSimulators, { region, apiKey, serviceUrl }: { region: string, apiKey: string, serviceUrl: string }): Record<string, string> {
  const { port } = new URL(serviceUrl)
  return {
    ...port === '' ? {} : { PORT: port },
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_CONNECT: urls.connect,
    AWS_ENDPOINT_URL_FRAUDDETECTOR: urls.fraudDetector,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: urls.sageMaker,
    AWS_ENDPOINT_URL_S3: urls.s3,
    ...urls.dynamoDb === undefined ? {} : { AWS_ENDPOINT_URL_DYNAMODB: urls.dynamoDb, RINGFENCE_CREATE_TABLE: 'true' },
    RINGFENCE_MODE: 'service',
    RINGFENCE_API_KEYS: JSON.stringify([{ name: 'simulate', sha256: createHash('sha256').update(apiKey).digest('hex'), scopes: SCOPES }]),
    RINGFENCE_TOKENISATION_KEY: tokenisationKey,
    RINGFENCE_BRIDGE_SECRET: bridgeSecret,
    RINGFENCE_INSTITUTION: institution,
    RINGFENCE_CALLING_WINDOW: 'always',
    RINGFENCE_CONNECT_INSTANCE_ID: connect.instanceId,
    RINGFENCE_CONNECT_FLOW_ID: connect.contactFlowId,
    RINGFENCE_CONNECT_SOURCE_NUMBER: connect.sourcePhoneNumber,
    ...sms === undefined ? {} : { RINGFENCE_CONNECT_SMS_FLOW_ID: sms.contactFlowId, RINGFENCE_CONNECT_SMS_NUMBER_ARN: sms.sourceNumberArn },
    RINGFENCE_FD_DETECTOR: CARD_DETECTOR.detectorId,
    RINGFENCE_FD_EVENT_TYPE: CARD_DETECTOR.eventTypeName,
    RINGFENCE_SAGEMAKER_ENDPOINT: 'card-fraud',
    RINGFENCE_SAGEMAKER_FEATURES: 'amount'
  }
}

/** The names of secrets that are not the local mode's documented ones, and so are nothing for a screen. */
function ownSecrets (config: Config): string[] {
  const documented = readConfig({ RINGFENCE_MODE: 'local' })
  return [
    ...config.tokenisationKey === documented.tokenisationKey ? [] : ['RINGFENCE_TOKENISATION_KEY'],
    ...config.bridgeSecret === documented.bridgeSecret ? [] : ['RINGFENCE_BRIDGE_SECRET']
  ]
}

/** Lines that a shell can read whatever the values hold; `…` stands for those that are hidden. */
function exportLines (environment: Readonly<Record<string, string>>, hidden: readonly string[] = []): string[] {
  const quote = (value: string) => /^[\w.:/+-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
  return Object.entries(environment).map(([name, value]) => hidden.includes(name) ? `# ${name}=…` : `export ${name}=${quote(value)}`)
}

/** Writes a file that its owner alone can read, also when it was there before. */
async function writePrivately (path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

/** How to get from an empty store to a phone that rings. */
function firstSteps (serviceUrl: string, apiKey: string): string {
  const key = apiKey === LOCAL_API_KEY ? apiKey : '$KEY'
  const send = (path: string, file: string) => `  curl -s ${serviceUrl}${path} -H 'authorization: Bearer ${key}' -H 'content-type: application/json' --data @examples/${file}`
  return `  Then, once it listens${key === apiKey ? '' : ' (KEY is what --api-key says)'}:\n\n${send('/v1/customers/u82-1alz-RI301', 'customer.json')} -X PUT\n${send('/v1/transactions', 'transaction.json')}`
}

function welcome ({ urls }: RunningSimulators, bucket: string, exports: readonly string[], exportPath: string | undefined, steps: string): string {
  const names = { connect: 'Connect', fraudDetector: 'Fraud Detector', sageMaker: 'SageMaker', s3: 'S3', dynamoDb: 'DynamoDB' } as const
  const notes = { connect: '   and the phones: open it', fraudDetector: '   RINGFENCE_SCORER=frauddetector', sageMaker: '   RINGFENCE_SCORER=sagemaker', s3: `   bucket ${bucket}`, dynamoDb: '' } as const
  const places = Object.entries(urls).map(([name, url]) => `    ${names[name as keyof typeof names].padEnd(16)}${url}${notes[name as keyof typeof notes]}`)
  const isHidden = exports.some((line) => line.startsWith('#'))
  const whole = exportPath === undefined ? '' : `\n\n  ${isHidden ? 'With the secrets shown as …' : 'The same'}, for a shell to read: ${exportPath}`
  const where = isHidden && exportPath === undefined ? '\n\n  A secret shown as … is the one given here; --export-to writes it to a file.' : whole
  return `\n  Ringfence simulators: nothing is called for real.\n\n${places.join('\n')}\n\n  For the service, in its terminal (then: node dist/main.js):\n\n${exports.map((line) => `  ${line}`).join('\n')}${where}\n\n${steps}\n\n  Ready. Ctrl-C ends it.\n`
}

async function untilSignal (): Promise<string> {
  return await new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => { resolve(signal) })
  })
}

function explained (error: unknown): Error {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE') return new Error(`port ${port ?? '?'} is taken; choose another, 0 for any`)
  if (code === 'LEVEL_LOCKED') return new Error('the data folder is in use by another process')
  return error instanceof Error ? error : new Error(String(error))
}
