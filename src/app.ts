import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyServerOptions } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { ApiKey } from './domain/api-key.ts'
import type { Policy } from './domain/policy.ts'
import { RingfenceError } from './errors.ts'
import type { App } from './http/app-type.ts'
import { createKeyCheck } from './http/auth.ts'
import { cardRoutes } from './http/cards.ts'
import { caseRoutes } from './http/cases.ts'
import { connectRoutes } from './http/connect.ts'
import { customerRoutes } from './http/customers.ts'
import { registerErrorHandler, replyWithProblem } from './http/error-handler.ts'
import { closeIdleConnections } from './http/idle-connections.ts'
import { limitRates, shedLoad, type LoadLimits } from './http/load-shedding.ts'
import { registerContractRoutes, registerOpenapi } from './http/openapi.ts'
import { operationRoutes } from './http/operation.ts'
import { ReasonBody } from './http/operator-reason.ts'
import { optOutRoutes } from './http/opt-outs.ts'
import { PROBLEM_COMPONENTS } from './http/problem.ts'
import { transactionRoutes } from './http/transactions.ts'
import { addComponents, closedObject, SHARED_COMPONENTS } from './http/wire-format.ts'
import type { AnswerFeedback, CardStore, CaseStore, CheckStore, ContactEventStore, CustomerStore, GuardedScorer, Metrics, NowMs, Rules, ShadowScorer, TransactionStore } from './ports.ts'
import { changeCard } from './usecases/change.ts'
import { checkScorers } from './usecases/check-scorers.ts'
import { closeCaseByOperator } from './usecases/close-case.ts'
import { takeContactEvent } from './usecases/conclude-contact.ts'
import { optOut, optOutByContact, takeBackOptOut } from './usecases/opt-out.ts'
import { getCustomer, putCustomer } from './usecases/put-customer.ts'
import { screenTransaction } from './usecases/screen-transaction.ts'
import { noteNoAnswer, settleAnswer } from './usecases/settle-answer.ts'

/** As the title of `body_too_large` says it; 100 variables of 1024 letters of two bytes fit. */
const BODY_LIMIT_BYTES = 256 * 1024

/** A request must be here, whole, by then; a slow sender is not to keep a place. */
const REQUEST_TIMEOUT_MS = 10_000
/** How often Node looks for senders that are too slow; by itself every 30 s. */
const CHECK_CONNECTIONS_MS = 2_000
/** Longer than a load balancer keeps its own (an Application Load Balancer: 60 s), so that it never writes into a connection that is just being closed. */
const KEEP_ALIVE_MS = 65_000

/** As long as a request's head may be in Node, so that it is a route's schema that refuses an id. Source: Node.js HTTP, "maxHeaderSize". */
const MAX_PARAM_LENGTH = 16 * 1024

export interface AppDeps {
  store: {
    cards: CardStore
    customers: CustomerStore
    transactions: TransactionStore
    cases: CaseStore
    contactEvents: ContactEventStore
    checkReady: CheckStore
  }
  /** In the order in which they are asked. */
  scorers: readonly GuardedScorer[]
  /** Those of a detector file; `undefined` when the policy's thresholds decide. */
  rules?: Rules | undefined
  /** A model that is tried beside them; `undefined` when there is none. */
  shadow?: ShadowScorer | undefined
  /** `undefined` when no answer is told to the detector. */
  feedback?: AnswerFeedback | undefined
  metrics: Metrics
  metricsText: (() => Promise<{ contentType: string, text: string }>) | undefined
  logger: FastifyBaseLogger
  nowMs: NowMs
  newCaseId: () => string
  wakeDialer: () => void
  isDraining: () => boolean
  /** Who compiles the routes' schemas, for apps that share a process; by default each app does it for itself, as Fastify does. */
  schemaController?: FastifyServerOptions['schemaController']
}

export interface AppSettings {
  policy: Policy
  apiKeys: readonly ApiKey[]
  tokenisationKey: string
  bridgeSecret: string
  luhnCheck: boolean
  limits: LoadLimits
  docs: boolean
}

/** Puts the HTTP service together from what it is given; does no I/O of its own. */
export async function buildApp (deps: AppDeps, settings: AppSettings): Promise<App> {
  const { store, scorers, metrics, nowMs, wakeDialer } = deps
  const { policy, tokenisationKey, luhnCheck } = settings
  const app: App = Fastify({
    loggerInstance: deps.logger,
    // Our own lines name the route, never the URL: a caller may have put anything into it.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Node takes the longer of the two for the whole request, so both are said.
    http: { connectionsCheckingInterval: CHECK_CONNECTIONS_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    // Fastify's own 503 is not the contract's; `refuseWhileClosing` gives that one.
    return503OnClosing: false,
    frameworkErrors: replyWithProblem,
    // The contract has no HEAD.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: true } },
    ...(deps.schemaController === undefined ? {} : { schemaController: deps.schemaController })
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.removeContentTypeParser('text/plain')
  parseJsonStrictly(app)
  registerErrorHandler(app)
  addComponents(app, [...PROBLEM_COMPONENTS, ...SHARED_COMPONENTS, ReasonBody])
  app.decorateRequest('callerName', '')
  // Hooks that every request meets are no promises: each would cost it a turn or two.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    reply.header('cache-control', 'no-store')
    done()
  })
  app.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    metrics.requestAnswered(method, routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime)
    done()
  })
  refuseWhileClosing(app)
  app.addHook('onRequest', ({ headers, routeOptions }, _reply, done) => {
    // Where no body is taken, none is read. Read as what it is not, a body would be garbage or a way past the checks.
    const isRefused = routeOptions.schema?.body !== undefined && !isPlainUtf8(headers)
    done(isRefused ? new RingfenceError('media_type_unsupported', { detail: 'Bodies are UTF-8, without content-encoding.' }) : undefined)
  })
  await shedLoad(app, settings.limits, { metrics, isDraining: deps.isDraining })
  closeIdleConnections(app)
  app.addHook('onRequest', createKeyCheck(settings.apiKeys))
  await limitRates(app, settings.limits)
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // A kept-alive connection that was busy when the drain began would hold it up until its client lets go.
    if (deps.isDraining()) reply.header('connection', 'close')
    done()
  })

  await registerOpenapi(app)
  refuseUnknownQueries(app)
  // What a request makes happen is logged with its id.
  const changing = { cards: store.cards, cases: store.cases, policy, feedback: deps.feedback, metrics, nowMs }
  const screening = { ...changing, transactions: store.transactions, scorers, rules: deps.rules, shadow: deps.shadow, newCaseId: deps.newCaseId, wakeDialer }
  await app.register(transactionRoutes, {
    screenTransaction: async (log, incoming) => await screenTransaction({ ...screening, log }, incoming),
    transactions: store.transactions,
    tokenisationKey,
    luhnCheck,
    nowMs
  })
  await app.register(customerRoutes, {
    putCustomer: async (customer, cards) => await putCustomer(store, customer, cards),
    getCustomer: async (customerId) => await getCustomer(store, customerId),
    tokenisationKey,
    luhnCheck,
    nowMs
  })
  await app.register(cardRoutes, {
    async getCard (cardId) {
      const card = await store.cards.get(cardId)
      if (card === undefined) throw new RingfenceError('card_not_found')
      return card
    },
    changeCard: async (cardId, change) => await changeCard(store.cards, cardId, change),
    tokenisationKey,
    nowMs
  })
  const optingOut = { customers: store.customers, metrics, nowMs }
  await app.register(optOutRoutes, {
    optOut: async (log, customerId, channel, via) => await optOut({ ...optingOut, log }, customerId, channel, via),
    takeBackOptOut: async (log, customerId, channel, via) => await takeBackOptOut({ ...optingOut, log }, customerId, channel, via)
  })
  const answering = { ...changing, wakeDialer }
  await app.register(caseRoutes, {
    cases: store.cases,
    settleAnswer: async (log, caseId, answer, who) => await settleAnswer({ ...answering, log }, caseId, answer, who),
    closeCase: async (log, caseId, who, reason) => await closeCaseByOperator({ ...answering, log }, caseId, who, reason),
    tokenisationKey
  })
  await app.register(connectRoutes, {
    settleAnswer: async (log, caseId, answer, who, via) => await settleAnswer({ ...answering, log }, caseId, answer, who, via),
    noteNoAnswer: async (log, caseId, via, heard) => { await noteNoAnswer({ ...answering, log }, caseId, via, heard) },
    optOut: async (log, caseId, channels, via) => { await optOutByContact({ ...answering, customers: store.customers, log }, caseId, channels, via) },
    takeContactEvent: async (log, event) => {
      await takeContactEvent({ ...answering, contactEvents: store.contactEvents, log }, event)
      wakeDialer()
    },
    bridgeSecret: settings.bridgeSecret,
    nowMs
  })
  await app.register(operationRoutes, {
    checkStore: store.checkReady, checkScorers: async () => await checkScorers(scorers), isDraining: deps.isDraining, metricsText: deps.metricsText
  })
  await registerContractRoutes(app, { docs: settings.docs })
  return app
}

/** Fastify's own parser would mend what is not UTF-8, and a name would be spoken that nobody sent. */
function parseJsonStrictly (app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const refusal = new RingfenceError('malformed_json', { detail: 'The body is not UTF-8.' })
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => isUtf8(body) ? parse(request, body.toString('utf8'), done) : done(refusal))
}

function isPlainUtf8 (headers: IncomingHttpHeaders): boolean {
  return (headers['content-encoding'] ?? 'identity') === 'identity' && !/charset=(?!"?utf-8"?\s*(?:;|$))/i.test(headers['content-type'] ?? '')
}

/** A route of the contract that names no query takes none. */
function refuseUnknownQueries (app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.schema !== undefined && !('hide' in route.schema && route.schema.hide === true)) route.schema.querystring ??= closedObject({})
  })
}

/** What arrives on an open connection while the app closes goes to another replica; health and metrics are still told. */
function refuseWhileClosing (app: App): void {
  let isClosing = false
  app.addHook('preClose', async () => { isClosing = true })
  app.addHook('onRequest', ({ routeOptions }, _reply, done) => {
    done(isClosing && routeOptions.url?.startsWith('/v1/') === true ? new RingfenceError('draining') : undefined)
  })
}
