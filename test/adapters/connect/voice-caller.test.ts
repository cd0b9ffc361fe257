import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createConnectClient } from '../../../src/adapters/aws/clients.ts'
import { createConnectVoiceCaller } from '../../../src/adapters/connect/voice-caller.ts'
import type { ContactRequest } from '../../../src/ports.ts'
import { ATTRIBUTES, CARDHOLDER, FLOW_ID, INSTANCE_ID, OUR_NUMBER, startInstance } from '../../simulators/connect/simulated-instance.ts'

const REQUEST: ContactRequest = { clientToken: 'ringfence-attempt_1', phoneNumber: CARDHOLDER, attributes: ATTRIBUTES, ringMs: 45_000 }

function callerTo (t: Test, endpoint: string, { timeoutMs = 5_000, ...change }: { timeoutMs?: number, contactFlowId?: string, sourcePhoneNumber?: string } = {}) {
  const client = createConnectClient(timeoutMs, { endpoint })
  t.teardown(() => { client.destroy() })
  return createConnectVoiceCaller({ client, instanceId: INSTANCE_ID, contactFlowId: FLOW_ID, sourcePhoneNumber: OUR_NUMBER, timeoutMs, ...change })
}

t.test('start: the call that was asked for goes out, and its contact is told', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const result = await callerTo(t, endpoint).start(REQUEST)
  const [contact] = simulator.contacts()
  t.same(result, { kind: 'submitted', contactId: contact?.contactId })
  t.match(contact, { clientToken: REQUEST.clientToken, destination: CARDHOLDER, source: OUR_NUMBER, attributes: ATTRIBUTES })
})

t.test('start: the same token finds the call that it started', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const caller = callerTo(t, endpoint)
  t.same(await caller.start(REQUEST), await caller.start(REQUEST))
  t.equal(simulator.contacts().length, 1)
})

t.test('start: a reply that was lost after the call went out is unknown, and asking again finds the call', async (t) => {
  const { endpoint, simulator } = await startInstance(t)
  const caller = callerTo(t, endpoint)
  simulator.setFault({ fault: 'drop_reply_after_start' })
  t.match(await caller.start(REQUEST), { kind: 'unknown' })
  t.same(await caller.start(REQUEST), { kind: 'submitted', contactId: simulator.contacts()[0]?.contactId })
  t.equal(simulator.contacts().length, 1)
})

t.test('start: a destination that is not allowed is refused for good', async (t) => {
  const { endpoint } = await startInstance(t, { destinationPrefixes: ['+1'] })
  t.same(await callerTo(t, endpoint).start(REQUEST), { kind: 'refused', outcome: 'rejected', why: 'DestinationNotAllowedException' })
})

t.test('start: a flow that is not there may be there later', async (t) => {
  const { endpoint } = await startInstance(t)
  t.same(await callerTo(t, endpoint, { contactFlowId: 'no-such-flow' }).start(REQUEST), { kind: 'not_now', why: 'ResourceNotFoundException' })
})

t.test('start: nobody listening means that certainly nobody was called', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => { server.close(resolve) })
  t.same(await callerTo(t, `http://127.0.0.1:${port}`).start(REQUEST), { kind: 'not_now', why: 'ECONNREFUSED' })
})

t.test('start: what it tells of a failure holds no phone number', async (t) => {
  const { endpoint } = await startInstance(t)
  const result = await callerTo(t, endpoint).start({ ...REQUEST, phoneNumber: '+0' })
  t.match(result, { kind: 'refused' })
  t.notMatch(JSON.stringify(result), '+0')
})
