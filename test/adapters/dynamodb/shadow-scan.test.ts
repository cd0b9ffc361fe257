import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { createDynamoDbClient } from '../../../src/adapters/aws/clients.ts'
import { scanShadowScores, type ShadowedTransaction, type ShadowScanOptions } from '../../../src/adapters/dynamodb/shadow-scan.ts'
import type { Case } from '../../../src/domain/case.ts'
import { startEmbeddedDynamoDb } from '../../../src/simulators/dynamodb.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, START_MS, transactionBody, type World } from '../../world.ts'

const DAY_MS = 86_400_000

async function start (t: Test) {
  const engine = await startEmbeddedDynamoDb()
  const tableName = `test-${uuidv7()}`
  const shadow = { score: 0, isOn: true }
  const world = await createWorld({
    endpoint: engine.endpoint,
    tableName,
    shadow: {
      score () {
        if (!shadow.isOn) throw new Error('off')
        return { model: 'next', version: '2', score: shadow.score }
      }
    }
  })
  const client = createDynamoDbClient(5_000, { endpoint: engine.endpoint })
  t.teardown(async () => { client.destroy(); await world.close(); await engine.close() })
  await putSampleCustomer(world.app)

  async function scan (options: Partial<ShadowScanOptions> = {}) {
    const seen = { transactions: [] as ShadowedTransaction[], answers: [] as Array<[string, string]>, reads: [] as number[], pauses: [] as number[] }
    await scanShadowScores({ client, tableName, fromMs: 0, beforeMs: START_MS + 365 * DAY_MS, readUnitsPerSecond: 1e9, pause: async (ms) => { seen.pauses.push(ms) }, ...options }, {
      transaction: (one) => { seen.transactions.push(one) },
      answer: (id, answer) => { seen.answers.push([id, answer]) },
      read: (items) => { seen.reads.push(items) }
    })
    seen.transactions.sort((a, b) => a.transactionId < b.transactionId ? -1 : 1)
    seen.answers.sort()
    return seen
  }
  return { world, shadow, scan }
}

async function screen ({ app, scorer }: World, id: string, score: number): Promise<string | undefined> {
  scorer.next = score
  return (await postTransaction(app, transactionBody(id))).json<{ case: { id: string } | null }>().case?.id
}

async function answer ({ app }: World, caseId: string | undefined, answer: string): Promise<void> {
  await app.inject({ method: 'POST', url: `/v1/cases/${caseId ?? ''}/answer`, headers: KEY_HEADERS, payload: { answer } })
}

t.test('scanShadowScores: decisions with a shadow\'s score, whole over pages, and answers about what was asked', async (t) => {
  const { world, shadow, scan } = await start(t)
  shadow.score = 20
  await screen(world, 'tx-1', 10)
  shadow.isOn = false
  await screen(world, 'tx-2', 10)
  shadow.isOn = true
  shadow.score = 30
  const first = await screen(world, 'tx-3', 990)
  await screen(world, 'tx-4', 980)
  const open = await scan()
  t.same(open.answers, [], 'a case that is open has none')
  await answer(world, first, 'genuine')
  world.clock.nowMs += DAY_MS
  await answer(world, await screen(world, 'tx-5', 990), 'fraud')
  await screen(world, 'tx-6', 990)

  const all = await scan()
  t.match(all.transactions, [
    { transactionId: 'tx-1', score: 10, scorer: { name: 'embedded', model: 'held', version: '1' }, question: null, assessedAtMs: START_MS, shadow: { model: 'next', version: '2', score: 20 } },
    { transactionId: 'tx-3', score: 990, question: { state: 'attached' }, shadow: { score: 30 } },
    { transactionId: 'tx-4' },
    { transactionId: 'tx-5', assessedAtMs: START_MS + DAY_MS }
  ])
  t.equal(all.transactions.length, 4, 'not of a blocked card, nor of a shadow that failed')
  t.notMatch(JSON.stringify(all.transactions), /lastName|contentHash|last4/, 'and no more than is needed')
  t.same(all.answers, [['tx-3', 'genuine'], ['tx-4', 'genuine'], ['tx-5', 'fraud']])
  t.equal(all.reads.length, 1)

  const settled = await world.store.cases.get(first ?? '') ?? t.fail('there is a case')
  await world.store.cases.save({ ...settled as Case, answeredIds: ['tx-3'] })
  t.same((await scan()).answers, [['tx-3', 'genuine'], ['tx-5', 'fraud']], 'what joined after the question was not answered')
  await world.store.cases.save({ ...settled as Case, version: (settled as Case).version + 1 })

  for (const pageItems of [1, 3]) {
    const paged = await scan({ pageItems })
    t.same([paged.transactions, paged.answers], [all.transactions, all.answers], `${pageItems} items a page`)
    t.ok(paged.reads.length > 3)
    t.same(paged.reads, paged.reads.toSorted((a, b) => a - b))
    t.equal(paged.reads.at(-1), all.reads[0])
  }

  const ids = async (options: Partial<ShadowScanOptions>) => (await scan(options)).transactions.map(({ transactionId }) => transactionId)
  t.same(await ids({ fromMs: START_MS + 1 }), ['tx-5'])
  t.same(await ids({ fromMs: START_MS, beforeMs: START_MS + DAY_MS }), ['tx-1', 'tx-3', 'tx-4'])
  t.same(await ids({ beforeMs: START_MS }), [])
})

t.test('scanShadowScores: takes no more of the table than it may', async (t) => {
  const { world, scan } = await start(t)
  for (let count = 0; count < 4; count++) await screen(world, `tx-${count}`, 10)
  t.same((await scan({ pageItems: 2 })).pauses, [], 'as fast as the replies come where that is within bounds')
  const { pauses, reads } = await scan({ pageItems: 2, readUnitsPerSecond: 0.001 })
  t.equal(pauses.length, reads.length - 1)
  t.same((await scan({ pageItems: 100, readUnitsPerSecond: 0.001 })).pauses, [], 'after the last page nobody waits')
  for (const ms of pauses) t.ok(ms > 400_000 && ms <= 1_000_000, `half a unit or one: ${ms} ms`)
})

t.test('scanShadowScores: a table that is not there is named', async (t) => {
  const { scan } = await start(t)
  await t.rejects(scan({ tableName: 'no-such-table' }), { message: 'There is no table no-such-table.' })
})
