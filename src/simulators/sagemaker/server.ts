import { randomUUID } from 'node:crypto'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify'
import { AwsFault } from '../aws/aws-fault.ts'
import { guardControlApi } from '../aws/control-guard.ts'
import { createFaultInjection } from '../aws/fault-injection.ts'
import { checkSignature } from '../aws/request-signature.ts'
import { meetTransportFault } from '../aws/transport-fault.ts'
import { ContainerRefusal, pretendedModel, serveInvocation, type ScoringFunction } from './container.ts'
import { CONTAINER_STATUSES, InjectedFaultSchema, SERVICE_FAULTS, SHORT_NAMES, type EndpointFault, type InjectedFault } from './fault-injection.ts'

/** One request that an endpoint was sent. */
export interface Invocation {
  endpointName: string
  contentType: string
  accept: string
  body: string
}

/** What a SageMaker Runtime simulator is made of. */
export interface SageMakerSimulatorOptions {
  region: string
  /** The model behind each endpoint, by the endpoint's name; one called `card-fraud` with a pretended model by default. */
  endpoints?: Readonly<Record<string, ScoringFunction>>
  logger?: FastifyBaseLogger
}

/** Source: Amazon SageMaker API Reference, InvokeEndpoint, `Body` and `EndpointName`. */
const MAX_BODY_BYTES = 6_291_456
const ENDPOINT_NAME = /^[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}$/
const ACCOUNT_ID = '123456789012'
const VARIANT = 'AllTraffic'
/** So many invocations are kept for a test to look at. */
const MAX_KEPT = 1000

/** Makes a stand-in of SageMaker Runtime: InvokeEndpoint over its real wire protocol, with faults on demand at `/_simulator`. */
export function createSageMakerSimulator ({ region, endpoints = { 'card-fraud': pretendedModel }, logger }: SageMakerSimulatorOptions) {
  const faults = createFaultInjection<EndpointFault, 'InvokeEndpoint'>()
  const invocations: Invocation[] = []
  let url: string | undefined
  const app = Fastify({
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    ...logger === undefined ? {} : { loggerInstance: logger }
  })

  function reset (): void {
    faults.set({ fault: 'none' })
    invocations.length = 0
  }

  app.register(async (aws) => registerRuntime(aws, { region, endpoints, faults, invocations }))
  app.register(async (control) => {
    guardControlApi(control)
    control.get('/invocations', async () => ({ invocations }))
    control.get('/faults', async () => faults.show())
    control.put<{ Body: InjectedFault }>('/faults', { schema: { body: InjectedFaultSchema } }, async (request) => {
      faults.set(request.body)
      return faults.show()
    })
    control.post('/reset', async (_request, reply) => {
      reset()
      return reply.code(204).send()
    })
  }, { prefix: '/_simulator' })
  app.setNotFoundHandler((_request, reply) => sendFault(reply, new AwsFault(404, 'UnknownOperationException', 'This simulator does not speak this operation.')))

  return {
    /** Opens the port; 0 takes any that is free. Host 127.0.0.1 by default. @returns the base URL */
    async listen ({ port, host = '127.0.0.1' }: { port: number, host?: string }): Promise<string> {
      url = await app.listen({ port, host })
      return url
    },
    /** The base URL. @throws Error before {@link listen} */
    get url (): string {
      if (url === undefined) throw new Error('the SageMaker simulator does not listen yet')
      return url
    },
    /** What the endpoints were sent, oldest first. */
    invocations: (): readonly Invocation[] => invocations,
    setFault: (fault: InjectedFault): void => faults.set(fault),
    /** Forgets faults and invocations. */
    reset,
    close: async (): Promise<void> => { await app.close() }
  }
}

function registerRuntime (aws: FastifyInstance, { region, endpoints, faults, invocations }: {
  region: string
  endpoints: Readonly<Record<string, ScoringFunction>>
  faults: ReturnType<typeof createFaultInjection<EndpointFault, 'InvokeEndpoint'>>
  invocations: Invocation[]
}): void {
  aws.removeAllContentTypeParsers()
  aws.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => { done(null, body) })
  aws.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof AwsFault) return sendFault(reply, error)
    if (error instanceof ContainerRefusal) return sendModelError(reply, error)
    return sendFault(reply, error.statusCode === 413 ? new AwsFault(413, 'ValidationError', 'The body is too large.') : new AwsFault(500, 'InternalFailure', error.message))
  })

  aws.post<{ Params: { name: string }, Body: Buffer | undefined }>('/endpoints/:name/invocations', async (request, reply) => {
    reply.header('x-amzn-requestid', randomUUID())
    checkSignature(request.headers, { region, service: 'sagemaker' })
    const { name } = request.params
    const { accept = '*/*', 'content-type': contentType = 'application/octet-stream' } = request.headers
    const body = request.body ?? Buffer.alloc(0)
    invocations.push({ endpointName: name, contentType, accept, body: body.toString('utf8') })
    if (invocations.length > MAX_KEPT) invocations.shift()

    const fault = faults.take('InvokeEndpoint')
    if (fault === 'hang' || fault === 'reset' || fault === 'html' || fault === 'bad_gateway') return meetTransportFault(fault, request, reply)
    if (fault === 'model_error' || fault === 'model_refuses') throw new ContainerRefusal(CONTAINER_STATUSES[fault], 'The container said no.')
    if (fault !== 'none') {
      const type = fault === 'throttle' || fault === '500' ? SHORT_NAMES[fault] : fault
      throw new AwsFault(SERVICE_FAULTS[type].status, type, SERVICE_FAULTS[type].message)
    }

    if (!ENDPOINT_NAME.test(name)) throw new AwsFault(400, 'ValidationError', 'The endpoint\'s name is not valid.')
    const score = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined
    if (score === undefined) throw new AwsFault(400, 'ValidationError', `Endpoint ${name} of account ${ACCOUNT_ID} not found.`)
    const served = serveInvocation(body, { contentType, accept, score })
    return await reply.header('x-amzn-invoked-production-variant', VARIANT).type(served.contentType).send(served.body)
  })
}

function sendFault (reply: FastifyReply, fault: AwsFault): FastifyReply {
  return reply.code(fault.status).header('x-amzn-errortype', fault.type).send({ Message: fault.message })
}

function sendModelError (reply: FastifyReply, { status, message }: ContainerRefusal): FastifyReply {
  return reply.code(424).header('x-amzn-errortype', 'ModelError').send({
    Message: `Received client error (${status}) from primary with message "${message}".`, OriginalStatusCode: status, OriginalMessage: message, LogStreamArn: ''
  })
}
