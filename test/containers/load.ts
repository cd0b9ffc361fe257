import { readFileSync } from 'node:fs'
import { send } from '../e2e/local-process.ts'

const example = (name: string) => JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8'))
const CUSTOMER = example('customer')
const HARMLESS = example('transaction-harmless')
const SUSPICIOUS = example('transaction')
/** A card each: many writers of one card's case at once are another story. */
const CARDHOLDERS = 200
const SUSPICIOUS_EVERY = 20

/** What came back, counted. */
export interface Load {
  /** By method and status, such as `POST 200` or `POST unanswered`. */
  answers: Record<string, number>
  outcomes: Record<string, number>
  seconds: number
}

/** Sends payments of many cardholders, one in twenty of which looks like fraud, so many of them at once. */
export async function drive (url: string, { count, concurrency, name, firstCard }: { count: number, concurrency: number, name: string, firstCard: number }): Promise<Load> {
  const load: Load = { answers: {}, outcomes: {}, seconds: 0 }
  const add = (counts: Record<string, number>, key: string) => { counts[key] = (counts[key] ?? 0) + 1 }
  const ask = async (method: string, path: string, body: object) => {
    // What is not answered is counted too: why that is, the container's state tells.
    const reply = await send(`${url}${path}`, method, body, { authorization: 'Bearer rf_local' }).catch(() => undefined)
    add(load.answers, `${method} ${reply?.status ?? 'unanswered'}`)
    return reply?.body
  }
  const customerOf = (index: number) => `load-${name}-${index % CARDHOLDERS}`
  const cardOf = (index: number) => ({ number: `5555341244411${String(firstCard + index % CARDHOLDERS).padStart(3, '0')}` })

  await each(CARDHOLDERS, concurrency, async (index) => {
    await ask('PUT', `/v1/customers/${customerOf(index)}`, { ...CUSTOMER, phoneNumber: `+4917139${20_000 + index}`, cards: [cardOf(index)] })
  })
  const startedAtMs = performance.now()
  await each(count, concurrency, async (index) => {
    const sample = index % SUSPICIOUS_EVERY === 0 ? SUSPICIOUS : HARMLESS
    const body = await ask('POST', '/v1/transactions', { ...sample, transactionId: `load-${name}-${index}`, customerId: customerOf(index), card: cardOf(index) })
    if (body?.outcome !== undefined) add(load.outcomes, body.degraded === true ? `${body.outcome}, degraded` : body.outcome)
  })
  load.seconds = Math.round((performance.now() - startedAtMs) / 100) / 10
  return load
}

/** Does a thing so many times, so many at once. */
async function each (count: number, concurrency: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < count) await act(next++)
  }))
}
