import { Type, type Static } from '@sinclair/typebox'
import type { ContactEvent } from '../ports.ts'
import { OVER } from '../usecases/conclude-contact.ts'
import { component } from './wire-format.ts'

const YEAR_2000_MS = Date.UTC(2000, 0)
/** One word of Amazon's, now or later; never 13 digits on end. */
const WORD = /^(?!.*[0-9]{13})[A-Za-z0-9_.:-]{1,64}$/

const EXAMPLE = {
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  source: 'aws.connect',
  'detail-type': 'Amazon Connect Contact Event',
  detail: {
    eventType: 'DISCONNECTED',
    contactId: '5948cd58-0406-42a0-8de8-1c91ef3d7157',
    channel: 'VOICE',
    initiationMethod: 'API',
    connectedToSystemTimestamp: '2026-11-22T10:00:14.501Z',
    disconnectTimestamp: '2026-11-22T10:01:11.840Z'
  }
}

/**
 * A contact event of EventBridge, of which we read the least. Amazon adds fields and types, so what is optional may be anything.
 * Source: Amazon Connect Administrator Guide, "Amazon Connect contact events".
 */
export const ContactEventBody = component('ContactEvent', Type.Object({
  id: Type.String({ pattern: '^(?!.*[0-9]{13})[A-Za-z0-9_-]{1,128}$' }),
  source: Type.Literal('aws.connect'),
  detail: Type.Object({
    contactId: Type.String({ pattern: '^(?!.*[0-9]{13})[A-Za-z0-9_-]{1,256}$' }),
    eventType: Type.String({ pattern: '^(?!.*[0-9]{13})[A-Za-z0-9_.:-]{1,64}$', description: 'Types that we do not know are taken, too.' }),
    channel: Type.Optional(Type.Unknown({ description: '`VOICE` or `CHAT`, in any case.' })),
    initiationMethod: Type.Optional(Type.Unknown({ description: '`API` for what we start.' })),
    connectedToSystemTimestamp: Type.Optional(Type.Unknown({ description: 'When somebody picked up; a moment of 1970 is never.' })),
    disconnectTimestamp: Type.Optional(Type.Unknown({ description: 'When it ended; a moment of 1970 is never.' })),
    disconnectReason: Type.Optional(Type.Unknown({ description: 'Why it ended. Ordinary calls may not have it.' })),
    answeringMachineDetectionStatus: Type.Optional(Type.Unknown({ description: 'What answered. Ordinary calls do not have it.' }))
  })
}, { description: 'An EventBridge event with detail-type "Amazon Connect Contact Event". Fields that are not named here are not kept.', examples: [EXAMPLE] }))

/** How contacts begin that are certainly not ours. Source: Amazon Connect API Reference, Contact, InitiationMethod. */
const OTHERS: ReadonlySet<string> = new Set([
  'INBOUND', 'TRANSFER', 'QUEUE_TRANSFER', 'CALLBACK', 'DISCONNECT', 'MONITOR', 'EXTERNAL_OUTBOUND', 'WEBRTC_API', 'AGENT_REPLY'
])
const OTHER_CHANNELS: ReadonlySet<string> = new Set(['TASK', 'EMAIL'])

/** What the event tells that we keep; `undefined` when that is nothing, or when the contact is certainly not ours. */
export function contactEventOf ({ id, detail }: Static<typeof ContactEventBody>, nowMs: number): ContactEvent | undefined {
  const { contactId, eventType } = detail
  if (OTHERS.has(wordOf(detail.initiationMethod)?.toUpperCase() ?? '') || OTHER_CHANNELS.has(wordOf(detail.channel)?.toUpperCase() ?? '')) return undefined
  const connectedAtMs = momentOf(detail.connectedToSystemTimestamp)
  const endedAtMs = momentOf(detail.disconnectTimestamp)
  const disconnectReason = wordOf(detail.disconnectReason)
  const answeringMachine = wordOf(detail.answeringMachineDetectionStatus)
  const wasConnected = eventType === 'CONNECTED_TO_SYSTEM' || connectedAtMs !== undefined
  if (!wasConnected && !OVER.has(eventType) && endedAtMs === undefined && disconnectReason === undefined && answeringMachine === undefined) return undefined
  return {
    eventId: id,
    contactId,
    eventType,
    receivedAtMs: nowMs,
    wasConnected,
    ...connectedAtMs === undefined ? {} : { connectedAtMs },
    ...endedAtMs === undefined ? {} : { endedAtMs },
    ...disconnectReason === undefined ? {} : { disconnectReason },
    ...answeringMachine === undefined ? {} : { answeringMachine }
  }
}

/** One sample of Amazon's documentation writes "never" as a moment of 1970. */
function momentOf (value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return ms > YEAR_2000_MS ? ms : undefined
}

function wordOf (value: unknown): string | undefined {
  return typeof value === 'string' && WORD.test(value) ? value : undefined
}
