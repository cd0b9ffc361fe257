import type { ColumnProfile } from './column-profile.ts'

/** Names under which integrations carry a card's number; the words between underscores count. */
const CARD_NAMES = /(?:^|_)(?:pan|(?:(?:credit|debit|payment|bank)_?)?card_?(?:no|nr|num|number)|(?:cc|acc|acct|account)_?(?:no|nr|num|number))(?:_|$)|(?:^|_)(?:cc|(?:(?:credit|debit|payment|bank)_?)?card)$/

/** So many of all long texts with a Luhn-valid number in them are beyond chance, however few there are. */
const SHARE_BEYOND_CHANCE = 0.3
/** The check digit leaves one number in ten. */
const CHANCE = 0.1
const DEVIATIONS = 5
const MIN_BEYOND_CHANCE = 10

/** Whether the column's name says that it holds card numbers. */
export function isCardName (name: string): boolean {
  return CARD_NAMES.test(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[^\p{L}\p{N}]+/gu, '_').toLowerCase())
}

/** Whether more of the column's long numbers pass the Luhn check than chance lets pass: by their share, or by five standard deviations. */
export function isBeyondChance ({ cardLike, luhnValid, longNumbers, longLuhnValid }: ColumnProfile): boolean {
  if (luhnValid > 0 && luhnValid / cardLike >= SHARE_BEYOND_CHANCE) return true
  return longLuhnValid >= MIN_BEYOND_CHANCE && longLuhnValid > longNumbers * CHANCE + DEVIATIONS * Math.sqrt(longNumbers * CHANCE * (1 - CHANCE))
}
