const MAX_SPOKEN_LENGTH = 80

/**
 * Text that is safe inside SSML and holds no reference: letters, marks, digits, blanks and `. , ' -`.
 * Amazon Connect does not promise to escape attributes in SSML, and one `&` would silence the whole prompt.
 */
export function speakable (text: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{M}\p{Nd} .,'-]/gu, ' ').replaceAll(/\s+/g, ' ').trim()
  return [...plain].slice(0, MAX_SPOKEN_LENGTH).join('').trimEnd()
}
