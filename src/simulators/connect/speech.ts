import { readSsml } from '../../flow-language/ssml.ts'

/** A prompt ready to be spoken, or the reason why Connect could not speak it. */
export type Speech =
  | { isSpeakable: true, text: string, speakingMs: number }
  | { isSpeakable: false, problem: string }

/** Characters in one prompt, tags included (Flow language, "MessageParticipant"). */
const PROMPT_MAX_CHARACTERS = 6000

const MS_PER_WORD = 380
const PARAGRAPH_PAUSE_MS = 400

/** Reads a plain `Text` prompt. */
export function speakText (text: string): Speech {
  if (text.length > PROMPT_MAX_CHARACTERS) return { isSpeakable: false, problem: `the prompt has ${text.length} characters, more than ${PROMPT_MAX_CHARACTERS}` }
  return toSpeech(text, 0)
}

/** Reads an `SSML` prompt: must be one well-formed `<speak>` document; the tags themselves are not spoken. */
export function speakSsml (ssml: string): Speech {
  if (ssml.length > PROMPT_MAX_CHARACTERS) return { isSpeakable: false, problem: `the prompt has ${ssml.length} characters, more than ${PROMPT_MAX_CHARACTERS}` }
  const reading = readSsml(ssml)
  if (!reading.isWellFormed) return { isSpeakable: false, problem: `the SSML is malformed: ${reading.problem}` }
  const open: Array<{ isSilent: boolean, isDigits: boolean }> = []
  let spoken = ''
  let pausesMs = 0

  for (const piece of reading.pieces) {
    if (piece.kind === 'text') {
      if (open.some(tag => tag.isSilent)) continue
      spoken += open.some(tag => tag.isDigits) ? [...piece.text.replace(/\s/g, '')].join(' ') : piece.text
      continue
    }
    const { name } = piece
    if (piece.kind === 'close') {
      open.pop()
      if (name === 'p' || name === 's') pausesMs += PARAGRAPH_PAUSE_MS
      continue
    }
    if (name === 'break') pausesMs += readPauseMs(piece.attributes['time'])
    if (name === 'break' || name === 'p') spoken += ' '
    const alias = name === 'sub' ? piece.attributes['alias'] : undefined
    if (alias !== undefined) spoken += alias
    if (!piece.isEmpty) open.push({ isSilent: alias !== undefined, isDigits: name === 'say-as' && piece.attributes['interpret-as'] === 'digits' })
  }
  return toSpeech(spoken, pausesMs)
}

function toSpeech (spoken: string, pausesMs: number): Speech {
  const text = spoken.replace(/\s+/g, ' ').trim()
  const words = text === '' ? 0 : text.split(' ').length
  return { isSpeakable: true, text, speakingMs: words * MS_PER_WORD + pausesMs }
}

function readPauseMs (time = '1s'): number {
  const [, amount = '1', unit = 's'] = /^([\d.]+)(ms|s)$/.exec(time) ?? []
  return Math.min(10_000, Number(amount) * (unit === 's' ? 1000 : 1))
}
