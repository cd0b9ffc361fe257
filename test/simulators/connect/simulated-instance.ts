import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  ConnectClient, StartOutboundChatContactCommand, StartOutboundVoiceContactCommand,
  type StartOutboundChatContactCommandInput, type StartOutboundVoiceContactCommandInput
} from '@aws-sdk/client-connect'
import { createHandler } from '../../../contact-flow/bridge/index.mjs'
import { fillFlow } from '../../../src/flow-language/flow-document.ts'
import type { PhoneBehaviour } from '../../../src/simulators/connect/phone.ts'
import { createConnectSimulator, type ConnectSimulatorOptions } from '../../../src/simulators/connect/server.ts'
import { createTestClock } from './test-clock.ts'

export const BRIDGE_ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:ringfence-bridge'
export const LEX_ALIAS_ARN = 'arn:aws:lex:eu-central-1:123456789012:bot-alias/ABCDEFGHIJ/KLMNOPQRST'
export const FLOW_ID = 'e5a9f0c4-0d5e-4c63-9d4e-3f0a7c1b2d11'
export const TEXT_FLOW_ID = 'b7a3c0d8-6d7a-4f5e-8a55-0f6f2f7b1e10'
export const INSTANCE_ID = '1f3c7f0e-4b1d-4f0a-9a53-1c0d2e3f4a5b'
export const OUR_NUMBER = '+4930555000'
export const TEXT_NUMBER_ARN = 'arn:aws:connect:eu-central-1:123456789012:phone-number/0e6fd4b1-3a0f-4c1e-9b4c-7a1d3f5e8c22'
export const CARDHOLDER = '+4915112345678'
export const SECRET = 'the-shared-secret'
export const ATTRIBUTES = {
  Salutation: 'Mrs',
  Name: 'Ada Lovelace',
  CardNo: '8788',
  Amount: '4155.00',
  AmountText: '4155 euros',
  Merchant: 'an unnamed merchant',
  Institution: 'Example Bank',
  Customer: 'u82-1alz-RI301',
  CaseId: 'case_1',
  AttemptId: 'attempt_1',
  Count: '1',
  Language: 'en',
  PromptQuestion: 'This is a security call from Example Bank. Hello Mrs Ada Lovelace. We noticed a payment of 4155 euros at an unnamed merchant, made with your card ending 8 7 8 8. ' +
    'If you made this payment, press 1. If you did not make it, press 2 to have us block your card. To hear this again, press 3. To get no more of these calls, press 9. ' +
    'We never ask for your card number or your PIN.',
  PromptRetry: 'This call has recorded no answer yet. Here is the question again.',
  PromptBlocked: 'Your card ending 8 7 8 8 is now blocked. If you have any question, please call the number on the back of the card. Goodbye.',
  PromptActive: 'Thank you. Your card ending 8 7 8 8 stays active. Goodbye.',
  PromptAlreadyAnswered: 'A different answer is already on record, so the key you pressed has changed nothing. Please call the number on the back of your card. Goodbye.',
  PromptUnsure: 'We are sorry. We could not confirm that the key you pressed has taken effect, so please do not rely on this call. To be safe, please call the number on the back of your card now. Goodbye.',
  PromptNone: 'This call has recorded no answer from you. Please call the number on the back of your card. Goodbye.',
  PromptOptedOut: 'We have noted that you want no more of these calls. This call has recorded no answer to our question. Please call the number on the back of your card. Goodbye.'
}

/** What the service puts into a text message's attributes. */
export const TEXT_ATTRIBUTES = {
  ...ATTRIBUTES,
  Language: 'en',
  PromptQuestion: 'Example Bank: 4155 euros at an unnamed merchant, card 8788. Was it you? Reply 1 or YES. Not you? Reply 2 or NO to block the card. STOP to opt out',
  PromptRetry: 'Example Bank: no answer by text yet. Reply 1 or 2.',
  PromptBlocked: 'Example Bank: your card 8788 is now blocked.',
  PromptActive: 'Example Bank: thank you. Your card 8788 stays active.',
  PromptAlreadyAnswered: 'Example Bank: another answer is on record.',
  PromptUnsure: 'Example Bank: sorry, we could not confirm that your reply took effect.',
  PromptNone: 'Example Bank: no answer by text was recorded.',
  PromptOptedOut: 'Example Bank: noted that you want no more of these texts.'
}

interface Teardown { teardown: (end: () => unknown) => unknown }
interface Posted { path: string, headers: NodeJS.Dict<string | string[]>, body: string, isSigned: boolean }

/** A local HTTP server that stands for the service's answer endpoint. */
export async function startAnswerService (t: Teardown, reply: (posted: Posted) => { status?: number, body: unknown } | 'hang') {
  const posts: Posted[] = []
  const server = createServer((request, response) => {
    text(request).then(body => {
      const signature = String(request.headers['ringfence-signature'])
      const at = /^t=(\d+),v1=/.exec(signature)?.[1] ?? ''
      const isSigned = signature === `t=${at},v1=${createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex')}`
      const posted = { path: request.url ?? '', headers: request.headers, body, isSigned }
      posts.push(posted)
      const answer = reply(posted)
      if (answer === 'hang') return
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' })
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    }, () => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts }
}

/** The flow file as a user imports it, the Lambda's ARN filled in. */
export function readCardFraudFlow (): unknown {
  return fillFlow(readFileSync(new URL('../../../contact-flow/card-fraud.json', import.meta.url), 'utf8'), { BridgeLambdaArn: BRIDGE_ARN })
}

/** The flow of text messages as a user imports it. */
export function readTextFlow (): unknown {
  return fillFlow(readFileSync(new URL('../../../contact-flow/card-fraud-sms.json', import.meta.url), 'utf8'), { BridgeLambdaArn: BRIDGE_ARN, LexBotAliasArn: LEX_ALIAS_ARN })
}

/** The bot as a user creates it. */
export function readBotTemplate (): unknown {
  return JSON.parse(readFileSync(new URL('../../../contact-flow/lex-bot/template.json', import.meta.url), 'utf8'))
}

/** A listening simulator on an instant clock without rate limits, and the genuine SDK client on it. */
export async function startInstance (t: Teardown, options: Partial<ConnectSimulatorOptions> = {}) {
  const clock = createTestClock()
  const simulator = createConnectSimulator({
    flows: { [FLOW_ID]: readCardFraudFlow(), [TEXT_FLOW_ID]: readTextFlow() },
    instanceId: INSTANCE_ID,
    region: 'eu-central-1',
    accountId: '123456789012',
    sourcePhoneNumber: OUR_NUMBER,
    textNumbers: { [TEXT_NUMBER_ARN]: OUR_NUMBER },
    lexBots: { [LEX_ALIAS_ARN]: readBotTemplate() },
    lambdas: {},
    clock,
    limits: { rates: {} },
    ...options
  })
  const endpoint = await simulator.listen({ port: 0 })
  const client = new ConnectClient({ region: 'eu-central-1', endpoint, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' }, maxAttempts: 1 })
  t.teardown(async () => {
    client.destroy()
    clock.release()
    await simulator.close()
  })

  async function dial (changes: Partial<StartOutboundVoiceContactCommandInput> = {}): Promise<string> {
    const { ContactId } = await client.send(new StartOutboundVoiceContactCommand({
      InstanceId: INSTANCE_ID, ContactFlowId: FLOW_ID, DestinationPhoneNumber: CARDHOLDER, SourcePhoneNumber: OUR_NUMBER, Attributes: ATTRIBUTES, ...changes
    }))
    if (ContactId === undefined) throw new Error('no ContactId came')
    return ContactId
  }

  async function startText (changes: Partial<StartOutboundChatContactCommandInput> = {}): Promise<string> {
    const { ContactId } = await client.send(new StartOutboundChatContactCommand({ ...TEXT_REQUEST, ...changes }))
    if (ContactId === undefined) throw new Error('no ContactId came')
    return ContactId
  }

  return {
    simulator,
    startText,
    /** One text conversation with a scripted phone, from its start until all is settled. */
    async text (behaviour: PhoneBehaviour, changes: Partial<StartOutboundChatContactCommandInput> = {}) {
      simulator.setPhone(CARDHOLDER, behaviour)
      return simulator.settledContact(await startText(changes))
    },
    client,
    clock,
    endpoint,
    dial,
    /** One call to a scripted phone, from dialling until all is settled. */
    async call (behaviour: PhoneBehaviour, changes: Partial<StartOutboundVoiceContactCommandInput> = {}) {
      simulator.setPhone(CARDHOLDER, behaviour)
      return simulator.settledContact(await dial(changes))
    }
  }
}

/** A request that Connect takes. */
const TEXT_REQUEST: StartOutboundChatContactCommandInput = {
  InstanceId: INSTANCE_ID,
  ContactFlowId: TEXT_FLOW_ID,
  SourceEndpoint: { Type: 'CONNECT_PHONENUMBER_ARN', Address: TEXT_NUMBER_ARN },
  DestinationEndpoint: { Type: 'TELEPHONE_NUMBER', Address: CARDHOLDER },
  SegmentAttributes: { 'connect:Subtype': { ValueString: 'connect:SMS' } },
  Attributes: TEXT_ATTRIBUTES
}

/** An instance whose flow reaches a service stand-in through the genuine bridge; `result` is what the service replies to each answer. */
export async function startInstanceWithBridge (t: Teardown, result: (answer: string) => string | { status: number }, options: Partial<ConnectSimulatorOptions> = {}) {
  const service = await startAnswerService(t, posted => {
    const replied = result(JSON.parse(posted.body).Details.Parameters.answer)
    return typeof replied === 'string' ? { body: { result: replied } } : { status: replied.status, body: { title: 'no' } }
  })
  const instance = await startInstance(t, { lambdas: { [BRIDGE_ARN]: createHandler({ url: service.url, secret: SECRET }) }, ...options })
  return { ...instance, service }
}
