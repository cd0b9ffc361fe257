import t from 'tap'
import { createConcurrencyLimit } from '../../src/http/concurrency-limit.ts'

/** A limit whose turns of the event loop the test makes itself. */
function limited ({ max = 100, maxTurnMs = 5 } = {}) {
  let nowMs = 0
  let ends: Array<() => void> = []
  const limit = createConcurrencyLimit({ max, maxTurnMs, nowMs: () => nowMs, afterTurn: (call) => { ends.push(call) } })
  return {
    current: limit.current,
    /** A turn with requests, of which some found no place. */
    turn (tookMs: number, { requests = 3, refused = 0 } = {}) {
      for (let count = 0; count < requests; count++) limit.requestCame(count < refused)
      nowMs += tookMs
      for (const end of ends) end()
      ends = []
      return limit.current()
    },
    watched: () => ends.length
  }
}

t.test('while there is a place for everybody, nothing is changed, however long a turn takes', async (t) => {
  const { turn, current } = limited()
  t.equal(current(), 100)
  for (let count = 0; count < 20; count++) turn(500)
  t.equal(current(), 100)
})

t.test('once requests are refused, turns that are too long let fewer be under way, down to sixteen and no further', async (t) => {
  const { turn, current } = limited()
  t.equal(turn(5, { refused: 1 }), 100, 'as long as it may be')
  t.same([turn(6.25, { refused: 1 }), turn(50, { refused: 3 }), turn(6.25, { refused: 1 })], [80, 40, 32], 'by as much as they are too long, and at most by half')
  for (let count = 0; count < 20; count++) turn(50, { refused: 1 })
  t.equal(current(), 16)
  t.equal(limited({ max: 8 }).turn(50, { refused: 1 }), 8, 'nor below a maximum that is lower')
})

t.test('quick turns let one more in while requests are refused, up to the maximum', async (t) => {
  const { turn, current } = limited()
  for (let count = 0; count < 20; count++) turn(50, { refused: 1 })
  t.equal(turn(1), 16, 'without refusals there is no need to')
  t.equal(turn(3, { refused: 2 }), 16, 'a turn that is neither quick nor too long')
  t.same([turn(2, { refused: 2 }), turn(2, { refused: 1 })], [17, 18])
  t.equal(turn(5.1, { refused: 2 }), 17)
  for (let count = 0; count < 200; count++) turn(1, { refused: 1 })
  t.equal(current(), 100)
})

t.test('a second without a refusal lets in as many as before', async (t) => {
  const { turn, current } = limited()
  for (let count = 0; count < 3; count++) turn(50, { refused: 1 })
  t.equal(turn(900), 16)
  t.equal(turn(101), 100)
  t.equal(current(), 100)
})

t.test('a turn is watched once, however many requests come in it; switched off, none is', async (t) => {
  const { limit, watched } = (() => {
    const ends: Array<() => void> = []
    return { watched: () => ends.length, limit: createConcurrencyLimit({ max: 10, maxTurnMs: 5, nowMs: () => 0, afterTurn: (call) => { ends.push(call) } }) }
  })()
  for (let count = 0; count < 5; count++) limit.requestCame(false)
  t.equal(watched(), 1)
  const off = limited({ maxTurnMs: 0 })
  t.equal(off.turn(1_000), 100)
  t.equal(off.watched(), 0)
})
