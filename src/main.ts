import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { pino, stdTimeFunctions } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { createConnectClient, createDynamoDbClient, createStoreSender, type StandIn } from './adapters/aws/clients.ts'
import { timeCalls } from './adapters/aws/call-timer.ts'
import { createConnectContactReader } from './adapters/connect/contact-reader.ts'
import { createConnectSmsCaller } from './adapters/connect/sms-caller.ts'
import { createConnectVoiceCaller } from './adapters/connect/voice-caller.ts'
import { createDynamoDbStore } from './adapters/dynamodb/store.ts'
import { ensureTable } from './adapters/dynamodb/table.ts'
import { withFailpoint } from './adapters/failpoints.ts'
import { createPrometheusMetrics } from './adapters/prometheus-metrics.ts'
import { readPrompts } from './adapters/prompt-file.ts'
import { readDetector, type Detector } from './adapters/rules/detector-rules.ts'
import type { ReloadableModel } from './adapters/scorers/reloadable-model.ts'
import { buildApp } from './app.ts'
import { ConfigError, LOCAL_API_KEY, readConfig, type Config } from './config.ts'
import type { App } from './http/app-type.ts'
import type { Caller } from './ports.ts'
import { createDialer } from './usecases/dialer.ts'
import { createDialerLease } from './usecases/dialer-lease.ts'
import { createDialerState, dialDueAttempts, settleDialer } from './usecases/dial-due-attempts.ts'
import { requireRegion } from './wiring/aws-settings.ts'
import { loaderOf, loadSampleCustomer } from './wiring/sample-customer.ts'
import { createFeedback, createScorers, type ScorerService } from './wiring/scorers.ts'

// The lock file pins an SDK that runs on Node 20; its advice to upgrade says nothing about this release.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

const ROOT = new URL('../', import.meta.url)
/** Nobody waits for it but the dialer, and the dialer has others to serve. */
const LOOK_UP_TIMEOUT_MS = 2_000

if (process.argv.length > 2) {
  process.stderr.write('The service takes no words: its settings stand in the environment, see README.md. Commands are those of dist/cli.js.\n')
  process.exit(2)
}
try {
  await run(readConfig(process.env))
} catch (error) {
  process.stderr.write(`ringfence: ${explain(error)}\n`)
  process.exit(1)
}

async function run (config: Config): Promise<void> {
  const logger = pino({
    level: config.logLevel,
    timestamp: stdTimeFunctions.isoTime,
    base: null,
    // Fastify logs what it could not parse, byte by byte: there may be a card number in it.
    redact: { paths: ['err.rawPacket'], remove: true }
  })
  const nowMs = Date.now
  const closers: Array<() => Promise<void>> = []
  let serviceUrl = ''
  let isDraining = false
  const models: ReloadableModel[] = []
  heedHangUps(models, logger)

  const prompts = await readPrompts(resolve(fileURLToPath(ROOT), config.promptsPath), config.defaultLanguage)
  const detector = await findDetector(config)
  if (detector !== undefined) logger.info({ detector: detector.rules.name, rules: detector.file.rules.length, sha256: detector.sha256 }, 'rules of a detector file decide')
  const standIns = config.mode === 'local' ? await startStandIns(config, () => serviceUrl, logger) : undefined
  if (standIns !== undefined) closers.push(standIns.close)

  const { metrics, text: metricsText } = createPrometheusMetrics()
  const dynamoDb = createDynamoDbClient(config.table.timeoutMs, standIns && { endpoint: standIns.dynamoDbEndpoint })
  const storeSender = createStoreSender(dynamoDb, config.table.timeoutMs, config.awsClient)
  const connectClient = createConnectClient(config.connect.timeoutMs, standIns && { endpoint: standIns.connectUrl })
  const connect = timeCalls(connectClient, 'connect', metrics)
  if (standIns === undefined) await requireRegion(dynamoDb)
  if (config.table.create) await makeTable(dynamoDb, config.table.name)
  let store = createDynamoDbStore({ client: timeCalls(storeSender, 'dynamodb', metrics), tableName: config.table.name, timeoutMs: config.table.timeoutMs })
  const scorerWiring = { root: fileURLToPath(ROOT), standIn: (service: ScorerService) => scorerStandIn(config.mode, service), models, metrics, log: logger, nowMs }
  const { scorers, shadow, destroy: destroyScorers } = await createScorers({ ...config, modelPath: detector?.modelPath ?? config.modelPath }, scorerWiring)

  let callers: Caller[] = [
    createConnectVoiceCaller({ client: connect, ...config.connect }),
    ...config.sms === undefined ? [] : [createConnectSmsCaller({ client: connect, ...config.connect, ...config.sms, replyMs: config.policy.smsReplyMs })]
  ]
  if (config.failpoint !== undefined) ({ store, callers } = withFailpoint(store, callers, config.failpoint, () => { process.kill(process.pid, 'SIGKILL') }))
  for (const { channel } of config.policy.ladder) {
    if (!callers.some((caller) => caller.channel === channel)) logger.warn({ channel }, 'RINGFENCE_LADDER names a channel that is not set up; its steps are skipped')
  }
  const contactReader = createConnectContactReader({ client: connect, instanceId: config.connect.instanceId, timeoutMs: Math.min(config.connect.timeoutMs, LOOK_UP_TIMEOUT_MS), nowMs })
  const feedback = createFeedback(config, scorerWiring)
  const { intervalMs, leaseMs, pacing, concurrency } = config.dialer
  const lease = createDialerLease({ leases: store.leases, holder: `${hostname()} ${process.pid} ${randomUUID()}`, leaseMs, pacing, monotonicMs: () => performance.now(), nowMs, log: logger })
  const dialerState = createDialerState()
  const dialer = createDialer({
    lease,
    pass: async (signal) => await dialDueAttempts({
      ...store,
      callers,
      contactReader,
      feedback,
      policy: config.policy,
      institution: config.institution,
      prompts,
      defaultLanguage: config.defaultLanguage,
      lease,
      concurrency,
      maxLiveCalls: pacing.maxLiveCalls,
      onFree: () => { dialer.wake() },
      metrics,
      log: logger,
      nowMs
    }, dialerState, signal),
    settled: async () => { await settleDialer(dialerState) },
    intervalMs,
    metrics,
    log: logger
  })

  const sampleKey = randomUUID()
  const app = await buildApp({
    store,
    scorers,
    rules: detector?.rules,
    shadow,
    feedback,
    metrics,
    metricsText: config.metrics ? metricsText : undefined,
    logger,
    nowMs,
    newCaseId: () => `case_${uuidv7()}`,
    wakeDialer: dialer.wake,
    isDraining: () => isDraining
  }, { ...config, apiKeys: config.sampleCustomer ? [...config.apiKeys, loaderOf(sampleKey)] : config.apiKeys })

  if (config.sampleCustomer) await loadSampleCustomer(app, store.customers, sampleKey, new URL('examples/customer.json', ROOT))
  app.server.maxConnections = config.maxConnections
  const listening = app.listen({ host: config.host, port: config.port })
  // Before anybody is heard, who is owed an answer then; until here a signal may end the process as it will.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => { drain(signal).catch((error: unknown) => { logger.error({ err: error }, 'drain failed'); process.exit(1) }) })
  }
  await listening
  if (isDraining) return
  serviceUrl = urlOf(app)
  dialer.start()
  if (config.modelWatchMs > 0) setInterval(() => { heed(models.map(async ({ look }) => { await look() }), logger) }, config.modelWatchMs).unref()
  logger.info({ mode: config.mode, url: serviceUrl }, 'ringfence listens')
  if (standIns !== undefined) process.stdout.write(welcome(serviceUrl, standIns.connectUrl.replace('127.0.0.1', 'localhost')))

  async function drain (signal: string): Promise<void> {
    if (isDraining) return
    isDraining = true
    // Whatever hangs, the log too, must not keep the process longer than its orchestrator waits.
    setTimeout(() => {
      try { logger.error('drain took too long') } finally { process.exit(1) }
    }, config.drainMs).unref()
    logger.info({ signal }, 'draining')
    // What hangs, such as a store that went away as well, is left to the next dialer: it is due in the table.
    // Fastify cannot be closed while it goes through the addresses of a name.
    await Promise.race([Promise.all([dialer.stop(), listening]), sleep(config.drainMs / 2)])
    await app.close()
    for (const close of closers) await close()
    storeSender.destroy()
    connectClient.destroy()
    destroyScorers()
    logger.info('stopped')
    process.exit(0)
  }
}

async function findDetector ({ detectorPath, isModelChosen }: Config): Promise<Detector | undefined> {
  if (detectorPath === undefined) return undefined
  const detector = await readDetector(resolve(fileURLToPath(ROOT), detectorPath))
  if (detector.modelPath !== undefined && isModelChosen) throw new Error('RINGFENCE_MODEL and the file of RINGFENCE_DETECTOR name a model each; one of them is enough.')
  return detector
}

/**
 * SIGHUP loads the models anew, and never ends the process, whoever scores; only when it comes because the terminal that the process was started in
 * is gone, it means the end, as for any program.
 */
function heedHangUps (models: readonly ReloadableModel[], logger: pino.Logger): void {
  // Windows sends it when a console closes, and ends the process whatever is done about it.
  if (process.platform === 'win32') return
  const hasTerminal = isatty(0)
  process.on('SIGHUP', () => {
    if (hasTerminal && !isatty(0)) {
      // There is nobody left to tell of a drain: it ends at once, as without a listener.
      process.removeAllListeners('SIGHUP')
      process.kill(process.pid, 'SIGHUP')
    } else if (models.length === 0) logger.info('no model to load anew')
    else heed(models.map(async ({ reload }) => { await reload() }), logger)
  })
}

/** Nobody waits for a reload, and what it refuses it tells itself. */
function heed (reloads: Array<Promise<void>>, logger: pino.Logger): void {
  Promise.all(reloads).catch((error: unknown) => { logger.error({ err: error }, 'reload failed') })
}

/**
 * The stand-in that a scorer's endpoint override names in local mode, where nobody has AWS credentials; anything else, real AWS too, is for the SDK's
 * own settings and credentials.
 */
function scorerStandIn (mode: Config['mode'], service: ScorerService): StandIn | undefined {
  const endpoint = process.env[`AWS_ENDPOINT_URL_${service}`]
  if (mode !== 'local' || endpoint?.toLowerCase().startsWith('http:') !== true) return undefined
  return { endpoint, region: process.env['AWS_REGION'] || undefined }
}

/** What went wrong on the way there, such as a name that nobody has, would not say who was called. */
async function makeTable (client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await ensureTable(client, tableName)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`The table ${tableName} cannot be looked for or made (RINGFENCE_CREATE_TABLE): ${message === '' ? code ?? 'DynamoDB does not answer.' : message}`, { cause: error })
  }
}

async function startStandIns (config: Config, serviceUrl: () => string, logger: pino.Logger) {
  if (!existsSync(new URL('./simulators/', import.meta.url))) throw new Error('The local mode is not in this image; use RINGFENCE_MODE=service.')
  const { startLocalStandIns } = await import('./simulators/local-mode.ts')
  return await startLocalStandIns({
    dataDir: config.dataDir,
    simulatorPort: config.simulatorPort,
    timeScale: 1 / config.simulatorSpeed,
    ...config.connect,
    sms: config.sms,
    bridgeSecret: config.bridgeSecret,
    apiKey: LOCAL_API_KEY,
    serviceUrl,
    logger: logger.child({}, { level: 'warn' })
  })
}

function urlOf (app: App): string {
  const [address] = app.addresses()
  if (address === undefined || typeof address === 'string') throw new Error('The service listens nowhere.')
  const host = ['0.0.0.0', '::', '127.0.0.1'].includes(address.address) ? 'localhost' : address.address
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

function welcome (serviceUrl: string, phoneUrl: string): string {
  return `
  Ringfence, local mode: everything on this machine, nothing is called for real.

    API      ${serviceUrl}      key: ${LOCAL_API_KEY}
    Docs     ${serviceUrl}/docs
    Phone    ${phoneUrl}        open it, then paste:

  sed s/tx-0001/tx-$RANDOM/ examples/transaction.json | curl -s ${serviceUrl}/v1/transactions \\
    -H 'authorization: Bearer ${LOCAL_API_KEY}' -H 'content-type: application/json' --data @-

`
}

function explain (error: unknown): string {
  if (error instanceof ConfigError) return `${error.message}\nAll settings are in the README.`
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE') return `Port ${port ?? '?'} is taken; set PORT (the API) or RINGFENCE_SIMULATOR_PORT (the phone), 0 for any.`
  if (code === 'LEVEL_LOCKED') return 'The data folder is in use by another Ringfence; stop it or set RINGFENCE_DATA_DIR.'
  return error instanceof Error ? error.message : String(error)
}
