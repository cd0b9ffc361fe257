import t from 'tap'
import { isTimeZone, nextAllowedMs } from '../../src/domain/calling-window.ts'

const DAY = { fromMinute: 8 * 60, toMinute: 21 * 60 }

t.test('nextAllowedMs: a moment inside the window is allowed now, one outside waits for the next opening', async (t) => {
  const table: Array<[why: string, timeZone: string, now: string, allowed: string]> = [
    ['noon in Berlin', 'Europe/Berlin', '2026-11-22T11:00:00Z', '2026-11-22T11:00:00Z'],
    ['exactly eight', 'Europe/Berlin', '2026-11-22T07:00:00Z', '2026-11-22T07:00:00Z'],
    ['a millisecond before eight', 'Europe/Berlin', '2026-11-22T06:59:59.999Z', '2026-11-22T07:00:00Z'],
    ['a millisecond before nine in the evening', 'Europe/Berlin', '2026-11-22T19:59:59.999Z', '2026-11-22T19:59:59.999Z'],
    ['exactly nine in the evening', 'Europe/Berlin', '2026-11-22T20:00:00Z', '2026-11-23T07:00:00Z'],
    ['midnight', 'Europe/Berlin', '2026-11-22T23:00:00Z', '2026-11-23T07:00:00Z'],
    ['over the end of the year', 'Europe/Berlin', '2026-12-31T20:30:00Z', '2027-01-01T07:00:00Z'],
    ['Berlin, the night before summer time begins', 'Europe/Berlin', '2026-03-28T20:30:00Z', '2026-03-29T06:00:00Z'],
    ['Berlin, in the hour that is skipped', 'Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29T06:00:00Z'],
    ['Berlin, the night before summer time ends', 'Europe/Berlin', '2026-10-24T20:30:00Z', '2026-10-25T07:00:00Z'],
    ['Berlin, in the hour that comes twice', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T07:00:00Z'],
    ['New York, the night before summer time begins', 'America/New_York', '2026-03-08T02:30:00Z', '2026-03-08T12:00:00Z'],
    ['New York, the night before summer time ends', 'America/New_York', '2026-11-01T01:30:00Z', '2026-11-01T13:00:00Z'],
    ['New York, an ordinary winter night', 'America/New_York', '2026-11-22T10:00:00Z', '2026-11-22T13:00:00Z'],
    ['Kiritimati, 14 hours ahead', 'Pacific/Kiritimati', '2026-11-22T10:00:00Z', '2026-11-22T18:00:00Z'],
    ['Pago Pago, 11 hours behind', 'Pacific/Pago_Pago', '2026-11-22T10:00:00Z', '2026-11-22T19:00:00Z'],
    ['Kathmandu, 5 hours and 45 minutes ahead', 'Asia/Kathmandu', '2026-11-22T01:00:00Z', '2026-11-22T02:15:00Z'],
    ['Chatham, 13 hours and 45 minutes ahead', 'Pacific/Chatham', '2026-11-22T10:00:00Z', '2026-11-22T18:15:00Z']
  ]
  for (const [why, timeZone, now, allowed] of table) {
    t.equal(new Date(nextAllowedMs(Date.parse(now), timeZone, DAY)).toISOString(), new Date(allowed).toISOString(), why)
  }
})

t.test('nextAllowedMs: without a window every moment is allowed, and a window of the whole day never waits', async (t) => {
  const nightMs = Date.parse('2026-11-22T02:00:00Z')
  t.equal(nextAllowedMs(nightMs, 'Europe/Berlin', undefined), nightMs)
  for (let hour = 0; hour < 24; hour++) {
    const ms = nightMs + hour * 3_600_000
    t.equal(nextAllowedMs(ms, 'Europe/Berlin', { fromMinute: 0, toMinute: 1440 }), ms)
  }
})

t.test('nextAllowedMs: at any moment of a year, what it allows is in the window, not in the past, and at most 16 hours away', async (t) => {
  let seed = 20261122
  for (const timeZone of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Kiritimati', 'Pacific/Marquesas']) {
    const hourOf = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' })
    for (let round = 0; round < 40; round++) {
      seed = (seed * 48271) % 2147483647
      const nowMs = Date.parse('2026-01-01T00:00:00Z') + (seed % (365 * 24 * 60)) * 60_000 + seed % 60_000
      const allowedMs = nextAllowedMs(nowMs, timeZone, DAY)
      const hour = Number(hourOf.format(allowedMs))
      if (hour < 8 || hour >= 21) t.fail(`${new Date(nowMs).toISOString()} in ${timeZone} waits for hour ${hour}`)
      if (allowedMs < nowMs || allowedMs > nowMs + 16 * 3_600_000) t.fail(`${new Date(nowMs).toISOString()} in ${timeZone} waits for ${new Date(allowedMs).toISOString()}`)
      if (nextAllowedMs(allowedMs, timeZone, DAY) !== allowedMs) t.fail('what is allowed is allowed')
    }
  }
  t.pass('240 moments in six zones')
})

t.test('isTimeZone knows IANA names', async (t) => {
  for (const name of ['Europe/Berlin', 'America/New_York', 'UTC', 'Pacific/Kiritimati']) t.equal(isTimeZone(name), true, name)
  for (const name of ['Europe/Bonn', 'Mars/Olympus', '', 'Berlin']) t.equal(isTimeZone(name), false, JSON.stringify(name))
})

t.test('nextAllowedMs: a window is found whatever minute it begins at', async (t) => {
  const midnight = Date.parse('2026-11-22T00:00:00Z')
  for (const [fromMinute, toMinute, clock] of [[490, 1260, '08:10'], [481, 490, '08:01'], [1439, 1440, '23:59']] as const) {
    t.equal(nextAllowedMs(midnight, 'UTC', { fromMinute, toMinute }), Date.parse(`2026-11-22T${clock}:00Z`))
  }
})
