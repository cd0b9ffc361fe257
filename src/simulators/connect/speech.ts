/** A prompt ready to be spoken, or the reason why Connect could not speak it. */
export type Speech =
  | { isSpeakable: true, text: string, speakingMs: number }
  | { isSpeakable: false, problem: string }

/** Characters in one prompt, tags included (Flow language, "MessageParticipant"). */
const PROMPT_MAX_CHARACTERS = 6000

const MS_PER_WORD = 380
const TOKEN = /<[^<>]*>|[^<]+|</g
const TAG = /^<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>$/
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([\da-fA-F]+));/g
const PARAGRAPH_PAUSE_MS = 400

/** Reads a plain `Text` prompt. */
export function speakText (text: string): Speech {
  if (text.length > PROMPT_MAX_CHARACTERS) return { isSpeakable: false, problem: `the prompt has ${text.length} characters, more than ${PROMPT_MAX_CHARACTERS}` }
  return toSpeech(text, 0)
}

/** Reads an `SSML` prompt: must be one well-formed `<speak>` document; the tags themselves are not spoken. */
export function speakSsml (ssml: string): Speech {
  if (ssml.length > PROMPT_MAX_CHARACTERS) return { isSpeakable: false, problem: `the prompt has ${ssml.length} characters, more than ${PROMPT_MAX_CHARACTERS}` }
  const open: Array<{ name: string, isSilent: boolean, isDigits: boolean }> = []
  let spoken = ''
  let pausesMs = 0
  let hasRootEnded = false

  for (const token of ssml.trim().match(TOKEN) ?? []) {
    if (!token.startsWith('<')) {
      if (open.length === 0) return malformed('text stands outside <speak>')
      if (/&/.test(token.replace(ENTITY, ''))) return malformed('an "&" is not escaped')
      if (open.some(tag => tag.isSilent)) continue
      const text = token.replace(ENTITY, decodeEntity)
      spoken += open.some(tag => tag.isDigits) ? [...text.replace(/\s/g, '')].join(' ') : text
      continue
    }
    const tag = TAG.exec(token)
    if (tag === null) return malformed('a "<" does not begin a tag')
    const [, slash, name = '', attributes = '', selfClosing] = tag
    if (hasRootEnded) return malformed('something follows </speak>')
    if (slash === '/') {
      if (open.pop()?.name !== name) return malformed(`</${name}> closes nothing`)
      hasRootEnded = open.length === 0
      if (name === 'p' || name === 's') pausesMs += PARAGRAPH_PAUSE_MS
      continue
    }
    if (open.length === 0 && name !== 'speak') return malformed(`the document begins with <${name}>`)
    if (name === 'break') pausesMs += readPauseMs(attributes)
    if (name === 'break' || name === 'p') spoken += ' '
    const alias = name === 'sub' ? readAttribute(attributes, 'alias') : undefined
    if (alias !== undefined) spoken += alias.replace(ENTITY, decodeEntity)
    if (selfClosing === '/') {
      hasRootEnded = open.length === 0
      continue
    }
    open.push({ name, isSilent: alias !== undefined, isDigits: name === 'say-as' && readAttribute(attributes, 'interpret-as') === 'digits' })
  }
  return hasRootEnded ? toSpeech(spoken, pausesMs) : malformed('<speak> is not closed')
}

function toSpeech (spoken: string, pausesMs: number): Speech {
  const text = spoken.replace(/\s+/g, ' ').trim()
  const words = text === '' ? 0 : text.split(' ').length
  return { isSpeakable: true, text, speakingMs: words * MS_PER_WORD + pausesMs }
}

function malformed (why: string): Speech {
  return { isSpeakable: false, problem: `the SSML is malformed: ${why}` }
}

function decodeEntity (_entity: string, name: string | undefined, decimal: string | undefined, hex: string | undefined): string {
  if (name !== undefined) return ENTITIES[name] ?? ''
  const code = decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

function readAttribute (attributes: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes)
  return found?.[1] ?? found?.[2]
}

function readPauseMs (attributes: string): number {
  const [, amount = '1', unit = 's'] = /^([\d.]+)(ms|s)$/.exec(readAttribute(attributes, 'time') ?? '1s') ?? []
  return Math.min(10_000, Number(amount) * (unit === 's' ? 1000 : 1))
}
