import t from 'tap'
import { changeCase } from '../../src/usecases/change.ts'
import { createWorld, postTransaction, putSampleCustomer, transactionBody } from '../world.ts'

t.test('changeCase: what is known saves the reading, unless somebody else wrote meanwhile or there is nothing to write', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
  let reads = 0
  const cases = { ...world.store.cases, async get (id: string) { reads++; return await world.store.cases.get(id) } }
  const known = await world.store.cases.get(caseId)
  if (known === undefined) throw new Error('no case')

  const first = await changeCase(cases, caseId, (current) => ({ ...current, customerId: 'first' }), known)
  t.equal(reads, 0)
  t.same(await world.store.cases.get(caseId), first, 'it gives back what is stored, the version too')

  const second = await changeCase(cases, caseId, (current) => ({ ...current, customerId: `${current.customerId} second` }), known)
  t.equal(reads, 1, 'what was known is old')
  t.equal(second.customerId, 'first second')
  t.same(await world.store.cases.get(caseId), second)

  t.same(await changeCase(cases, caseId, (current) => current, known), second, 'nothing to write: it is read')
  t.equal(reads, 2)
})
