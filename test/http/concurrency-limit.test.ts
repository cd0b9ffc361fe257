import t from 'tap'
import { createConcurrencyLimit } from '../../src/http/concurrency-limit.ts'

/** A limit whose turns of the event loop the test makes itself. */
function limited ({ max = 400, maxTurnMs = 4 } = {}) {
  let [nowMs, idleMs] = [0, 0]
  let ends: Array<() => void> = []
  const { hasPlace } = createConcurrencyLimit({ max, maxTurnMs, nowMs: () => nowMs, idleMs: () => idleMs, afterTurn: (call) => { ends.push(call) } })
  return {
    hasPlace,
    pass (ms: number) { nowMs += ms },
    idle (ms: number) { nowMs += ms; idleMs += ms },
    /** A turn in which so many requests come while so many are under way. @returns how many of them got a place */
    turn (tookMs: number, { underWay = 0, requests = 1 } = {}) {
      let taken = 0
      for (let count = 0; count < requests; count++) if (hasPlace(underWay + taken)) taken++
      nowMs += tookMs
      for (const end of ends) end()
      ends = []
      return taken
    },
    watched: () => ends.length
  }
}

t.test('while turns are quick, as many are under way as there may be', async (t) => {
  const { turn } = limited()
  t.equal(turn(1, { requests: 500 }), 400)
  t.equal(turn(1, { underWay: 399, requests: 2 }), 1)
})

t.test('a hundred and twenty-eight are served however long turns are; above them nobody, once turns are long', async (t) => {
  const { turn } = limited()
  t.equal(turn(500, { requests: 128 }), 128)
  t.equal(turn(500, { underWay: 127 }), 1)
  t.equal(turn(500, { underWay: 128 }), 0)
  t.equal(limited({ max: 8 }).turn(1, { requests: 10 }), 8, 'nor ever more than the maximum')
})

t.test('a turn that is long already takes no more either, before it has ended', async (t) => {
  const { hasPlace, pass } = limited()
  t.equal(hasPlace(200), true)
  pass(1.9)
  t.equal(hasPlace(201), true)
  pass(0.2)
  t.equal(hasPlace(202), false)
})

t.test('turns that are too long lower the limit while requests are refused, by as much as they are too long, at most by half, and to sixteen', async (t) => {
  const { turn } = limited()
  const places = (tookMs: number) => turn(tookMs, { requests: 500 })
  t.same([places(5), places(5), places(4), places(40), places(40), places(40), places(40)], [400, 320, 256, 256, 128, 64, 32])
  t.same([places(40), places(40)], [16, 16])
})

t.test('in a crowd one more is taken on for each quick turn; a second after it, all', async (t) => {
  const { turn, pass } = limited()
  for (let count = 0; count < 10; count++) turn(40, { requests: 500 })
  t.equal(turn(1, { requests: 500 }), 16, 'the turn before was long')
  t.same([turn(1, { requests: 500 }), turn(1, { requests: 500 })], [17, 18])
  t.equal(turn(1, { requests: 10 }), 10)
  pass(1_000)
  t.equal(turn(1, { requests: 500 }), 400)
})

t.test('a second without a refusal lets as many in again as at the start, though turns are long and there is no pause between them', async (t) => {
  const { turn } = limited()
  for (let count = 0; count < 10; count++) turn(40, { requests: 500 })
  for (let count = 0; count < 20; count++) turn(40)
  t.equal(turn(40, { requests: 128 }), 16)
  for (let count = 0; count < 30; count++) turn(40)
  t.equal(turn(40, { requests: 128 }), 128)
})

t.test('bursts with idle time between them are no crowd: a hundred are taken each time, whatever a spike did before', async (t) => {
  const { turn, pass, idle } = limited()
  const crowd = () => { for (let count = 0; count < 10; count++) turn(40, { requests: 500 }) }
  crowd()
  for (let count = 0; count < 5; count++) {
    idle(200)
    t.equal(turn(40, { requests: 100 }), 100)
  }
  crowd()
  for (let count = 0; count < 5; count++) {
    idle(20)
    t.equal(turn(40, { requests: 100 }), 16, 'idle for a third of the time')
  }
  pass(200)
  t.equal(turn(40, { requests: 100 }), 16, 'busy with other things than new requests')
})

t.test('a turn is watched once, however many requests come in it; without a bound, none is', async (t) => {
  const { hasPlace, watched } = limited()
  for (let count = 0; count < 5; count++) hasPlace(count)
  t.equal(watched(), 1)
  const off = limited({ maxTurnMs: 0 })
  t.equal(off.turn(1_000, { requests: 500 }), 400)
  t.equal(off.turn(1_000, { requests: 500 }), 400)
  t.equal(off.watched(), 0)
})
