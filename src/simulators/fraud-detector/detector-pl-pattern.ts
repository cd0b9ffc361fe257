import { ExpressionFault } from './detector-pl-syntax.ts'

/** A pattern ready to run, and what running it may cost. */
export interface Pattern {
  source: string
  expression: RegExp
  /** How many pieces may take any number of characters. */
  unbounded: number
  /** In how many ways the rest can be taken. */
  ways: number
}

const PIECE = /\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|\(\?[^:)]*:?|[*+?]|\{\d+(?:,\d*)?\}|[^]/g
const MAX_STEPS = 1e8

/**
 * Reads a pattern of RE2's dialect that matches the whole text, `(?i)` before it. RE2 takes linear time; here a repeated group may hold
 * neither a repetition nor a choice.
 * @throws ExpressionFault when RE2 does not know it, or this reading of it could run for ever
 */
export function toPattern (source: string): Pattern {
  const [, ignoresCase, body = ''] = /^(\(\?i\))?([^]*)$/.exec(source) ?? []
  // RE2 takes a backslash before any punctuation.
  const plain = body.replace(/\\([^])/g, (escape, character: string) => /[!-/:-@[-`{-~]/.test(character) ? `\\x${character.charCodeAt(0).toString(16)}` : escape)
  if (/\(\?<?[=!]|\\[1-9]|\\k</.test(plain)) throw new ExpressionFault(`Pattern ${source} uses what RE2 does not know`)
  const pieces = plain.match(PIECE) ?? []
  const { unbounded, ways } = measure(source, pieces)
  try {
    return { source, unbounded, ways, expression: new RegExp(`^(?:${pieces.map(piece => piece === '.' ? '[^\\n]' : piece).join('')})$`, ignoresCase === undefined ? 'u' : 'iu') }
  } catch (error) {
    throw new ExpressionFault(`Pattern ${source} is not valid`, { cause: error })
  }
}

/** Whether a text matches. @throws ExpressionFault when that could take too long */
export function matchesPattern ({ source, expression, unbounded, ways }: Pattern, text: string): boolean {
  if (text.length ** unbounded * ways > MAX_STEPS) throw new ExpressionFault(`Pattern ${source} could take too long on ${text.length} characters in this simulator`)
  return expression.test(text)
}

function measure (source: string, pieces: readonly string[]): { unbounded: number, ways: number } {
  const open: { isOpen: boolean }[] = []
  let closed: { isOpen: boolean } | undefined
  let [unbounded, ways] = [0, 1]
  for (const piece of pieces) {
    const [, least, most] = /^\{(\d+),?(\d*)\}$/.exec(piece) ?? []
    const isExact = least !== undefined && !piece.includes(',')
    const isRepetition = piece === '*' || piece === '+' || least !== undefined
    if (isRepetition && closed?.isOpen === true) throw new ExpressionFault(`Pattern ${source} repeats a repetition or a choice, which this simulator does not run`)
    if (piece.startsWith('(')) open.push({ isOpen: false })
    if ((isRepetition && !isExact) || piece === '?' || piece === '|') for (const group of open) group.isOpen = true
    if (piece === '*' || piece === '+' || (least !== undefined && !isExact && most === '')) unbounded++
    else if (piece === '?' || piece === '|') ways *= 2
    else if (least !== undefined && !isExact) ways *= Number(most) - Number(least) + 1
    closed = piece === ')' ? open.pop() : undefined
  }
  return { unbounded, ways }
}
