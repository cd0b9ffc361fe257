/** One piece of an SSML document, in reading order. */
export type SsmlPiece =
  | { kind: 'text', text: string }
  | { kind: 'open', name: string, attributes: Readonly<Record<string, string>>, isEmpty: boolean }
  | { kind: 'close', name: string }

/** A well-formed document in pieces, or why it is none. */
export type SsmlReading = { isWellFormed: true, pieces: readonly SsmlPiece[] } | { isWellFormed: false, problem: string }

const TOKEN = /<[^<>]*>|[^<]+|</g
const TAG = /^<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>$/
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([\da-fA-F]+));/g

/** Reads SSML, which must be one `<speak>` document with its reserved characters escaped (Amazon Polly Developer Guide, "Reserved characters in SSML"). */
export function readSsml (ssml: string): SsmlReading {
  const pieces: SsmlPiece[] = []
  const open: string[] = []
  let hasRootEnded = false

  for (const token of ssml.trim().match(TOKEN) ?? []) {
    if (!token.startsWith('<')) {
      if (open.length === 0) return malformed('text stands outside <speak>')
      if (/&/.test(token.replace(ENTITY, ''))) return malformed('an "&" is not escaped')
      pieces.push({ kind: 'text', text: decode(token) })
      continue
    }
    const [, slash, name = '', attributes = '', selfClosing] = TAG.exec(token) ?? []
    if (name === '') return malformed('a "<" does not begin a tag')
    if (hasRootEnded) return malformed('something follows </speak>')
    if (slash === '/') {
      if (open.pop() !== name) return malformed(`</${name}> closes nothing`)
      hasRootEnded = open.length === 0
      pieces.push({ kind: 'close', name })
      continue
    }
    if (open.length === 0 && name !== 'speak') return malformed(`the document begins with <${name}>`)
    const isEmpty = selfClosing === '/'
    pieces.push({ kind: 'open', name, attributes: readAttributes(attributes), isEmpty })
    if (!isEmpty) open.push(name)
    else hasRootEnded = open.length === 0
  }
  return hasRootEnded ? { isWellFormed: true, pieces } : malformed('<speak> is not closed')
}

function malformed (problem: string): SsmlReading {
  return { isWellFormed: false, problem }
}

function readAttributes (text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(ATTRIBUTE)].map(([, name = '', double, single]) => [name, decode(double ?? single ?? '')]))
}

function decode (text: string): string {
  return text.replace(ENTITY, (_entity, name: string | undefined, decimal: string | undefined, hex: string | undefined) => {
    if (name !== undefined) return ENTITIES[name] ?? ''
    const code = decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}
