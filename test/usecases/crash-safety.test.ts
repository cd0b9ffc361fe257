import t from 'tap'
import { QUEUES } from '../../src/domain/case-due.ts'
import type { Store } from '../../src/adapters/dynamodb/store.ts'
import { createWorld, KEY_HEADERS, postTransaction, transactionBody, type World } from '../world.ts'

const MINUTE_MS = 60_000

/** Every write of the story and how often the story makes it: screened, dialled, answered. */
const WRITES: Array<[write: string, times: number]> = [
  ['transactions.recordOnce', 1], ['cards.save', 2], ['cases.save', 5], ['transactions.attachCase', 1], ['contactEvents.bind', 1]
]

/** A world whose store can be told to throw once, before or after one call of one write. */
async function breakableWorld () {
  const plan = { write: '', nth: 0, when: 'before', seen: 0, broke: false }
  const wrap = <T extends object>(port: string, thing: T): T => new Proxy(thing, {
    get (target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]): Promise<unknown> => {
        const breaks = `${port}.${String(name)}` === plan.write && ++plan.seen === plan.nth
        if (breaks) plan.broke = true
        if (breaks && plan.when === 'before') throw new Error('the process died before it wrote')
        const result: unknown = await Reflect.apply(method, target, args)
        if (breaks) throw new Error('the process died after it wrote')
        return result
      }
    }
  })
  const world = await createWorld({
    breakStore: (store: Store) => ({
      ...store, cards: wrap('cards', store.cards), cases: wrap('cases', store.cases), transactions: wrap('transactions', store.transactions), contactEvents: wrap('contactEvents', store.contactEvents)
    })
  })
  return { world, plan, breakAt (write: string, nth: number, when: string) { Object.assign(plan, { write, nth, when, seen: 0, broke: false }) } }
}

let cards = 0

/** Puts a cardholder who is nobody else's, with one card. @returns what screens a transaction of theirs, and their cases */
async function newCardholder (world: World) {
  const number = `55550000${String(++cards).padStart(8, '0')}`
  const customerId = `customer-${cards}`
  const put = await world.app.inject({
    method: 'PUT', url: `/v1/customers/${customerId}`, headers: KEY_HEADERS, payload: { firstName: 'Ada', lastName: 'Lovelace', phoneNumber: '+4915112345678', timeZone: 'Europe/Berlin', cards: [{ number }] }
  })
  const cardId = put.json<{ cards: Array<{ id: string }> }>().cards[0]?.id ?? ''
  const transactionId = `tx-${cards}`
  return {
    cardId,
    customerId,
    transactionId,
    post: async () => await postTransaction(world.app, transactionBody(transactionId, { customerId, card: { number } })),
    cases: async () => await world.store.cases.list({ status: undefined, cardId, limit: 100, olderThan: undefined })
  }
}

t.test('a process that dies at any write of the story leaves nothing that does not end', async (t) => {
  const { world, plan, breakAt } = await breakableWorld()
  t.teardown(world.close)
  world.scorer.next = 987

  for (const [write, times] of WRITES) {
    for (let nth = 1; nth <= times; nth++) {
      for (const when of ['before', 'after'] as const) {
        await t.test(`it dies ${when} ${write}, call ${nth}`, async (t) => {
          const { cardId, customerId, transactionId, post, cases } = await newCardholder(world)
          breakAt(write, nth, when)

          const first = await post()
          const retried = await post()
          t.equal(retried.statusCode, 200, 'the client tries again and gets its decision')
          if (first.statusCode === 200) t.same(retried.json(), first.json(), 'the same that was acknowledged')
          t.match(retried.json(), { outcome: 'fraud', case: { id: /^case_/, status: 'open' } })

          // The line goes on ringing; whatever is due is due again after the deadlines of the policy.
          for (let pass = 0; pass < 4; pass++) {
            await world.dial()
            world.clock.nowMs += 20_000
          }
          const asked = world.line.requests.filter(({ attributes }) => attributes['Customer'] === customerId)
          t.ok(asked.length >= 1, 'the cardholder was called')
          t.equal(new Set(asked.map(({ clientToken }) => clientToken)).size, 1, 'with one token for the one attempt')

          const [question] = await cases()
          const answer = async () => (await world.app.inject({ method: 'POST', url: `/v1/cases/${question?.caseId ?? ''}/answer`, headers: KEY_HEADERS, payload: { answer: 'fraud' } })).statusCode
          let answered = await answer()
          if (answered !== 200) answered = await answer()
          t.equal(answered, 200)
          await world.dial()
          const found = await cases()
          t.equal(found.length, 1, 'there is one case')
          t.match(found[0], { status: 'closed', decision: 'fraud', transactions: [{ transactionId }] })
          t.match(await world.store.cards.get(cardId), { isBlocked: true, openCaseId: null })
          t.same(await world.store.dueIndex.due(QUEUES, world.clock.nowMs + 6_000 * MINUTE_MS, 10), [], 'nothing is left to do')
          t.equal(plan.broke, true, 'it did break')
        })
      }
    }
  }
})

t.test('a client that never comes back: the dialer alone brings the question to its end', async (t) => {
  const { world, breakAt } = await breakableWorld()
  t.teardown(world.close)
  world.scorer.next = 987
  world.line.next = () => ({ kind: 'refused', outcome: 'busy', why: 'engaged' })

  for (const [write, nth] of [['cards.save', 1], ['cases.save', 1], ['transactions.attachCase', 1]] as const) {
    for (const when of ['before', 'after'] as const) {
      const { cardId, transactionId, post, cases } = await newCardholder(world)
      const startMs = world.clock.nowMs
      breakAt(write, nth, when)
      t.equal((await post()).statusCode, 500, `${when} ${write}`)
      // An intent is left to its request for a moment, then the dialer takes it; then three steps of the ladder.
      for (const afterMs of [3_000, 3_001, 10 * MINUTE_MS, 200 * MINUTE_MS, 201 * MINUTE_MS]) {
        world.clock.nowMs = startMs + afterMs
        await world.dial()
      }
      const found = await cases()
      t.match(found, [{ status: 'closed', decision: 'none', ending: 'nobody_reached', transactions: [{ transactionId }] }])
      t.equal(found.length, 1)
      t.match(await world.store.transactions.get(transactionId), { question: { state: 'attached', caseId: found[0]?.caseId } })
      t.match(await world.store.cards.get(cardId), { isBlocked: false, openCaseId: null })
    }
  }
})
