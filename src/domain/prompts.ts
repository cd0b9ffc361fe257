/** What a contact may say; each has a wording for every language and channel. */
export const PROMPT_NAMES = ['question', 'questionSeveral', 'retry', 'blocked', 'active', 'alreadyAnswered', 'unsure', 'none', 'optedOut'] as const
export type PromptName = typeof PROMPT_NAMES[number]

/** What may stand in braces in a wording. */
export type Placeholder = 'institution' | 'salutation' | 'name' | 'amount' | 'merchant' | 'card' | 'count'

/** The wordings of one language. */
export interface LanguagePrompts {
  readonly voice: Readonly<Record<PromptName, string>>
  readonly sms: Readonly<Record<PromptName, string>> & {
    /** As `unnamedMerchant` below, and short enough never to be cut. */
    readonly unnamedMerchant: string
  }
  /** What stands in the place of a merchant whose name is not known. */
  readonly unnamedMerchant: string
}

/** All wordings by language, the first part of a BCP 47 tag: `en`, `de`. */
export type Prompts = Readonly<Record<string, LanguagePrompts>>

/** What is filled in. */
export type PromptValues = Readonly<Record<Placeholder, string>>

/** The language in which a cardholder is spoken to: theirs (`de-AT` is `de`) when there are wordings in it, else the default one. */
export function promptLanguage (prompts: Prompts, language: string, defaultLanguage: string): string {
  const [primary = ''] = language.toLowerCase().split('-')
  return [primary, defaultLanguage].find((one) => Object.hasOwn(prompts, one)) ?? 'en'
}

/** The names in braces of a wording, in their order. */
export function placeholdersOf (wording: string): string[] {
  return [...wording.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

/** A wording with the values in the place of their names; what is empty leaves no gap. */
export function fillPrompt (wording: string, values: PromptValues): string {
  const filled = wording.replaceAll(/\{(\w+)\}/g, (_braces, name: Placeholder) => values[name])
  return filled.replaceAll(/ {2,}/g, ' ').replaceAll(/ +(?=[.,])/g, '').trim()
}
