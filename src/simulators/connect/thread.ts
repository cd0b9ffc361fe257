import type { SimulatedTime } from '../aws/clock.ts'
import type { Contact, DisconnectReason, TranscriptLine } from './contact.ts'
import type { Line } from './line.ts'
import type { Phone } from './phone.ts'
import { measureText } from './text-encoding.ts'

/** What came of waiting for a reply: none in time, none any more, or a text. */
export type ReplyOutcome = 'elapsed' | 'over' | { text: string }

/** The line between a flow and a phone that texts. Nothing rings, is spoken or pressed here. */
export interface Thread extends Line {
  /** Sends a text, and does not wait for anything. */
  send: (text: string) => void
  /** Sends a text and waits for a reply: `timeoutMs`, and never longer than the conversation lasts. */
  askForReply: (text: string, timeoutMs: number) => Promise<ReplyOutcome>
  /** A text of the cardholder's. Returns whether it could arrive anywhere. */
  receive: (text: string) => boolean
}

/** Numbers that want no more texts of ours. */
export type OptOutList = Set<string>

/** Default opt-out words (AWS End User Messaging SMS User Guide, "Keywords" and "Opt-out lists"). */
const OPT_OUT_WORDS: ReadonlySet<string> = new Set(['ARRET', 'CANCEL', 'END', 'OPT-OUT', 'OPTOUT', 'QUIT', 'REMOVE', 'STOP', 'TD', 'UNSUBSCRIBE'])
const OPT_IN_WORDS: ReadonlySet<string> = new Set(['START', 'UNSTOP'])

/**
 * Opens the thread of one text conversation. As on a {@link Line}, at most one sleep is under way, and a scripted phone's reply is known before it begins.
 *
 * An opt-out word takes effect below Amazon Connect: from then on nothing of ours arrives, until START. The word itself still reaches the flow here; whether
 * it does on every kind of number is not documented (on US toll-free numbers the carriers themselves act on STOP).
 */
export function createThread ({ contact, durationMs, phone, clock, optedOut, onChange, onOver }: {
  contact: Contact
  /** ChatDurationInMinutes, in milliseconds. */
  durationMs: number
  phone: Phone
  clock: SimulatedTime
  optedOut: OptOutList
  onChange: () => void
  onOver: (reason: DisconnectReason) => void
}): Thread {
  let isOver = false
  let isAsking = false
  let elapsedMs = 0
  let interrupt: ((outcome: { text: string } | 'over') => void) | undefined

  /** The flow's own end does not come through here. */
  const isClosed = (): boolean => isOver || contact.state === 'ended'

  function addLine (line: Omit<TranscriptLine, 'atMs'>): void {
    contact.transcript.push({ atMs: clock.nowMs(), ...line })
    onChange()
  }

  function endWith (reason: DisconnectReason): void {
    if (isOver) return
    isOver = true
    interrupt?.('over')
    onOver(reason)
  }

  function noteReply (text: string): void {
    addLine({ who: 'cardholder', text, ...isAsking ? {} : { isUnheard: true } })
    const word = text.trim().toUpperCase()
    if (OPT_OUT_WORDS.has(word)) {
      optedOut.add(contact.destination)
      addLine({ who: 'carrier', text: `No more texts from ${contact.source} reach this phone. START takes that back.` })
    } else if (OPT_IN_WORDS.has(word) && optedOut.delete(contact.destination)) {
      addLine({ who: 'carrier', text: `Texts from ${contact.source} reach this phone again.` })
    }
  }

  function send (text: string): void {
    if (!isOver) addLine({ who: 'system', text, isDelivered: !optedOut.has(contact.destination), encoding: measureText(text) })
  }

  async function waitFor (ms: number): Promise<ReplyOutcome> {
    const controller = new AbortController()
    let outcome: ReplyOutcome = 'elapsed'
    // The first reply is the reply.
    interrupt = happened => {
      interrupt = undefined
      isAsking = false
      outcome = happened
      controller.abort()
    }
    const beganAtMs = clock.nowMs()
    await clock.sleep(ms, controller.signal)
    interrupt = undefined
    elapsedMs += controller.signal.aborted ? Math.min(ms, clock.toSimulatedMs(clock.nowMs() - beganAtMs)) : ms
    return outcome
  }

  return {
    send,
    async askForReply (text, timeoutMs) {
      if (isOver) return 'over'
      send(text)
      const leftMs = durationMs - elapsedMs
      const limitMs = Math.min(timeoutMs, leftMs)
      // Who got no text replies to none.
      const planned = optedOut.has(contact.destination) ? undefined : phone.reply()
      const reply = planned !== undefined && planned.afterMs <= limitMs ? planned : undefined
      isAsking = true
      let outcome = await waitFor(reply?.afterMs ?? limitMs)
      if (isOver) return 'over'
      if (outcome === 'elapsed' && reply !== undefined) {
        noteReply(reply.text)
        outcome = { text: reply.text }
      }
      isAsking = false
      if (outcome !== 'elapsed' || timeoutMs < leftMs) return outcome
      endWith('EXPIRED')
      return 'over'
    },
    receive (text) {
      const word = text.trim().toUpperCase()
      if (isClosed() && !OPT_OUT_WORDS.has(word) && !OPT_IN_WORDS.has(word)) return false
      noteReply(text)
      if (isAsking) interrupt?.({ text })
      return true
    },
    isOver: () => isOver,
    ring: async () => 'picked_up',
    async say (text) {
      send(text)
      return isOver ? 'over' : 'elapsed'
    },
    ask: async () => 'over',
    listen: async () => 'over',
    fallSilent () {},
    pickUp: () => false,
    decline: () => false,
    pressKey: () => false,
    hangUp (reason = 'CUSTOMER_DISCONNECT') {
      if (isClosed()) return false
      endWith(reason)
      return true
    }
  }
}
