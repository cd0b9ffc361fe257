import { CHANNELS, type Channel } from './policy.ts'
import { placeholdersOf, PROMPT_NAMES, type Placeholder, type PromptName } from './prompts.ts'
import { foreignCharacters, MAX_TEXT_MESSAGE_LENGTH, MIN_INSTITUTION_LENGTH, MIN_MERCHANT_LENGTH, textMessageLength } from './text-message.ts'

type Entries = Record<string, unknown>

/** Keeps a call near one minute. Source: 47 CFR 64.1200(a)(9)(iii). Amazon Connect speaks 3,000 characters a prompt. */
const MAX_SPOKEN_WORDING = 700
const MAX_UNNAMED_MERCHANT = 60

/** The most that a value takes of a text message: what may be shortened at its shortest, an amount of 1e12 minor units, 100 payments. */
const TEXT_MESSAGE_SHARE: Readonly<Partial<Record<Placeholder, number>>> = {
  institution: MIN_INSTITUTION_LENGTH, merchant: MIN_MERCHANT_LENGTH, amount: '10000000000.00 EUR'.length, card: 4, count: 3
}

const EVERYWHERE: readonly Placeholder[] = ['institution', 'card']
const IN_A_QUESTION: readonly Placeholder[] = [...EVERYWHERE, 'amount', 'merchant']
/** Nobody's name stands in a text that a locked phone shows, or in one that the flow log keeps. */
const NAMES: readonly Placeholder[] = ['salutation', 'name']

/** Everything that is wrong with a document of prompts, a line each; none means that it can be used. */
export function promptFaults (document: unknown, defaultLanguage: string): string[] {
  if (!isEntries(document)) return ['the prompts must be an object, by language']
  const faults = Object.entries(document).flatMap(([language, prompts]) => languageFaults(language, prompts))
  if (!Object.hasOwn(document, defaultLanguage)) faults.push(`${defaultLanguage} is missing, the default language (RINGFENCE_DEFAULT_LANGUAGE)`)
  return faults
}

function languageFaults (language: string, prompts: unknown): string[] {
  if (!/^[a-z]{2,3}$/.test(language)) return [`${language} is not a language of two or three small letters`]
  if (!isEntries(prompts)) return [`${language} must be an object with voice, sms and unnamedMerchant`]
  const { unnamedMerchant } = prompts
  return [
    ...unknownNames(prompts, [...CHANNELS, 'unnamedMerchant'], language),
    ...typeof unnamedMerchant === 'string'
      ? plainFaults(unnamedMerchant, [], MAX_UNNAMED_MERCHANT).map((fault) => `${language}.unnamedMerchant ${fault}`)
      : [`${language}.unnamedMerchant is missing`],
    ...CHANNELS.flatMap((channel) => channelFaults(`${language}.${channel}`, channel, prompts[channel])),
    ...isEntries(prompts['sms']) ? shortMerchantFaults(prompts['sms']['unnamedMerchant']).map((fault) => `${language}.sms.unnamedMerchant ${fault}`) : []
  ]
}

function channelFaults (where: string, channel: Channel, prompts: unknown): string[] {
  if (!isEntries(prompts)) return [`${where} is missing`]
  return [
    ...unknownNames(prompts, channel === 'sms' ? [...PROMPT_NAMES, 'unnamedMerchant'] : PROMPT_NAMES, where),
    ...PROMPT_NAMES.flatMap((name) => {
      const wording = prompts[name]
      if (typeof wording !== 'string') return [`${where}.${name} is missing`]
      const faults = channel === 'voice' ? spokenFaults(name, wording) : textMessageFaults(name, wording)
      return faults.map((fault) => `${where}.${name} ${fault}`)
    })
  ]
}

function spokenFaults (name: PromptName, wording: string): string[] {
  const faults = plainFaults(wording, isQuestion(name) ? [...allowedIn(name), ...NAMES] : allowedIn(name), MAX_SPOKEN_WORDING)
  if (!isQuestion(name)) return faults
  // The institution at the start, and a key to opt out: 47 CFR 64.1200(a)(9)(iii).
  if (placeholdersOf(wording)[0] !== 'institution') faults.push('must begin with who is calling: {institution} comes before every other placeholder')
  return [...faults, ...neededIn(name, wording), ...['1', '2', '9'].filter((key) => !saysDigit(wording, key)).map((key) => `does not tell about the key ${key}`)]
}

function textMessageFaults (name: PromptName, wording: string): string[] {
  const faults = plainFaults(wording, allowedIn(name), Number.POSITIVE_INFINITY)
  const fixed = wording.replaceAll(/\{[^{}]*\}/g, '')
  const foreign = foreignCharacters(fixed)
  if (foreign.length > 0) faults.push(`has characters that make a text message shorter than 160: ${foreign.join(' ')}`)
  const length = textMessageLength(fixed) + placeholdersOf(wording).reduce((sum, one) => sum + (TEXT_MESSAGE_SHARE[one as Placeholder] ?? 0), 0)
  if (length > MAX_TEXT_MESSAGE_LENGTH) faults.push(`takes ${length} of the ${MAX_TEXT_MESSAGE_LENGTH} characters of a text message when it is filled in`)
  if (!wording.includes('{institution}')) faults.push('lacks {institution}')
  if (name !== 'optedOut' && !/\bSTOP\b/.test(wording)) faults.push('does not tell about STOP')
  if (!isQuestion(name) && name !== 'retry') return faults
  return [...faults, ...isQuestion(name) ? neededIn(name, wording) : [], ...['1', '2'].filter((key) => !saysDigit(wording, key)).map((key) => `does not tell about the reply ${key}`)]
}

function shortMerchantFaults (unnamedMerchant: unknown): string[] {
  if (typeof unnamedMerchant !== 'string') return ['is missing']
  const foreign = foreignCharacters(unnamedMerchant)
  return [
    ...plainFaults(unnamedMerchant, [], MIN_MERCHANT_LENGTH),
    ...foreign.length > 0 ? [`has characters that make a text message shorter than 160: ${foreign.join(' ')}`] : []
  ]
}

function plainFaults (wording: string, allowed: readonly string[], maxLength: number): string[] {
  const faults: string[] = []
  if (wording.trim() === '') faults.push('is empty')
  if (wording.length > maxLength) faults.push(`is longer than ${maxLength} characters`)
  for (const name of new Set(placeholdersOf(wording))) if (!allowed.includes(name)) faults.push(`may not hold {${name}}`)
  const marks = [...new Set(wording.replaceAll(/\{[^{}]*\}/g, '').match(/[<>&${}\p{Cc}]/gu) ?? [])]
  if (marks.length > 0) faults.push(`holds what may be read as markup: ${marks.map((mark) => JSON.stringify(mark)).join(' ')}`)
  return faults
}

function allowedIn (name: PromptName): readonly Placeholder[] {
  if (name === 'questionSeveral') return [...IN_A_QUESTION, 'count']
  return name === 'question' ? IN_A_QUESTION : EVERYWHERE
}

function neededIn (name: PromptName, wording: string): string[] {
  const needed: Placeholder[] = name === 'questionSeveral' ? ['count', 'card'] : ['amount', 'merchant', 'card']
  return needed.filter((one) => !wording.includes(`{${one}}`)).map((one) => `lacks {${one}}`)
}

function saysDigit (wording: string, digit: string): boolean {
  return new RegExp(`(?<!\\d)${digit}(?!\\d)`).test(wording)
}

function isQuestion (name: PromptName): boolean {
  return name === 'question' || name === 'questionSeveral'
}

function unknownNames (entries: Entries, known: readonly string[], where: string): string[] {
  return Object.keys(entries).filter((name) => !known.includes(name)).map((name) => `${where}.${name} is not known`)
}

function isEntries (value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
