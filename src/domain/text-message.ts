import { fillPrompt, type PromptValues } from './prompts.ts'
import { withoutHalfWord } from './speakable.ts'
import { TRANSLITERATIONS } from './transliteration.ts'

/** What one text message holds. Source: 3GPP TS 23.038, "GSM 7 bit Default Alphabet"; 47 CFR 64.1200(a)(9)(iii) has the same number. */
export const MAX_TEXT_MESSAGE_LENGTH = 160

/** However long the rest is, so much of them stays. */
export const MIN_MERCHANT_LENGTH = 10
export const MIN_INSTITUTION_LENGTH = 16

const BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà')
/** Each is sent as two characters. */
const EXTENSION = new Set('^{}\\[~]|€')

/** The characters of a text that the alphabet of text messages lacks. */
export function foreignCharacters (text: string): string[] {
  return [...new Set(text)].filter((character) => !BASIC.has(character) && !EXTENSION.has(character))
}

/** How many of the 160 a text takes that is in the alphabet. */
export function textMessageLength (text: string): number {
  return [...text].reduce((length, character) => length + (EXTENSION.has(character) ? 2 : 1), 0)
}

/**
 * A text in the alphabet of text messages: accents that it lacks are taken off, Cyrillic and Greek written in Latin,
 * the rest left out. It has no blank that filling it in would take away, so that its length is what it takes of a message.
 */
export function toTextMessageAlphabet (text: string): string {
  return [...text.normalize('NFC')].map(inAlphabet).join('').replaceAll(/ {2,}/g, ' ').replaceAll(/ +(?=[.,])/g, '').trim()
}

/**
 * Fills a wording for a text message of at most 160 characters. What does not fit shortens the merchant, then the institution, by whole
 * words where they have several, never the instructions; `prompt-faults.ts` sees to it that this is enough.
 */
export function fillTextMessage (wording: string, values: PromptValues): string {
  const plain = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toTextMessageAlphabet(value)])) as Record<keyof PromptValues, string>
  const excess = (tried: PromptValues) => textMessageLength(fillPrompt(wording, tried)) - MAX_TEXT_MESSAGE_LENGTH
  const withMerchant = { ...plain, merchant: shorten(plain.merchant, excess(plain), MIN_MERCHANT_LENGTH) }
  return fillPrompt(wording, { ...withMerchant, institution: shorten(plain.institution, excess(withMerchant), MIN_INSTITUTION_LENGTH) })
}

function shorten (text: string, by: number, leastLength: number): string {
  if (by <= 0) return text
  const kept: string[] = []
  const most = Math.max(leastLength, textMessageLength(text) - by)
  for (const character of text) {
    if (textMessageLength(kept.join('') + character) > most) break
    kept.push(character)
  }
  return withoutHalfWord(kept.join(''), [...text][kept.length] ?? '').replace(/[ .,'-]+$/, '')
}

function inAlphabet (character: string): string {
  if (BASIC.has(character) || EXTENSION.has(character)) return character
  const known = TRANSLITERATIONS[character]
  if (known !== undefined) return known
  const bare = [...character.normalize('NFKD').replaceAll(/\p{M}/gu, '')].map((part) => BASIC.has(part) ? part : TRANSLITERATIONS[part] ?? '').join('')
  return /\p{Z}/u.test(character) ? ' ' : bare
}
