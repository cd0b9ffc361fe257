import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AwsFault, conflict, invalidRequest, limitExceeded, resourceNotFound } from './aws-fault.ts'
import { findAttributeFault } from './contact-attributes.ts'
import type { Contact } from './contact.ts'
import { toErrorReply, type createConnectFaults } from './fault-injection.ts'
import { readOutboundChatRequest } from './outbound-chat-request.ts'
import { fingerprintRequest, readOutboundVoiceRequest, type InstanceInventory } from './outbound-voice-request.ts'
import type { createRequestRate } from '../aws/request-rate.ts'
import { checkSignature } from '../aws/request-signature.ts'
import { meetTransportFault } from '../aws/transport-fault.ts'
import type { Call, CallRequest, Switchboard } from './switchboard.ts'

/** A ClientToken is remembered this long (API Reference, "StartOutboundVoiceContact" and "StartOutboundChatContact"). */
const CLIENT_TOKEN_LIFETIME_MS = 7 * 24 * 3600 * 1000

/** Which contact each ClientToken has started. */
export type StartedTokens = Map<string, { fingerprint: string, contactId: string, atMs: number }>

interface ConnectApiDeps {
  switchboard: Switchboard
  startedTokens: StartedTokens
  inventory: InstanceInventory
  instanceArn: string
  region: string
  /** How many contacts of a channel may be under way. */
  maxActive: (channel: 'VOICE' | 'CHAT') => number
  rate: ReturnType<typeof createRequestRate>
  faults: ReturnType<typeof createConnectFaults>
  nowMs: () => number
}

/** The operations of Amazon Connect that the simulator speaks: REST-JSON, API version 2017-08-08. */
export function registerConnectApi (app: FastifyInstance, deps: ConnectApiDeps): void {
  const { switchboard, inventory, instanceArn, region } = deps

  app.setErrorHandler((error, _request, reply) => sendFault(reply, toFault(error)))

  /** Answers one operation: signature, injected faults and rate first, as AWS does. */
  function serve (operation: string, answer: (request: FastifyRequest) => unknown) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-amzn-requestid', randomUUID())
      checkSignature(request.headers, { region, service: 'connect' })
      const fault = deps.faults.take(operation)
      const error = toErrorReply(fault)
      if (error !== undefined) throw error
      if (fault === 'hang' || fault === 'reset' || fault === 'html' || fault === 'bad_gateway') return meetTransportFault(fault, request, reply)
      if (fault === 'drop_reply_after_start') {
        answer(request)
        return meetTransportFault('reset', request, reply)
      }
      if (!deps.rate.take(operation)) throw new AwsFault(429, 'TooManyRequestsException', 'Rate exceeded')
      return answer(request)
    }
  }

  function findCall (instanceId: unknown, contactId: unknown): Call {
    if (instanceId !== inventory.instanceId) throw resourceNotFound('The instance is not known.')
    const call = typeof contactId === 'string' ? switchboard.find(contactId) : undefined
    if (call === undefined) throw resourceNotFound('The contact is not known.')
    return call
  }

  app.put('/contact/outbound-voice', serve('StartOutboundVoiceContact', request => ({
    ContactId: startContact(readOutboundVoiceRequest(request.body, inventory), deps)
  })))

  app.put('/contact/outbound-chat', serve('StartOutboundChatContact', request => ({
    ContactId: startContact(readOutboundChatRequest(request.body, inventory), deps)
  })))

  app.get('/contacts/:instanceId/:contactId', serve('DescribeContact', request => {
    const { instanceId, contactId } = request.params as Record<string, unknown>
    return { Contact: describeContact(findCall(instanceId, contactId).contact, instanceArn, inventory.instanceId) }
  }))

  app.get('/contact/attributes/:instanceId/:contactId', serve('GetContactAttributes', request => {
    const { instanceId, contactId } = request.params as Record<string, unknown>
    return { Attributes: findCall(instanceId, contactId).contact.attributes }
  }))

  app.post('/contact/attributes', serve('UpdateContactAttributes', request => {
    const { InstanceId, InitialContactId, Attributes } = bodyOf(request)
    const { contact } = findCall(InstanceId, InitialContactId)
    if (typeof Attributes !== 'object' || Attributes === null || Array.isArray(Attributes)) throw invalidRequest('Attributes must be a map of texts.')
    const attributes = { ...contact.attributes, ...Attributes as Record<string, string> }
    const fault = findAttributeFault(attributes)
    if (fault !== undefined) throw invalidRequest(`Attributes: ${fault}.`)
    contact.attributes = attributes
    contact.updatedAtMs = deps.nowMs()
    return {}
  }))

  app.post('/contact/stop', serve('StopContact', request => {
    const { InstanceId, ContactId } = bodyOf(request)
    const { contact, line } = findCall(InstanceId, ContactId)
    if (!line.hangUp(contact.channel === 'CHAT' ? 'API' : 'OTHER')) throw new AwsFault(410, 'ContactNotFoundException', 'The contact has ended.')
    return {}
  }))
}

/** What is refused of a token that comes back with other parameters has no documented name; a conflict is the chat operation's word for such things. */
function startContact (request: CallRequest, { switchboard, startedTokens, maxActive, nowMs }: ConnectApiDeps): string {
  const fingerprint = fingerprintRequest(request)
  const started = request.clientToken === null ? undefined : startedTokens.get(request.clientToken)
  if (started !== undefined && nowMs() - started.atMs < CLIENT_TOKEN_LIFETIME_MS) {
    if (started.fingerprint !== fingerprint) throw (request.channel === 'CHAT' ? conflict : invalidRequest)('This ClientToken was used with other parameters.')
    return started.contactId
  }
  if (request.relatedContactId !== null) {
    const related = switchboard.find(request.relatedContactId)
    if (related === undefined) throw resourceNotFound('The related contact is not known.')
    request.attributes = { ...related.contact.attributes, ...request.attributes }
  }
  if (switchboard.countActive(request.channel) >= maxActive(request.channel)) throw limitExceeded(`Concurrent active ${request.channel === 'CHAT' ? 'chats' : 'calls'} per instance: the quota is used up.`)
  const { contactId } = switchboard.dial(request)
  if (request.clientToken !== null) startedTokens.set(request.clientToken, { fingerprint, contactId, atMs: nowMs() })
  return contactId
}

/** The Contact of DescribeContact; times are epoch seconds. */
function describeContact (contact: Contact, instanceArn: string, instanceId: string) {
  return {
    Arn: `${instanceArn}/contact/${contact.contactId}`,
    Id: contact.contactId,
    InitialContactId: contact.contactId,
    RelatedContactId: contact.relatedContactId ?? undefined,
    InitiationMethod: 'API',
    Channel: contact.channel,
    Name: contact.name ?? undefined,
    Description: contact.description ?? undefined,
    InitiationTimestamp: contact.startedAtMs / 1000,
    ConnectedToSystemTimestamp: contact.connectedAtMs === null ? undefined : contact.connectedAtMs / 1000,
    DisconnectTimestamp: contact.endedAtMs === null ? undefined : contact.endedAtMs / 1000,
    LastUpdateTimestamp: contact.updatedAtMs / 1000,
    DisconnectReason: contact.disconnectReason ?? undefined,
    CustomerEndpoint: { Type: 'TELEPHONE_NUMBER', Address: contact.destination },
    SystemEndpoint: { Type: 'TELEPHONE_NUMBER', Address: contact.source },
    Attributes: contact.attributes,
    SegmentAttributes: contact.channel === 'CHAT' ? contact.segmentAttributes : undefined,
    Tags: { 'aws:connect:instanceId': instanceId, 'aws:connect:systemEndpoint': contact.source }
  }
}

function bodyOf (request: FastifyRequest): Record<string, unknown> {
  if (typeof request.body !== 'object' || request.body === null) throw invalidRequest('The body must be a JSON object.')
  return request.body as Record<string, unknown>
}

function toFault (error: unknown): AwsFault {
  if (error instanceof AwsFault) return error
  const status = (error as { statusCode?: unknown }).statusCode
  if (typeof status === 'number' && status < 500) return new AwsFault(400, 'SerializationException', 'The body is not valid JSON.')
  return new AwsFault(500, 'InternalServiceException', error instanceof Error ? error.message : String(error))
}

function sendFault (reply: FastifyReply, fault: AwsFault): FastifyReply {
  if (!reply.hasHeader('x-amzn-requestid')) reply.header('x-amzn-requestid', randomUUID())
  return reply.code(fault.status).header('x-amzn-errortype', fault.type).send({ Message: fault.message })
}
