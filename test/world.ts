import { pino, type Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { createDynamoDbClient, createStoreSender } from '../src/adapters/aws/clients.ts'
import { createDynamoDbStore, type Store } from '../src/adapters/dynamodb/store.ts'
import { ensureTable } from '../src/adapters/dynamodb/table.ts'
import { createPrometheusMetrics } from '../src/adapters/prometheus-metrics.ts'
import { parseDetector } from '../src/adapters/rules/detector-rules.ts'
import { createGuardedScorer } from '../src/adapters/scorers/scorer-guard.ts'
import { buildApp, type AppSettings } from '../src/app.ts'
import type { Pacing } from '../src/domain/pace.ts'
import { DEFAULT_POLICY, type Policy } from '../src/domain/policy.ts'
import type { App } from '../src/http/app-type.ts'
import type { AnswerFeedback, Assessment, Caller, ContactReader, ContactReport, ContactRequest, Rules, Scorer, ShadowScorer, SubmissionResult, TransactionLabel } from '../src/ports.ts'
import { startEmbeddedDynamoDb } from '../src/simulators/dynamodb.ts'
import { createDialerState, dialDueAttempts, settleDialer } from '../src/usecases/dial-due-attempts.ts'
import { createDialerLease } from '../src/usecases/dialer-lease.ts'
import { KEPT_COMPILERS } from './schema-compilers.ts'
import { PROMPTS } from './shipped-prompts.ts'
import { watchApp } from './wire/watch.ts'

/** The whole service around a real store in memory, with a clock, a scorer and a telephone line that the test holds. */
export interface World {
  app: App
  store: Store
  clock: { nowMs: number }
  /** The score, or the whole assessment, that the next transactions get; an error makes the scorer fail, `'never'` makes it hang. */
  scorer: { next: number | Assessment | Error | 'never', seen: unknown[] }
  /** What the telephone line does, and what it was asked. */
  line: { next: (request: ContactRequest) => SubmissionResult | Promise<SubmissionResult>, requests: ContactRequest[] }
  /** What the calling service knows of a contact, nothing unless a test says so, and which it was asked about. */
  reader: { next: (contactId: string) => ContactReport | Promise<ContactReport>, asked: string[] }
  /** What the detector says to an answer, and what it was told; only with the option `feedback`. */
  detector: { next: (label: TransactionLabel) => ReturnType<AnswerFeedback['label']>, told: TransactionLabel[] }
  /** Every line that was logged, JSON text. */
  logLines: string[]
  metricsText: () => Promise<string>
  /** One pass of the dialer, with all that it sets going. @returns whether more is due than it took on */
  dial: (signal?: AbortSignal) => Promise<boolean>
  /** The dialer as after a crash: it remembers nothing, and the lease of the one before is not its own. */
  restartDialer: () => void
  dialerWakes: () => number
  close: () => Promise<void>
}

export const KEY_HEADERS = { authorization: 'Bearer test-key' }
export const BRIDGE_SECRET = 'bridge-secret-of-the-tests-0123456789'
const TOKENISATION_KEY = 'tokenisation-key-of-the-tests-012345678'
export const START_MS = Date.parse('2026-11-22T10:00:00Z')

export interface WorldOptions {
  policy?: Partial<Policy>
  settings?: Partial<AppSettings>
  /** Who tells answers to the detector: the held one or another; nobody by default. */
  feedback?: ((held: AnswerFeedback) => AnswerFeedback) | undefined
  /** Callers in the place of the line that the test holds. */
  callers?: readonly Caller[]
  /** A reader of contacts in the place of the one that the test holds. */
  contactReader?: ContactReader
  scoreTimeoutMs?: number
  /** The text of a detector file whose rules decide; by default the policy's thresholds do. */
  detector?: string
  /** Other scorers than the held one, each with its guard, in the order in which they are asked. */
  scorers?: (held: Scorer) => readonly Scorer[]
  /** A model that is tried beside the scorers. */
  shadow?: ShadowScorer
  /** Wraps the store, to break it in named places. */
  breakStore?: (store: Store) => Store
  /** How fast the dialer may start contacts, and how many calls may be under way; as good as unbounded by default. */
  pacing?: Partial<Pacing>
  /** Items of each kind that are worked on at once. */
  concurrency?: number
  /** Another engine than one in memory; with AWS_ENDPOINT_URL_DYNAMODB in the environment, the one that it names. */
  endpoint?: string | undefined
  /** A table that another world has made; one of its own by default. */
  tableName?: string
  /** Whether replies are held against openapi.yaml; who counts what a request takes does without. */
  isWatched?: boolean
}

/** Builds a world; a test closes it in its teardown. */
export async function createWorld ({ policy: policyChange = {}, settings = {}, detector: detectorSource, scoreTimeoutMs = 300, scorers = (held) => [held], shadow, feedback, callers, contactReader, pacing: pacingChange = {}, concurrency = 50, isWatched = true, tableName = `test-${uuidv7()}`, breakStore = (store) => store, endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] }: WorldOptions = {}): Promise<World> {
  const engine = endpoint === undefined ? await startEmbeddedDynamoDb() : undefined
  const client = createDynamoDbClient(5_000, { endpoint: endpoint ?? engine?.endpoint ?? '' })
  await ensureTable(client, tableName)
  const sender = createStoreSender(client, 5_000, 'direct')
  const store = breakStore(createDynamoDbStore({ client: sender, tableName, timeoutMs: 5_000 }))

  const clock = { nowMs: START_MS }
  const scorer: World['scorer'] = { next: 10, seen: [] }
  const line: World['line'] = { next: ({ clientToken }) => ({ kind: 'submitted', contactId: `contact-of-${clientToken}` }), requests: [] }
  const reader: World['reader'] = { next: () => ({ kind: 'not_found', why: 'ResourceNotFoundException' }), asked: [] }
  const detector: World['detector'] = { next: async () => ({ kind: 'taken' }), told: [] }
  const heldFeedback: AnswerFeedback = {
    async label (label) {
      detector.told.push(label)
      return await detector.next(label)
    }
  }
  const logLines: string[] = []
  const logger: Logger = pino({ level: 'trace' }, { write (text: string) { logLines.push(text) } })
  const { metrics, text } = createPrometheusMetrics()
  const policy: Policy = { ...DEFAULT_POLICY, callingWindow: undefined, ...policyChange }
  const nowMs = () => clock.nowMs
  const pacing = { perSecond: 1_000_000, burst: 1_000_000, maxLiveCalls: 1_000, ...pacingChange }
  const newDialer = () => ({
    lease: createDialerLease({ leases: store.leases, holder: uuidv7(), leaseMs: 6_000, pacing, monotonicMs: nowMs, nowMs, log: logger }),
    state: createDialerState()
  })
  let dialer = newDialer()
  let wakes = 0

  const heldScorer: Scorer = {
    name: 'embedded',
    async score (transaction) {
      scorer.seen.push(transaction)
      if (scorer.next instanceof Error) throw scorer.next
      if (scorer.next === 'never') return await new Promise(() => {})
      if (typeof scorer.next === 'object') return scorer.next
      return { score: scorer.next, model: { name: 'held', version: '1' }, unusedVariables: [] }
    },
    async checkReady () { if (scorer.next instanceof Error) throw scorer.next }
  }
  const heldLine: Caller = {
    channel: 'voice',
    async start (request) {
      line.requests.push(request)
      return await line.next(request)
    }
  }

  const heldReader: ContactReader = {
    async describe (contactId) {
      reader.asked.push(contactId)
      return await reader.next(contactId)
    }
  }

  const app = await buildApp({
    store,
    feedback: feedback?.(heldFeedback),
    rules: detectorSource === undefined ? undefined : rulesOf(detectorSource),
    scorers: scorers(heldScorer).map((scorer) => createGuardedScorer({
      scorer, timeoutMs: scoreTimeoutMs, breaker: { failurePercent: 50, resetMs: 5_000 }, metrics, log: logger, nowMs
    })),
    shadow,
    metrics,
    metricsText: text,
    logger,
    nowMs,
    newCaseId: () => `case_${uuidv7()}`,
    wakeDialer () { wakes++ },
    isDraining: () => false,
    schemaController: KEPT_COMPILERS
  }, {
    policy,
    apiKeys: [
      { name: 'tests', sha256: '62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef', scopes: ['transactions:write', 'customers:write', 'customers:read', 'cards:write', 'cards:read', 'cases:read', 'cases:write', 'answers:write', 'events:write'] },
      { name: 'reader', sha256: 'ec4408df15da46b328f6f3246fa723d0aa6cb0f0a0dd9c4626080ab1b02aa3b2', scopes: ['cases:read'] }
    ],
    tokenisationKey: TOKENISATION_KEY,
    bridgeSecret: BRIDGE_SECRET,
    luhnCheck: false,
    limits: { maxRequests: 512, maxBodyBytes: 32 * 1024 * 1024, maxTurnMs: 0, maxEventLoopDelayMs: 0, requestsPerSecond: 0 },
    docs: true,
    ...settings
  })

  const watched = isWatched ? watchApp(app) : undefined

  return {
    app,
    store,
    clock,
    scorer,
    line,
    reader,
    detector,
    logLines,
    metricsText: async () => (await text()).text,
    async dial (signal) {
      const { lease, state } = dialer
      if (!await lease.hold()) return false
      const { isMoreDue } = await dialDueAttempts({
        ...store,
        callers: callers ?? [heldLine],
        contactReader: contactReader ?? heldReader,
        feedback: feedback?.(heldFeedback),
        policy,
        institution: 'Test Bank',
        prompts: PROMPTS,
        defaultLanguage: 'en',
        lease,
        concurrency,
        maxLiveCalls: pacing.maxLiveCalls,
        metrics,
        log: logger,
        nowMs
      }, state, signal).finally(async () => { await settleDialer(state) })
      return isMoreDue
    },
    restartDialer () { dialer = newDialer() },
    dialerWakes: () => wakes,
    async close () {
      await app.close()
      sender.destroy()
      await engine?.close()
      watched?.rethrow()
    }
  }
}

function rulesOf (source: string): Rules {
  const detector = parseDetector(source)
  if ('faults' in detector) throw new Error(detector.faults.join('\n'))
  return detector.rules
}

/** The sample's card number, and its customer's id. */
export const CARD_NUMBER = '2442230821108788'
export const CUSTOMER_ID = 'u82-1alz-RI301'

/** Puts the sample's customer. @returns the card's id */
export async function putSampleCustomer (app: App, change: object = {}): Promise<string> {
  const reply = await app.inject({
    method: 'PUT',
    url: `/v1/customers/${CUSTOMER_ID}`,
    headers: KEY_HEADERS,
    payload: {
      salutation: 'Mrs', firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: CARD_NUMBER }], ...change
    }
  })
  if (reply.statusCode !== 200) throw new Error(reply.body)
  return reply.json<{ cards: Array<{ id: string }> }>().cards[0]?.id ?? ''
}

/** A transaction of the sample's customer. */
export function transactionBody (transactionId: string, change: object = {}): object {
  return {
    transactionId,
    customerId: CUSTOMER_ID,
    card: { number: CARD_NUMBER },
    amount: { value: 415500, currency: 'EUR' },
    occurredAt: '2026-11-22T09:59:00Z',
    variables: { ip_address: '62.39.153.176', email_address: 'jonathan15@example.org', merchant_id: '341-81-5775', cvv: 'V' },
    ...change
  }
}

/** Screens a transaction. */
export async function postTransaction (app: App, body: object) {
  return await app.inject({ method: 'POST', url: '/v1/transactions', headers: KEY_HEADERS, payload: body })
}
