import { invalidRequest, resourceNotFound } from './aws-fault.ts'
import { findAttributeFault } from './contact-attributes.ts'
import type { InstanceInventory } from './outbound-voice-request.ts'
import { isEntries, readText, requireText, type Entries } from './request-body.ts'
import type { CallRequest } from './switchboard.ts'

const SUBTYPE = 'connect:Subtype'
const MAX_LENGTHS: Readonly<Record<string, number>> = { InstanceId: 100, ContactFlowId: 500, ClientToken: 500, RelatedContactId: 256 }
const MIN_CHAT_MINUTES = 60
const MAX_CHAT_MINUTES = 10_080
const DEFAULT_CHAT_MINUTES = 1500

/**
 * Reads the body of StartOutboundChatContact (API Reference, "StartOutboundChatContact"). That page lists no InvalidParameterException, so every
 * wrong value is an InvalidRequestException.
 * @throws AwsFault as Connect would refuse it
 */
export function readOutboundChatRequest (body: unknown, inventory: InstanceInventory): CallRequest {
  if (!isEntries(body)) throw invalidRequest('The body must be a JSON object.')
  for (const [name, maxLength] of Object.entries(MAX_LENGTHS)) checkText(name, body[name], maxLength)
  const instanceId = requireText(body, 'InstanceId')
  const flowId = requireText(body, 'ContactFlowId')
  const source = readEndpoint(body, 'SourceEndpoint', 'CONNECT_PHONENUMBER_ARN')
  const destination = readEndpoint(body, 'DestinationEndpoint', 'TELEPHONE_NUMBER')
  if (!/^\+[1-9]\d{1,14}$/.test(destination)) throw invalidRequest('DestinationEndpoint.Address is no E.164 number.')
  const segmentAttributes = readSegmentAttributes(body['SegmentAttributes'])
  const minutes = body['ChatDurationInMinutes'] ?? DEFAULT_CHAT_MINUTES
  if (!Number.isInteger(minutes) || Number(minutes) < MIN_CHAT_MINUTES || Number(minutes) > MAX_CHAT_MINUTES) {
    throw invalidRequest(`ChatDurationInMinutes must be a whole number from ${MIN_CHAT_MINUTES} to ${MAX_CHAT_MINUTES}.`)
  }
  const attributes = body['Attributes'] ?? {}
  if (!isEntries(attributes)) throw invalidRequest('Attributes must be a map of texts.')
  const fault = findAttributeFault(attributes)
  if (fault !== undefined) throw invalidRequest(`Attributes: ${fault}.`)
  checkParticipant(body['ParticipantDetails'])
  checkContentTypes(body['SupportedMessagingContentTypes'])
  const firstMessage = readFirstMessage(body['InitialSystemMessage'])

  if (instanceId !== inventory.instanceId) throw resourceNotFound('The instance is not known.')
  if (!inventory.flowIds.has(flowId)) throw resourceNotFound('The flow is not known in this instance.')
  const sourceNumber = inventory.textNumbers.get(source)
  if (sourceNumber === undefined) throw resourceNotFound('SourceEndpoint is no number for text messages in this instance.')
  return {
    channel: 'CHAT',
    clientToken: readText(body, 'ClientToken'),
    flowId,
    destination,
    source: sourceNumber,
    attributes: attributes as Record<string, string>,
    segmentAttributes,
    ringTimeoutMs: 0,
    chatDurationMs: Number(minutes) * 60_000,
    firstMessage,
    name: null,
    description: null,
    relatedContactId: readText(body, 'RelatedContactId')
  }
}

function readEndpoint (body: Entries, name: string, type: string): string {
  const endpoint = body[name]
  if (!isEntries(endpoint)) throw invalidRequest(`${name} is missing or no object.`)
  if (endpoint['Type'] !== type) throw invalidRequest(`${name}.Type must be ${type}.`)
  return requireText(endpoint, 'Address')
}

function readSegmentAttributes (value: unknown): CallRequest['segmentAttributes'] {
  if (!isEntries(value)) throw invalidRequest('SegmentAttributes is missing or no map.')
  const subtype = value[SUBTYPE]
  const text = isEntries(subtype) ? subtype['ValueString'] : undefined
  if (text !== 'connect:SMS' && text !== 'connect:WhatsApp') throw invalidRequest(`SegmentAttributes must have ${SUBTYPE} with ValueString connect:SMS or connect:WhatsApp.`)
  if (text === 'connect:WhatsApp') throw invalidRequest('The number of SourceEndpoint sends text messages only.')
  return { [SUBTYPE]: { ValueString: text } }
}

function readFirstMessage (message: unknown): string | null {
  if (message === undefined || message === null) return null
  if (!isEntries(message) || message['ContentType'] !== 'text/plain') throw invalidRequest('InitialSystemMessage.ContentType must be text/plain in a text message.')
  checkText('InitialSystemMessage.Content', message['Content'], 16_384)
  return requireText(message, 'Content')
}

function checkParticipant (details: unknown): void {
  if (details === undefined || details === null) return
  if (!isEntries(details)) throw invalidRequest('ParticipantDetails must be an object.')
  checkText('ParticipantDetails.DisplayName', details['DisplayName'], 256)
  requireText(details, 'DisplayName')
}

function checkContentTypes (types: unknown): void {
  if (types === undefined || types === null) return
  if (!Array.isArray(types) || !types.includes('text/plain')) throw invalidRequest('SupportedMessagingContentTypes must contain text/plain.')
}

function checkText (name: string, value: unknown, maxLength: number): void {
  if (value === undefined || value === null) return
  if (typeof value !== 'string') throw invalidRequest(`${name} must be a text.`)
  if (value.length > maxLength) throw invalidRequest(`${name} is longer than ${maxLength} characters.`)
}
