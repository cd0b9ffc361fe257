import t from 'tap'
import { lintFlow } from '../../src/flow-language/flow-linter.ts'
import type { ContactView } from '../../src/simulators/connect/contact.ts'
import type { PhoneBehaviour } from '../../src/simulators/connect/phone.ts'
import { readTextFlow, startInstanceWithBridge, TEXT_ATTRIBUTES } from '../simulators/connect/simulated-instance.ts'

const { PromptQuestion, PromptRetry, PromptBlocked, PromptActive, PromptAlreadyAnswered, PromptUnsure, PromptNone, PromptOptedOut } = TEXT_ATTRIBUTES

/** Everything that the flow sent. */
function sent (contact: ContactView): string[] {
  return contact.transcript.filter(line => line.who === 'system').map(line => line.text)
}

function parametersSent (contact: ContactView): Array<Record<string, string>> {
  return contact.lambdaInvocations.map(({ event }) => (event as { Details: { Parameters: Record<string, string> } }).Details.Parameters)
}

t.test('the flow has no fault that the linter knows, and no markup in a text', async t => {
  t.strictSame(lintFlow(readTextFlow()), [])
  t.notMatch(JSON.stringify(readTextFlow()), /SSML|<speak|GetParticipantInput/)
})

t.test('the language is set for the contact itself, and the block says so', async t => {
  const blocks = (readTextFlow() as { Actions: Array<{ Type: string, Parameters: object }> }).Actions.filter(({ Type }) => Type === 'UpdateContactData')
  t.strictSame(blocks.map(({ Parameters }) => Parameters), ['en-US', 'de-DE', 'es-ES'].map(LanguageCode => ({ LanguageCode, TargetContact: 'Current' })))
})

// What was replied, what the service said, what the flow may send, what it must have stored and told.
const answers = [
  { reply: '2', result: 'blocked', sends: PromptBlocked, stored: 'fraud' },
  { reply: '1', result: 'active', sends: PromptActive, stored: 'genuine' },
  { reply: 'No.', result: 'blocked', sends: PromptBlocked, stored: 'fraud' },
  { reply: 'YES', result: 'active', sends: PromptActive, stored: 'genuine' },
  { reply: '1', result: 'blocked', sends: PromptBlocked, stored: 'genuine' },
  { reply: '2', result: 'active', sends: PromptActive, stored: 'fraud' },
  { reply: '2', result: 'already_answered', sends: PromptAlreadyAnswered, stored: 'fraud' },
  { reply: '2', result: 'unsettled', sends: PromptUnsure, stored: 'fraud' },
  { reply: '2', result: 'something_new', sends: PromptUnsure, stored: 'fraud' },
  { reply: '2', result: 'opted_out', sends: PromptUnsure, stored: 'fraud' },
  { reply: '2', result: { status: 503 }, sends: PromptUnsure, stored: 'fraud' },
  { reply: '1', result: { status: 401 }, sends: PromptUnsure, stored: 'genuine' }
] as const

for (const { reply, result, sends, stored } of answers) {
  t.test(`the reply ${reply} and the result ${JSON.stringify(result)}: the flow sends what is true`, async t => {
    const { text } = await startInstanceWithBridge(t, () => result)
    const contact = await text({ replies: [reply] })
    t.strictSame(sent(contact), [PromptQuestion, sends])
    t.equal(contact.attributes['Answer'], stored)
    t.ok(parametersSent(contact).length > 0 && parametersSent(contact).every(({ answer }) => answer === stored))
    t.match(contact, { channel: 'CHAT', state: 'ended', disconnectReason: 'CONTACT_FLOW_DISCONNECT', flowError: null })
  })
}

t.test('an unclear reply is asked about once more, and then the answer counts', async t => {
  for (const unclear of ['hello', 'ok', 'OK!', '12', 'not sure', '?', 'yes no', '3']) {
    const { text } = await startInstanceWithBridge(t, () => 'active')
    const contact = await text({ replies: [unclear, '1'] })
    t.strictSame(sent(contact), [PromptQuestion, PromptRetry, PromptActive], unclear)
    t.strictSame(parametersSent(contact), [{ answer: 'genuine' }])
  }
})

t.test('two unclear replies are no answer: a reply was heard, and the flow says that none was recorded', async t => {
  const { text } = await startInstanceWithBridge(t, () => 'noted')
  const contact = await text({ replies: ['hello', 'ok'] })
  t.strictSame(sent(contact), [PromptQuestion, PromptRetry, PromptNone])
  t.strictSame(parametersSent(contact), [{ answer: 'none', heard: 'key' }])
  t.notOk('Answer' in contact.attributes)
})

// Opting out: what came back, and what may be said of it.
const optOuts = [
  { result: 'opted_out', says: PromptOptedOut },
  { result: 'noted', says: PromptUnsure },
  { result: 'active', says: PromptUnsure },
  { result: { status: 500 }, says: PromptUnsure }
] as const

for (const { result, says } of optOuts) {
  t.test(`an opt-out and the result ${JSON.stringify(result)}: the flow promises only what was stored`, async t => {
    const { text } = await startInstanceWithBridge(t, () => result)
    // A word that the bot takes for an opt-out and the network does not.
    const contact = await text({ replies: ['abmelden'] })
    t.strictSame(sent(contact), [PromptQuestion, says])
    t.equal(contact.attributes['OptOut'], 'sms')
    t.notOk('Answer' in contact.attributes)
    t.ok(parametersSent(contact).every((parameters) => parameters['answer'] === 'opt_out' && parameters['channels'] === 'sms'))
  })
}

t.test('silence ends with the conversation, and nothing is told or sent', async t => {
  const { text, service } = await startInstanceWithBridge(t, () => 'noted')
  const contact = await text({ behaviour: 'answer', keys: ['2'] }, { ChatDurationInMinutes: 60 })
  t.strictSame(sent(contact), [PromptQuestion])
  t.match(contact, { disconnectReason: 'EXPIRED', flowError: null })
  t.equal(Date.parse(contact.endedAt ?? '') - Date.parse(contact.startedAt), 3_600_000)
  t.equal(service.posts.length, 0)
})

t.test('a contact without a question tells that nothing was asked, and sends nothing', async t => {
  const { text } = await startInstanceWithBridge(t, () => 'noted')
  const { PromptQuestion: _left, ...rest } = TEXT_ATTRIBUTES
  const contact = await text({ replies: ['2'] }, { Attributes: rest })
  t.strictSame(sent(contact), [])
  t.strictSame(parametersSent(contact), [{ answer: 'none', heard: 'nothing' }])
})

t.test('the language of the contact is the bot\'s', async t => {
  for (const [language, code] of [['en', 'en-US'], ['de', 'de-DE'], ['de-AT', 'de-DE'], ['es', 'es-ES'], ['fr', 'en-US'], [undefined, 'en-US']] as const) {
    const { text } = await startInstanceWithBridge(t, () => 'blocked')
    const { Language: _left, ...rest } = TEXT_ATTRIBUTES
    const contact = await text({ replies: ['2'] }, { Attributes: { ...rest, ...language === undefined ? {} : { Language: language } } })
    const [invocation] = contact.lambdaInvocations as Array<{ event: { Details: { ContactData: Record<string, unknown> } } }>
    t.match(invocation?.event.Details.ContactData, { LanguageCode: code, Channel: 'CHAT', SegmentAttributes: { 'connect:Subtype': { ValueString: 'connect:SMS' } } })
  }
})

t.test('the flow log is off from before the question until an answer came', async t => {
  const { text } = await startInstanceWithBridge(t, () => 'blocked')
  const phone: PhoneBehaviour = { replies: ['hello', '2'] }
  const blocks = (await text(phone)).transcript.filter(line => line.who === 'block').map(line => line.text)
  t.equal(blocks[0], 'log-off: flow log Disabled')
  const on = blocks.findIndex(line => line.endsWith('flow log Enabled'))
  t.ok(on > blocks.findIndex(line => line.startsWith('ask-again: ')), blocks.join('\n'))
})
