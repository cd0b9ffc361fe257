import t from 'tap'
import type { ContactEvent } from '../../../src/simulators/connect/contact-event.ts'
import type { PhoneBehaviour } from '../../../src/simulators/connect/phone.ts'
import { startInstanceWithBridge } from './simulated-instance.ts'

// How a phone acts, how the contact ends, and which events EventBridge gets.
const RUNG = ['INITIATED', 'DISCONNECTED']
const TALKED = ['INITIATED', 'CONNECTED_TO_SYSTEM', 'DISCONNECTED']
const phones: Array<{ phone: PhoneBehaviour, reason: string, events: string[] }> = [
  { phone: { behaviour: 'answer', keys: ['2'] }, reason: 'CONTACT_FLOW_DISCONNECT', events: TALKED },
  { phone: { behaviour: 'silence' }, reason: 'CONTACT_FLOW_DISCONNECT', events: TALKED },
  { phone: { behaviour: 'voicemail' }, reason: 'CONTACT_FLOW_DISCONNECT', events: TALKED },
  { phone: { behaviour: 'voicemail', afterMs: 20_000 }, reason: 'CUSTOMER_DISCONNECT', events: TALKED },
  { phone: { behaviour: 'hang_up' }, reason: 'CUSTOMER_DISCONNECT', events: TALKED },
  { phone: { behaviour: 'busy' }, reason: 'TELECOM_BUSY', events: RUNG },
  { phone: { behaviour: 'no_answer' }, reason: 'TELECOM_UNANSWERED', events: RUNG },
  { phone: { behaviour: 'invalid_number' }, reason: 'TELECOM_NUMBER_INVALID', events: RUNG },
  { phone: { behaviour: 'answer', delayMs: 60_000 }, reason: 'TELECOM_UNANSWERED', events: RUNG }
]

for (const { phone, reason, events } of phones) {
  t.test(`a phone that is ${JSON.stringify(phone)} ends the call with ${reason}`, async t => {
    const seen: ContactEvent[] = []
    const { call } = await startInstanceWithBridge(t, () => 'blocked', { onContactEvent: event => { seen.push(event) } })
    const contact = await call(phone)
    t.equal(contact.disconnectReason, reason)
    t.equal(contact.connectedAt !== null, events === TALKED)
    t.strictSame(seen.map(event => event.detail.eventType), events)
    t.match(seen.at(-1), {
      source: 'aws.connect',
      'detail-type': 'Amazon Connect Contact Event',
      account: '123456789012',
      region: 'eu-central-1',
      time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      detail: { contactId: contact.contactId, channel: 'VOICE', initiationMethod: 'API', initiationTimestamp: contact.startedAt, disconnectTimestamp: contact.endedAt }
    })
  })
}

t.test('a no-answer takes the ring time, and a delay rings before the pick-up', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'active')
  const seconds = (from: string, to: string | null) => (Date.parse(to ?? '') - Date.parse(from)) / 1000
  const unanswered = await call({ behaviour: 'no_answer' }, { RingTimeoutInSeconds: 25 })
  t.equal(seconds(unanswered.startedAt, unanswered.endedAt), 25)
  const answered = await call({ behaviour: 'answer', keys: ['1'], delayMs: 7000 })
  t.equal(seconds(answered.startedAt, answered.connectedAt), 7)
})

t.test('a key pressed early cuts the question short, and the transcript says how much was heard', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'active')
  const contact = await call({ behaviour: 'answer', keys: ['1'], afterMs: 2000 })
  const [question, goodbye] = contact.transcript.filter(line => line.who === 'system')
  t.equal(question?.heardMs, 2000)
  t.equal(goodbye?.heardMs, undefined)
})

t.test('an event that its taker throws at disturbs no call', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'active', { onContactEvent: () => { throw new Error('not today') } })
  t.equal((await call({ behaviour: 'answer', keys: ['1'] })).disconnectReason, 'CONTACT_FLOW_DISCONNECT')
})
