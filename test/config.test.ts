import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { ConfigError, LOCAL_API_KEY, readConfig } from '../src/config.ts'
import { EnvironmentSchema } from '../src/settings.ts'

type Environment = Record<string, string | undefined>

const HASH = 'ab'.repeat(32)
const KEYS = JSON.stringify([{ name: 'till', sha256: HASH, scopes: ['transactions:write'] }])

/** A production environment with nothing wrong. */
const PRODUCTION: Environment = {
  NODE_ENV: 'production',
  RINGFENCE_API_KEYS: KEYS,
  RINGFENCE_TOKENISATION_KEY: 'T'.repeat(32),
  RINGFENCE_BRIDGE_SECRET: 'B'.repeat(32),
  RINGFENCE_INSTITUTION: 'First Example Bank',
  RINGFENCE_CONNECT_INSTANCE_ID: 'b2f1a3c4-0000-4000-8000-000000000001',
  RINGFENCE_CONNECT_FLOW_ID: 'c3f1a3c4-0000-4000-8000-000000000002',
  RINGFENCE_CONNECT_SOURCE_NUMBER: '+4930123456'
}

const SMS = { RINGFENCE_CONNECT_SMS_FLOW_ID: 'c3f1a3c4-0000-4000-8000-000000000003', RINGFENCE_CONNECT_SMS_NUMBER_ARN: 'arn:aws:connect:eu-central-1:123456789012:phone-number/d4' }
const FRAUD_DETECTOR = { RINGFENCE_SCORER: 'frauddetector', RINGFENCE_FD_DETECTOR: 'card_detector', RINGFENCE_FD_EVENT_TYPE: 'card_tx' }
const SAGEMAKER = { RINGFENCE_SCORER: 'sagemaker', RINGFENCE_SAGEMAKER_ENDPOINT: 'card-fraud', RINGFENCE_SAGEMAKER_FEATURES: 'amount,hour,merchant_id' }

/** The faults of an environment; none when it can be read. */
function faultsOf (env: Environment): readonly string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

t.test('readConfig: an empty environment is the local mode with its defaults', async (t) => {
  t.match(readConfig({}), {
    mode: 'local',
    host: '127.0.0.1',
    port: 3000,
    logLevel: 'info',
    docs: true,
    metrics: true,
    // printf rf_local | sha256sum
    apiKeys: [{ name: 'local', sha256: '43ece4c10a34391487c7d7671623441f1b73085110a9951e6d0fe924467b46a8' }],
    table: { name: 'ringfence', create: true, timeoutMs: 2000 },
    dataDir: './data',
    scorer: { name: 'embedded', timeoutMs: 300, fallback: 'investigate', breaker: { failurePercent: 50, resetMs: 5000 } },
    promptsPath: 'contact-flow/prompts.json',
    defaultLanguage: 'en',
    luhnCheck: false,
    simulatorPort: 4010,
    policy: {
      thresholds: { fraudAbove: 860, investigateAbove: 775 },
      ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: 20_000 }, { channel: 'voice', delayMs: 20_000 }],
      quietMs: 3_600_000,
      nobodyReached: 'leave',
      investigateOpensCase: false,
      ringMs: 45_000
    }
  })
  t.equal(readConfig({}).policy.callingWindow, undefined, 'the phones of the local mode ring at any hour')
  t.equal(LOCAL_API_KEY, 'rf_local')
})

t.test('readConfig: the thresholds decide unless a detector file is named, and a model that was chosen is told from the default', async (t) => {
  t.match(readConfig({}), { detectorPath: undefined, modelPath: 'models/card-fraud', isModelChosen: false })
  t.match(readConfig({ RINGFENCE_DETECTOR: 'detectors/card-fraud.yaml', RINGFENCE_MODEL: 'models/card-fraud' }), { detectorPath: 'detectors/card-fraud.yaml', isModelChosen: true })
})

t.test('readConfig: production is the service mode, with the calling window, and without the local key', async (t) => {
  const config = readConfig(PRODUCTION)
  t.equal(config.mode, 'service')
  t.same(config.policy.callingWindow, { fromMinute: 480, toMinute: 1260 })
  t.same(config.policy.ladder, [{ channel: 'voice', delayMs: 0 }, { channel: 'sms', delayMs: 300_000 }, { channel: 'voice', delayMs: 10_800_000 }])
  t.same(config.apiKeys, [{ name: 'till', sha256: HASH, scopes: ['transactions:write'] }])
  t.equal(config.table.create, false)
})

t.test('readConfig: what is set is read, in its unit', async (t) => {
  const config = readConfig({
    ...PRODUCTION,
    PORT: '0',
    RINGFENCE_LADDER: 'sms:60,voice:120',
    ...SMS,
    RINGFENCE_SMS_REPLY_MINUTES: '90',
    RINGFENCE_CALLING_WINDOW: '09:30-24:00',
    RINGFENCE_QUIET_MINUTES: '5',
    RINGFENCE_RING_SECONDS: '15',
    RINGFENCE_ATTEMPT_SECONDS: '190',
    RINGFENCE_DRAIN_SECONDS: '3',
    RINGFENCE_CASE_HOURS: '48',
    RINGFENCE_NOBODY_REACHED: 'block',
    RINGFENCE_INVESTIGATE_OPENS_CASE: 'true',
    RINGFENCE_LUHN_CHECK: 'true',
    HOST: ''
  })
  t.match(config, {
    port: 0,
    host: '127.0.0.1',
    drainMs: 3_000,
    luhnCheck: true,
    sms: { contactFlowId: 'c3f1a3c4-0000-4000-8000-000000000003', sourceNumberArn: 'arn:aws:connect:eu-central-1:123456789012:phone-number/d4' },
    policy: {
      ladder: [{ channel: 'sms', delayMs: 60_000 }, { channel: 'voice', delayMs: 120_000 }],
      callingWindow: { fromMinute: 570, toMinute: 1440 },
      quietMs: 300_000,
      ringMs: 15_000,
      attemptMs: 190_000,
      smsReplyMs: 5_400_000,
      caseLifeMs: 48 * 3_600_000,
      nobodyReached: 'block',
      investigateOpensCase: true
    }
  })
})

t.test('readConfig: a scorer that asks AWS is read with its event, its rules and its stand-in', async (t) => {
  t.match(readConfig({ ...PRODUCTION, ...FRAUD_DETECTOR, RINGFENCE_FD_OUTCOMES: 'pass=approve,review=investigate,deny=fraud', RINGFENCE_FD_FEEDBACK: 'true', RINGFENCE_FD_LABELS: 'fraud=chargeback,genuine=ok' }).scorer, {
    name: 'frauddetector',
    fallback: 'embedded',
    fraudDetector: {
      detectorId: 'card_detector',
      detectorVersionId: undefined,
      eventType: 'card_tx',
      entityType: 'customer',
      outcomes: [{ name: 'pass', means: 'approve' }, { name: 'review', means: 'investigate' }, { name: 'deny', means: 'fraud' }],
      noMatch: 'approve',
      scoreName: undefined,
      feedbackLabels: { fraud: 'chargeback', genuine: 'ok' }
    }
  })
  t.equal(readConfig({ ...PRODUCTION, ...FRAUD_DETECTOR }).scorer.fraudDetector.feedbackLabels, undefined)
  const sageMaker = readConfig({ ...PRODUCTION, ...SAGEMAKER, RINGFENCE_SCORER_FALLBACK: 'fraud', RINGFENCE_SAGEMAKER_RESPONSE: 'json:/predictions/0/score', RINGFENCE_SAGEMAKER_SCALE: '0=0,0.25=860,1=1000' })
  t.match(sageMaker.scorer, {
    name: 'sagemaker',
    fallback: 'fraud',
    sageMaker: {
      endpointName: 'card-fraud',
      format: 'csv',
      features: ['amount', 'hour', 'merchant_id'],
      response: { format: 'json', pointer: '/predictions/0/score' },
      scale: [{ raw: 0, score: 0 }, { raw: 0.25, score: 860 }, { raw: 1, score: 1000 }]
    }
  })
  t.equal(sageMaker.policy.unscoredOutcome, 'fraud')
  t.equal(readConfig({ ...PRODUCTION, ...FRAUD_DETECTOR }).policy.unscoredOutcome, 'investigate', 'when the model that stands by fails, too')
})

t.test('readConfig: what a choice needs is asked for, and only then', async (t) => {
  const missing = (env: Environment) => faultsOf({ ...PRODUCTION, ...env }).map((fault) => fault.replace(/ is missing: .+/, ''))
  t.same(missing({ RINGFENCE_SCORER: 'frauddetector' }), ['RINGFENCE_FD_DETECTOR', 'RINGFENCE_FD_EVENT_TYPE'])
  t.same(missing({ RINGFENCE_SCORER: 'sagemaker' }), ['RINGFENCE_SAGEMAKER_ENDPOINT', 'RINGFENCE_SAGEMAKER_FEATURES'])
  t.same(missing({ RINGFENCE_LADDER: 'sms:0' }), ['RINGFENCE_CONNECT_SMS_FLOW_ID', 'RINGFENCE_CONNECT_SMS_NUMBER_ARN'])
  t.same(missing({ RINGFENCE_CONNECT_SMS_FLOW_ID: 'f' }), ['RINGFENCE_CONNECT_SMS_NUMBER_ARN'])
  t.equal(readConfig(PRODUCTION).sms, undefined, 'the default ladder does without')
})

t.test('readConfig names every fault at once', async (t) => {
  const faults = faultsOf({ RINGFENCE_MODE: 'service', PORT: 'http', RINGFENCE_LOG_LEVEL: 'loud', RINGFENCE_LADER: 'voice:0' })
  // What a setting means is told after its name, in words that may change.
  t.same(faults.map((fault) => fault.replace(/(is missing): .+/, '$1')).sort(), [
    'PORT must be a whole number',
    'RINGFENCE_API_KEYS is missing',
    'RINGFENCE_BRIDGE_SECRET is missing',
    'RINGFENCE_CONNECT_FLOW_ID is missing',
    'RINGFENCE_CONNECT_INSTANCE_ID is missing',
    'RINGFENCE_CONNECT_SOURCE_NUMBER is missing',
    'RINGFENCE_INSTITUTION is missing',
    'RINGFENCE_LADER is not a setting',
    'RINGFENCE_LOG_LEVEL must be a pino level',
    'RINGFENCE_TOKENISATION_KEY is missing'
  ])
  t.ok(faults.every((fault) => !fault.includes('is missing') || /is missing: .{5,}/.test(fault)))
  t.match(new ConfigError(['one', 'two']).message, /\n {2}- one\n {2}- two$/)
})

t.test('readConfig: production refuses each stand-in and each missing secret, one clear message each', async (t) => {
  const table: Array<[change: Environment, fault: RegExp]> = [
    [{ RINGFENCE_MODE: 'local' }, /^RINGFENCE_MODE=local is a stand-in/],
    [{ RINGFENCE_API_KEYS: undefined }, /^RINGFENCE_API_KEYS is missing/],
    [{ RINGFENCE_API_KEYS: JSON.stringify([{ name: 'l', sha256: '43ece4c10a34391487c7d7671623441f1b73085110a9951e6d0fe924467b46a8', scopes: ['cases:read'] }]) }, /^RINGFENCE_API_KEYS holds the documented local key rf_local$/],
    [{ RINGFENCE_TOKENISATION_KEY: undefined }, /^RINGFENCE_TOKENISATION_KEY is missing/],
    [{ RINGFENCE_TOKENISATION_KEY: '' }, /^RINGFENCE_TOKENISATION_KEY is missing/],
    [{ RINGFENCE_TOKENISATION_KEY: 'x'.repeat(31) }, /^RINGFENCE_TOKENISATION_KEY must be at least 32 characters$/],
    [{ RINGFENCE_TOKENISATION_KEY: 'local-tokenisation-key-for-nothing-real' }, /^RINGFENCE_TOKENISATION_KEY is the documented local one$/],
    [{ RINGFENCE_BRIDGE_SECRET: undefined }, /^RINGFENCE_BRIDGE_SECRET is missing/],
    [{ RINGFENCE_BRIDGE_SECRET: 'x'.repeat(31) }, /^RINGFENCE_BRIDGE_SECRET must be at least 32 characters$/],
    [{ RINGFENCE_BRIDGE_SECRET: 'local-bridge-secret-for-nothing-real' }, /^RINGFENCE_BRIDGE_SECRET is the documented local one$/],
    [{ RINGFENCE_INSTITUTION: undefined }, /^RINGFENCE_INSTITUTION is missing/],
    [{ RINGFENCE_SAMPLE_CUSTOMER: 'true' }, /^RINGFENCE_SAMPLE_CUSTOMER=true would put the sample's made-up cardholder among real ones$/],
    [{ AWS_ENDPOINT_URL: 'http://localhost:4566' }, /^AWS_ENDPOINT_URL names a local stand-in/],
    [{ AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:8000' }, /^AWS_ENDPOINT_URL_DYNAMODB names a local stand-in/],
    [{ AWS_ENDPOINT_URL_CONNECT: 'http://localhost:4010' }, /^AWS_ENDPOINT_URL_CONNECT names a local stand-in/]
  ]
  t.same(faultsOf(PRODUCTION), [], 'nothing is wrong without the change')
  for (const [change, fault] of table) {
    const faults = faultsOf({ ...PRODUCTION, ...change })
    t.match(faults, [fault], JSON.stringify(change))
    t.equal(faults.length, 1, 'and it is the only one')
  }
  t.same(faultsOf({ ...PRODUCTION, AWS_ENDPOINT_URL_DYNAMODB: 'https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com' }), [], 'a private endpoint is no stand-in')
})

t.test('readConfig: outside production the service mode may use stand-ins', async (t) => {
  t.same(faultsOf({ ...PRODUCTION, NODE_ENV: 'development', RINGFENCE_MODE: 'service', AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:8000' }), [])
})

t.test("readConfig: the sample's customer is loaded in local mode unless told otherwise, in service mode only when told", async (t) => {
  const service = { ...PRODUCTION, NODE_ENV: 'development', RINGFENCE_MODE: 'service' }
  t.equal(readConfig({}).sampleCustomer, true)
  t.equal(readConfig({ RINGFENCE_SAMPLE_CUSTOMER: 'false' }).sampleCustomer, false)
  t.equal(readConfig(service).sampleCustomer, false)
  t.equal(readConfig({ ...service, RINGFENCE_SAMPLE_CUSTOMER: 'true' }).sampleCustomer, true)
  t.equal(readConfig(PRODUCTION).sampleCustomer, false)
})

t.test('readConfig refuses API keys that are not as they must be', async (t) => {
  const key = { name: 'till', sha256: HASH, scopes: ['cases:read'] }
  const table: Array<[value: string, fault: RegExp]> = [
    ['{', /is not JSON$/],
    ['[]', /^RINGFENCE_API_KEYS/],
    ['{}', /^RINGFENCE_API_KEYS/],
    [JSON.stringify([{ ...key, sha256: 'AB'.repeat(32) }]), /^RINGFENCE_API_KEYS\/0\/sha256/],
    [JSON.stringify([{ ...key, sha256: 'rf_plain' }]), /^RINGFENCE_API_KEYS\/0\/sha256/],
    [JSON.stringify([{ ...key, scopes: [] }]), /^RINGFENCE_API_KEYS\/0\/scopes/],
    [JSON.stringify([{ ...key, scopes: ['everything'] }]), /^RINGFENCE_API_KEYS\/0\/scopes/],
    [JSON.stringify([{ ...key, name: '' }]), /^RINGFENCE_API_KEYS\/0\/name/],
    [JSON.stringify([key, { ...key, key: 'rf_plain' }]), /^RINGFENCE_API_KEYS\/1/]
  ]
  for (const [value, fault] of table) {
    const faults = faultsOf({ ...PRODUCTION, RINGFENCE_API_KEYS: value })
    t.ok(faults.length > 0 && faults.every((one) => fault.test(one)), `${value}: ${faults.join('; ')}`)
    t.notMatch(faults.join(), 'rf_plain', 'no fault repeats a value')
  }
})

t.test('readConfig refuses settings that contradict each other', async (t) => {
  const table: Array<[change: Environment, fault: string]> = [
    [{ RINGFENCE_FRAUD_ABOVE: '1001' }, 'RINGFENCE_FRAUD_ABOVE must be 0 to 1000'],
    [{ RINGFENCE_FRAUD_ABOVE: '500', RINGFENCE_INVESTIGATE_ABOVE: '501' }, 'RINGFENCE_INVESTIGATE_ABOVE must not be above RINGFENCE_FRAUD_ABOVE'],
    [{ PORT: '65536' }, 'PORT must be 0 to 65535'],
    [{ RINGFENCE_SIMULATOR_PORT: '65536' }, 'RINGFENCE_SIMULATOR_PORT must be 0 to 65535'],
    [{ RINGFENCE_DETECTOR: 'd.yaml', RINGFENCE_FRAUD_ABOVE: '860' }, 'RINGFENCE_FRAUD_ABOVE must not be set together with RINGFENCE_DETECTOR: the rules of its file decide'],
    [{ RINGFENCE_DETECTOR: 'd.yaml', RINGFENCE_INVESTIGATE_ABOVE: '775' }, 'RINGFENCE_INVESTIGATE_ABOVE must not be set together with RINGFENCE_DETECTOR: the rules of its file decide'],
    [{ RINGFENCE_STORE_TIMEOUT_MS: '0' }, 'RINGFENCE_STORE_TIMEOUT_MS must be above 0'],
    [{ RINGFENCE_SCORE_TIMEOUT_MS: '0' }, 'RINGFENCE_SCORE_TIMEOUT_MS must be above 0'],
    [{ RINGFENCE_CONNECT_TIMEOUT_MS: '0' }, 'RINGFENCE_CONNECT_TIMEOUT_MS must be above 0'],
    [{ RINGFENCE_BREAKER_RESET_MS: '0' }, 'RINGFENCE_BREAKER_RESET_MS must be above 0'],
    [{ RINGFENCE_SCORER_FALLBACK: 'embedded' }, 'RINGFENCE_SCORER_FALLBACK must be an outcome when RINGFENCE_SCORER is embedded: what failed cannot stand in for itself'],
    [{ RINGFENCE_SAGEMAKER_SCALE: '0=0,0=1000' }, 'RINGFENCE_SAGEMAKER_SCALE must rise, with scores of 0 to 1000'],
    [{ RINGFENCE_SAGEMAKER_SCALE: '0=500,1=400' }, 'RINGFENCE_SAGEMAKER_SCALE must rise, with scores of 0 to 1000'],
    [{ RINGFENCE_SAGEMAKER_SCALE: '0=0,1=1001' }, 'RINGFENCE_SAGEMAKER_SCALE must rise, with scores of 0 to 1000'],
    [{ RINGFENCE_FD_OUTCOMES: 'fraud=fraud,investigate=investigate,approve=approve' }, 'RINGFENCE_FD_OUTCOMES must go from the mildest to the gravest: approve, investigate, fraud'],
    [{ RINGFENCE_FD_OUTCOMES: 'pass=approve,deny=fraud,review=investigate' }, 'RINGFENCE_FD_OUTCOMES must go from the mildest to the gravest: approve, investigate, fraud'],
    [{ RINGFENCE_FD_OUTCOMES: 'deny=approve,review=investigate,deny=fraud' }, 'RINGFENCE_FD_OUTCOMES must name each outcome once'],
    [{ RINGFENCE_FD_LABELS: 'fraud=x,genuine=x' }, 'RINGFENCE_FD_LABELS must be two labels: a detector that learns from one learns nothing'],
    [{ RINGFENCE_CALLING_WINDOW: '21:00-08:00' }, 'RINGFENCE_CALLING_WINDOW must begin before it ends'],
    [{ RINGFENCE_CALLING_WINDOW: '08:00-08:00' }, 'RINGFENCE_CALLING_WINDOW must begin before it ends'],
    [{ RINGFENCE_INSTITUTION: '***' }, 'RINGFENCE_INSTITUTION must hold two letters or digits: a call begins with it'],
    [{ RINGFENCE_INSTITUTION: '-B-' }, 'RINGFENCE_INSTITUTION must hold two letters or digits: a call begins with it'],
    [{ RINGFENCE_INSTITUTION: '三菱' }, 'RINGFENCE_INSTITUTION must hold two letters or digits that a text message can hold']
  ]
  for (const [change, fault] of table) t.same(faultsOf(change), [fault])
  t.same(faultsOf({ RINGFENCE_FRAUD_ABOVE: '500', RINGFENCE_INVESTIGATE_ABOVE: '500', PORT: '65535', RINGFENCE_INSTITUTION: 'N1' }), [], 'the edges are allowed')
})

/** For every setting that not any text fits: values that do, and values that do not. */
const EXAMPLES: Record<string, [fits: string[], doesNot: string[]]> = {
  RINGFENCE_MODE: [['local', 'service'], ['Local', 'aws']],
  PORT: [['0', '8080'], ['-1', '80.5', 'x', '1e3']],
  RINGFENCE_LOG_LEVEL: [['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], ['verbose', 'INFO']],
  RINGFENCE_DOCS: [['true', 'false'], ['yes', '1', 'TRUE']],
  RINGFENCE_METRICS: [['true', 'false'], ['on']],
  RINGFENCE_TOKENISATION_KEY: [['k'.repeat(32), 'k'.repeat(99)], ['k'.repeat(31)]],
  RINGFENCE_BRIDGE_SECRET: [['s'.repeat(32)], ['s'.repeat(31)]],
  RINGFENCE_CREATE_TABLE: [['true', 'false'], ['maybe']],
  RINGFENCE_SAMPLE_CUSTOMER: [['true', 'false'], ['yes', 'u82-1alz-RI301']],
  RINGFENCE_AWS_CLIENT: [['direct', 'sdk'], ['SDK', 'undici']],
  RINGFENCE_STORE_TIMEOUT_MS: [['1', '999999999'], ['1s', '1000000000']],
  NODE_ENV: [['development', 'test'], ['prod', 'Production', 'live']],
  RINGFENCE_MODEL_WATCH_SECONDS: [['0', '30', '99999'], ['-1', '100000', '1.5', '30s']],
  RINGFENCE_SCORE_TIMEOUT_MS: [['300'], ['0.3']],
  RINGFENCE_SCORER: [['embedded'], ['Embedded', 'fraud-detector', 'aws']],
  RINGFENCE_SCORER_FALLBACK: [['approve', 'investigate', 'fraud'], ['blocked', 'deny']],
  RINGFENCE_BREAKER_FAILURE_PERCENT: [['1', '50', '100'], ['0', '101', 'half']],
  RINGFENCE_BREAKER_RESET_MS: [['5000'], ['5s']],
  RINGFENCE_FD_DETECTOR: [['card_detector-2'], ['Card', 'x'.repeat(65)]],
  RINGFENCE_FD_DETECTOR_VERSION: [['1', '12'], ['0', '1.0', 'active']],
  RINGFENCE_FD_EVENT_TYPE: [['card_tx'], ['card tx']],
  RINGFENCE_FD_ENTITY_TYPE: [['customer'], ['Customer']],
  RINGFENCE_FD_OUTCOMES: [['fraud=fraud', 'pass=approve,deny=fraud', 'a=approve,b=approve,c=investigate,d=fraud,e=fraud'], ['fraud', 'deny=block', 'a=approve,']],
  RINGFENCE_FD_NO_MATCH: [['approve', 'investigate', 'fraud'], ['none']],
  RINGFENCE_FD_SCORE: [['card_model_insightscore'], ['a b']],
  RINGFENCE_FD_STAND_INS: [['amount=transaction_amt,currency=currency', 'amount=amt', 'currency=cur'], ['transaction_amt', 'currency=a,amount=b', 'amount=A', 'amount=']],
  RINGFENCE_FD_FEEDBACK: [['true', 'false'], ['yes']],
  RINGFENCE_FD_LABELS: [['fraud=fraud,genuine=legit'], ['genuine=legit,fraud=fraud', 'fraud=fraud']],
  RINGFENCE_SAGEMAKER_ENDPOINT: [['card-fraud'], ['card_fraud', '-x']],
  RINGFENCE_SAGEMAKER_FORMAT: [['csv', 'json'], ['parquet']],
  RINGFENCE_SAGEMAKER_FEATURES: [['amount', 'amount,hour'], ['amount,', 'a b']],
  RINGFENCE_SAGEMAKER_RESPONSE: [['csv:0', 'json:/score', 'json:'], ['score', 'json:score', 'csv:x']],
  RINGFENCE_SAGEMAKER_SCALE: [['0=0,1=1000', '-4=0,0=600,4=1000'], ['0=0', '0,1']],
  RINGFENCE_DEFAULT_LANGUAGE: [['en', 'de'], ['de-DE', 'English']],
  RINGFENCE_SMS_REPLY_MINUTES: [['60', '61', '999', '10080'], ['59', '10081x', '5']],
  RINGFENCE_CONNECT_SMS_NUMBER_ARN: [['arn:aws:connect:eu-central-1:123456789012:phone-number/ab-12'], ['+4930123456', 'arn:aws:sns:eu-central-1:123456789012:phone-number/ab']],
  RINGFENCE_FRAUD_ABOVE: [['1000'], ['-5']],
  RINGFENCE_INVESTIGATE_ABOVE: [['0'], ['low']],
  RINGFENCE_INVESTIGATE_OPENS_CASE: [['true', 'false'], ['no']],
  RINGFENCE_LUHN_CHECK: [['true', 'false'], ['0']],
  RINGFENCE_LADDER: [['voice:0', 'sms:1,voice:9999999', 'voice:0,sms:300,voice:10800'], ['voice', 'fax:0', 'voice:0,', 'voice:0,voice:1,voice:2,voice:3', 'voice:-1']],
  RINGFENCE_CALLING_WINDOW: [['always', '08:00-21:00', '00:00-24:00'], ['8:00-21:00', '08:00', '24:00-24:00', '08:00-25:00', '08:60-21:00', 'never']],
  RINGFENCE_QUIET_MINUTES: [['0', '60'], ['1h']],
  RINGFENCE_QUIET_SCORE_MARGIN: [['0', '100'], ['-1']],
  RINGFENCE_CASE_HOURS: [['1', '72', '99', '100', '699', '700', '719', '720'], ['0', '721', '1000', '1.5']],
  RINGFENCE_NOBODY_REACHED: [['leave', 'block'], ['unblock']],
  RINGFENCE_RING_SECONDS: [['15', '45', '60'], ['14', '61', '5']],
  RINGFENCE_ATTEMPT_SECONDS: [['200', '99999'], ['9', '100000', '010']],
  RINGFENCE_DIALER_INTERVAL_MS: [['10', '999999'], ['9', '1000000']],
  RINGFENCE_DIALER_RATE: [['2', '0.5', '0.01', '12.5', '999'], ['0', '0.0', '-1', '1000', 'fast']],
  RINGFENCE_DIALER_BURST: [['1', '999'], ['0', '1000', '1.5']],
  RINGFENCE_MAX_LIVE_CALLS: [['1', '1999', '2000'], ['0', '2001', '9999']],
  RINGFENCE_DIALER_LEASE_MS: [['500', '99999'], ['499', '100000']],
  RINGFENCE_DIALER_CONCURRENCY: [['1', '999'], ['0', '1000']],
  RINGFENCE_CONNECT_SOURCE_NUMBER: [['+18005550100'], ['18005550100', '+0800', '+1800-5550100']],
  RINGFENCE_CONNECT_TIMEOUT_MS: [['5000'], ['five']],
  RINGFENCE_SIMULATOR_PORT: [['0', '4010'], ['x']],
  RINGFENCE_SIMULATOR_SPEED: [['1', '9999'], ['0', '1.5', '10000']],
  RINGFENCE_MAX_REQUESTS: [['1', '99999'], ['0', '100000']],
  RINGFENCE_MAX_CONNECTIONS: [['1', '999999'], ['0', '1000000']],
  RINGFENCE_MAX_TURN_MS: [['0', '5', '9999'], ['-1', '10000', '0.5']],
  RINGFENCE_MAX_LOOP_DELAY_MS: [['0', '1000', '999999'], ['-1', '1000000']],
  RINGFENCE_RATE_LIMIT: [['0', '500', '999999'], ['-1', '1000000', 'fast']],
  RINGFENCE_FAILPOINT: [['submission_begun', 'contact_started:3'], ['Contact', 'a:0', 'a:b']],
  RINGFENCE_DRAIN_SECONDS: [['1', '999'], ['0', '1000']]
}
const ANY_TEXT = '^.+$'

t.test('every setting takes what fits and refuses what does not, by its name and without the value', async (t) => {
  for (const [name, { pattern, description }] of Object.entries(EnvironmentSchema.properties)) {
    t.ok(String(description).length > 5, `${name} is described`)
    if (pattern === ANY_TEXT) continue
    const [fits, doesNot] = EXAMPLES[name] ?? t.fail(`${name} has no examples here`) as never
    for (const value of fits) t.same(faultsOf({ [name]: value, ...(value === 'service' ? { ...PRODUCTION, NODE_ENV: 'test', [name]: value } : {}) }), [], `${name}=${value}`)
    for (const value of doesNot) {
      const fault = faultsOf({ [name]: value }).find((one) => one.startsWith(`${name} must be `))
      t.ok(fault !== undefined && !fault.includes(`"${value}"`), `${name}=${value} is refused: ${String(fault)}`)
    }
  }
  t.same(Object.keys(EXAMPLES).filter((name) => !(name in EnvironmentSchema.properties)), [], 'no example is of a setting that is gone')
})

const README = new URL('../README.md', import.meta.url)
t.test("README.md's settings table names exactly the settings, with the same defaults", { skip: existsSync(README) ? false : 'README.md is not written yet' }, async (t) => {
  const rows = [...readFileSync(README, 'utf8').matchAll(/^\| `([A-Z][A-Z0-9_]*)` \|(.*)\|\s*$/gm)].map(([, name = '', rest = '']) => ({ name, rest }))
  const ours = rows.filter(({ name }) => !name.startsWith('AWS_'))
  t.same(ours.map(({ name }) => name).toSorted(), Object.keys(EnvironmentSchema.properties).toSorted())
  for (const [name, { default: fallback }] of Object.entries(EnvironmentSchema.properties)) {
    const row = rows.find((one) => one.name === name)
    if (typeof fallback === 'string') t.ok(row?.rest.includes(`\`${fallback}\``), `${name}: the default \`${fallback}\` stands in its row`)
  }
})

t.test('readConfig: a watchdog that would end a call which still rings is refused', async (t) => {
  t.match(faultsOf({ RINGFENCE_ATTEMPT_SECONDS: '179', RINGFENCE_RING_SECONDS: '60' }), [/^RINGFENCE_ATTEMPT_SECONDS must be at least 120 above RINGFENCE_RING_SECONDS/])
  t.same(faultsOf({ RINGFENCE_ATTEMPT_SECONDS: '180', RINGFENCE_RING_SECONDS: '60' }), [])
})

t.test('readConfig: the local mode, whose key everybody knows, listens on this machine only', async (t) => {
  t.same(faultsOf({ HOST: '0.0.0.0' }), ['HOST must be 127.0.0.1, localhost or ::1 in local mode'])
  t.same(faultsOf({ HOST: '::1' }), [])
  t.same(faultsOf({ ...PRODUCTION, HOST: '0.0.0.0' }), [])
})
