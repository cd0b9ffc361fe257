import { findReferences } from './attribute-reference.ts'
import type { FlowGraph } from './flow-graph.ts'
import type { FlowProblem, Severity } from './flow-problem.ts'
import { readSsml, type SsmlPiece } from './ssml.ts'

/** Characters of one prompt, tags included, and those that are billed, tags left out (API Reference, Flow language, "MessageParticipant"). */
const MAX_CHARACTERS = 6000
const MAX_BILLED_CHARACTERS = 3000
const MAX_BREAK_SECONDS = 10
/** Administrator Guide, "SSML tags supported"; others are ignored. */
const TAGS: ReadonlySet<string> = new Set(['speak', 'break', 'lang', 'mark', 'p', 'phoneme', 'prosody', 's', 'say-as', 'sub', 'w', 'amazon:effect'])
/** Amazon Polly Developer Guide, "Controlling how special types of words are spoken". */
const SAY_AS: ReadonlySet<string> = new Set([
  'characters', 'spell-out', 'cardinal', 'number', 'ordinal', 'digits', 'fraction', 'unit', 'date', 'time', 'address', 'expletive', 'telephone'
])

/** What can be spoken, and how; references and placeholders count as one character, since nobody knows their values here. */
export function checkPrompts (graph: FlowGraph): FlowProblem[] {
  return [...graph.blocks.values()].flatMap(({ id, parameters }) => {
    const problems: FlowProblem[] = []
    const add = (rule: string, severity: Severity, message: string) => { problems.push({ rule, severity, block: id, message }) }
    const { SSML, Text } = parameters
    if (typeof Text === 'string') {
      checkLength(fill(Text).length, add)
      if (/<\s*\/?\s*speak\b/i.test(Text)) add('markup-in-text', 'warning', 'Text is taken as it stands, tags and all; markup belongs in SSML')
    }
    // A value that is all of the SSML is known to its sender only.
    if (typeof SSML === 'string' && findReferences(SSML)[0] !== SSML) {
      const filled = fill(SSML)
      const reading = readSsml(filled)
      if (!reading.isWellFormed) add('ssml-malformed', 'error', `the SSML is malformed, so that nothing is said: ${reading.problem}`)
      else checkLength(reading.pieces.reduce((sum, piece) => sum + (piece.kind === 'text' ? piece.text.length : 0), 0), add)
      if (filled.length > MAX_CHARACTERS) add('prompt-length', 'error', `the prompt has ${filled.length} characters with its tags, more than ${MAX_CHARACTERS}`)
      for (const piece of reading.isWellFormed ? reading.pieces : []) checkTag(piece, add)
    }
    return problems
  })
}

type Add = (rule: string, severity: Severity, message: string) => void

function checkLength (characters: number, add: Add): void {
  if (characters > MAX_BILLED_CHARACTERS) add('prompt-length', 'error', `the prompt has ${characters} characters that are spoken, more than ${MAX_BILLED_CHARACTERS}`)
}

function checkTag (piece: SsmlPiece, add: Add): void {
  if (piece.kind !== 'open') return
  const { name, attributes } = piece
  if (!TAGS.has(name)) add('ssml-tag', 'warning', `<${name}> is not supported and will be ignored`)
  const interpretAs = attributes['interpret-as']
  if (name === 'say-as' && (interpretAs === undefined || !SAY_AS.has(interpretAs))) add('ssml-say-as', 'warning', `interpret-as="${interpretAs ?? ''}" is not documented${interpretAs === 'currency' ? '; write amounts out' : ''}`)
  const [, amount, unit] = /^([\d.]+)(ms|s)$/.exec(attributes['time'] ?? '') ?? []
  if (name === 'break' && Number(amount ?? 0) / (unit === 'ms' ? 1000 : 1) > MAX_BREAK_SECONDS) add('ssml-break', 'warning', `a break is ${MAX_BREAK_SECONDS} s at most`)
}

function fill (text: string): string {
  return findReferences(text).reduce((filled, reference) => filled.replace(reference, 'x'), text).replace(/\$\{\w+\}/g, 'x')
}
