import { fileURLToPath } from 'node:url'
import { createWorld, KEY_HEADERS, type World } from '../../world.ts'
import { startRecorder, type Recorder } from './processes.ts'
import { examplePayment, shippedScorer } from './recorded-story.ts'
import { cardNumber } from './table-filling.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** So long that no call is due while something is counted. */
const FIRST_CALL_MS = 3_600_000

/** The whole service with the model that is shipped, its store in another process, and cards whose payments can be counted. */
export interface CountedWorld {
  world: World
  recorder: Recorder
  /** Sends a payment. @returns bytes of the reply */
  pay: (payload: string) => Promise<number>
  close: () => Promise<void>
}

/** Creates it, with so many cards, each of a cardholder of its own. */
export async function createCountedWorld (cards: number): Promise<CountedWorld> {
  const [recorder, scorer] = await Promise.all([startRecorder(), shippedScorer(ROOT)])
  const world = await createWorld({ endpoint: recorder.endpoint, scorers: () => [scorer], isWatched: false, policy: { ladder: [{ channel: 'voice', delayMs: FIRST_CALL_MS }] } })
  for (let card = 0; card < cards; card++) {
    const payload = { salutation: 'Mrs', firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: cardNumber(card) }] }
    const reply = await world.app.inject({ method: 'PUT', url: `/v1/customers/${customerId(card)}`, headers: KEY_HEADERS, payload })
    if (reply.statusCode !== 200) throw new Error(reply.body)
  }
  return {
    world,
    recorder,
    async pay (payload) {
      const reply = await world.app.inject({ method: 'POST', url: '/v1/transactions', headers: { ...KEY_HEADERS, 'content-type': 'application/json' }, payload })
      if (reply.statusCode !== 200) throw new Error(reply.body)
      return reply.rawPayload.length
    },
    async close () {
      await world.close()
      await recorder.close()
    }
  }
}

/** A payment of the examples as it is sent; ids of one length, so that bytes are the same each time. */
export function payment (example: 'transaction' | 'transaction-harmless', name: string, count: number, card: number): string {
  const body = JSON.parse(examplePayment(ROOT, example, `0c5b1a52-7e0f-4d58-9d31-${name}-${String(count).padStart(7, '0')}`)) as object
  return JSON.stringify({ ...body, customerId: customerId(card), card: { number: cardNumber(card) } })
}

function customerId (card: number): string {
  return `customer-${String(card).padStart(4, '0')}`
}
