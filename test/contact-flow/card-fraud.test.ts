import t from 'tap'
import { openCase } from '../../src/domain/case.ts'
import { contactAttributes } from '../../src/domain/contact-attributes.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy.ts'
import { PROMPT_NAMES } from '../../src/domain/prompts.ts'
import { hasReference } from '../../src/flow-language/attribute-reference.ts'
import { lintFlow } from '../../src/flow-language/flow-linter.ts'
import type { ContactView } from '../../src/simulators/connect/contact.ts'
import type { PhoneBehaviour } from '../../src/simulators/connect/phone.ts'
import { PROMPTS } from '../shipped-prompts.ts'
import { ATTRIBUTES, BRIDGE_ARN, readCardFraudFlow, startInstance, startInstanceWithBridge } from '../simulators/connect/simulated-instance.ts'

const {
  PromptQuestion: QUESTION, PromptRetry: RETRY, PromptBlocked: BLOCKED, PromptActive: ACTIVE, PromptAlreadyAnswered: ALREADY, PromptUnsure: UNSURE, PromptNone: NONE, PromptOptedOut: OPTED_OUT
} = ATTRIBUTES

interface FlowFile { Actions: Array<{ Identifier: string, Type: string, Parameters: Record<string, unknown> }> }

function said (contact: ContactView): string[] {
  return contact.transcript.filter(line => line.who === 'system').map(line => line.text)
}

function blocksOf (contact: ContactView): string[] {
  return contact.transcript.filter(line => line.who === 'block').map(line => line.text)
}

function sent (contact: ContactView): object[] {
  return contact.lambdaInvocations.map(({ event }) => (event as { Details: { Parameters: object } }).Details.Parameters)
}

t.test('the flow file has no fault that the linter knows', async t => {
  t.strictSame(lintFlow(readCardFraudFlow()), [])
})

t.test('the flow file writes every scalar parameter as a text, and says nothing but the prompts, each whole and as plain text', async t => {
  const prompts = new Set<string>()
  for (const { Identifier, Parameters } of (readCardFraudFlow() as FlowFile).Actions) {
    for (const value of Object.values(Parameters)) t.ok(typeof value === 'string' || typeof value === 'object')
    t.equal(Parameters['SSML'], undefined, Identifier)
    const text = Parameters['Text']
    if (typeof text !== 'string') continue
    t.match(text, /^\$\.Attributes\.Prompt[A-Za-z]+$/, Identifier)
    prompts.add(text.replace('$.Attributes.', ''))
  }
  t.strictSame([...prompts].sort(), Object.keys(ATTRIBUTES).filter(name => name.startsWith('Prompt')).sort(), 'and says all of them')
})

// What was pressed, what the service replied, what the flow may say, what it must have stored and sent.
const answers = [
  { keys: ['2'], reply: 'blocked', says: BLOCKED, stored: 'fraud' },
  { keys: ['1'], reply: 'active', says: ACTIVE, stored: 'genuine' },
  { keys: ['1'], reply: 'blocked', says: BLOCKED, stored: 'genuine' },
  { keys: ['2'], reply: 'active', says: ACTIVE, stored: 'fraud' },
  { keys: ['2'], reply: 'already_answered', says: ALREADY, stored: 'fraud' },
  { keys: ['1'], reply: 'already_answered', says: ALREADY, stored: 'genuine' },
  { keys: ['2'], reply: 'unsettled', says: UNSURE, stored: 'fraud' },
  { keys: ['2'], reply: 'opted_out', says: UNSURE, stored: 'fraud' },
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
    for (const parameters of sent(contact)) t.strictSame(parameters, { answer: stored })
    t.ok(service.posts.length > 0 && service.posts.every(post => post.isSigned))
    t.match(contact, { state: 'ended', disconnectReason: 'CONTACT_FLOW_DISCONNECT', flowError: null })
  })
}

t.test('key 9: the opt-out is stored and carried over, and noted only when the service says so', async t => {
  for (const [reply, says] of [['opted_out', OPTED_OUT], ['noted', UNSURE], ['blocked', UNSURE], [{ status: 503 }, UNSURE]] as const) {
    const { call } = await startInstanceWithBridge(t, () => reply)
    const contact = await call({ behaviour: 'answer', keys: ['9'] })
    t.strictSame(said(contact), [QUESTION, says], JSON.stringify(reply))
    t.match(contact.attributes, { OptOut: 'voice' })
    t.equal(contact.attributes['Answer'], undefined, 'it is no answer')
    for (const parameters of sent(contact)) t.strictSame(parameters, { answer: 'opt_out', channels: 'voice' })
    t.match(contact, { disconnectReason: 'CONTACT_FLOW_DISCONNECT', flowError: null })
  }
})

// No answer: asked twice, "none" carried over with whether any key came, and said so.
const silences: Array<{ name: string, phone: PhoneBehaviour, keys: string[], heard: string }> = [
  { name: 'nobody presses a key', phone: { behaviour: 'silence' }, keys: [], heard: 'nothing' },
  { name: 'wrong keys are pressed', phone: { behaviour: 'answer', keys: ['5', '#'] }, keys: ['5', '#'], heard: 'key' },
  { name: 'a wrong key, then none', phone: { behaviour: 'answer', keys: ['0', 'silence'] }, keys: ['0'], heard: 'key' },
  { name: 'none, then a wrong key', phone: { behaviour: 'answer', keys: ['silence', '*'] }, keys: ['*'], heard: 'key' },
  { name: 'a voicemail picks up', phone: { behaviour: 'voicemail' }, keys: [], heard: 'nothing' }
]

for (const { name, phone, keys, heard } of silences) {
  t.test(`${name}: the flow asks twice, records no answer and says so`, async t => {
    const { call, service } = await startInstanceWithBridge(t, () => 'noted')
    const contact = await call(phone)
    t.strictSame(said(contact), [QUESTION, RETRY, QUESTION, NONE])
    t.strictSame(contact.keys, keys)
    t.strictSame(sent(contact), [{ answer: 'none', heard }])
    t.equal(service.posts.length, 1)
    t.equal(contact.attributes['Answer'], undefined)
    t.equal(contact.disconnectReason, 'CONTACT_FLOW_DISCONNECT')
  })
}

t.test('a wrong key first and the right one then: the second one counts', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'answer', keys: ['7', '2'] })
  t.strictSame(said(contact), [QUESTION, RETRY, QUESTION, BLOCKED])
  t.strictSame(sent(contact), [{ answer: 'fraud' }])
})

t.test('key 3 repeats the question and uses up no try', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'answer', keys: ['3', '3', '3', 'silence', '2'] })
  t.strictSame(said(contact), [QUESTION, QUESTION, QUESTION, QUESTION, RETRY, QUESTION, BLOCKED])
  t.equal(contact.attributes['Heard'], 'key')
})

t.test('key 3 a fourth time: the call ends without an answer, and somebody was there', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'noted')
  const contact = await call({ behaviour: 'answer', keys: ['3', 'silence', '3', '3', '3'] })
  t.strictSame(said(contact), [QUESTION, QUESTION, RETRY, QUESTION, QUESTION, QUESTION, NONE])
  t.strictSame(sent(contact), [{ answer: 'none', heard: 'key' }])
})

t.test('the longest call is over within the life of an attempt', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'noted')
  // Each key comes at the last moment, after the whole question; the line speaks a word in 380 ms.
  const contact = await call({ behaviour: 'answer', keys: ['3', 'silence', '3', '3', '3'], afterMs: QUESTION.split(' ').length * 380 + 7_900 })
  t.strictSame(contact.keys, ['3', '3', '3', '3'])
  const talkedMs = Date.parse(contact.endedAt ?? '') - Date.parse(contact.connectedAt ?? '')
  t.ok(talkedMs < DEFAULT_POLICY.attemptMs, `${talkedMs} ms`)
})

t.test('the bridge fails on "none" too: the flow says the same, for it is true all the same', async t => {
  const { call } = await startInstanceWithBridge(t, () => ({ status: 500 }))
  t.strictSame(said(await call({ behaviour: 'silence' })), [QUESTION, RETRY, QUESTION, NONE])
})

t.test('a question that cannot be spoken: nothing is asked, nothing is claimed, and the call records no answer', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'noted')
  const contact = await call({ behaviour: 'answer', keys: ['2'] }, { Attributes: { ...ATTRIBUTES, PromptQuestion: 'x'.repeat(7000) } })
  t.strictSame(said(contact), [NONE])
  t.strictSame(sent(contact), [{ answer: 'none', heard: 'nothing' }])
})

t.test('the prompts are plain text: an "&" in one is spoken and breaks nothing', async t => {
  const { call } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'answer', keys: ['2'] }, { Attributes: { ...ATTRIBUTES, PromptQuestion: "O'Neil & <b> press 1 or 2." } })
  t.strictSame(said(contact), ["O'Neil & <b> press 1 or 2.", BLOCKED])
})

t.test('the caller hangs up during the question: no branch runs and the bridge is not called', async t => {
  const { call, service } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await call({ behaviour: 'hang_up' })
  t.strictSame(said(contact), [QUESTION])
  t.equal(contact.disconnectReason, 'CUSTOMER_DISCONNECT')
  t.equal(service.posts.length, 0)
})

for (const [key, attribute] of [['2', { Answer: 'fraud' }], ['9', { OptOut: 'voice' }]] as const) {
  t.test(`the caller presses ${key} and hangs up while the bridge runs: it arrives, and nothing more is said`, async t => {
    const { call, service } = await startInstanceWithBridge(t, () => 'blocked')
    const contact = await call({ behaviour: 'hang_up', keys: [key] })
    t.strictSame(said(contact), [QUESTION])
    t.equal(contact.disconnectReason, 'CUSTOMER_DISCONNECT')
    t.match(contact.attributes, attribute)
    t.equal(service.posts.length, 1)
    t.strictSame(contact.lambdaInvocations[0]?.reply, { result: 'blocked' })
  })
}

t.test('the flow log is off whenever the question, which holds a name, is spoken, and on again afterwards', async t => {
  for (const [keys, last] of [[['1'], 'log-genuine'], [['2'], 'log-fraud'], [['9'], 'log-opt-out'], [['3', '5', 'silence'], 'log-none']] as const) {
    const { call } = await startInstanceWithBridge(t, () => 'active')
    const contact = await call({ behaviour: 'answer', keys: [...keys] })
    let isLogged = false
    for (const text of blocksOf(contact)) {
      if (text.endsWith('flow log Enabled')) isLogged = true
      if (text.endsWith('flow log Disabled')) isLogged = false
      if (text.startsWith('ask:')) t.equal(isLogged, false)
    }
    t.equal(isLogged, true, last)
    t.ok(blocksOf(contact).includes(`${last}: flow log Enabled`))
  }
})

// The voice of each language; one that has none of its own is spoken by the English one.
for (const [language, voice] of [['en', 'Joanna'], ['de', 'Vicki'], ['es', 'Lucia'], ['fr', 'Joanna'], [undefined, 'Joanna']] as const) {
  t.test(`Language ${language}: the voice is ${voice}`, async t => {
    const { Language: _language, ...others } = ATTRIBUTES
    const { call } = await startInstanceWithBridge(t, () => 'active')
    const contact = await call({ behaviour: 'answer', keys: ['1'] }, { Attributes: language === undefined ? others : { ...others, Language: language } })
    t.ok(blocksOf(contact).some(text => text.endsWith(`: voice ${voice}`)))
    t.equal(blocksOf(contact).filter(text => text.includes(': voice ')).length, 1)
    t.strictSame(said(contact), [QUESTION, ACTIVE])
  })
}

for (const language of Object.keys(PROMPTS)) {
  t.test(`${language}: the service's own attributes go through the flow, and every sentence is heard as it was written`, async t => {
    const question = openCase('case_1', {
      transactionId: 'tx-1', amount: { valueMinor: 4155, currency: 'EUR' }, merchant: 'Café Central', score: 987, occurredAtMs: 0, cardId: 'card_1', last4: '8788', customerId: 'ada', reasons: []
    }, DEFAULT_POLICY, 0)
    const [attempt] = question.attempts
    if (attempt === undefined) throw new Error('no attempt')
    const attributes = contactAttributes(question, attempt, {
      customerId: 'ada', salutation: '', firstName: 'Ada', lastName: "O'Neil", phoneNumber: '+4915112345678', language, timeZone: 'Europe/Berlin', channels: ['voice'], optOuts: [], cardIds: [], updatedAtMs: 0
    }, { institution: 'Example Bank', prompts: PROMPTS, defaultLanguage: 'en' })
    t.equal(attributes['Language'], language)
    const stories = [
      [['2'], 'blocked', ['Question', 'Blocked']], [['1'], 'active', ['Question', 'Active']], [['1'], 'already_answered', ['Question', 'AlreadyAnswered']], [['2'], 'unsettled', ['Question', 'Unsure']],
      [['9'], 'opted_out', ['Question', 'OptedOut']], [['5', 'silence'], 'noted', ['Question', 'Retry', 'Question', 'None']]
    ] as const
    for (const [keys, reply, prompts] of stories) {
      const { call } = await startInstanceWithBridge(t, () => reply)
      const contact = await call({ behaviour: 'answer', keys: [...keys] }, { Attributes: attributes })
      t.strictSame(said(contact), prompts.map(name => attributes[`Prompt${name}`]))
      t.equal(contact.flowError, null)
    }
    for (const [name, value] of Object.entries(attributes)) t.equal(hasReference(value), false, name)
    t.equal(Object.keys(attributes).filter(name => name.startsWith('Prompt')).length, PROMPT_NAMES.length - 1, 'one question for one or several')
  })
}

t.test('a bridge that Connect may not call: the flow says that nothing is certain', async t => {
  const { call } = await startInstance(t, { lambdas: { [`${BRIDGE_ARN}-other`]: async () => ({}) } })
  for (const key of ['1', '2', '9']) t.strictSame(said(await call({ behaviour: 'answer', keys: [key] })), [QUESTION, UNSURE])
})
