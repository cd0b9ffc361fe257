import t, { type Test } from 'tap'
import type { Store } from '../../src/adapters/dynamodb/store.ts'
import { createWorld, postTransaction, putSampleCustomer, transactionBody, type World } from '../world.ts'

/** Three instances of the service on one table. Each has store objects of its own, so that no turn-taking within a process helps. */
async function replicas (t: Test): Promise<[World, World, World]> {
  const first = await createWorld()
  const another = async () => await createWorld({ breakStore: (): Store => ({ ...first.store, cards: { ...first.store.cards }, cases: { ...first.store.cases } }) })
  const worlds: [World, World, World] = [first, await another(), await another()]
  t.teardown(async () => { for (const world of [...worlds].reverse()) await world.close() })
  return worlds
}

t.test('three replicas take sixty suspicious transactions of one card at once into its one open case', async (t) => {
  const worlds = await replicas(t)
  const [{ app, store }] = worlds
  const cardId = await putSampleCustomer(app)
  for (const { scorer } of worlds) scorer.next = 987
  const ids = Array.from({ length: 30 }, (_, index) => `tx-${String(index).padStart(2, '0')}`)
  const replies = await Promise.all(ids.map(async (id, index) => await postTransaction((worlds[index % worlds.length] ?? worlds[0]).app, transactionBody(id))))
  t.same([...new Set(replies.map(({ statusCode }) => statusCode))], [200])

  const cases = await store.cases.list({ status: undefined, cardId, limit: 10, olderThan: undefined })
  t.equal(cases.length, 1, 'one case, and no other ever')
  t.equal(cases[0]?.status, 'open')
  t.same(cases[0]?.transactions.map(({ transactionId }) => transactionId).sort(), ids, 'each is listed once')
  t.same([...new Set(replies.map((reply) => reply.json<{ case: { id: string } }>().case.id))], [cases[0]?.caseId])

  for (const { dial } of worlds) await dial()
  t.equal(worlds.flatMap(({ line }) => line.requests).length, 1, 'and one call asks about all of them')
  t.match(worlds[0].line.requests[0]?.attributes, { Count: '30' })
})
