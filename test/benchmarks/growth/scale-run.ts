import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { engineCall, type WireItem } from './engine-call.ts'
import { measureDecisions, measurePasses, startQuietService, type DecisionRow, type PassRow } from './measurements.ts'
import { API_KEY, FIRST_CALL_S, startEngine, startLoad, TABLE, TOKENISATION_KEY, type Engine, type Service } from './processes.ts'
import { cardItem, cardNumber, caseItem, fillTable } from './table-filling.ts'

/** How large, and how long. */
export interface ScalePlan {
  cards: readonly number[]
  waiting: readonly [few: number, many: number]
  processes: readonly number[]
  /** Payments a second on the beat; modest, so that latency is that of a service with room. */
  perSecond: number
  decisionSeconds: number
  passSeconds: number
}

export interface ScaleResult {
  decisions: DecisionRow[]
  passes: PassRow[]
  replicas: Array<{ onTheBeat: DecisionRow, flatOut: DecisionRow }>
  loading: { cardsPerSecond: number, casesPerSecond: number }
}

const CLIENTS_PER_PROCESS = 16
/** Flat out; a process that has decided little is not compiled yet, and takes a multiple. */
const WARM_UP_S = 10
const CUSTOMER = 'growth-customer'

/** Fills a table step by step, and measures at each step. @param dataDir folder for the engine's files */
export async function runScale (root: string, dataDir: string, plan: ScalePlan, doing: (step: string, text: string) => void): Promise<ScaleResult> {
  const example = (name: string) => ({ ...JSON.parse(readFileSync(join(root, `examples/${name}.json`), 'utf8')) as object, customerId: CUSTOMER })
  const harmless = example('transaction-harmless')
  const engine = await startEngine(dataDir)
  const load = startLoad()
  const services: Service[] = []
  const result: ScaleResult = { decisions: [], passes: [], replicas: [], loading: { cardsPerSecond: NaN, casesPerSecond: NaN } }
  const [few, many] = plan.waiting
  const most = plan.cards.at(-1) ?? 0
  try {
    doing('start', 'the service starts, and writes the first card and case')
    services.push(await startQuietService(engine))
    const samples = await writeSamples(engine, services[0]?.url ?? '', example('transaction'))
    await fillTable(engine.endpoint, TABLE, 1, few, (n) => caseItem(samples.question, n), () => {})
    doing('warm up', 'the service warms up')
    await warmUp(1, services)

    let filled = 1
    for (const cards of plan.cards) {
      const beganAtMs = performance.now()
      await fillTable(engine.endpoint, TABLE, filled, cards, (n) => cardItem(samples.card, n, TOKENISATION_KEY), (count) => { doing(`cards ${cards}`, `cards ${cards}: ${count.toLocaleString('en')} are written`) })
      result.loading.cardsPerSecond = (cards - filled) / ((performance.now() - beganAtMs) / 1000)
      filled = cards
      await decisions(cards, few)
      await passes(`${few.toLocaleString('en')} wait for their time`, cards, few)
    }
    const beganAtMs = performance.now()
    await fillTable(engine.endpoint, TABLE, few, many, (n) => caseItem(samples.question, n), (count) => { doing('cases', `${count.toLocaleString('en')} cases are written`) })
    result.loading.casesPerSecond = (many - few) / ((performance.now() - beganAtMs) / 1000)
    await decisions(most, many)
    await passes(`${many.toLocaleString('en')} wait for their time`, most, many)
    await passes(`${many.toLocaleString('en')} are due and wait for the pace`, most, many, FIRST_CALL_S * 2_000)

    for (const processes of plan.processes) {
      doing(`processes ${processes}`, `${processes} service processes`)
      while (services.length < processes) {
        services.push(await startQuietService(engine))
        await warmUp(most, services.slice(-1))
      }
      const order = { name: `processes-${processes}`, cards: most, waiting: many, seconds: plan.decisionSeconds, transaction: harmless }
      const flatOut = await measureDecisions(engine, services, load.send, { ...order, name: `${order.name}-flat-out`, clients: CLIENTS_PER_PROCESS * processes })
      result.replicas.push({ flatOut, onTheBeat: await measureDecisions(engine, services, load.send, { ...order, perSecond: plan.perSecond }) })
    }
    return result
  } finally {
    await Promise.all([...services, load].map(async ({ close }) => { await close() }))
    await engine.close()
  }

  async function warmUp (cards: number, cold: readonly Service[]): Promise<void> {
    await load.send({ urls: cold.map(({ url }) => url), name: `warm-up-${services.length}`, cards, seconds: Math.min(WARM_UP_S, plan.decisionSeconds), clients: CLIENTS_PER_PROCESS, transaction: harmless })
  }

  async function decisions (cards: number, waiting: number): Promise<void> {
    doing(`decisions ${cards} ${waiting}`, `decisions with ${cards.toLocaleString('en')} cards and ${waiting.toLocaleString('en')} cases that wait`)
    result.decisions.push(await measureDecisions(engine, services, load.send, { name: `${cards}-${waiting}`, cards, waiting, seconds: plan.decisionSeconds, perSecond: plan.perSecond, transaction: harmless }))
  }

  async function passes (what: string, cards: number, waiting: number, clockAheadMs = 0): Promise<void> {
    doing(`passes ${what} ${cards}`, `passes of the dialer, ${cards.toLocaleString('en')} cards: ${what}`)
    result.passes.push(await measurePasses(engine, { what, cards, waiting, seconds: plan.passSeconds, clockAheadMs }))
  }
}

/** A card and a case as the service writes them, through its front door. */
async function writeSamples (engine: Engine, url: string, suspicious: object): Promise<{ card: WireItem, question: WireItem }> {
  const card = { number: cardNumber(0) }
  const customer = await send(url, 'PUT', `/v1/customers/${CUSTOMER}`, {
    salutation: 'Mrs', firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', language: 'en-US', timeZone: 'Europe/Berlin', channels: ['voice'], cards: [card]
  }) as { cards: Array<{ id: string }> }
  const cardId = customer.cards[0]?.id ?? ''
  const read = async (kind: string, id: string) => (await engineCall<{ Item: WireItem }>(engine.endpoint, 'GetItem', { TableName: TABLE, Key: { pk: { S: `${kind}#${id}` }, sk: { S: kind } }, ConsistentRead: true })).Item
  const sample = await read('CARD', cardId)
  const decided = await send(url, 'POST', '/v1/transactions', { ...suspicious, transactionId: 'growth-sample', card, occurredAt: new Date().toISOString() }) as { case: { id: string } | null }
  if (decided.case === null) throw new Error('the suspicious transaction opened no case')
  return { card: sample, question: await read('CASE', decided.case.id) }
}

async function send (url: string, method: string, path: string, body: object): Promise<unknown> {
  const reply = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!reply.ok) throw new Error(await reply.text())
  return await reply.json()
}
