import t, { type Test } from 'tap'
import type { ContactEvent } from '../../../src/simulators/connect/contact-event.ts'
import type { EventDelivery } from '../../../src/simulators/connect/event-delivery.ts'
import { CARDHOLDER, startInstanceWithBridge } from './simulated-instance.ts'

/** One call that is picked up and answered, its events delivered as told. */
async function eventsOf (t: Test, delivery: EventDelivery, fail: (seen: number) => boolean = () => false) {
  const seen: ContactEvent[] = []
  let last: (() => void) | undefined
  const ended = new Promise<void>(resolve => { last = resolve })
  let sent = 0
  const { simulator, dial, endpoint, clock } = await startInstanceWithBridge(t, () => 'blocked', {
    onContactEvent (event) {
      if (fail(++sent)) throw new Error('not now')
      seen.push(event)
      if (event.detail.eventType === 'DISCONNECTED') last?.()
    }
  })
  const put = await fetch(`${endpoint}/_simulator/contact-events`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(delivery) })
  if (!put.ok) throw new Error(await put.text())
  simulator.setPhone(CARDHOLDER, { behaviour: 'answer', keys: ['2'] })
  await simulator.settledContact(await dial())
  return { seen, ended, endpoint, clock, simulator, types: () => seen.map(({ detail }) => detail.eventType) }
}

t.test('events go out in order, once, and without a reason', async t => {
  const { ended, types, seen } = await eventsOf(t, {})
  await ended
  t.strictSame(types(), ['INITIATED', 'CONNECTED_TO_SYSTEM', 'DISCONNECTED'])
  t.notMatch(JSON.stringify(seen), 'disconnectReason')
})

t.test('events can say why', async t => {
  const { ended, seen } = await eventsOf(t, { disconnectReason: true })
  await ended
  t.match(seen.map(({ detail }) => (detail as { disconnectReason?: string }).disconnectReason), [undefined, undefined, 'CONTACT_FLOW_DISCONNECT'])
})

t.test('events can come doubled, under their own ids', async t => {
  const { ended, types, seen } = await eventsOf(t, { copies: 2 })
  await ended
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(types(), ['INITIATED', 'INITIATED', 'CONNECTED_TO_SYSTEM', 'CONNECTED_TO_SYSTEM', 'DISCONNECTED', 'DISCONNECTED'])
  t.equal(new Set(seen.map(({ id }) => id)).size, 3)
})

t.test('events can come in the wrong order', async t => {
  const { types, seen } = await eventsOf(t, { order: 'reversed' })
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(types(), ['DISCONNECTED', 'CONNECTED_TO_SYSTEM', 'INITIATED'])
  t.ok(seen.every(({ id }, index) => seen.findIndex(other => other.id === id) === index))
})

t.test('events can be lost', async t => {
  const { types } = await eventsOf(t, { drop: ['CONNECTED_TO_SYSTEM', 'DISCONNECTED'] })
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(types(), ['INITIATED'])
})

t.test('events can be late', async t => {
  const { ended, clock, seen } = await eventsOf(t, { delayMs: 3_600_000 })
  await ended
  const [disconnected] = seen.slice(-1)
  t.ok(clock.nowMs() - Date.parse(disconnected?.detail.disconnectTimestamp ?? '') >= 3_600_000)
})

t.test('an event that was not taken is delivered again when that is asked for, and is lost else', async t => {
  const again = await eventsOf(t, { drop: ['INITIATED', 'CONNECTED_TO_SYSTEM'], retries: 2 }, sent => sent <= 2)
  await again.ended
  t.strictSame(again.types(), ['DISCONNECTED'])
  const lost = await eventsOf(t, { drop: ['INITIATED', 'CONNECTED_TO_SYSTEM'] }, sent => sent <= 2)
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(lost.types(), [])
})

t.test('the control API shows what is set, refuses what it does not know, and a reset forgets it', async t => {
  const { endpoint, simulator } = await eventsOf(t, { copies: 3, drop: ['INITIATED'] })
  const url = `${endpoint}/_simulator/contact-events`
  const show = async () => await (await fetch(url)).json() as unknown
  t.strictSame(await show(), { delayMs: 0, copies: 3, order: 'as_sent', drop: ['INITIATED'], disconnectReason: false, retries: 0 })
  for (const body of [{ copies: 0 }, { order: 'random' }, { drop: ['COMPLETED'] }, { delay: 5 }]) {
    t.equal((await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status, 400, JSON.stringify(body))
  }
  await simulator.reset()
  t.strictSame(await show(), { delayMs: 0, copies: 1, order: 'as_sent', drop: [], disconnectReason: false, retries: 0 })
})
