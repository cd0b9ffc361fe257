import { join } from 'node:path'
import { EnvironmentSchema } from '../../../src/settings.ts'
import { API_KEYS, CREDENTIALS, DETECTOR, REGION, TABLE, TOKENISATION_KEY } from './payment.ts'

/** What is measured: its name, what it is, what it asks for each payment, and beside what it stands. */
export interface Subject {
  name: string
  title: string
  kind: 'floor' | 'service'
  /** `null` where nothing is asked. */
  asks: { detector: boolean } | null
  /** The subjects whose CPU it is compared with, and what they are called then. */
  floors: Readonly<Record<string, string>>
  settings: Record<string, string>
}

/** Where things are. */
export interface Surroundings {
  root: string
  plainCode: string
  storeUrl: string
  detectorUrl: string
  connectUrl: string
  cardId: string
  /** AWS's shared configuration: production takes no stand-in from the environment, and the file is read by the SDK alone. */
  awsConfigPath: string
}

const FRAUD_DETECTOR = {
  RINGFENCE_SCORER: 'frauddetector', RINGFENCE_FD_DETECTOR: DETECTOR.detectorId, RINGFENCE_FD_EVENT_TYPE: DETECTOR.eventType, RINGFENCE_FD_ENTITY_TYPE: DETECTOR.entityType
}

/** Bounds that protect a process from too much, out of the way: what is measured is how much goes through. The document of the results names them. */
export const RAISED_LIMITS: Record<string, string> = {
  RINGFENCE_MAX_REQUESTS: '4096',
  RINGFENCE_MAX_TURN_MS: '0',
  RINGFENCE_MAX_LOOP_DELAY_MS: '0',
  RINGFENCE_RATE_LIMIT: '0',
  RINGFENCE_SCORE_TIMEOUT_MS: '10000',
  RINGFENCE_STORE_TIMEOUT_MS: '10000'
}

const SERVICE: readonly Subject[] = [
  { name: 'embedded', title: 'service, embedded model', kind: 'service', asks: { detector: false }, floors: { floor: 'floor', 'floor-work': 'the same work by hand' }, settings: {} },
  { name: 'detector', title: 'service, Fraud Detector', kind: 'service', asks: { detector: true }, floors: { 'floor-fd': 'floor', 'floor-fd-work': 'the same work by hand' }, settings: FRAUD_DETECTOR }
]

/** Everything that can be measured, in the order of the table; the SDK's own client only where the service has another one as well. */
export function listSubjects (): Subject[] {
  const bySdk = 'RINGFENCE_AWS_CLIENT' in EnvironmentSchema.properties
    ? SERVICE.map((subject) => ({ ...subject, name: `${subject.name}-sdk`, title: `${subject.title}, SDK client`, settings: { ...subject.settings, RINGFENCE_AWS_CLIENT: 'sdk' } }))
    : []
  return [
    { name: 'fastify', title: 'bare Fastify', kind: 'floor', asks: null, floors: {}, settings: {} },
    { name: 'floor', title: 'floor: the store calls by hand', kind: 'floor', asks: { detector: false }, floors: {}, settings: {} },
    { name: 'floor-work', title: "the service's work by hand", kind: 'floor', asks: { detector: false }, floors: {}, settings: {} },
    { name: 'floor-fd', title: 'floor with Fraud Detector', kind: 'floor', asks: { detector: true }, floors: {}, settings: {} },
    { name: 'floor-fd-work', title: "the service's work by hand, Fraud Detector", kind: 'floor', asks: { detector: true }, floors: {}, settings: {} },
    ...SERVICE,
    ...bySdk
  ]
}

/** How a subject is started. */
export function startOf (subject: Subject, surroundings: Surroundings, port: number): { command: string[], env: Record<string, string> } {
  const { root, plainCode, storeUrl, detectorUrl, cardId, awsConfigPath } = surroundings
  const node = [process.execPath, `--import=${join(plainCode, 'probe.js')}`]
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, PORT: String(port), NODE_ENV: 'production' }
  if (subject.kind === 'floor') {
    return {
      command: [...node, join(plainCode, 'floors.js')],
      env: { ...env, FLOOR: subject.name, SERVICE_CODE: join(root, 'dist'), STORE_ENDPOINT: storeUrl, DETECTOR_ENDPOINT: detectorUrl, CARD_ID: cardId, MODEL_CARD: join(root, 'models/card-fraud/card.json') }
    }
  }
  return {
    command: [...node, join(root, 'dist/main.js')],
    env: {
      ...env,
      HOST: '127.0.0.1',
      AWS_CONFIG_FILE: awsConfigPath,
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      RINGFENCE_API_KEYS: API_KEYS,
      RINGFENCE_TOKENISATION_KEY: TOKENISATION_KEY,
      RINGFENCE_BRIDGE_SECRET: 'benchmark-bridge-secret-for-nothing-real',
      RINGFENCE_TABLE: TABLE,
      RINGFENCE_INSTITUTION: 'Benchmark Bank',
      RINGFENCE_LADDER: 'voice:0',
      RINGFENCE_CONNECT_INSTANCE_ID: '11111111-2222-4333-8444-555555555555',
      RINGFENCE_CONNECT_FLOW_ID: 'card-fraud',
      RINGFENCE_CONNECT_SOURCE_NUMBER: '+18005550100',
      RINGFENCE_LOG_LEVEL: 'info',
      ...RAISED_LIMITS,
      ...subject.settings
    }
  }
}

/** AWS's shared configuration file that sends every call to the stubs. */
export function awsConfig ({ storeUrl, detectorUrl, connectUrl }: Pick<Surroundings, 'storeUrl' | 'detectorUrl' | 'connectUrl'>): string {
  const endpoints = Object.entries({ dynamodb: storeUrl, frauddetector: detectorUrl, connect: connectUrl }).map(([service, url]) => `${service} =\n  endpoint_url = ${url}\n`)
  return `[default]\nregion = ${REGION}\nservices = stubs\n\n[services stubs]\n${endpoints.join('')}`
}
