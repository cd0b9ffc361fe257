import t from 'tap'
import { contactEventOf } from '../../src/http/contact-event.ts'

const NOW_MS = 1_795_341_700_000
const told = (detail: object) => contactEventOf({ id: 'event-1', source: 'aws.connect', detail: { contactId: 'contact-1', eventType: 'DISCONNECTED', ...detail } }, NOW_MS)
const KEPT = { eventId: 'event-1', contactId: 'contact-1', eventType: 'DISCONNECTED', receivedAtMs: NOW_MS, wasConnected: false }

t.test('contactEventOf: what an event tells is kept, and nothing else', async (t) => {
  t.same(told({ later: { x: 1 }, queueInfo: null }), KEPT)
  t.same(told({
    channel: 'VOICE', initiationMethod: 'API', connectedToSystemTimestamp: '2026-11-22T10:00:14.501Z', disconnectTimestamp: '2026-11-22T10:01:11.840Z', disconnectReason: 'TELECOM_BUSY', answeringMachineDetectionStatus: 'HUMAN_ANSWERED'
  }), { ...KEPT, wasConnected: true, connectedAtMs: Date.parse('2026-11-22T10:00:14.501Z'), endedAtMs: Date.parse('2026-11-22T10:01:11.840Z'), disconnectReason: 'TELECOM_BUSY', answeringMachine: 'HUMAN_ANSWERED' })
  t.match(told({ eventType: 'CONNECTED_TO_SYSTEM' }), { wasConnected: true })
})

t.test('contactEventOf: values that are not as documented count as not said', async (t) => {
  for (const detail of [
    { connectedToSystemTimestamp: '1970-01-01T00:00:00.001Z', disconnectTimestamp: '1970-01-01T00:00:00.001Z' },
    { connectedToSystemTimestamp: null, disconnectTimestamp: 17, disconnectReason: null, answeringMachineDetectionStatus: { status: 'x' } },
    { connectedToSystemTimestamp: 'yesterday', disconnectReason: '', channel: ['VOICE'], initiationMethod: 5 },
    { disconnectReason: '2442230821108788', answeringMachineDetectionStatus: 'x'.repeat(65) },
    { disconnectReason: 'a reason in words' }
  ]) t.same(told(detail), KEPT, JSON.stringify(detail))
})

t.test('contactEventOf: what tells nothing, or is certainly not ours, is not kept', async (t) => {
  for (const detail of [
    { eventType: 'INITIATED' }, { eventType: 'CONTACT_DATA_UPDATED' }, { eventType: 'QUEUED', connectedToSystemTimestamp: '1970-01-01T00:00:00.001Z' }, { eventType: 'SOMETHING_NEW' },
    { initiationMethod: 'INBOUND' }, { initiationMethod: 'inbound' }, { initiationMethod: 'QUEUE_TRANSFER' }, { channel: 'TASK' }, { channel: 'Email' }
  ]) t.equal(told(detail), undefined, JSON.stringify(detail))
})

t.test('contactEventOf: what may be ours is kept', async (t) => {
  for (const detail of [
    { initiationMethod: 'API' }, { initiationMethod: 'SOMETHING_NEW' }, { channel: 'Voice' }, { channel: 'CHAT' }, { eventType: 'COMPLETED' },
    { eventType: 'SOMETHING_NEW', disconnectTimestamp: '2026-11-22T10:01:11.840Z' }, { eventType: 'CONTACT_DATA_UPDATED', answeringMachineDetectionStatus: 'VOICEMAIL_BEEP' }
  ]) t.match(told(detail), { eventId: 'event-1' }, JSON.stringify(detail))
})
