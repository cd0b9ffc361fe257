import { Type, type Static } from '@sinclair/typebox'
import type { SimulatorClock } from '../aws/clock.ts'
import type { ContactEvent } from './contact-event.ts'

/** How EventBridge delivers contact events from now on; what is left out is as it is by default. */
export const EventDeliverySchema = Type.Object({
  delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'Simulated milliseconds between an event and its delivery; 0 by default.' })),
  copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, description: 'How often each event is delivered, under the same id; 1 by default.' })),
  order: Type.Optional(Type.String({ enum: ['as_sent', 'reversed'], description: '`reversed` holds the events of a contact until it is over and delivers the last one first.' })),
  drop: Type.Optional(Type.Array(Type.String({ enum: ['INITIATED', 'CONNECTED_TO_SYSTEM', 'DISCONNECTED'] }), { maxItems: 3, description: 'Types that are never delivered; none by default.' })),
  disconnectReason: Type.Optional(Type.Boolean({ description: 'Whether events of contacts that are over say why; false by default, since it is not documented for ordinary contacts.' })),
  retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 10, description: 'How often a delivery that failed is made again, after 1, 2, 4 … simulated seconds; 0 by default.' }))
}, { additionalProperties: false })
export type EventDelivery = Static<typeof EventDeliverySchema>

const AS_IT_IS = { delayMs: 0, copies: 1, order: 'as_sent', drop: [], disconnectReason: false, retries: 0 } satisfies Required<EventDelivery>
const FIRST_RETRY_MS = 1_000

/**
 * Stands between the instance and whoever takes its events, and treats them as it is told: late, twice, in the wrong order, or not at all.
 * @param reasonOf why a contact ended; `null` while it has not
 * @param deliver takes one event; what it throws means that it did not take it
 */
export function createEventDelivery ({ clock, reasonOf, deliver, onLost }: {
  clock: SimulatorClock
  reasonOf: (contactId: string) => string | null
  deliver: (event: ContactEvent) => void | Promise<void>
  onLost: (event: ContactEvent, error: unknown) => void
}) {
  let settings: Required<EventDelivery> = AS_IT_IS
  let stopping = new AbortController()
  const held = new Map<string, ContactEvent[]>()

  async function pass (event: ContactEvent, { delayMs, retries }: Required<EventDelivery>, { signal }: AbortController): Promise<void> {
    if (delayMs > 0) await clock.sleep(delayMs, signal)
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        return await deliver(event)
      } catch (error) {
        if (tries === retries) return onLost(event, error)
        await clock.sleep(FIRST_RETRY_MS * 2 ** tries, signal)
      }
    }
  }

  /** Delivers in this order; the events of a contact do not overtake each other unless the network would have it so. */
  function release (events: readonly ContactEvent[]): void {
    const [asSet, life] = [settings, stopping]
    for (const event of events) {
      if (asSet.drop.includes(event.detail.eventType)) continue
      const reason = asSet.disconnectReason ? reasonOf(event.detail.contactId) : null
      const told = reason === null ? event : { ...event, detail: { ...event.detail, disconnectReason: reason } }
      for (let copy = 0; copy < asSet.copies; copy++) Promise.resolve().then(() => pass(told, asSet, life)).catch((error: unknown) => onLost(told, error))
    }
  }

  return {
    set (delivery: EventDelivery): void {
      settings = { ...AS_IT_IS, ...delivery }
    },
    show: (): Required<EventDelivery> => settings,
    send (event: ContactEvent): void {
      const { contactId, eventType } = event.detail
      if (settings.order === 'as_sent' && !held.has(contactId)) return release([event])
      const waiting = [event, ...held.get(contactId) ?? []]
      held.set(contactId, waiting)
      if (eventType !== 'DISCONNECTED') return
      held.delete(contactId)
      release(waiting)
    },
    /** Forgets the settings and every event under way. */
    reset (): void {
      settings = AS_IT_IS
      held.clear()
      stopping.abort()
      stopping = new AbortController()
    }
  }
}
