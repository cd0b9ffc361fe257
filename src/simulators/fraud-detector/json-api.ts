import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { AwsFault } from '../aws/aws-fault.ts'
import type { createRequestRate } from '../aws/request-rate.ts'
import { checkSignature } from '../aws/request-signature.ts'
import { meetTransportFault } from '../aws/transport-fault.ts'
import { toErrorReply, type createFraudDetectorFaults } from './fault-injection.ts'
import { validation } from './refusal.ts'
import { type Operations, readRequest } from './request-shape.ts'

const CONTENT_TYPE = 'application/x-amz-json-1.1'
const TARGET_PREFIX = 'AWSHawksNestServiceFacade.'

/** A request may be this long (User Guide, "Amazon Fraud Detector quotas"). */
const MAX_REQUEST_BYTES = 256 * 1024

/** AWS JSON 1.1: every call is `POST /`, the operation stands in `x-amz-target`. Signature, injected faults and rate come first, as AWS does. */
export function registerJsonApi (app: FastifyInstance, { operations, region, faults, rate }: {
  operations: Operations
  region: string
  faults: ReturnType<typeof createFraudDetectorFaults>
  rate: ReturnType<typeof createRequestRate>
}): void {
  app.setErrorHandler((error, _request, reply) => sendFault(reply, toFault(error)))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-amzn-requestid', randomUUID())
  })

  app.post('/', async (request, reply) => {
    const target = request.headers['x-amz-target']
    const name = typeof target === 'string' && target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : ''
    if (request.headers['content-type']?.startsWith(CONTENT_TYPE) !== true || name === '') throw new AwsFault(400, 'UnknownOperationException', 'The request names no operation of Amazon Fraud Detector.')
    checkSignature(request.headers, { region, service: 'frauddetector' })
    const fault = faults.take(name)
    const error = toErrorReply(fault)
    if (error !== undefined) throw error
    if (fault === 'hang' || fault === 'reset' || fault === 'html' || fault === 'bad_gateway') return meetTransportFault(fault, request, reply)
    if (!rate.take(name)) throw new AwsFault(400, 'ThrottlingException', 'Rate exceeded')
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
    if (operation === undefined) throw new AwsFault(400, 'UnknownOperationException', `This simulator does not speak ${name}.`)
    const text = typeof request.body === 'string' ? request.body : ''
    if (Buffer.byteLength(text) > MAX_REQUEST_BYTES) throw validation('The request is longer than 256 KB.')
    const answer = operation.answer(readRequest(operation.schema, parseBody(text)) as never)
    if (fault === 'drop_reply') return meetTransportFault('reset', request, reply)
    return reply.type(CONTENT_TYPE).send(JSON.stringify(answer ?? {}))
  })
}

function parseBody (text: string): unknown {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new AwsFault(400, 'SerializationException', `The body is not valid JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new AwsFault(400, 'SerializationException', 'The body must be a JSON object.')
  return body
}

function toFault (error: unknown): AwsFault {
  if (error instanceof AwsFault) return error
  const status = (error as { statusCode?: unknown }).statusCode
  if (status === 413) return validation('The request is longer than 256 KB.')
  return new AwsFault(500, 'InternalServerException', error instanceof Error ? error.message : String(error))
}

/** An error as AWS JSON 1.1 writes it. */
export function sendFault (reply: FastifyReply, fault: AwsFault): FastifyReply {
  return reply.code(fault.status).type(CONTENT_TYPE).send(JSON.stringify({ __type: fault.type, message: fault.message }))
}
