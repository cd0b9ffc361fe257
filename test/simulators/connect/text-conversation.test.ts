import t from 'tap'
import { scaleClock } from '../../../src/simulators/aws/clock.ts'
import type { Contact, ContactView } from '../../../src/simulators/connect/contact.ts'
import { createPhone } from '../../../src/simulators/connect/phone.ts'
import { createThread } from '../../../src/simulators/connect/thread.ts'
import { BRIDGE_ARN, CARDHOLDER, LEX_ALIAS_ARN, OUR_NUMBER, startInstance, startInstanceWithBridge, TEXT_ATTRIBUTES, TEXT_FLOW_ID } from './simulated-instance.ts'
import { createTestClock } from './test-clock.ts'

const { PromptQuestion, PromptBlocked, PromptRetry, PromptOptedOut } = TEXT_ATTRIBUTES

async function send (endpoint: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${endpoint}/_simulator${path}`, {
    method, headers: body === undefined ? {} : { 'content-type': 'application/json' }, ...body === undefined ? {} : { body: JSON.stringify(body) }
  })
  return { status: response.status, body: await response.json() }
}

function thread (contact: ContactView) {
  return contact.transcript.filter(({ who }) => who !== 'block').map(({ who, text, isDelivered }) => isDelivered === false ? [who, text, 'not delivered'] : [who, text])
}

/** A flow of one block after the other, each with all its branches to the next. */
function flowOf (blocks: Array<{ Type: string, Parameters: Record<string, unknown>, Conditions?: string[] }>) {
  return {
    Version: '2019-10-30',
    StartAction: 'b0',
    Metadata: {},
    Actions: [...blocks.map(({ Type, Parameters, Conditions = [] }, n) => ({
      Identifier: `b${n}`,
      Type,
      Parameters,
      Transitions: {
        NextAction: `b${n + 1}`,
        Conditions: Conditions.map(value => ({ NextAction: `b${n + 1}`, Condition: { Operator: 'Equals', Operands: [value] } })),
        Errors: (Type === 'ConnectParticipantWithLexBot' || Type === 'GetParticipantInput' ? ['InputTimeLimitExceeded', 'NoMatchingCondition', 'NoMatchingError'] : ['NoMatchingError']).map(ErrorType => ({ NextAction: `b${n + 1}`, ErrorType }))
      }
    })), { Identifier: `b${blocks.length}`, Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} }]
  }
}

t.test('a human replies over the control API, and the thread is told as it went', async t => {
  const { endpoint, clock, startText, simulator } = await startInstanceWithBridge(t, () => 'blocked')
  clock.hold()
  const contactId = await startText()
  t.match(await send(endpoint, 'GET', `/contacts/${contactId}`), { status: 200, body: { channel: 'CHAT', state: 'connected' } })
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/keys`, { key: '2' })).status, 409)
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/pick-up`)).status, 409)
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/messages`, { text: 'hello' })).status, 200)
  // The clock is held: the second question is out when the first reply has been read.
  for (let n = 0; n < 50 && simulator.contacts()[0]?.transcript.at(-1)?.text !== PromptRetry; n++) await new Promise(resolve => setImmediate(resolve))
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/messages`, { text: '2' })).status, 200)
  const contact = await simulator.settledContact(contactId)
  t.strictSame(thread(contact), [['system', PromptQuestion], ['cardholder', 'hello'], ['system', PromptRetry], ['cardholder', '2'], ['system', PromptBlocked]])
  t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/messages`, { text: '1' })).status, 409)
})

t.test('messages and replies are checked strictly', async t => {
  const { endpoint, clock, startText, dial } = await startInstance(t)
  clock.hold()
  const contactId = await startText()
  for (const body of [{}, { text: '' }, { text: 2 }, { text: 'a', more: 1 }, { text: 'a'.repeat(1601) }]) {
    t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/messages`, body)).status, 400, JSON.stringify(body).slice(0, 40))
  }
  for (const body of [{}, { replies: [''] }, { replies: [2] }, { replies: '2' }]) t.equal((await send(endpoint, 'PUT', `/phones/${CARDHOLDER}`, body)).status, 400)
  t.match(await send(endpoint, 'PUT', `/phones/${CARDHOLDER}`, { replies: ['2'], delayMs: 5000 }), { status: 200, body: { replies: ['2'] } })
  t.equal((await send(endpoint, 'POST', `/contacts/${await dial()}/messages`, { text: '2' })).status, 409)
})

t.test('a scripted reply comes after its delay, one for each question; "silence" lets one pass', async t => {
  const { text } = await startInstanceWithBridge(t, () => 'blocked')
  const late = await text({ replies: ['2'], delayMs: 1_800_000 })
  const replied = late.transcript.find(({ who }) => who === 'cardholder')
  t.equal(Date.parse(replied?.at ?? '') - Date.parse(late.startedAt), 1_800_000)
  t.match(await text({ replies: ['2'], delayMs: 3_600_001 }, { ChatDurationInMinutes: 60 }), { disconnectReason: 'EXPIRED', lambdaInvocations: [] })
  t.match(await text({ replies: ['silence', '2'] }, { ChatDurationInMinutes: 60 }), { disconnectReason: 'EXPIRED', lambdaInvocations: [] })
})

t.test('the first reply is the reply: one that comes before it was read is kept and unheard', async t => {
  const clock = createTestClock()
  clock.hold()
  const contact = { destination: CARDHOLDER, source: OUR_NUMBER, state: 'connected', transcript: [] } as unknown as Contact
  const thread = createThread({
    contact, durationMs: 3_600_000, phone: createPhone(undefined), clock: scaleClock(clock, 1), optedOut: new Set(), onChange () {}, onOver () {}
  })
  const asking = thread.askForReply('Was it you?', 3_600_000)
  t.equal(thread.receive('2'), true)
  t.equal(thread.receive('1'), true)
  t.strictSame(await asking, { text: '2' })
  t.strictSame(contact.transcript.map(({ text, isUnheard = false }) => [text, isUnheard]), [['Was it you?', false], ['2', false], ['1', true]])
})

t.test('every text that goes out is measured', async t => {
  const { text } = await startInstanceWithBridge(t, () => 'blocked')
  const contact = await text({ replies: ['2'] }, { Attributes: { ...TEXT_ATTRIBUTES, PromptBlocked: 'í'.repeat(71) } })
  t.strictSame(contact.transcript.filter(({ who }) => who === 'system').map(({ encoding }) => encoding), [
    { alphabet: 'GSM-7', units: PromptQuestion.length, segments: 1 }, { alphabet: 'UCS-2', units: 71, segments: 2 }
  ])
})

t.test('after STOP nothing of ours reaches the phone, in no conversation, until START', async t => {
  const { endpoint, text, simulator } = await startInstanceWithBridge(t, answer => answer === 'opt_out' ? 'opted_out' : 'blocked')
  const stopped = await text({ replies: ['Stop'] })
  t.strictSame(thread(stopped), [
    ['system', PromptQuestion], ['cardholder', 'Stop'], ['carrier', `No more texts from ${stopped.source} reach this phone. START takes that back.`],
    ['system', PromptOptedOut, 'not delivered']
  ])
  const next = await text({ replies: ['2'] })
  t.strictSame(thread(next), [['system', PromptQuestion, 'not delivered']])
  t.equal(next.disconnectReason, 'EXPIRED')

  t.equal((await send(endpoint, 'POST', `/contacts/${next.contactId}/messages`, { text: 'start' })).status, 200)
  t.strictSame(thread(await text({ replies: ['2'] })), [['system', PromptQuestion], ['cardholder', '2'], ['system', PromptBlocked]])
  await simulator.reset()
})

t.test('a reset forgets who opted out', async t => {
  const { text, simulator } = await startInstanceWithBridge(t, () => 'opted_out')
  await text({ replies: ['STOP'] })
  await simulator.reset()
  t.match(thread(await text({})), [['system', PromptQuestion]])
})

t.test('a conversation can be left, or fall idle', async t => {
  const { endpoint, clock, startText, simulator } = await startInstance(t)
  clock.hold()
  for (const [body, reason] of [[undefined, 'CUSTOMER_DISCONNECT'], [{ reason: 'IDLE_DISCONNECT' }, 'IDLE_DISCONNECT'], [{ reason: 'EXPIRED' }, 'EXPIRED']] as const) {
    const contactId = await startText()
    t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/hang-up`, body)).status, 200)
    t.match(await simulator.settledContact(contactId), { disconnectReason: reason, lambdaInvocations: [] })
    t.equal((await send(endpoint, 'POST', `/contacts/${contactId}/hang-up`)).status, 409)
  }
  t.equal((await send(endpoint, 'POST', `/contacts/${await startText()}/hang-up`, { reason: 'OTHER' })).status, 400)
})

t.test('blocks keep to their channel', async t => {
  const ask = { Type: 'ConnectParticipantWithLexBot', Parameters: { Text: 'Yes or no?', LexV2Bot: { AliasArn: LEX_ALIAS_ARN } }, Conditions: ['Genuine'] }
  const key = { Type: 'GetParticipantInput', Parameters: { Text: 'Press 1.', InputTimeLimitSeconds: '5', StoreInput: 'False' } }
  const say = { Type: 'MessageParticipant', Parameters: { SSML: '<speak>Hello</speak>' } }
  const { text, call } = await startInstance(t, { flows: { [TEXT_FLOW_ID]: flowOf([key, ask, say]) } })
  const texted = await text({ replies: ['yes'] })
  t.strictSame(thread(texted), [['system', 'Yes or no?'], ['cardholder', 'yes'], ['system', '<speak>Hello</speak>']], 'markup is shown as it is')
  t.match(texted.transcript[0]?.text, 'keys can be pressed in calls only -> NoMatchingError')
  const called = await call({ behaviour: 'answer', keys: ['1'] }, { ContactFlowId: TEXT_FLOW_ID })
  t.match(called.transcript.find(({ text }) => text.startsWith('b1:'))?.text, 'text conversations only -> NoMatchingError')
})

t.test('a bot that is not there, or has not the language, is the error branch', async t => {
  const ask = (AliasArn: string) => ({ Type: 'ConnectParticipantWithLexBot', Parameters: { Text: 'Yes or no?', LexV2Bot: { AliasArn } }, Conditions: ['Genuine'] })
  const french = { Type: 'UpdateContactData', Parameters: { LanguageCode: 'fr-FR' } }
  const { text } = await startInstance(t, { flows: { [TEXT_FLOW_ID]: flowOf([ask(`${LEX_ALIAS_ARN}0`), french, ask(LEX_ALIAS_ARN)]) } })
  const contact = await text({ replies: ['yes'] })
  t.strictSame(thread(contact), [])
  t.match(contact.transcript.map(({ text }) => text), ['b0: no bot has this alias -> NoMatchingError', 'b1: language fr-FR', 'b2: the bot has no locale for fr-FR -> NoMatchingError'])
})

t.test('the time limit of a question ends it before the conversation, and what Lex made of a reply can be referred to', async t => {
  const ask = { Type: 'ConnectParticipantWithLexBot', Parameters: { Text: 'Yes or no?', LexV2Bot: { AliasArn: LEX_ALIAS_ARN }, LexTimeoutSeconds: { Text: '300' } }, Conditions: ['Genuine'] }
  const say = { Type: 'MessageParticipant', Parameters: { Text: '$.Lex.IntentName by $.Channel in $.LanguageCode' } }
  const { text } = await startInstance(t, { flows: { [TEXT_FLOW_ID]: flowOf([ask, ask, say]) } })
  const contact = await text({ replies: ['silence', 'no'] })
  t.match(contact.transcript.map(({ text }) => text), ['Yes or no?', 'b0: no reply came -> InputTimeLimitExceeded', 'Yes or no?', 'no', 'b1: intent Fraud -> NoMatchingCondition', 'Fraud by CHAT in en-US'])
  t.equal(Date.parse(contact.transcript[1]?.at ?? '') - Date.parse(contact.startedAt), 300_000)
})

t.test('a message while the bridge runs is kept, and no question hears it', async t => {
  let isRunning: (() => void) | undefined
  let finish: ((reply: { result: string }) => void) | undefined
  const running = new Promise<void>(resolve => { isRunning = resolve })
  const { endpoint, clock, startText, simulator } = await startInstance(t, {
    lambdas: { [BRIDGE_ARN]: async () => await new Promise(resolve => { finish = resolve; isRunning?.() }) }
  })
  clock.hold()
  const contactId = await startText()
  await send(endpoint, 'POST', `/contacts/${contactId}/messages`, { text: '2' })
  await running
  await send(endpoint, 'POST', `/contacts/${contactId}/messages`, { text: '1' })
  finish?.({ result: 'blocked' })
  const contact = await simulator.settledContact(contactId)
  t.equal(contact.attributes['Answer'], 'fraud')
  t.match(contact.transcript.find(({ text, who }) => who === 'cardholder' && text === '1'), { isUnheard: true })
})
