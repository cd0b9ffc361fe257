import t from 'tap'
import { readLexBot } from '../../src/simulators/connect/lex-bot.ts'
import { readBotTemplate } from '../simulators/connect/simulated-instance.ts'

interface Intent { Name: string, ParentIntentSignature?: string, SampleUtterances?: unknown[] }
interface Template { Resources: Record<string, { Type: string, Properties: Record<string, any> }> }

const TEMPLATE = readBotTemplate() as Template
const LOCALES: Array<{ LocaleId: string, NluConfidenceThreshold: number, Intents: Intent[] }> = TEMPLATE.Resources['Bot']?.Properties['BotLocales']
const LANGUAGES = ['en-US', 'de-DE', 'es-ES']

// What cardholders write, and how the bot must take it in each of its locales: the reply's language is theirs to choose.
const replies: Array<[string, string]> = [
  ['1', 'Genuine'], ['2', 'Fraud'], [' 2 ', 'Fraud'], ['2.', 'Fraud'], ['"1"', 'Genuine'], ['one', 'Genuine'], ['Two', 'Fraud'],
  ['yes', 'Genuine'], ['Y', 'Genuine'], ['YES!', 'Genuine'], ['Ja', 'Genuine'], ['Si', 'Genuine'], ['Sí', 'Genuine'],
  ['no', 'Fraud'], ['No.', 'Fraud'], ['NO', 'Fraud'], ['n', 'Fraud'], ['Nein', 'Fraud'], ['Sperren', 'Fraud'], ['block my card', 'Fraud'],
  // With or without its negation, such a sentence is asked about again.
  ['it was me', 'FallbackIntent'], ['it was not me', 'FallbackIntent'], ['I did', 'FallbackIntent'], ['Das war ich nicht', 'FallbackIntent'], ['No fui yo', 'FallbackIntent'],
  ['ok', 'Unclear'], ['OK.', 'Unclear'], ['okay', 'Unclear'], ['HELP', 'Unclear'], ['hello', 'Unclear'], ['Vale', 'Unclear'],
  ['12', 'FallbackIntent'], ['21', 'FallbackIntent'], ['yes no', 'FallbackIntent'], ['no ok', 'FallbackIntent'], ['', 'FallbackIntent'], ['!?', 'FallbackIntent'],
  // The default opt-out words of AWS End User Messaging SMS.
  ...['ARRET', 'CANCEL', 'END', 'OPT-OUT', 'OPTOUT', 'QUIT', 'REMOVE', 'STOP', 'TD', 'UNSUBSCRIBE', 'stop', 'Stop.'].map((word): [string, string] => [word, 'OptOut'])
]

t.test('the bot takes a reply for the same in every locale', async t => {
  const bot = readLexBot(TEMPLATE)
  for (const language of LANGUAGES) for (const [reply, intent] of replies) t.equal(bot.recognise(language, reply), intent, `${language}: ${JSON.stringify(reply)}`)
  t.equal(bot.recognise('fr-FR', '1'), undefined)
})

t.test('no intent but Genuine has a word that agrees, and no intent but Fraud one that denies', async t => {
  for (const { Intents, LocaleId } of LOCALES) {
    for (const { Name, SampleUtterances } of Intents) {
      const words = JSON.stringify(SampleUtterances ?? []).toLowerCase()
      if (Name !== 'Fraud') t.notMatch(words, /"(no|nein|not me|2)[" ]/, `${LocaleId} ${Name}`)
      if (Name !== 'Genuine') t.notMatch(words, /"(yes|ja|si|sí|1)[" ]/, `${LocaleId} ${Name}`)
    }
  }
})

t.test('Genuine and Fraud share no word, and every locale knows the same ones', async t => {
  const wordsOf = (intents: Intent[], name: string) => [...JSON.stringify(intents.find(({ Name }) => Name === name)?.SampleUtterances).matchAll(/"Utterance":"([^"]+)"/g)].flatMap(([, utterance = '']) => utterance.split(' '))
  for (const { Intents, LocaleId } of LOCALES) {
    const fraud = new Set(wordsOf(Intents, 'Fraud'))
    t.ok(fraud.has('nein') && fraud.has('2'))
    t.strictSame(wordsOf(Intents, 'Genuine').filter(word => fraud.has(word)), [], LocaleId)
    t.strictSame(Intents, LOCALES[0]?.Intents, LocaleId)
  }
})

t.test('two intents never share an utterance', async t => {
  const shared = structuredClone(TEMPLATE)
  shared.Resources['Bot']?.Properties['BotLocales'][0].Intents[0].SampleUtterances.push({ Utterance: 'NO' })
  t.throws(() => readLexBot(shared), /en_US: "no" is an utterance of Genuine and of Fraud/)
  t.throws(() => readLexBot({ Resources: {} }), /no resource of type AWS::Lex::Bot/)
})

// What the CloudFormation reference asks of the resources.
t.test('the template says what each resource needs', async t => {
  const { Bot, BotVersion, BotAlias, BotRole } = TEMPLATE.Resources
  t.match(Bot?.Properties, { Name: {}, RoleArn: {}, DataPrivacy: { ChildDirected: false }, IdleSessionTTLInSeconds: Number, AutoBuildBotLocales: true })
  t.equal(BotRole?.Type, 'AWS::IAM::Role')
  const ids = LOCALES.map(({ LocaleId }) => LocaleId)
  t.strictSame(ids, ['en_US', 'de_DE', 'es_ES'])
  t.strictSame(BotVersion?.Properties['BotVersionLocaleSpecification'].map(({ LocaleId }: { LocaleId: string }) => LocaleId), ids)
  t.strictSame(BotAlias?.Properties['BotAliasLocaleSettings'].map(({ LocaleId }: { LocaleId: string }) => LocaleId), ids)
  for (const { Intents, NluConfidenceThreshold } of LOCALES) {
    t.ok(NluConfidenceThreshold > 0.5 && NluConfidenceThreshold <= 1)
    t.strictSame(Intents.map(({ Name }) => Name), ['Genuine', 'Fraud', 'OptOut', 'Unclear', 'FallbackIntent'])
    t.equal(Intents.at(-1)?.ParentIntentSignature, 'AMAZON.FallbackIntent')
  }
  t.ok(JSON.stringify(TEMPLATE, null, 2).length < 51_200, 'fits into a request to CloudFormation')
})

t.test('without the digits as utterances their words still stand', async t => {
  for (const { Intents } of LOCALES) {
    const words = (name: string) => JSON.stringify(Intents.find(({ Name }) => Name === name)?.SampleUtterances?.filter((one) => !('Fn::If' in (one as object))))
    for (const word of ['one', 'eins', 'uno']) t.match(words('Genuine'), `"${word}"`)
    for (const word of ['two', 'zwei', 'dos']) t.match(words('Fraud'), `"${word}"`)
    t.notMatch(words('Genuine'), '"1"')
  }
})
