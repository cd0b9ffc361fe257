import { randomUUID } from 'node:crypto'
import type { Contact } from './contact.ts'

/** The moments of a call that Connect tells EventBridge about. */
export type ContactEventType = 'INITIATED' | 'CONNECTED_TO_SYSTEM' | 'DISCONNECTED'

/** An event as EventBridge delivers it (Administrator Guide, "Amazon Connect contact events"). */
export type ContactEvent = ReturnType<typeof buildContactEvent>

/**
 * Builds the EventBridge event of one moment of a contact. It has no `disconnectReason`: whether ordinary calls carry it is not documented,
 * so whoever needs the reason asks DescribeContact.
 */
export function buildContactEvent (contact: Contact, eventType: ContactEventType, { instanceArn, instanceId, region, accountId, nowMs }: {
  instanceArn: string
  instanceId: string
  region: string
  accountId: string
  nowMs: number
}) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Amazon Connect Contact Event',
    source: 'aws.connect',
    account: accountId,
    time: `${toIso(nowMs).slice(0, 19)}Z`,
    region,
    resources: [`${instanceArn}/contact/${contact.contactId}`, instanceArn],
    detail: {
      eventType,
      contactId: contact.contactId,
      channel: contact.channel,
      instanceArn,
      initiationMethod: 'API',
      initiationTimestamp: toIso(contact.startedAtMs),
      ...contact.connectedAtMs === null ? {} : { connectedToSystemTimestamp: toIso(contact.connectedAtMs) },
      ...contact.endedAtMs === null ? {} : { disconnectTimestamp: toIso(contact.endedAtMs) },
      ...contact.relatedContactId === null ? {} : { relatedContactId: contact.relatedContactId },
      ...contact.channel === 'CHAT' ? { segmentAttributes: contact.segmentAttributes } : {},
      tags: { 'aws:connect:instanceId': instanceId, 'aws:connect:systemEndpoint': contact.source }
    }
  }
}

function toIso (ms: number): string {
  return new Date(ms).toISOString()
}
