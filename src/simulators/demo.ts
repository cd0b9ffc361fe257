import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDemoTerminal, type DemoTerminal } from './demo-terminal.ts'
import { startLocalProcess, type LocalProcess } from './local-process.ts'

/** What `ringfence demo` can be told. */
export interface DemoOptions {
  /** The answer; without one a person is asked, and where there is none both are played. */
  key?: '1' | '2' | undefined
  /** How much faster than real time the phone lives, 1 to {@link MAX_SPEED}; 1 when a person is asked, else 10. */
  speed?: number | undefined
  /** JSON file of the transaction; `examples/transaction.json` without one. */
  transactionPath?: string | undefined
}

/** Faster, and a key could not be pressed between a prompt and the end of listening. */
export const MAX_SPEED = 50

const SCRIPTED_SPEED = 10
const DEADLINE_MS = 60_000
/** A person may listen to the question twice, in real time. */
const DEADLINE_WITH_PERSON_MS = 120_000
const POLL_MS = 50
const RING_TRIES = 200
/** In scripted calls the key comes when so much of the question has been heard. */
const HEARD_SHARE = 0.9
/** What tells the question from whatever else the flow says. */
const QUESTION = /press 1/
const EXAMPLE = new URL('../../examples/transaction.json', import.meta.url)
const API_KEY = 'rf_local'

/** The second story's cardholder. The card number is one of those that are for tests, the phone number one of those kept for films. */
const GENUINE_CUSTOMER = {
  salutation: 'Mr', firstName: 'Charles', lastName: 'Babbage', phoneNumber: '+491713920042', timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: '5555341244441115' }]
}
const GENUINE_CUSTOMER_ID = 'demo-genuine'

/** What follows from a key, everywhere it can be seen. */
const ENDINGS = {
  1: { meaning: 'genuine', says: /stays active/, isBlocked: false, card: 'is still active', nextOutcome: 'approve', nextReason: 'confirmed_genuine_recently' },
  2: { meaning: 'fraud', says: /is now blocked/, isBlocked: true, card: 'is blocked', nextOutcome: 'blocked', nextReason: 'card_blocked' }
} as const
type Key = keyof typeof ENDINGS

interface Decision {
  outcome: string
  score: number | null
  reasons: string[]
  card: { id: string, last4: string, isBlocked: boolean }
  case: { id: string, status: string } | null
}
interface Contact {
  contactId: string
  state: string
  attributes: Record<string, string>
  disconnectReason: string | null
  transcript: Array<{ who: string, text: string, speakingMs?: number }>
}
interface TransactionBody { transactionId: string, card?: { number?: string } }

interface Stage {
  terminal: DemoTerminal
  speed: number
  /** The scripted key; `undefined` asks the person at the keyboard. */
  key: Key | undefined
  stop: AbortController
  service: (method: string, path: string, body?: object) => Promise<unknown>
  phones: (method: string, path: string, body?: object) => Promise<unknown>
}

/**
 * Plays the whole story on a service of its own: payment, decision, call, key, card, and the next payment. Each step is checked.
 * @throws StepFault when a step is not what it should be; Error when the service does not start, the time is up or a signal came
 */
export async function playDemo ({ key, speed, transactionPath }: DemoOptions = {}): Promise<void> {
  const terminal = createDemoTerminal()
  const isPersonAsked = key === undefined && terminal.hasKeyboard
  const phoneSpeed = speed ?? (isPersonAsked ? 1 : SCRIPTED_SPEED)
  const transaction = JSON.parse(await readFile(transactionPath ?? EXAMPLE, 'utf8')) as TransactionBody

  const stop = new AbortController()
  const deadlineMs = isPersonAsked ? DEADLINE_WITH_PERSON_MS : DEADLINE_MS
  const deadline = setTimeout(() => { stop.abort(new Error(`the demo was not through after ${deadlineMs / 1000} s and has been stopped`)) }, deadlineMs)
  const onSignal = (signal: NodeJS.Signals) => { stop.abort(new Error(`the demo was stopped by ${signal}`)) }
  // The service lives on after a SIGHUP, such as that of a terminal that closes.
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal).once('SIGHUP', onSignal)

  let local: LocalProcess | undefined
  try {
    terminal.heading('Ringfence starts, with a telephone network of its own')
    local = await startLocalProcess({ speed: phoneSpeed, signal: stop.signal })
    const stage = {
      terminal,
      speed: phoneSpeed,
      stop,
      service: createSender(local.serviceUrl, { authorization: `Bearer ${API_KEY}` }, stop.signal),
      phones: createSender(`${local.phoneUrl}/_simulator`, {}, stop.signal)
    }
    const { status } = await stage.service('GET', '/readyz') as { status: string }
    terminal.check(`ready: API ${local.serviceUrl}, phones ${local.phoneUrl}`, status, 'ready')
    const firstKey = key === undefined ? undefined : Number(key) as Key
    await playStory({ ...stage, key: isPersonAsked ? undefined : firstKey ?? 2 }, transaction)
    if (!isPersonAsked && key === undefined) await playStory({ ...stage, key: 1 }, await secondTransaction(stage, transaction))
    terminal.heading('That was all of it: every step was as it should be.')
  } catch (error) {
    // A request that was under way fails in its own words; why everything was stopped is what matters.
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    clearTimeout(deadline)
    await local?.close()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal)
  }
}

async function playStory (stage: Stage, transaction: TransactionBody): Promise<void> {
  const { terminal, service } = stage
  terminal.heading(`A payment comes in: ${transaction.transactionId}`)
  const decision = await service('POST', '/v1/transactions', transaction) as Decision
  terminal.note(describe(decision))
  terminal.check('the decision is fraud', decision.outcome, 'fraud')
  terminal.check(`the card ending ${decision.card.last4} is not blocked on suspicion`, decision.card.isBlocked, false)
  terminal.check('a case is open', decision.case?.status, 'open')

  terminal.heading('The cardholder is called')
  const ringing = await waitForRing(stage, decision.case?.id ?? '')
  terminal.check(`the phone of ${ringing?.attributes['Name'] ?? 'the cardholder'} rings`, ringing?.state, 'ringing')
  const contactId = ringing?.contactId ?? ''
  const { number } = transaction.card ?? {}
  if (number !== undefined) terminal.check('the call knows the last four digits of the card, no more', JSON.stringify(ringing?.attributes).includes(number), false)
  await stage.phones('POST', `/contacts/${contactId}/pick-up`)
  terminal.check('picked up', (await readContact(stage, contactId)).state, 'connected')
  const { key, contact } = await talk(stage, contactId)
  terminal.check('a key is pressed', key, /^[12]$/)
  const ending = ENDINGS[key ?? 2]
  terminal.check('the call says what is true now', contact.transcript.filter(({ who }) => who === 'system').at(-1)?.text, ending.says)
  terminal.check('the call ends by itself', contact.disconnectReason, 'CONTACT_FLOW_DISCONNECT')

  terminal.heading('What is stored')
  const { status, decision: answer } = await service('GET', `/v1/cases/${decision.case?.id ?? ''}`) as { status: string, decision: string }
  terminal.check(`the case is closed as ${ending.meaning}`, { status, answer }, { status: 'closed', answer: ending.meaning })
  const { isBlocked } = await service('GET', `/v1/cards/${decision.card.id}`) as { isBlocked: boolean }
  terminal.check(`the card ending ${decision.card.last4} ${ending.card}`, isBlocked, ending.isBlocked)

  const next = { ...transaction, transactionId: `${transaction.transactionId.slice(0, 50)}-next` }
  terminal.heading(`The next payment with this card: ${next.transactionId}`)
  const nextDecision = await service('POST', '/v1/transactions', next) as Decision
  terminal.note(describe(nextDecision))
  terminal.check(`the decision is ${ending.nextOutcome}`, nextDecision.outcome, ending.nextOutcome)
  terminal.check(`the reason is ${ending.nextReason}`, nextDecision.reasons.at(-1), ending.nextReason)
  terminal.check('nobody is called again', nextDecision.case, null)
}

/** Another cardholder, another card, the same payment. */
async function secondTransaction ({ service }: Pick<Stage, 'service'>, transaction: TransactionBody): Promise<TransactionBody> {
  await service('PUT', `/v1/customers/${GENUINE_CUSTOMER_ID}`, GENUINE_CUSTOMER)
  const [card] = GENUINE_CUSTOMER.cards
  return { ...transaction, transactionId: `${transaction.transactionId.slice(0, 50)}-genuine`, ...{ customerId: GENUINE_CUSTOMER_ID }, card: { ...card } }
}

async function waitForRing (stage: Stage, caseId: string): Promise<Contact | undefined> {
  for (let tries = 0; tries < RING_TRIES; tries++) {
    const { contacts } = await stage.phones('GET', '/contacts') as { contacts: Contact[] }
    const found = contacts.find(({ state, attributes }) => state === 'ringing' && attributes['CaseId'] === caseId)
    if (found !== undefined) return found
    await pause(stage)
  }
  return undefined
}

/** Prints what is said while it is said, and presses the key: a question is heard again when the first press came too late. */
async function talk (stage: Stage, contactId: string): Promise<{ key: Key | undefined, contact: Contact }> {
  const { terminal, speed, stop } = stage
  const keyboard: { key?: Key } = {}
  const giveBack = stage.key === undefined
    ? terminal.listenForKeys(
      (pressed) => { if (pressed === '1' || pressed === '2') keyboard.key ??= Number(pressed) as Key },
      () => { stop.abort(new Error('the demo was stopped by Ctrl-C')) })
    : () => {}
  let printed = 0
  let pressAtMs = Number.POSITIVE_INFINITY
  let isPressed = false
  try {
    for (;;) {
      const contact = await readContact(stage, contactId)
      for (const { text, speakingMs = 0 } of contact.transcript.filter(({ who }) => who === 'system').slice(printed)) {
        printed++
        terminal.spoken(text)
        if (isPressed || !QUESTION.test(text)) continue
        pressAtMs = Date.now() + speakingMs * HEARD_SHARE / speed
        if (stage.key === undefined) terminal.note('press 1 (it was me) or 2 (it was not me)')
      }
      if (contact.state === 'ended') return { key: isPressed ? stage.key ?? keyboard.key : undefined, contact }
      const key = stage.key === undefined ? keyboard.key : Date.now() >= pressAtMs ? stage.key : undefined
      if (key !== undefined && !isPressed && await press(stage, contactId, key)) {
        isPressed = true
        terminal.note(stage.key === undefined ? `pressed ${key}` : `press 1 (it was me) or 2 (it was not me): ${key} (scripted: ${key})`)
      }
      await pause(stage)
    }
  } finally {
    giveBack()
  }
}

/** @returns whether somebody listened: the flow leaves the question it is at */
async function press (stage: Stage, contactId: string, key: Key): Promise<boolean> {
  const { transcript } = await stage.phones('POST', `/contacts/${contactId}/keys`, { key: String(key) }) as Contact
  return transcript.some(({ who, text }) => who === 'cardholder' && text === `pressed ${key}`)
}

async function readContact ({ phones }: Stage, contactId: string): Promise<Contact> {
  return await phones('GET', `/contacts/${contactId}`) as Contact
}

async function pause ({ stop }: Stage): Promise<void> {
  await sleep(POLL_MS, undefined, { signal: stop.signal })
}

function describe ({ outcome, score, reasons }: Decision): string {
  return `outcome ${outcome}, score ${score ?? 'none'}, because: ${reasons.join(', ')}`
}

/** @returns a function that sends JSON and returns the reply's; it throws on any status but 2xx */
function createSender (baseUrl: string, headers: Record<string, string>, signal: AbortSignal) {
  return async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { ...headers, ...body === undefined ? {} : { 'content-type': 'application/json' } },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
      signal
    })
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`)
    return await response.json()
  }
}
