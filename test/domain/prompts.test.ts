import t from 'tap'
import { promptFaults } from '../../src/domain/prompt-faults.ts'
import { fillPrompt, promptLanguage } from '../../src/domain/prompts.ts'
import { PROMPTS } from '../shipped-prompts.ts'

type Wordings = Record<string, string>
interface Language { unnamedMerchant: string, voice: Wordings, sms: Wordings }

/** The shipped English wordings with one change, as the only language. */
function faultsOf (change: (en: Language) => void): string[] {
  const en = JSON.parse(JSON.stringify(PROMPTS['en'])) as Language
  change(en)
  return promptFaults({ en }, 'en')
}

const VALUES = { institution: 'Test Bank', salutation: '', name: '', amount: '', merchant: '', card: '8 7 8 8', count: '1' }

t.test('promptLanguage: the first part of the tag, else the default, else English', async (t) => {
  const table: Array<[language: string, defaultLanguage: string, chosen: string]> = [
    ['de-AT', 'en', 'de'], ['de', 'en', 'de'], ['DE-de', 'en', 'de'], ['es-419', 'en', 'es'], ['zh-Hant-TW', 'es', 'es'], ['fr', 'pt', 'en'], ['', 'de', 'de'], ['toString', 'de', 'de'], ['den', 'en', 'en']
  ]
  for (const [language, defaultLanguage, chosen] of table) t.equal(promptLanguage(PROMPTS, language, defaultLanguage), chosen, `${language}, ${defaultLanguage}`)
})

t.test('fillPrompt: what is empty leaves no gap, and a value is not read again', async (t) => {
  t.equal(fillPrompt('Hello {salutation} {name}. Card {card}, {institution}.', VALUES), 'Hello. Card 8 7 8 8, Test Bank.')
  t.equal(fillPrompt('{name} {name}', { ...VALUES, name: '{card} $& $1' }), '{card} $& $1 {card} $& $1')
})

t.test('promptFaults: what is shipped has none, and neither has another language beside it', async (t) => {
  t.strictSame(promptFaults(PROMPTS, 'en'), [])
  t.strictSame(promptFaults({ ...PROMPTS, fr: PROMPTS['es'] }, 'fr'), [])
  t.strictSame(promptFaults({ de: PROMPTS['de'] }, 'de'), [], 'English is not needed')
})

t.test('promptFaults tell what is missing or unknown', async (t) => {
  t.strictSame(promptFaults([], 'en'), ['the prompts must be an object, by language'])
  t.strictSame(promptFaults({}, 'en'), ['en is missing, the default language (RINGFENCE_DEFAULT_LANGUAGE)'])
  t.strictSame(promptFaults({ ...PROMPTS, 'de-AT': {} }, 'en'), ['de-AT is not a language of two or three small letters'])
  t.strictSame(promptFaults({ ...PROMPTS, fr: 'x' }, 'en'), ['fr must be an object with voice, sms and unnamedMerchant'])
  t.strictSame(faultsOf((en) => { delete (en as Partial<Language>).sms }), ['en.sms is missing'])
  t.strictSame(faultsOf((en) => { delete (en as Partial<Language>).unnamedMerchant }), ['en.unnamedMerchant is missing'])
  t.strictSame(faultsOf((en) => { Object.assign(en, { fax: {} }) }), ['en.fax is not known'])
  t.strictSame(faultsOf((en) => { delete en.sms['unnamedMerchant'] }), ['en.sms.unnamedMerchant is missing'])
  t.strictSame(faultsOf((en) => { delete en.voice['retry'] }), ['en.voice.retry is missing'])
  t.strictSame(faultsOf((en) => { Object.assign(en.sms, { none: 7 }) }), ['en.sms.none is missing'])
  t.strictSame(faultsOf((en) => { en.voice['goodbye'] = 'Bye.' }), ['en.voice.goodbye is not known'])
})

t.test('promptFaults name every fault at once', async (t) => {
  t.strictSame(faultsOf((en) => { en.voice['retry'] = ''; en.sms['active'] = 'Fine.' }), ['en.voice.retry is empty', 'en.sms.active lacks {institution}', 'en.sms.active does not tell about STOP'])
})

t.test('promptFaults: what may not be said, one by one', async (t) => {
  const question = PROMPTS['en']?.voice.question ?? ''
  const message = PROMPTS['en']?.sms.question ?? ''
  const spoken: Array<[name: string, wording: string, fault: string]> = [
    ['blocked', 'Hello {nam}.', 'may not hold {nam}'],
    ['blocked', 'Hello {name}.', 'may not hold {name}'],
    ['blocked', 'It was {amount}.', 'may not hold {amount}'],
    ['question', `${question} {count}`, 'may not hold {count}'],
    ['active', 'Fine <break/>.', 'holds what may be read as markup: "<" ">"'],
    ['active', 'You & me.', 'holds what may be read as markup: "&"'],
    ['active', '$.Attributes.Name', 'holds what may be read as markup: "$"'],
    ['active', 'Card {card.', 'holds what may be read as markup: "{"'],
    ['active', 'One\nTwo', 'holds what may be read as markup: "\\n"'],
    ['active', 'x'.repeat(701), 'is longer than 700 characters'],
    ['active', ' ', 'is empty'],
    ['question', `Hello {name}. ${question}`, 'must begin with who is calling: {institution} comes before every other placeholder'],
    ['question', question.replace('press 9', 'hang up'), 'does not tell about the key 9'],
    ['question', question.replace('press 2', 'press 22'), 'does not tell about the key 2'],
    ['question', question.replace('{amount}', 'money'), 'lacks {amount}'],
    ['questionSeveral', (PROMPTS['en']?.voice.questionSeveral ?? '').replace('{count}', 'some'), 'lacks {count}']
  ]
  for (const [name, wording, fault] of spoken) t.strictSame(faultsOf((en) => { en.voice[name] = wording }), [`en.voice.${name} ${fault}`], wording.slice(0, 60))

  const written: Array<[name: string, wording: string, fault: string]> = [
    ['question', message.replace('STOP', 'stop'), 'does not tell about STOP'],
    ['question', message.replace('Reply 2', 'Reply'), 'does not tell about the reply 2'],
    ['question', `${message} {name}`, 'may not hold {name}'],
    ['question', `${message} ${'x'.repeat(12)}`, 'takes 161 of the 160 characters of a text message when it is filled in'],
    ['active', '{institution}: tout va très bien, ça va. STOP', 'has characters that make a text message shorter than 160: ç'],
    ['active', '{institution}: всё хорошо. STOP', 'has characters that make a text message shorter than 160: в с ё х о р ш'],
    ['active', 'Your bank: fine. STOP', 'lacks {institution}'],
    ['retry', '{institution}: once more. STOP', 'does not tell about the reply 1']
  ]
  for (const [name, wording, fault] of written) t.equal(faultsOf((en) => { en.sms[name] = wording })[0], `en.sms.${name} ${fault}`, wording.slice(0, 60))

  t.strictSame(faultsOf((en) => { en.sms['question'] = `${message} ${'x'.repeat(11)}` }), [], 'the last one that fits')
  t.strictSame(faultsOf((en) => { en.sms['unnamedMerchant'] = 'some merchant' }), ['en.sms.unnamedMerchant is longer than 10 characters'])
  t.strictSame(faultsOf((en) => { en.sms['unnamedMerchant'] = 'лавка' }), ['en.sms.unnamedMerchant has characters that make a text message shorter than 160: л а в к'])
  t.strictSame(faultsOf((en) => { en.unnamedMerchant = '{merchant}' }), ['en.unnamedMerchant may not hold {merchant}'])
})

t.test('promptFaults: no shipped wording promises what may not come true', async (t) => {
  for (const [language, { voice, sms }] of Object.entries(PROMPTS)) {
    for (const [name, wording] of [...Object.entries(voice), ...Object.entries(sms)]) {
      const saysBlocked = /is now blocked|ist jetzt gesperrt|ahora bloqueada|queda bloqueada/.test(wording)
      const saysActive = /stays active|bleibt aktiv|sigue activa/.test(wording)
      t.equal(saysBlocked, name === 'blocked', `${language} ${name}`)
      t.equal(saysActive, name === 'active', `${language} ${name}`)
    }
  }
})
