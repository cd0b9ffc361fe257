import { Type, type Static } from '@sinclair/typebox'

/** How a phone acts when it is called or texted; a phone without one rings until a human picks up or the ring time ends, and replies to no text. */
export const PhoneBehaviourSchema = Type.Object({
  behaviour: Type.Optional(Type.Union([
    Type.Literal('answer'), Type.Literal('silence'), Type.Literal('hang_up'), Type.Literal('busy'),
    Type.Literal('no_answer'), Type.Literal('voicemail'), Type.Literal('invalid_number')
  ], { description: 'What it does with calls; without it they are left to a human.' })),
  replies: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1600 }), {
    maxItems: 50,
    description: 'One reply for each text that asks, in order; "silence" lets one pass. No replies: silence.'
  })),
  keys: Type.Optional(Type.Array(Type.Union([Type.String({ pattern: '^[0-9*#]$' }), Type.Literal('silence')]), {
    maxItems: 50,
    description: 'One key for each question, in order; "silence" lets a question pass. Only for answer and hang_up.'
  })),
  delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 604_800_000, description: 'Simulated milliseconds of ringing before anything happens, and before a reply to a text; 0 by default.' })),
  afterMs: Type.Optional(Type.Integer({
    minimum: 0,
    maximum: 600_000,
    description: 'Simulated milliseconds into a prompt at which the key is pressed or the phone hung up; by default a key follows the prompt, and a hang-up ' +
      'comes half-way through it. For voicemail: how long it records, 120000 by default.'
  }))
}, { additionalProperties: false, minProperties: 1 })
export type PhoneBehaviour = Static<typeof PhoneBehaviourSchema>

/** What happens on the line while the phone decides what to do. */
export type LineMoment =
  | { kind: 'question', speakingMs: number, listeningMs: number, connectedForMs: number }
  | { kind: 'further_key', speakingMs: 0, listeningMs: number, connectedForMs: number }
  | { kind: 'message', speakingMs: number, listeningMs: 0, connectedForMs: number }
  | { kind: 'lambda', speakingMs: 0, listeningMs: 0, connectedForMs: number }

/** What a phone does, counted from the beginning of the moment. */
export interface PhoneMove {
  afterMs: number
  act: { key: string } | 'hang_up'
}

/** What a phone does when it rings: nothing until a human acts, or something after a while. */
export type RingAnswer = 'wait_for_human' | { afterMs: number, act: 'pick_up' | 'busy' | 'invalid_number' | 'never' }

/** One phone in one contact. */
export interface Phone {
  ring: () => RingAnswer
  /** What a machine says when it picks up. */
  greeting: string | undefined
  move: (moment: LineMoment) => PhoneMove | undefined
  /** Its reply to a text that asks, if it makes one. */
  reply: () => { afterMs: number, text: string } | undefined
}

const REACTION_MS = 400
const VOICEMAIL_RECORDS_MS = 120_000

/** Makes the phone of one contact; without a behaviour it leaves everything to a human. */
export function createPhone (behaviour: PhoneBehaviour | undefined): Phone {
  const replies = [...behaviour?.replies ?? []]

  function reply (): { afterMs: number, text: string } | undefined {
    const text = replies.shift()
    return text === undefined || text === 'silence' ? undefined : { afterMs: behaviour?.delayMs ?? 0, text }
  }

  if (behaviour?.behaviour === undefined) return { ring: () => 'wait_for_human', greeting: undefined, move: () => undefined, reply }
  const { afterMs, behaviour: manner } = behaviour
  const keys = [...behaviour.keys ?? []]
  const hadKeys = keys.length > 0

  function pressNext (moment: LineMoment): PhoneMove | undefined {
    const key = keys.shift()
    if (key === undefined || key === 'silence') return undefined
    return { afterMs: afterMs ?? moment.speakingMs + Math.min(REACTION_MS, moment.listeningMs / 2), act: { key } }
  }

  function hangUp (moment: LineMoment): PhoneMove | undefined {
    if (keys.length > 0) return moment.kind === 'question' || moment.kind === 'further_key' ? pressNext(moment) : undefined
    if (moment.kind === 'lambda') return hadKeys ? { afterMs: 0, act: 'hang_up' } : undefined
    return { afterMs: Math.min(afterMs ?? moment.speakingMs / 2, moment.speakingMs + moment.listeningMs), act: 'hang_up' }
  }

  return {
    reply,
    greeting: manner === 'voicemail' ? 'This is the voicemail of the number you have called. Please leave a message after the tone.' : undefined,
    ring () {
      const delayMs = behaviour.delayMs ?? 0
      switch (manner) {
        case 'busy': return { afterMs: delayMs, act: 'busy' }
        case 'invalid_number': return { afterMs: delayMs, act: 'invalid_number' }
        case 'no_answer': return { afterMs: delayMs, act: 'never' }
        case 'answer': case 'silence': case 'hang_up': case 'voicemail': return { afterMs: delayMs, act: 'pick_up' }
      }
    },
    move (moment) {
      switch (manner) {
        case 'answer': return moment.kind === 'question' || moment.kind === 'further_key' ? pressNext(moment) : undefined
        case 'hang_up': return hangUp(moment)
        case 'voicemail': return { afterMs: Math.max(0, (afterMs ?? VOICEMAIL_RECORDS_MS) - moment.connectedForMs), act: 'hang_up' }
        case 'silence': case 'busy': case 'no_answer': case 'invalid_number': return undefined
      }
    }
  }
}
