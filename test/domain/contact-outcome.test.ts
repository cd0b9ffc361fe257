import t from 'tap'
import { ATTEMPT_OUTCOMES } from '../../src/domain/attempt.ts'
import { contactOutcome, wasNeverReached, type ContactFacts, type SilentOutcome } from '../../src/domain/contact-outcome.ts'

const PICKED_UP_MS = 1_795_341_605_000
const facts = (change: Partial<ContactFacts> = {}): ContactFacts => ({ channel: 'voice', connectedAtMs: null, disconnectReason: null, answeringMachine: null, heard: null, ...change })

t.test('ATTEMPT_OUTCOMES are the published words', async (t) => {
  t.same([...ATTEMPT_OUTCOMES].sort(), [
    'answered', 'busy', 'failed', 'invalid_number', 'no_answer', 'no_input', 'opted_out', 'rejected', 'skipped', 'superseded', 'unknown', 'voicemail_suspected'
  ])
})

t.test('contactOutcome: every reason of a voice contact, by whether it was picked up and what was heard', async (t) => {
  type Row = [reason: string | null, notPickedUp: SilentOutcome, silent: SilentOutcome, key: SilentOutcome, heardUnknown: SilentOutcome]
  const always = (reason: string, outcome: SilentOutcome): Row => [reason, outcome, outcome, outcome, outcome]
  const TABLE: Row[] = [
    ['CONTACT_FLOW_DISCONNECT', 'no_input', 'voicemail_suspected', 'no_input', 'no_input'],
    ['CUSTOMER_DISCONNECT', 'no_answer', 'no_input', 'no_input', 'no_input'],
    ['AGENT_DISCONNECT', 'no_answer', 'no_input', 'no_input', 'no_input'],
    ['THIRD_PARTY_DISCONNECT', 'no_answer', 'no_input', 'no_input', 'no_input'],
    ['BARGED', 'no_answer', 'no_input', 'no_input', 'no_input'],
    always('TELECOM_PROBLEM', 'failed'),
    ['OTHER', 'no_answer', 'voicemail_suspected', 'no_input', 'no_input'],
    always('TELECOM_BUSY', 'busy'),
    always('TELECOM_NUMBER_INVALID', 'invalid_number'),
    always('TELECOM_POTENTIAL_BLOCKING', 'rejected'),
    always('TELECOM_UNANSWERED', 'no_answer'),
    always('TELECOM_TIMEOUT', 'no_answer'),
    always('TELECOM_ORIGINATOR_CANCEL', 'failed'),
    always('CUSTOMER_NEVER_ARRIVED', 'no_answer'),
    always('OUTBOUND_DESTINATION_ENDPOINT_ERROR', 'rejected'),
    always('OUTBOUND_RESOURCE_ERROR', 'failed'),
    always('OUTBOUND_ATTEMPT_FAILED', 'failed'),
    always('OUTBUND_PREVIEW_DISCARDED', 'failed'),
    ['EXPIRED', 'failed', 'failed', 'no_input', 'failed'],
    ['SOMETHING_NEW', 'no_answer', 'voicemail_suspected', 'no_input', 'no_input'],
    ['toString', 'no_answer', 'voicemail_suspected', 'no_input', 'no_input'],
    ['', 'no_answer', 'voicemail_suspected', 'no_input', 'no_input'],
    [null, 'no_answer', 'voicemail_suspected', 'no_input', 'no_input']
  ]
  for (const [disconnectReason, notPickedUp, silent, key, heardUnknown] of TABLE) {
    t.equal(contactOutcome(facts({ disconnectReason })), notPickedUp, `${disconnectReason}, not picked up`)
    t.equal(contactOutcome(facts({ disconnectReason, connectedAtMs: PICKED_UP_MS, heard: 'nothing' })), silent, `${disconnectReason}, picked up and silent`)
    t.equal(contactOutcome(facts({ disconnectReason, connectedAtMs: PICKED_UP_MS, heard: 'key' })), key, `${disconnectReason}, a wrong key`)
    t.equal(contactOutcome(facts({ disconnectReason, connectedAtMs: PICKED_UP_MS })), heardUnknown, `${disconnectReason}, picked up`)
  }
})

t.test('contactOutcome: every reason of a text, by whether a reply came', async (t) => {
  const TABLE: Array<[reason: string | null, nothing: SilentOutcome, reply: SilentOutcome]> = [
    ['AGENT_DISCONNECT', 'no_answer', 'no_input'],
    ['CUSTOMER_DISCONNECT', 'no_input', 'no_input'],
    ['AGENT_NETWORK_DISCONNECT', 'failed', 'failed'],
    ['CUSTOMER_CONNECTION_NOT_ESTABLISHED', 'failed', 'failed'],
    ['EXPIRED', 'no_answer', 'no_input'],
    ['CONTACT_FLOW_DISCONNECT', 'no_answer', 'no_input'],
    ['API', 'no_answer', 'no_input'],
    ['BARGED', 'no_answer', 'no_input'],
    ['IDLE_DISCONNECT', 'no_answer', 'no_input'],
    ['THIRD_PARTY_DISCONNECT', 'no_answer', 'no_input'],
    ['SYSTEM_ERROR', 'failed', 'failed'],
    ['SOMETHING_NEW', 'no_answer', 'no_input'],
    [null, 'no_answer', 'no_input']
  ]
  for (const [disconnectReason, nothing, reply] of TABLE) {
    const text = { channel: 'sms', connectedAtMs: PICKED_UP_MS, disconnectReason } as const
    t.equal(contactOutcome(facts({ ...text, heard: 'nothing' })), nothing, `${disconnectReason}, silence`)
    t.equal(contactOutcome(facts(text)), nothing, `${disconnectReason}, nobody knows`)
    t.equal(contactOutcome(facts({ ...text, heard: 'key' })), reply, `${disconnectReason}, some reply`)
  }
})

t.test('contactOutcome: what answered, where Amazon Connect has listened', async (t) => {
  const TABLE: Array<[status: string, outcome: SilentOutcome]> = [
    ['ANSWERED', 'no_input'],
    ['UNDETECTED', 'no_input'],
    ['ERROR', 'no_input'],
    ['HUMAN_ANSWERED', 'no_input'],
    ['SIT_TONE_DETECTED', 'failed'],
    ['SIT_TONE_BUSY', 'busy'],
    ['SIT_TONE_INVALID_NUMBER', 'invalid_number'],
    ['FAX_MACHINE_DETECTED', 'voicemail_suspected'],
    ['VOICEMAIL_BEEP', 'voicemail_suspected'],
    ['VOICEMAIL_NO_BEEP', 'voicemail_suspected'],
    ['AMD_UNRESOLVED', 'no_input'],
    ['AMD_UNRESOLVED_SILENCE', 'no_input'],
    ['AMD_UNANSWERED', 'no_answer'],
    ['AMD_ERROR', 'no_input'],
    ['AMD_NOT_APPLICABLE', 'no_input'],
    ['SOMETHING_NEW', 'no_input']
  ]
  for (const [answeringMachine, outcome] of TABLE) {
    t.equal(contactOutcome(facts({ answeringMachine, connectedAtMs: PICKED_UP_MS, disconnectReason: 'CONTACT_FLOW_DISCONNECT' })), outcome, answeringMachine)
  }
  t.equal(contactOutcome(facts({ answeringMachine: 'VOICEMAIL_BEEP', connectedAtMs: PICKED_UP_MS, heard: 'key' })), 'no_input', 'a key is a person')
})

t.test('wasNeverReached: only a reason that says so by itself', async (t) => {
  for (const reason of ['TELECOM_BUSY', 'TELECOM_NUMBER_INVALID', 'TELECOM_POTENTIAL_BLOCKING', 'TELECOM_UNANSWERED', 'TELECOM_TIMEOUT', 'CUSTOMER_NEVER_ARRIVED', 'OUTBOUND_ATTEMPT_FAILED']) t.equal(wasNeverReached(reason), true, reason)
  for (const reason of ['CONTACT_FLOW_DISCONNECT', 'CUSTOMER_DISCONNECT', 'OTHER', 'TELECOM_PROBLEM', 'SOMETHING_NEW', 'constructor', null]) t.equal(wasNeverReached(reason), false, String(reason))
})
