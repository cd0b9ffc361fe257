import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { checkExchange } from '../wire/exchange.ts'
import { PATIENT_TRIES, poll, send, type Reply } from './local-process.ts'

/** A running service with simulators beside it, both reached over HTTP, wherever they run. */
export interface Stage {
  /** With the key that the simulators' settings know; the reply is held against openapi.yaml. */
  api: (method: string, path: string, body?: object) => Promise<Reply>
  /** The simulator's control API. */
  phones: (method: string, path: string, body?: object) => Promise<Reply>
}

/** Somebody who pays with something that looks like fraud. */
export interface Cardholder {
  customerId: string
  customer: { phoneNumber: string, cards: Array<{ number: string }> }
  transaction: { transactionId: string }
}

/** What the service says to a payment. */
export interface Decision { transactionId: string, outcome: string, card: { id: string }, case: { id: string } }

const example = (name: string) => JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8'))

/** The sample's customer and payment. */
export const ADA: Cardholder = { customerId: 'u82-1alz-RI301', customer: example('customer'), transaction: example('transaction') }
/** Another one, whose payment is genuine. */
export const CHARLES: Cardholder = {
  customerId: 'charles',
  customer: { ...example('customer'), firstName: 'Charles', lastName: 'Babbage', phoneNumber: '+491713920042', cards: [{ number: '5555341244441115' }] },
  transaction: { ...example('transaction'), transactionId: 'tx-charles', customerId: 'charles', card: { number: '5555341244441115' } }
}

/** What follows from a key, everywhere it can be seen. */
const ENDINGS = {
  1: { decision: 'genuine', says: /stays active/, isBlocked: false, next: { outcome: 'approve', reasons: ['score_over_fraud_threshold', 'confirmed_genuine_recently'], case: null } },
  2: { decision: 'fraud', says: /is now blocked/, isBlocked: true, next: { outcome: 'blocked', score: null, reasons: ['card_blocked'], case: null } }
} as const
type Key = keyof typeof ENDINGS

/** The story's stage at these addresses. */
export function stageAt (serviceUrl: string, connectUrl: string): Stage {
  return {
    async api (method, path, body) {
      const reply = await send(`${serviceUrl}${path}`, method, body, { authorization: 'Bearer rf_local' })
      checkExchange({ method, url: path, sent: { body }, status: reply.status, headers: Object.fromEntries(reply.headers), text: reply.text })
      return reply
    },
    phones: async (method, path, body) => await send(`${connectUrl}/_simulator${path}`, method, body)
  }
}

/** The whole story of one cardholder, whose phone answers with this key. @returns the decision about the suspicious payment */
export async function playStory (t: Test, stage: Stage, cardholder: Cardholder, key: Key): Promise<Decision> {
  const decision = await pay(t, stage, cardholder, key)
  await seeAnswer(t, stage, decision, key)
  await payAgain(t, stage, cardholder, key)
  return decision
}

/** A customer whose phone will answer with this key pays, and it looks like fraud. */
export async function pay (t: Test, { api, phones }: Stage, { customerId, customer, transaction }: Cardholder, key: Key): Promise<Decision> {
  t.match(await phones('PUT', `/phones/${customer.phoneNumber}`, { behaviour: 'answer', keys: [String(key)] }), { status: 200 })
  t.match(await api('PUT', `/v1/customers/${customerId}`, customer), { status: 200 })
  const { status, body } = await api('POST', '/v1/transactions', transaction)
  t.equal(status, 200)
  t.match(body, { outcome: 'fraud', degraded: false, case: { status: 'open' }, card: { isBlocked: false } }, 'nothing is blocked on suspicion')
  return body
}

/** One call asked and was answered: the case, the card and the voice agree about it. */
export async function seeAnswer (t: Test, { api, phones }: Stage, decision: Decision, key: Key): Promise<void> {
  const ending = ENDINGS[key]
  const ofCase = ({ attributes }: { attributes: Record<string, string> }) => attributes['CaseId'] === decision.case.id
  const calls = await poll('the call to be over', async () => {
    const found = (await phones('GET', '/contacts')).body.contacts.filter(ofCase)
    return found[0]?.state === 'ended' ? found : undefined
  }, PATIENT_TRIES)
  const answered = await poll('the case to be told', async () => {
    const { body } = await api('GET', `/v1/cases/${decision.case.id}`)
    return body.status === 'closed' && body.attempts[0].status === 'ended' ? body : undefined
  }, PATIENT_TRIES)
  t.equal(calls.length, 1, 'the phone rang once')
  t.match(calls[0].transcript.filter(({ who }: { who: string }) => who === 'system').at(-1), { text: ending.says })
  t.match(answered, { decision: ending.decision, attempts: [{ contactId: calls[0].contactId, outcome: 'answered' }] })
  t.match((await api('GET', `/v1/cards/${decision.card.id}`)).body, { isBlocked: ending.isBlocked, openCaseId: null })
}

/** The next payment with the card is decided by that answer, and nobody is called; each time it is another payment. */
export async function payAgain (t: Test, { api }: Stage, { transaction }: Cardholder, key: Key, transactionId = `${transaction.transactionId}-next`): Promise<void> {
  const { status, body } = await api('POST', '/v1/transactions', { ...transaction, transactionId })
  t.equal(status, 200)
  t.match(body, ENDINGS[key].next)
}
