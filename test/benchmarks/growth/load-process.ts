import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { cardNumber } from './table-filling.ts'

/** What the load is told to do. */
export interface LoadOrder {
  urls: string[]
  apiKey: string
  /** Distinguishes the transaction ids of this order. */
  name: string
  /** Payments come from the first so many cards, at random. */
  cards: number
  seconds: number
  /** On the beat, whatever the replies do; absent: as fast as replies come back to so many clients. */
  perSecond?: number
  clients?: number
  transaction: object
}

/** What came of it; times in milliseconds, on the beat from when a request should have been sent. */
export interface LoadResult {
  decided: number
  failed: number
  perSecond: number
  p50Ms: number
  p99Ms: number
}

const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })

process.on('message', (order: LoadOrder) => {
  run(order).then((result) => { process.send?.(result) }, (error: unknown) => { throw error })
})
process.on('disconnect', () => { process.exit(0) })

async function run (order: LoadOrder): Promise<LoadResult> {
  const { urls, seconds, perSecond, clients = 1 } = order
  const times: number[] = []
  let failed = 0
  let sent = 0
  const beganAtMs = performance.now()

  async function sendOne (dueAtMs: number): Promise<void> {
    const count = sent++
    const isDecided = await decide(order, urls[count % urls.length] ?? '', count)
    if (isDecided) times.push(performance.now() - dueAtMs)
    else failed++
  }

  if (perSecond === undefined) {
    await Promise.all(Array.from({ length: clients }, async () => {
      while (performance.now() - beganAtMs < seconds * 1000) await sendOne(performance.now())
    }))
  } else {
    const under: Array<Promise<void>> = []
    for (let count = 0; count < seconds * perSecond; count++) {
      const dueAtMs = beganAtMs + count * 1000 / perSecond
      if (dueAtMs > performance.now()) await sleep(dueAtMs - performance.now())
      under.push(sendOne(dueAtMs))
    }
    await Promise.all(under)
  }
  const tookS = (performance.now() - beganAtMs) / 1000
  times.sort((one, other) => one - other)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN
  return { decided: times.length, failed, perSecond: times.length / tookS, p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function decide ({ apiKey, name, cards, transaction }: LoadOrder, url: string, count: number): Promise<boolean> {
  const card = { number: cardNumber(Math.floor(Math.random() * cards)) }
  const body = Buffer.from(JSON.stringify({ ...transaction, transactionId: `growth-${name}-${count}`, card, occurredAt: new Date().toISOString() }))
  return await new Promise((resolve) => {
    const asked = request(`${url}/v1/transactions`, {
      method: 'POST', agent, headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'content-length': body.length }
    }, (reply) => {
      reply.resume()
      reply.once('end', () => { resolve(reply.statusCode === 200) })
      reply.once('error', () => { resolve(false) })
    })
    asked.once('error', () => { resolve(false) })
    asked.end(body)
  })
}
