import t from 'tap'
import type { Store } from '../../src/adapters/dynamodb/store.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, START_MS, transactionBody } from '../world.ts'

const MINUTE_MS = 60_000

type Break = { when: 'before' | 'after', write: string, nth: number }

/** Every write of the story, by its port and method, and how often the story makes it: screened, dialled, answered. */
const WRITES: Array<[write: string, times: number]> = [['transactions.recordOnce', 1], ['cards.save', 2], ['cases.save', 5], ['transactions.attachCase', 1]]

/** Makes one call of one write of the store throw, once, and counts the calls since it was armed. */
function breaking ({ when, write, nth }: Break) {
  const state = { isArmed: false, seen: 0, broke: false }
  return {
    state,
    breakStore (store: Store): Store {
      const wrap = <T extends object>(port: string, thing: T): T => new Proxy(thing, {
        get (target, name, receiver) {
          const method: unknown = Reflect.get(target, name, receiver)
          if (typeof method !== 'function' || `${port}.${String(name)}` !== write) return method
          return async (...args: unknown[]): Promise<unknown> => {
            const breaks = state.isArmed && ++state.seen === nth
            if (breaks) state.broke = true
            if (breaks && when === 'before') throw new Error('the process died before it wrote')
            const result: unknown = await Reflect.apply(method, target, args)
            if (breaks) throw new Error('the process died after it wrote')
            return result
          }
        }
      })
      return { ...store, cards: wrap('cards', store.cards), cases: wrap('cases', store.cases), transactions: wrap('transactions', store.transactions) }
    }
  }
}

t.test('a process that dies at any write of the story leaves nothing that does not end', async (t) => {
  for (const [write, times] of WRITES) {
    for (let nth = 1; nth <= times; nth++) {
      for (const when of ['before', 'after'] as const) {
        await t.test(`it dies ${when} ${write}, call ${nth}`, async (t) => {
          const { state, breakStore } = breaking({ when, write, nth })
          const world = await createWorld({ breakStore })
          t.teardown(world.close)
          const cardId = await putSampleCustomer(world.app)
          world.scorer.next = 987
          state.isArmed = true
          let answered: number | undefined
          const cases = async () => await world.store.cases.list({ status: undefined, cardId, limit: 100, olderThan: undefined })
          const answer = async () => {
            const [question] = await cases()
            const reply = await world.app.inject({ method: 'POST', url: `/v1/cases/${question?.caseId ?? ''}/answer`, headers: KEY_HEADERS, payload: { answer: 'fraud' } })
            return reply.statusCode
          }

          const first = await postTransaction(world.app, transactionBody('tx-1'))
          const retried = await postTransaction(world.app, transactionBody('tx-1'))
          t.equal(retried.statusCode, 200, 'the client tries again and gets its decision')
          if (first.statusCode === 200) t.same(retried.json(), first.json(), 'the same that was acknowledged')
          t.match(retried.json(), { outcome: 'fraud', case: { id: /^case_/, status: 'open' } })

          // The line goes on ringing; whatever is due is due again after the deadlines of the policy.
          for (let pass = 0; pass < 4; pass++) {
            await world.dial()
            world.clock.nowMs += 20_000
          }
          t.ok(world.line.requests.length >= 1, 'the cardholder was called')
          t.equal(new Set(world.line.requests.map(({ clientToken }) => clientToken)).size, 1, 'with one token for the one attempt')

          answered = await answer()
          if (answered !== 200) answered = await answer()
          t.equal(answered, 200)
          await world.dial()
          const found = await cases()
          t.equal(found.length, 1, 'there is one case')
          t.match(found[0], { status: 'closed', decision: 'fraud', transactions: [{ transactionId: 'tx-1' }] })
          t.match(await world.store.cards.get(cardId), { isBlocked: true, openCaseId: null })
          t.same(await world.store.dueIndex.due(world.clock.nowMs + 100 * 60 * MINUTE_MS, 10), [], 'nothing is left to do')
          t.equal(state.broke, true, 'it did break')
        })
      }
    }
  }
})

t.test('a client that never comes back: the dialer alone brings the question to its end', async (t) => {
  for (const [write, nth] of [['cards.save', 1], ['cases.save', 1], ['transactions.attachCase', 1]] as const) {
    for (const when of ['before', 'after'] as const) {
      const { state, breakStore } = breaking({ when, write, nth })
      const world = await createWorld({ breakStore })
      const cardId = await putSampleCustomer(world.app)
      world.scorer.next = 987
      state.isArmed = true
      t.equal((await postTransaction(world.app, transactionBody('tx-1'))).statusCode, 500, `${when} ${write}`)
      world.line.next = () => ({ kind: 'refused', outcome: 'busy', why: 'engaged' })
      // An intent is left to its request for a moment, then the dialer takes it; then three steps of the ladder.
      for (const afterMs of [3_000, 3_001, 10 * MINUTE_MS, 200 * MINUTE_MS, 201 * MINUTE_MS]) {
        world.clock.nowMs = START_MS + afterMs
        await world.dial()
      }
      const found = await world.store.cases.list({ status: undefined, cardId, limit: 100, olderThan: undefined })
      t.match(found, [{ status: 'closed', decision: 'none', ending: 'nobody_reached', transactions: [{ transactionId: 'tx-1' }] }])
      t.equal(found.length, 1)
      t.match(await world.store.transactions.get('tx-1'), { question: { state: 'attached', caseId: found[0]?.caseId } })
      t.match(await world.store.cards.get(cardId), { isBlocked: false, openCaseId: null })
      await world.close()
    }
  }
})
