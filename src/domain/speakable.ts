const MAX_SPOKEN_LENGTH = 80
const MAX_MERCHANT_LENGTH = 40
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

/**
 * The name of a merchant as it may be spoken or written: at most 40 characters, and no mark that ends or parts a sentence. The name comes
 * from whoever took the payment, and must not go on as a sentence of the institution's.
 */
export function speakableMerchant (text: string): string {
  const words = speakable(text).replaceAll(',', ' ').split(' ').map((word) => word.replaceAll(/^[.'-]+|[.'-]+$/g, '')).filter((word) => word !== '')
  const plain = [...words.join(' ')]
  return withoutHalfWord(plain.slice(0, MAX_MERCHANT_LENGTH).join(''), plain[MAX_MERCHANT_LENGTH] ?? '').trimEnd()
}

/** The start of a text that was cut before `next`, without the half word at its end; a word that is all there is stays cut. */
export function withoutHalfWord (start: string, next: string): string {
  const end = start.lastIndexOf(' ')
  const isHalved = next !== '' && next !== ' ' && !start.endsWith(' ')
  return isHalved && end >= MIN_WORDS_LENGTH ? start.slice(0, end) : start
}
