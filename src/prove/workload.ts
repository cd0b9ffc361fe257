import { setTimeout as sleep } from 'node:timers/promises'
import { sendJson } from './http-json.ts'
import type { Acknowledgement } from './proof-record.ts'
import type { Random } from '../model/random.ts'

/** How many of what, and how fast. */
export interface Load {
  /** Cardholders, each with a card, a phone, and a manner of taking calls. */
  cardholders: number
  /** Suspicious transactions, each about a card; some cards get several at once. */
  suspicious: number
  /** Transactions that look like nothing, beside each suspicious one. */
  harmlessEach: number
  /** In how many milliseconds all of it is sent. */
  spreadMs: number
  /** So many suspicious transactions at once on one card, every so often; 0 for none. */
  burst: number
  /** Whether each suspicious transaction is about another card, so that there are as many cases; needs as many cardholders. */
  isOnePerCard: boolean
  /** Part of the transactions that are sent a second time, at once, to another replica. */
  doubled: number
}

/** Variables of the sample's transaction: the bundled model is sure about them. */
const SUSPICIOUS = {
  transaction_amt: '4155.0',
  transaction_adj_amt: '58.0',
  ip_address: '62.39.153.176',
  email_address: 'jonathan15@example.org',
  merchant_id: '341-81-5775',
  billing_city: 'Lake Chloefurt',
  billing_postal: '90768',
  billing_state: 'South Dakota',
  cvv: 'V',
  signature_image: 'B',
  transaction_type: 'T',
  transaction_env: 'U'
}
/** Out of a hundred cardholders. */
const MANNERS = {
  genuine: { weight: 45, phone: { behaviour: 'answer', keys: ['1'] } },
  fraud: { weight: 30, phone: { behaviour: 'answer', keys: ['2'] } },
  noAnswer: { weight: 6, phone: { behaviour: 'no_answer' } },
  busy: { weight: 5, phone: { behaviour: 'busy' } },
  voicemail: { weight: 5, phone: { behaviour: 'voicemail' } },
  hangsUp: { weight: 5, phone: { behaviour: 'hang_up' } },
  wrongKeyFirst: { weight: 4, phone: { behaviour: 'answer', keys: ['7', '2'] } }
} as const
const WEIGHTS = Object.fromEntries(Object.entries(MANNERS).map(([name, { weight }]) => [name, weight])) as Record<keyof typeof MANNERS, number>
const REPLY_MS = 5_000
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 2_000

interface Sending {
  atMs: number
  cardholder: number
  isSuspicious: boolean
  copies: number
}

/** The client of a proof: sends transactions to any replica until each is acknowledged, and keeps every acknowledgement. */
export function createWorkload ({ load, random, apiKey, replicas, phoneUrl }: { load: Load, random: Random, apiKey: string, replicas: () => readonly string[], phoneUrl: string }) {
  const acknowledgements: Acknowledgement[] = []
  const headers = { authorization: `Bearer ${apiKey}` }
  let sent = 0
  let retries = 0
  let sheds = 0
  let turn = 0

  const customerId = (cardholder: number) => `customer-${cardholder}`
  const cardNumber = (cardholder: number) => `4${String(cardholder).padStart(15, '0')}`
  const phoneNumber = (cardholder: number) => `+49151${String(10_000_000 + cardholder)}`

  async function setUp (): Promise<void> {
    await inParallel(load.cardholders, 16, async (cardholder) => {
      const customer = { firstName: 'Ada', lastName: `Number ${cardholder}`, phoneNumber: phoneNumber(cardholder), timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: cardNumber(cardholder) }] }
      const reply = await sendJson(`${replicas()[cardholder % replicas().length] ?? ''}/v1/customers/${customerId(cardholder)}`, 'PUT', customer, headers)
      if (reply.status !== 200) throw new Error(`a customer could not be put: ${JSON.stringify(reply.body)}`)
    })
    const manners = Array.from({ length: load.cardholders }, () => manner(random))
    await inParallel(load.cardholders, 16, async (cardholder) => { await sendJson(`${phoneUrl}/_simulator/phones/${phoneNumber(cardholder)}`, 'PUT', manners[cardholder]) })
  }

  /** Posts one transaction until it is acknowledged. */
  async function screen (transactionId: string, { cardholder, isSuspicious }: Sending, signal: AbortSignal): Promise<void> {
    const body = {
      transactionId,
      customerId: customerId(cardholder),
      card: { number: cardNumber(cardholder) },
      amount: { value: isSuspicious ? 415_500 : 1_250, currency: 'EUR' },
      occurredAt: '2026-11-01T10:00:00Z',
      ...isSuspicious ? { variables: SUSPICIOUS } : {}
    }
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        const urls = replicas()
        const reply = await sendJson(`${urls[turn++ % urls.length] ?? ''}/v1/transactions`, 'POST', body, headers, REPLY_MS)
        if (reply.status === 200) {
          acknowledgements.push({
            transactionId,
            customerId: customerId(cardholder),
            cardId: reply.body.card.id,
            outcome: reply.body.outcome,
            caseId: reply.body.case?.id ?? null,
            isReplay: reply.headers['idempotent-replayed'] === 'true',
            atMs: Date.now()
          })
          return
        }
        if (reply.status < 500 && reply.status !== 429) throw new Error(`a transaction was refused with ${reply.status}: ${JSON.stringify(reply.body)}`)
        sheds++
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('a transaction was refused')) throw error
      }
      retries++
      await sleep(pauseMs)
    }
  }

  return {
    acknowledgements,
    setUp,
    told: () => ({ sent, acknowledged: acknowledgements.length, retries, sheds }),
    /** Sends everything in its time; resolves when all is acknowledged. */
    async run (signal: AbortSignal): Promise<void> {
      const startMs = Date.now()
      const sendings = plan(load, random)
      const open: Array<Promise<void>> = []
      for (const [index, sending] of sendings.entries()) {
        const waitMs = startMs + sending.atMs - Date.now()
        if (waitMs > 5) await sleep(waitMs, undefined, { signal }).catch(() => {})
        if (signal.aborted) break
        sent++
        for (let copy = 0; copy < sending.copies; copy++) open.push(screen(`tx-${index}`, sending, signal))
      }
      await Promise.all(open)
    }
  }
}

/** When what is sent, in order. */
function plan (load: Load, random: Random): Sending[] {
  const sendings: Sending[] = []
  const add = (atMs: number, cardholder: number, isSuspicious: boolean) => { sendings.push({ atMs, cardholder, isSuspicious, copies: random.chance(load.doubled) ? 2 : 1 }) }
  for (let count = 0; count < load.suspicious;) {
    const atMs = random.next() * load.spreadMs
    const cardholder = load.isOnePerCard ? count % load.cardholders : random.integer(0, load.cardholders - 1)
    const size = load.burst > 0 && random.chance(0.02) ? Math.min(load.burst, load.suspicious - count) : 1
    for (let i = 0; i < size; i++) add(atMs, cardholder, true)
    for (let i = 0; i < load.harmlessEach; i++) add(random.next() * load.spreadMs, random.integer(0, load.cardholders - 1), false)
    count += size
  }
  return sendings.sort((one, other) => one.atMs - other.atMs)
}

function manner (random: Random): object {
  return { ...MANNERS[random.pickWeighted(WEIGHTS)].phone, delayMs: random.integer(0, 9_999) }
}

async function inParallel (count: number, width: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: width }, async () => { while (next < count) await work(next++) }))
}
