const MAX_SPOKEN_LENGTH = 80
/** A start shorter than this says less than half a word. */
const MIN_WORDS_LENGTH = 4

/**
 * Text that is safe inside SSML and holds no reference: letters, marks, digits, blanks and `. , ' -`.
 * Amazon Connect does not promise to escape attributes in SSML, and one `&` would silence the whole prompt.
 */
export function speakable (text: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{M}\p{Nd} .,'-]/gu, ' ').replaceAll(/\s+/g, ' ').trim()
  return [...plain].slice(0, MAX_SPOKEN_LENGTH).join('').trimEnd()
}

/** The start of a text that was cut before `next`, without the half word at its end; a word that is all there is stays cut. */
export function withoutHalfWord (start: string, next: string): string {
  const end = start.lastIndexOf(' ')
  const isHalved = next !== '' && next !== ' ' && !start.endsWith(' ')
  return isHalved && end >= MIN_WORDS_LENGTH ? start.slice(0, end) : start
}
