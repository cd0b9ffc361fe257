import t, { type Test } from 'tap'
import { createConnectClient } from '../../../src/adapters/aws/clients.ts'
import { createConnectSmsCaller } from '../../../src/adapters/connect/sms-caller.ts'
import type { ContactRequest } from '../../../src/ports.ts'
import { CARDHOLDER, INSTANCE_ID, OUR_NUMBER, startInstance, TEXT_ATTRIBUTES, TEXT_FLOW_ID, TEXT_NUMBER_ARN } from '../../simulators/connect/simulated-instance.ts'

const REQUEST: ContactRequest = { clientToken: 'ringfence-attempt_1', phoneNumber: CARDHOLDER, attributes: TEXT_ATTRIBUTES, ringMs: 45_000 }

function callerTo (t: Test, endpoint: string, { timeoutMs = 5_000, ...change }: { timeoutMs?: number, contactFlowId?: string, sourceNumberArn?: string, replyMs?: number } = {}) {
  const client = createConnectClient(timeoutMs, { endpoint })
  t.teardown(() => { client.destroy() })
  return createConnectSmsCaller({ client, instanceId: INSTANCE_ID, contactFlowId: TEXT_FLOW_ID, sourceNumberArn: TEXT_NUMBER_ARN, replyMs: 3_600_000, timeoutMs, ...change })
}

t.test('start: one message goes out, the flow\'s question, to the number that was asked for', async (t) => {
  const { endpoint, simulator, clock } = await startInstance(t)
  clock.hold()
  const result = await callerTo(t, endpoint).start(REQUEST)
  const [contact] = simulator.contacts()
  t.same(result, { kind: 'submitted', contactId: contact?.contactId })
  t.match(contact, { channel: 'CHAT', clientToken: REQUEST.clientToken, destination: CARDHOLDER, source: OUR_NUMBER, attributes: TEXT_ATTRIBUTES })
  t.strictSame(contact?.transcript.filter(({ who }) => who === 'system').map(({ text }) => text), [TEXT_ATTRIBUTES.PromptQuestion])
})

t.test('start: the conversation lasts as long as the policy waits for a reply', async (t) => {
  for (const minutes of [60, 1500, 10_080]) {
    const { endpoint, simulator } = await startInstance(t)
    await callerTo(t, endpoint, { replyMs: minutes * 60_000 }).start(REQUEST)
    const contact = await simulator.settledContact(simulator.contacts()[0]?.contactId ?? '')
    t.equal(contact.disconnectReason, 'EXPIRED')
    t.equal(Date.parse(contact.endedAt ?? '') - Date.parse(contact.startedAt), minutes * 60_000)
  }
})

t.test('start: the same token finds the conversation that it started, also when the reply was lost', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const caller = callerTo(t, endpoint)
  simulator.setFault({ fault: 'drop_reply_after_start' })
  t.match(await caller.start(REQUEST), { kind: 'unknown' })
  t.same(await caller.start(REQUEST), { kind: 'submitted', contactId: simulator.contacts()[0]?.contactId })
  t.equal(simulator.contacts().length, 1)
})

t.test('start: a flow or a number that is not there may be there later', async (t) => {
  const { endpoint } = await startInstance(t)
  for (const change of [{ contactFlowId: 'no-such-flow' }, { sourceNumberArn: 'arn:aws:connect:eu-central-1:123456789012:phone-number/none' }]) {
    t.same(await callerTo(t, endpoint, change).start(REQUEST), { kind: 'not_now', why: 'ResourceNotFoundException' })
  }
})
