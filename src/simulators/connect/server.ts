import Fastify, { LogController, type FastifyBaseLogger } from 'fastify'
import { createChangeStream } from './change-stream.ts'
import { scaleClock, systemClock, type SimulatorClock } from '../aws/clock.ts'
import { registerConnectApi, type StartedTokens } from './connect-api.ts'
import type { ContactEvent } from './contact-event.ts'
import { readLexBot } from './lex-bot.ts'
import { presentContact, type ContactView } from './contact.ts'
import { registerControlApi } from './control-api.ts'
import { createEventDelivery, type EventDelivery } from './event-delivery.ts'
import { createConnectFaults, type InjectedFault } from './fault-injection.ts'
import { parseFlow } from '../../flow-language/flow-document.ts'
import type { LambdaFunction } from './lambda-invocation.ts'
import { readPhonePage } from './phone-page.ts'
import type { PhoneBehaviour } from './phone.ts'
import { createRequestRate } from '../aws/request-rate.ts'
import { createQuotas, DEFAULT_LIMITS, type ConnectLimits } from './quotas.ts'
import type { StorySource } from './story.ts'
import { createSwitchboard } from './switchboard.ts'

/** What an instance of the Amazon Connect simulator is made of. */
export interface ConnectSimulatorOptions {
  /** Flow documents, parsed from JSON, by the flow id that StartOutboundVoiceContact and StartOutboundChatContact name. */
  flows: Readonly<Record<string, unknown>>
  instanceId: string
  region: string
  accountId: string
  /** The one number claimed in the instance, E.164. */
  sourcePhoneNumber: string
  /** Numbers that send text messages, E.164, by the ARN that StartOutboundChatContact names; none by default. */
  textNumbers?: Readonly<Record<string, string>>
  /** The functions that flows may call, by ARN. */
  lambdas: Readonly<Record<string, LambdaFunction>>
  /** CloudFormation templates of the Lex bots that flows may ask, by the ARN of the bot's alias. */
  lexBots?: Readonly<Record<string, unknown>>
  queueIds?: readonly string[]
  /** Prefixes of numbers that may be called; all by default. */
  destinationPrefixes?: readonly string[]
  /** Ringing, speaking and waiting for keys follow this clock; the machine's by default. */
  clock?: SimulatorClock
  /** Time limits of Lambda functions follow this one, unscaled, since the functions are real code. */
  lambdaClock?: SimulatorClock
  /** Real milliseconds for a simulated one: 1 by default, 0 for no waiting at all. */
  timeScale?: number
  /** {@link DEFAULT_LIMITS} by default; a member given here replaces the default one. */
  limits?: Partial<ConnectLimits>
  /** Called with each EventBridge event of each call; what it throws is logged, and means that the event was not taken. */
  onContactEvent?: (event: ContactEvent) => void | Promise<void>
  /** The service whose case and card the phone page shows. */
  ringfence?: StorySource
  /** Names by which the control API may be called besides this machine's own. */
  publicHosts?: readonly string[]
  logger?: FastifyBaseLogger
}

/**
 * Makes an Amazon Connect instance: its API, its flows, its phones and the page to pick them up.
 * @throws Error naming every problem of a flow, or the fault of a bot
 */
export function createConnectSimulator (options: ConnectSimulatorOptions) {
  const { instanceId, region, accountId, lambdas, ringfence, logger, timeScale = 1 } = options
  const flows = new Map(Object.entries(options.flows).map(([flowId, document]) => [flowId, parseFlow(document)]))
  const clock = scaleClock(options.clock ?? systemClock, timeScale)
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const instanceArn = `arn:aws:connect:${region}:${accountId}:instance/${instanceId}`
  const changes = createChangeStream()
  const faults = createConnectFaults()
  const quotas = createQuotas(limits)
  const rate = createRequestRate(quotas.rateOf, clock.nowMs)
  const startedTokens: StartedTokens = new Map()
  let url: string | undefined

  const delivery = createEventDelivery({
    clock,
    reasonOf: contactId => switchboard.find(contactId)?.contact.disconnectReason ?? null,
    deliver: event => options.onContactEvent?.(event),
    onLost (event, error) {
      logger?.warn({ err: error, contactId: event.detail.contactId, eventType: event.detail.eventType }, 'contact event not taken')
    }
  })
  const switchboard = createSwitchboard({
    flows,
    lambdas,
    lexBots: Object.fromEntries(Object.entries(options.lexBots ?? {}).map(([aliasArn, template]) => [aliasArn, readLexBot(template)])),
    clock,
    lambdaClock: options.lambdaClock ?? systemClock,
    region,
    accountId,
    instanceId,
    instanceArn,
    onContactEvent: delivery.send,
    onChange: contact => changes.send(() => presentContact(contact))
  })

  // Fastify's own request log is off: the control API has phone numbers in its paths.
  const app = Fastify({
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    ...logger === undefined ? {} : { loggerInstance: logger }
  })

  async function reset (): Promise<void> {
    await switchboard.endAll()
    switchboard.forgetAll()
    startedTokens.clear()
    quotas.reset()
    rate.reset()
    faults.set({ fault: 'none' })
    delivery.reset()
    changes.sendReset()
  }

  app.register(async aws => registerConnectApi(aws, {
    switchboard,
    startedTokens,
    inventory: {
      instanceId,
      flowIds: new Set(flows.keys()),
      sourcePhoneNumber: options.sourcePhoneNumber,
      textNumbers: new Map(Object.entries(options.textNumbers ?? {})),
      queueIds: new Set(options.queueIds),
      destinationPrefixes: options.destinationPrefixes
    },
    instanceArn,
    region,
    maxActive: quotas.maxActive,
    rate,
    faults,
    nowMs: clock.nowMs
  }))
  app.register(async control => registerControlApi(control, {
    switchboard,
    faults,
    quotas,
    delivery,
    changes,
    reset,
    ringfence,
    publicHosts: options.publicHosts,
    config: () => ({
      apiUrl: (ringfence?.publicUrl ?? ringfence?.url)?.() ?? null,
      instanceId,
      region,
      sourcePhoneNumber: options.sourcePhoneNumber,
      timeScale
    })
  }), { prefix: '/_simulator' })
  const page = readPhonePage()
  app.get('/', async (_request, reply) => reply.headers(page.headers).send(page.html))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    if (path.startsWith('/_simulator')) return reply.code(404).send({ message: 'There is no such route.' })
    return reply.code(404).header('x-amzn-errortype', 'UnknownOperationException').send({ Message: 'This simulator does not speak this operation.' })
  })

  return {
    /** Opens the port; 0 takes any that is free. Host 127.0.0.1 by default. @returns the base URL */
    async listen ({ port, host = '127.0.0.1' }: { port: number, host?: string }): Promise<string> {
      url = await app.listen({ port, host })
      return url
    },
    /** The base URL. @throws Error before {@link listen} */
    get url (): string {
      if (url === undefined) throw new Error('the Connect simulator does not listen yet')
      return url
    },
    /** Every call so far, oldest first. */
    contacts: (): ContactView[] => switchboard.list().map(presentContact),
    /** One call, once it has ended and none of its Lambda functions is in flight. @throws Error when there is no such call */
    async settledContact (contactId: string): Promise<ContactView> {
      const call = switchboard.find(contactId)
      if (call === undefined) throw new Error('there is no such contact')
      await call.settled
      return presentContact(call.contact)
    },
    setPhone: (number: string, behaviour: PhoneBehaviour): void => switchboard.setPhone(number, behaviour),
    setFault: (fault: InjectedFault): void => faults.set(fault),
    setEventDelivery: (change: EventDelivery): void => delivery.set(change),
    /** Ends all calls and forgets calls, phones, tokens, faults and how events are delivered. */
    reset,
    /** Ends all calls and stops listening. */
    async close (): Promise<void> {
      await switchboard.endAll()
      delivery.reset()
      changes.close()
      await app.close()
    }
  }
}
