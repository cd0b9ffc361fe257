/** What stands in for an Amazon Lex V2 bot: for each locale, which utterance means which intent. */
export interface LexBot {
  /** The intent of an utterance, `FallbackIntent` for one that the bot does not know; `undefined` when the bot has no such locale. */
  recognise: (languageCode: string, utterance: string) => string | undefined
}

type Entries = Record<string, unknown>

const FALLBACK_SIGNATURE = 'AMAZON.FallbackIntent'
/** What may stand around and between words without changing them. */
const PUNCTUATION = /[\p{P}\p{S}\s]+/gu

/**
 * Reads the bot of a CloudFormation template (`AWS::Lex::Bot`). Real Lex learns from the sample utterances and guesses; this one knows them and
 * nothing else, whatever their case, blanks and punctuation. Of an `Fn::If` it takes the first branch.
 * @throws Error when the template has no bot, or two intents of a locale share an utterance
 */
export function readLexBot (template: unknown): LexBot {
  const resources = Object.values(entriesOf(entriesOf(template)['Resources'])).map(entriesOf)
  const bot = resources.find(({ Type }) => Type === 'AWS::Lex::Bot')
  if (bot === undefined) throw new Error('The template has no resource of type AWS::Lex::Bot.')
  const locales = new Map(listOf(entriesOf(bot['Properties'])['BotLocales']).map(locale => [String(locale['LocaleId']), readLocale(locale)]))
  return {
    recognise (languageCode, utterance) {
      const locale = locales.get(languageCode.replace('-', '_'))
      return locale === undefined ? undefined : locale.intents.get(plain(utterance)) ?? locale.fallback
    }
  }
}

function readLocale (locale: Entries): { intents: Map<string, string>, fallback: string } {
  const intents = new Map<string, string>()
  let fallback = 'FallbackIntent'
  for (const intent of listOf(locale['Intents'])) {
    const name = String(intent['Name'])
    if (intent['ParentIntentSignature'] === FALLBACK_SIGNATURE) fallback = name
    for (const { Utterance } of listOf(intent['SampleUtterances'])) {
      const words = plain(String(Utterance))
      const other = intents.get(words)
      if (other !== undefined && other !== name) throw new Error(`${String(locale['LocaleId'])}: "${words}" is an utterance of ${other} and of ${name}.`)
      intents.set(words, name)
    }
  }
  return { intents, fallback }
}

function plain (utterance: string): string {
  return utterance.normalize('NFKC').toLowerCase().replace(PUNCTUATION, ' ').trim()
}

function listOf (value: unknown): Entries[] {
  return Array.isArray(value) ? value.map(item => entriesOf(firstBranch(item))) : []
}

function firstBranch (item: unknown): unknown {
  const branches = entriesOf(item)['Fn::If']
  return Array.isArray(branches) ? branches[1] : item
}

function entriesOf (value: unknown): Entries {
  return typeof value === 'object' && value !== null ? value as Entries : {}
}
