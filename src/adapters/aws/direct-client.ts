import { HttpResponse } from '@smithy/core/protocols'
import { isServerError, isThrottlingError, isTransientError, type StandardRetryStrategy } from '@smithy/core/retry'
import { operation } from '@smithy/core/schema'
import type { GiveUpSignal } from '../../ports.ts'
import { platformSignal } from '../deadline.ts'
import { createExchange, type Exchange, type ExchangeOptions } from './exchange.ts'
import { createSigner, type SigningCredentials } from './signature.ts'

/** An AWS client, as much of it as calls need. */
export type Sender<C extends { send: unknown }> = Pick<C, 'send'>

/** What sends, and ends its connections. */
export type OwnedSender<C extends { send: unknown }> = Sender<C> & { destroy: () => void }

/**
 * What is used of an SDK client; its own types are generic beyond use. `protocol` makes the errors, `retryStrategy` says what is tried again and when,
 * `credentials` keeps them fresh, `systemClockOffset` is how far our clock is off.
 */
interface SdkClient {
  config: {
    protocol: any
    credentials: () => Promise<Credentials>
    retryStrategy: () => Promise<unknown>
    systemClockOffset: number
  }
  middlewareStack: { add: (middleware: any, options: { step: 'finalizeRequest', priority: 'low', name: string }) => void }
  send: (command: any, options: any) => Promise<any>
}

type Credentials = SigningCredentials & { expiration?: Date | undefined }
type RetryStrategy = Pick<StandardRetryStrategy, 'acquireInitialRetryToken' | 'refreshRetryTokenForRetry' | 'recordSuccess' | 'mode'>
type RetryToken = Parameters<RetryStrategy['refreshRetryTokenForRetry']>[0]
type RetryErrorType = Parameters<RetryStrategy['refreshRetryTokenForRetry']>[1]['errorType']
type SdkError = Parameters<typeof isThrottlingError>[0]

interface Command {
  /** The operation, as the generated code of the SDK tells of it: a number for its kind, then namespace, name, traits, input and output. */
  schema: [kind: number, ...Parameters<typeof operation>]
  input: object
}

/** What may be said of a call. */
interface CallOptions {
  abortSignal?: GiveUpSignal
}

/** Which commands, over how many connections, and how long they are waited for. */
export interface DirectClientOptions extends Omit<ExchangeOptions, 'origin'> {
  /** Commands whose input is its own JSON, and whose output is the reply's: no bytes, no times. */
  plainCommands: ReadonlyArray<new (input: any) => object>
}

/** A request as the SDK is about to send it, signed. */
interface SdkRequest {
  protocol: string
  hostname: string
  port?: number | undefined
  path: string
  headers: Record<string, string>
}

/** Where calls go and what they are signed for, as the SDK itself did it. */
interface Route {
  exchange: Exchange
  sign: ReturnType<typeof createSigner>
  /** What stands before the operation in `X-Amz-Target`, the dot included. */
  targetPrefix: string
  /** Headers that no call differs by. */
  headers: string[]
  retryStrategy: RetryStrategy
  /** Of a call that was not tried yet; they are all the same. */
  firstToken: RetryToken
}

/** How far a clock is off when AWS begins to refuse, less a minute; also what the SDK takes. */
const CLOCK_SKEW_MS = 240_000
/** The SDK renews credentials when they have five minutes left. */
const CREDENTIALS_LEFT_MS = 300_000

/** Sends commands through the SDK as it is. */
export function sendThroughSdk<C extends { send: unknown, destroy: () => void }> (client: C): OwnedSender<C> {
  const { send } = client as unknown as SdkClient
  return {
    send: async (command: unknown, options?: CallOptions) => await send.call(client, command, sdkOptions(options)),
    destroy () { client.destroy() }
  } as OwnedSender<C>
}

/**
 * Sends an SDK client's plain commands past its middleware, which costs more than all the rest of a call. The first one goes through the client and
 * shows where the others have to go, so that endpoints, regions and profiles stay the SDK's affair, as do credentials and their renewal, the errors, and
 * what is tried again and when; bodies, signature and connections are our own. For services that speak one of AWS's JSON protocols. What cannot be sent
 * so (a path in the endpoint, another signature, a retry mode that counts each call) goes through the client for good, as does any other command.
 */
export function sendDirectly<C extends SdkClient & { send: unknown, destroy: () => void }> (client: C, { plainCommands, ...options }: DirectClientOptions): OwnedSender<C> {
  const { config } = client
  const isPlain = new Set<unknown>(plainCommands)
  let route: Route | undefined
  let isLearning = true
  let credentials: Credentials | undefined
  client.middlewareStack.add((next: (args: unknown) => Promise<unknown>) => async (args: { request: SdkRequest }) => {
    if (isLearning) {
      isLearning = false
      const retryStrategy = await config.retryStrategy() as RetryStrategy
      route = learnRoute(args.request, retryStrategy, await retryStrategy.acquireInitialRetryToken(''), options)
    }
    return await next(args)
  }, { step: 'finalizeRequest', priority: 'low', name: 'ringfenceRoute' })

  async function send (command: Command, callOptions?: CallOptions): Promise<unknown> {
    if (route === undefined || !isPlain.has(command.constructor)) return await client.send(command, sdkOptions(callOptions))
    const signal = callOptions?.abortSignal
    const { retryStrategy } = route
    let token = route.firstToken
    while (true) {
      try {
        const output = await tryOnce(route, command, signal)
        // Which fills up what failures may spend on other tries.
        retryStrategy.recordSuccess(token)
        return output
      } catch (thrown) {
        const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as SdkError
        if (isOver(signal)) throw error
        // It waits by itself, and refuses when there is no sense in another try, or there were enough.
        token = await retryStrategy.refreshRetryTokenForRetry(token, { error, errorType: errorType(error) }).catch(() => { throw error })
        if (isOver(signal)) throw error
      }
    }
  }

  async function tryOnce ({ exchange, sign, targetPrefix, headers }: Route, command: Command, signal: GiveUpSignal | undefined): Promise<unknown> {
    if (credentials === undefined || (credentials.expiration !== undefined && credentials.expiration.getTime() - Date.now() < CREDENTIALS_LEFT_MS)) {
      credentials = await config.credentials()
    }
    const body = JSON.stringify(command.input)
    const offsetMs = config.systemClockOffset
    const signed = sign({ target: targetPrefix + command.schema[2], body, atMs: Date.now() + offsetMs }, credentials)
    signed.push(...headers)
    const reply = await exchange.post({ path: '/', headers: signed, body, signal })
    if (reply.statusCode === 200) return parseReply(reply.body.toString())
    throw await errorOf(command, new HttpResponse({ ...reply, headers: reply.headers as Record<string, string> }), offsetMs)
  }

  /** The error that the SDK would throw. A reply that tells of a clock that is off sets ours right, for all calls that follow. */
  async function errorOf ({ schema: [, ...schema] }: Command, reply: HttpResponse, signedOffsetMs: number): Promise<Error> {
    const error = await config.protocol.deserializeResponse(operation(...schema), config, reply).catch((thrown: unknown) => thrown) as Error & SdkError
    Object.defineProperty(error, '$response', { value: reply, enumerable: false })
    error.$metadata ??= { httpStatusCode: reply.statusCode }
    const offsetMs = Date.parse(reply.headers['date'] ?? '') - Date.now()
    if (Math.abs(offsetMs - config.systemClockOffset) >= CLOCK_SKEW_MS) config.systemClockOffset = offsetMs
    // By this reply, or by that of another call meanwhile.
    if (Math.abs(config.systemClockOffset - signedOffsetMs) >= CLOCK_SKEW_MS) Object.assign(error.$metadata, { clockSkewCorrected: true })
    return error
  }

  return {
    send,
    destroy () {
      route?.exchange.close()
      client.destroy()
    }
  } as unknown as OwnedSender<C>
}

/** @returns `undefined` when calls cannot be repeated by what is seen here. */
function learnRoute ({ protocol, hostname, port, path, headers }: SdkRequest, retryStrategy: RetryStrategy, firstToken: RetryToken, options: Omit<ExchangeOptions, 'origin'>): Route | undefined {
  const [, region, service] = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/.exec(headers['authorization'] ?? '') ?? []
  const [targetPrefix] = /^\w+\./.exec(headers['x-amz-target'] ?? '') ?? []
  const { host, 'content-type': contentType, 'user-agent': userAgent } = headers
  if (region === undefined || service === undefined || targetPrefix === undefined || host === undefined || contentType === undefined) return undefined
  if (path !== '/' || retryStrategy.mode !== 'standard') return undefined
  return {
    exchange: createExchange({ ...options, origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}` }),
    sign: createSigner({ region, service, host, contentType }),
    targetPrefix,
    headers: userAgent === undefined ? [] : ['user-agent', userAgent],
    retryStrategy,
    firstToken
  }
}

/** What is null is left out, as the SDK does. */
function parseReply (text: string): unknown {
  return /:\s*null\b/.test(text) ? JSON.parse(text, (_name, value: unknown) => value ?? undefined) : JSON.parse(text)
}

function sdkOptions (options: CallOptions | undefined): { abortSignal?: AbortSignal } {
  return options?.abortSignal === undefined ? {} : { abortSignal: platformSignal(options.abortSignal) }
}

function isOver (signal: GiveUpSignal | undefined): boolean {
  return signal?.aborted === true
}

function errorType (error: SdkError): RetryErrorType {
  if (isThrottlingError(error)) return 'THROTTLING'
  if (isTransientError(error)) return 'TRANSIENT'
  return isServerError(error) ? 'SERVER_ERROR' : 'CLIENT_ERROR'
}
