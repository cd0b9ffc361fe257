import { createHash } from 'node:crypto'
import { invalidParameter, invalidRequest, limitExceeded, resourceNotFound, AwsFault } from './aws-fault.ts'
import { findAttributeFault } from './contact-attributes.ts'
import { isEntries, readText, requireText, type Entries } from './request-body.ts'
import type { CallRequest } from './switchboard.ts'

/** What the instance has; requests must fit it. */
export interface InstanceInventory {
  instanceId: string
  flowIds: ReadonlySet<string>
  sourcePhoneNumber: string
  /** Numbers that send text messages: ARN to E.164. */
  textNumbers: ReadonlyMap<string, string>
  queueIds: ReadonlySet<string>
  /** Number prefixes that may be called, such as `+49`; none given: all. */
  destinationPrefixes: readonly string[] | undefined
}

const MAX_LENGTHS: Readonly<Record<string, number>> = {
  InstanceId: 100, ContactFlowId: 500, ClientToken: 500, QueueId: 100, CampaignId: 100, RelatedContactId: 256, Name: 1024, Description: 4096
}
const DEFAULT_RING_SECONDS = 60

/**
 * Reads the body of StartOutboundVoiceContact (API Reference, "StartOutboundVoiceContact").
 * @throws AwsFault as Connect would refuse it
 */
export function readOutboundVoiceRequest (body: unknown, inventory: InstanceInventory): CallRequest {
  if (!isEntries(body)) throw invalidRequest('The body must be a JSON object.')
  checkTexts(body)
  const destination = requireText(body, 'DestinationPhoneNumber')
  const flowId = requireText(body, 'ContactFlowId')
  const instanceId = requireText(body, 'InstanceId')
  checkNumber('DestinationPhoneNumber', destination)
  const ringSeconds = body['RingTimeoutInSeconds'] ?? DEFAULT_RING_SECONDS
  if (!Number.isInteger(ringSeconds) || Number(ringSeconds) < 15 || Number(ringSeconds) > 60) throw invalidParameter('RingTimeoutInSeconds must be a whole number from 15 to 60.')
  const attributes = body['Attributes'] ?? {}
  if (!isEntries(attributes)) throw invalidRequest('Attributes must be a map of texts.')
  const fault = findAttributeFault(attributes)
  if (fault !== undefined) throw invalidRequest(`Attributes: ${fault}.`)
  checkTraffic(body)
  checkInventory(body, { instanceId, flowId, destination }, inventory)
  return {
    channel: 'VOICE',
    clientToken: readText(body, 'ClientToken'),
    flowId,
    destination,
    source: readText(body, 'SourcePhoneNumber') ?? inventory.sourcePhoneNumber,
    attributes: attributes as Record<string, string>,
    segmentAttributes: {},
    ringTimeoutMs: Number(ringSeconds) * 1000,
    chatDurationMs: null,
    firstMessage: null,
    name: readText(body, 'Name'),
    description: readText(body, 'Description'),
    relatedContactId: readText(body, 'RelatedContactId')
  }
}

/** A digest of everything but the token, to tell whether a token comes back with other parameters. */
export function fingerprintRequest (request: CallRequest): string {
  const { clientToken, attributes, ...rest } = request
  const sorted = Object.entries(attributes).sort(([a], [b]) => a < b ? -1 : 1)
  return createHash('sha256').update(JSON.stringify([rest, sorted])).digest('hex')
}

function checkTexts (body: Entries): void {
  for (const [name, maxLength] of Object.entries(MAX_LENGTHS)) {
    const value = body[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') throw invalidRequest(`${name} must be a text.`)
    if (value.length > maxLength) throw invalidParameter(`${name} is longer than ${maxLength} characters.`)
  }
}

function checkTraffic (body: Entries): void {
  const traffic = body['TrafficType'] ?? 'GENERAL'
  if (traffic !== 'GENERAL' && traffic !== 'CAMPAIGN') throw invalidParameter('TrafficType must be GENERAL or CAMPAIGN.')
  const detection = body['AnswerMachineDetectionConfig'] ?? {}
  if (!isEntries(detection)) throw invalidRequest('AnswerMachineDetectionConfig must be an object.')
  if (detection['EnableAnswerMachineDetection'] === true && traffic !== 'CAMPAIGN') throw invalidRequest('Answering machine detection needs TrafficType CAMPAIGN.')
  if (traffic === 'CAMPAIGN') throw limitExceeded('Concurrent campaign active calls per instance: the quota is 0.')
}

function checkInventory (body: Entries, { instanceId, flowId, destination }: { instanceId: string, flowId: string, destination: string }, inventory: InstanceInventory): void {
  const source = readText(body, 'SourcePhoneNumber')
  const queueId = readText(body, 'QueueId')
  if (source === null && queueId === null) throw invalidRequest('One of SourcePhoneNumber and QueueId must be given.')
  if (source !== null) checkNumber('SourcePhoneNumber', source)
  if (instanceId !== inventory.instanceId) throw resourceNotFound('The instance is not known.')
  if (!inventory.flowIds.has(flowId)) throw resourceNotFound('The flow is not known in this instance.')
  if (source !== null && source !== inventory.sourcePhoneNumber) throw resourceNotFound('SourcePhoneNumber is not claimed in this instance.')
  if (queueId !== null && !inventory.queueIds.has(queueId)) throw resourceNotFound('The queue is not known in this instance.')
  if (inventory.destinationPrefixes?.some(prefix => destination.startsWith(prefix)) === false) {
    throw new AwsFault(403, 'DestinationNotAllowedException', 'This instance may not call numbers of this country.')
  }
}

function checkNumber (name: string, number: string): void {
  if (!/^\+[1-9]\d{1,14}$/.test(number)) throw invalidParameter(`${name} is no E.164 number.`)
}
