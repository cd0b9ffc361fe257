import t from 'tap'
import { lintFlow } from '../../src/flow-language/flow-linter.ts'
import type { ContactView } from '../../src/simulators/connect/contact.ts'
import type { PhoneBehaviour } from '../../src/simulators/connect/phone.ts'
import { ATTRIBUTES, readCardFraudFlow, startInstanceWithBridge } from '../simulators/connect/simulated-instance.ts'

const QUESTION = 'This is a security call from Example Bank. Hello Mrs Ada Lovelace. We noticed a payment of 4155 euros at an unnamed merchant, ' +
  'made with your card ending 8 7 8 8. If you made this payment, press 1. If you did not make it, press 2 to have us block your card. ' +
  'We never ask for your card number or your PIN.'
const BLOCKED = 'Your card ending 8 7 8 8 is now blocked. If you have any question, please call the number on the back of the card. Goodbye.'
const ACTIVE = 'Thank you. Your card ending 8 7 8 8 stays active. Goodbye.'
const ALREADY = 'A different answer is already on record for this payment, so the key you pressed has changed nothing. Please call the number on the back of your card. Goodbye.'
const UNSURE = 'We are sorry. We could not confirm that your answer was recorded, so please do not rely on this call. To be safe, please call the number on the back of your card now. Goodbye.'
const NONE = 'This call has recorded no answer from you. Please call the number on the back of your card. Goodbye.'

function said (contact: ContactView): string[] {
  return contact.transcript.filter(line => line.who === 'system').map(line => line.text)
}

function answersSent (contact: ContactView): string[] {
  return contact.lambdaInvocations.map(({ event }) => (event as { Details: { Parameters: { answer: string } } }).Details.Parameters.answer)
}

t.test('the flow file has no fault that the linter knows', async t => {
  t.strictSame(lintFlow(readCardFraudFlow()), [])
})

t.test('the flow file writes every scalar parameter as a text and names its one placeholder', async t => {
  const flow = readCardFraudFlow() as { Actions: Array<{ Parameters: Record<string, unknown> }> }
  for (const { Parameters } of flow.Actions) {
    for (const value of Object.values(Parameters)) t.ok(typeof value === 'string' || typeof value === 'object')
  }
})

// What was pressed, what the service replied, what the flow may say, what it must have stored and sent.
const answers = [
  { keys: ['2'], reply: 'blocked', says: BLOCKED, stored: 'fraud' },
  { keys: ['1'], reply: 'active', says: ACTIVE, stored: 'genuine' },
  { keys: ['1'], reply: 'blocked', says: BLOCKED, stored: 'genuine' },
  { keys: ['2'], reply: 'active', says: ACTIVE, stored: 'fraud' },
  { keys: ['2'], reply: 'already_answered', says: ALREADY, stored: 'fraud' },
  { keys: ['1'], reply: 'already_answered', says: ALREADY, stored: 'genuine' },
  { keys: ['2'], reply: 'something_new', says: UNSURE, stored: 'fraud' },
  { keys: ['2'], reply: { status: 503 }, says: UNSURE, stored: 'fraud' },
  { keys: ['1'], reply: { status: 401 }, says: UNSURE, stored: 'genuine' }
] as const

for (const { keys, reply, says, stored } of answers) {
  t.test(`key ${keys.join()} and the reply ${JSON.stringify(reply)}: the flow says what is true`, async t => {
    const { call, service } = await startInstanceWithBridge(t, () => reply)
    const contact = await call({ behaviour: 'answer', keys: [...keys] })
    t.strictSame(said(contact), [QUESTION, says])
    t.equal(contact.attributes['Answer'], stored)
    t.ok(answersSent(contact).every(answer => answer === stored))
    t.ok(service.posts.length > 0 && service.posts.every(post => post.isSigned))
    t.match(contact, { state: 'ended', disconnectReason: 'CONTACT_FLOW_DISCONNECT', flowError: null })
  })
}

// No answer: asked twice, "none" carried over, and said so.
const silences: Array<{ name: string, phone: PhoneBehaviour, keys: string[] }> = [
  { name: 'nobody presses a key', phone: { behaviour: 'silence' }, keys: [] },
  { name: 'wrong keys are pressed', phone: { behaviour: 'answer', keys: ['9', '#'] }, keys: ['9', '#'] },
  { name: 'a voicemail picks up', phone: { behaviour: 'voicemail' }, keys: [] }
]

for (const { name, phone, keys } of silences) {
  t.test(`${name}: the flow asks twice, records no answer and says so`, async t => {
    const { call, service } = await startInstanceWithBridge(t, () => 'none')
    const contact = await call(phone)
    t.strictSame(said(contact), [QUESTION, QUESTION, NONE])
    t.strictSame(contact.keys, keys)
    t.strictSame(answersSent(contact), ['none'])
    t.equal(service.posts.length, 1)
    t.equal(contact.attributes['Answer'], undefined)
    t.equal(contact.disconnectReason, 'CONTACT_FLOW_DISCONNECT')
  })
}

t.test('a wrong key first and the right one then: the second one counts', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'answer', keys: ['7', '2'] })
  t.strictSame(said(contact), [QUESTION, QUESTION, BLOCKED])
  t.strictSame(answersSent(contact), ['fraud'])
})

t.test('the bridge fails on "none" too: the flow says the same, for it is true all the same', async t => {
  const { call } = await startInstanceWithBridge(t, () => ({ status: 500 }))
  t.strictSame(said(await call({ behaviour: 'silence' })), [QUESTION, QUESTION, NONE])
})

t.test('a name that breaks the SSML: nothing is asked, nothing is claimed, and the call records no answer', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'none')
  const contact = await call({ behaviour: 'answer', keys: ['2'] }, { Attributes: { ...ATTRIBUTES, Name: "O'Neil & <b>" } })
  t.strictSame(said(contact), [NONE])
  t.strictSame(answersSent(contact), ['none'])
})

t.test('the caller hangs up during the question: no branch runs and the bridge is not called', async t => {
  const { call, service } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'hang_up' })
  t.strictSame(said(contact), [QUESTION])
  t.equal(contact.disconnectReason, 'CUSTOMER_DISCONNECT')
  t.equal(service.posts.length, 0)
})

t.test('the caller presses 2 and hangs up while the bridge runs: the answer arrives, and nothing more is said', async t => {
  const { call, service } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'hang_up', keys: ['2'] })
  t.strictSame(said(contact), [QUESTION])
  t.equal(contact.disconnectReason, 'CUSTOMER_DISCONNECT')
  t.equal(contact.attributes['Answer'], 'fraud')
  t.equal(service.posts.length, 1)
  t.strictSame(contact.lambdaInvocations[0]?.reply, { result: 'blocked' })
})

t.test('the flow log is paused while the question, which holds a name, is asked', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'active')
  const contact = await call({ behaviour: 'answer', keys: ['1'] })
  const blocks = contact.transcript.filter(line => line.who === 'block').map(line => line.text)
  t.equal(blocks[blocks.findIndex(text => text.startsWith('ask:')) - 2], 'log-pause: flow log Disabled')
  t.equal(blocks[blocks.findIndex(text => text.startsWith('ask:')) + 1], 'log-genuine: flow log Enabled')
})

t.test('a question about several payments says how many, and the keys are about all of them', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'active')
  const several = await call({ behaviour: 'answer', keys: ['1'] }, { Attributes: { ...ATTRIBUTES, Count: '3' } })
  const asked = several.transcript.find(line => line.who === 'system')?.text ?? ''
  t.match(asked, /We noticed 3 payments, made with your card ending 8 7 8 8\. One of them is 4155 euros at/)
  t.match(asked, /If you made all of them, press 1\./)
  t.match(several.transcript.at(-1)?.text ?? several.transcript.at(-2)?.text, /stays active|hang-up/)
  t.same(several.lambdaInvocations.length, 1)

  const one = await call({ behaviour: 'answer', keys: ['1'] }, { Attributes: { ...ATTRIBUTES, Count: '1' } })
  t.match(one.transcript.find(line => line.who === 'system')?.text, /We noticed a payment of 4155 euros/)
})
