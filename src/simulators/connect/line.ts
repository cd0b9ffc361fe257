import type { SimulatedTime } from '../aws/clock.ts'
import type { Contact, DisconnectReason, TranscriptLine } from './contact.ts'
import type { LineMoment, Phone } from './phone.ts'

/** How ringing ended. */
export type RingOutcome = 'picked_up' | DisconnectReason

/** What came of a prompt or of listening: it ran its time, a key was pressed, or the call is over. */
export type LineOutcome = 'elapsed' | 'over' | { key: string }

/** The line between a flow and a phone. */
export interface Line {
  /** Rings until picked up, refused or out of ring time. */
  ring: () => Promise<RingOutcome>
  /** Speaks a prompt that no key interrupts. */
  say: (text: string, speakingMs: number) => Promise<LineOutcome>
  /** Speaks a prompt and listens `listeningMs` after it for one key; a key interrupts the prompt. */
  ask: (text: string, speakingMs: number, listeningMs: number) => Promise<LineOutcome>
  /** Listens for one more key. */
  listen: (listeningMs: number) => Promise<LineOutcome>
  /** Tells the phone that the line falls silent while a Lambda function runs. */
  fallSilent: () => void
  isOver: () => boolean
  /** The human's side. Each returns whether it could be done now. */
  pickUp: () => boolean
  decline: () => boolean
  pressKey: (key: string) => boolean
  hangUp: (reason?: DisconnectReason) => boolean
}

/**
 * Opens the line of one contact. At most one sleep is under way in it, and a scripted phone's next move is known before that sleep begins,
 * so the outcome is the same at any speed.
 */
export function createLine ({ contact, phone, clock, onChange, onOver }: {
  contact: Contact
  phone: Phone
  clock: SimulatedTime
  onChange: () => void
  onOver: (reason: DisconnectReason) => void
}): Line {
  let isOver = false
  let isRinging = true
  let isListening = false
  let connectedForMs = 0
  let interrupt: ((outcome: RingOutcome | { key: string }) => void) | undefined

  async function waitFor (ms: number): Promise<RingOutcome | { key: string } | 'elapsed'> {
    const controller = new AbortController()
    let outcome: RingOutcome | { key: string } | 'elapsed' = 'elapsed'
    interrupt = happened => {
      outcome = happened
      controller.abort()
    }
    const beganAtMs = clock.nowMs()
    await clock.sleep(ms, controller.signal)
    interrupt = undefined
    connectedForMs += controller.signal.aborted ? Math.min(ms, clock.toSimulatedMs(clock.nowMs() - beganAtMs)) : ms
    return outcome
  }

  function endWith (reason: DisconnectReason): void {
    if (isOver) return
    isOver = true
    isRinging = false
    interrupt?.(reason)
    onOver(reason)
  }

  function addLine (line: Omit<TranscriptLine, 'atMs'>): TranscriptLine {
    const added = { atMs: clock.nowMs(), ...line }
    contact.transcript.push(added)
    onChange()
    return added
  }

  function notePress (key: string): void {
    contact.keys.push(key)
    addLine({ who: 'cardholder', text: isListening ? `pressed ${key}` : `pressed ${key} (nobody was listening)` })
  }

  async function pass (moment: LineMoment, prompt?: TranscriptLine): Promise<LineOutcome> {
    if (isOver) return 'over'
    const lengthMs = moment.speakingMs + moment.listeningMs
    const planned = phone.move(moment)
    const move = planned !== undefined && planned.afterMs <= lengthMs ? planned : undefined
    const beganForMs = connectedForMs
    let outcome = await waitFor(move?.afterMs ?? lengthMs)
    if (outcome === 'elapsed' && move !== undefined && !isOver) {
      if (move.act === 'hang_up') {
        addLine({ who: 'cardholder', text: 'hung up' })
        endWith('CUSTOMER_DISCONNECT')
      } else {
        notePress(move.act.key)
        if (isListening) outcome = move.act
      }
    }
    const heardMs = Math.round(connectedForMs - beganForMs)
    if (prompt !== undefined && heardMs < moment.speakingMs) prompt.heardMs = heardMs
    onChange()
    if (isOver) return 'over'
    return typeof outcome === 'object' ? outcome : 'elapsed'
  }

  async function listenWhile (moment: LineMoment, prompt?: TranscriptLine): Promise<LineOutcome> {
    isListening = true
    try {
      return await pass(moment, prompt)
    } finally {
      isListening = false
    }
  }

  return {
    async ring () {
      const answer = phone.ring()
      const never = answer === 'wait_for_human' || answer.act === 'never' || answer.afterMs >= contact.ringTimeoutMs
      const outcome = isOver ? 'OTHER' : await waitFor(never ? contact.ringTimeoutMs : answer.afterMs)
      isRinging = false
      connectedForMs = 0
      if (outcome === 'picked_up' || (outcome === 'elapsed' && !never && answer.act === 'pick_up' && !isOver)) {
        addLine({ who: 'cardholder', text: 'picked up' })
        if (phone.greeting !== undefined) addLine({ who: 'cardholder', text: phone.greeting })
        return 'picked_up'
      }
      if (typeof outcome === 'string' && outcome !== 'elapsed') return outcome
      if (never) return 'TELECOM_UNANSWERED'
      return answer.act === 'busy' ? 'TELECOM_BUSY' : 'TELECOM_NUMBER_INVALID'
    },
    async say (text, speakingMs) {
      if (isOver) return 'over'
      return pass({ kind: 'message', speakingMs, listeningMs: 0, connectedForMs }, addLine({ who: 'system', text, speakingMs }))
    },
    async ask (text, speakingMs, listeningMs) {
      if (isOver) return 'over'
      return listenWhile({ kind: 'question', speakingMs, listeningMs, connectedForMs }, addLine({ who: 'system', text, speakingMs }))
    },
    listen: listeningMs => listenWhile({ kind: 'further_key', speakingMs: 0, listeningMs, connectedForMs }),
    fallSilent () {
      const move = phone.move({ kind: 'lambda', speakingMs: 0, listeningMs: 0, connectedForMs })
      if (isOver || move?.act !== 'hang_up' || move.afterMs > 0) return
      addLine({ who: 'cardholder', text: 'hung up' })
      endWith('CUSTOMER_DISCONNECT')
    },
    isOver: () => isOver,
    pickUp () {
      if (!isRinging || isOver) return false
      isRinging = false
      interrupt?.('picked_up')
      return true
    },
    decline () {
      if (!isRinging || isOver) return false
      addLine({ who: 'cardholder', text: 'declined' })
      endWith('TELECOM_BUSY')
      return true
    },
    pressKey (key) {
      if (isRinging || isOver) return false
      notePress(key)
      if (isListening) interrupt?.({ key })
      return true
    },
    hangUp (reason = 'CUSTOMER_DISCONNECT') {
      if (isOver || (isRinging && reason === 'CUSTOMER_DISCONNECT')) return false
      if (reason === 'CUSTOMER_DISCONNECT') addLine({ who: 'cardholder', text: 'hung up' })
      endWith(reason)
      return true
    }
  }
}
