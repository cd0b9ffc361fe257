import t from 'tap'
import { createWorld, KEY_HEADERS, putSampleCustomer } from '../world.ts'

t.test('an operator blocks and unblocks a card, each may be repeated, and who and why stay with the card', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const cardId = await putSampleCustomer(world.app)
  const post = async (operation: 'block' | 'unblock', reason: string) => (await world.app.inject({ method: 'POST', url: `/v1/cards/${cardId}/${operation}`, headers: KEY_HEADERS, payload: { reason } })).json<object>()

  t.match(await post('block', 'lost in Rome'), { isBlocked: true, blockedBy: 'operator', blockedAt: '2026-11-22T10:00:00.000Z', blockedReason: 'lost in Rome (key tests)' })
  world.clock.nowMs += 60_000
  t.match(await post('block', 'lost again'), { blockedReason: 'lost in Rome (key tests)', operations: [{ what: 'blocked' }] })
  t.match(await post('unblock', 'found in a coat'), { isBlocked: false, blockedAt: null, blockedBy: null, blockedReason: null })
  t.same((await world.app.inject({ url: `/v1/cards/${cardId}`, headers: KEY_HEADERS })).json<{ operations: object[] }>().operations, [
    { at: '2026-11-22T10:00:00.000Z', who: 'key tests', what: 'blocked', why: 'lost in Rome' },
    { at: '2026-11-22T10:01:00.000Z', who: 'key tests', what: 'unblocked', why: 'found in a coat' }
  ])
  const told = world.logLines.map((line) => (JSON.parse(line) as { msg: string }).msg).filter((message) => message.startsWith('card '))
  t.same(told, ['card blocked', 'card was blocked already', 'card unblocked'], 'the log says no more than was done')
})
