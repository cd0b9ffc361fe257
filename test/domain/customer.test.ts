import t from 'tap'
import { allowsChannel, hasOptedOut, isLanguage, isPossiblePhoneNumber, type Customer } from '../../src/domain/customer.ts'

t.test('isPossiblePhoneNumber takes E.164 numbers of a length that their country uses', async (t) => {
  const table: Array<[text: string, isPossible: boolean]> = [
    ['+4915112345678', true],
    ['+18005550100', true],
    ['+442079460000', true],
    ['+1800555010', false],
    ['+180055501000', false],
    ['+49', false],
    ['+0915112345678', false],
    ['4915112345678', false],
    ['+49 151 12345678', false],
    ['+49151x', false],
    ['+4915112345678901', false],
    ['', false]
  ]
  for (const [text, isPossible] of table) t.equal(isPossiblePhoneNumber(text), isPossible, JSON.stringify(text))
})

t.test('isLanguage takes well-formed BCP 47 tags', async (t) => {
  for (const tag of ['en-US', 'de-DE', 'de', 'zh-Hant-TW', 'sr-Latn']) t.equal(isLanguage(tag), true, tag)
  for (const tag of ['', 'e', 'english_US', 'en-', 'de DE', '-', 'german', 'french-FR']) t.equal(isLanguage(tag), false, JSON.stringify(tag))
})

t.test('allowsChannel: what the cardholder allows and has not opted out of', async (t) => {
  const customer: Customer = {
    customerId: 'ada', salutation: '', firstName: 'Ada', lastName: 'L', phoneNumber: '+4915112345678', language: 'en', timeZone: 'Europe/Berlin', channels: ['voice', 'sms'], optOuts: [], cardIds: [], updatedAtMs: 0
  }
  const optedOut = { ...customer, optOuts: [{ channel: 'voice' as const, atMs: 0, via: 'voice' }] }
  t.strictSame([allowsChannel(customer, 'voice'), hasOptedOut(customer, 'voice')], [true, false])
  t.strictSame([allowsChannel(optedOut, 'voice'), hasOptedOut(optedOut, 'voice')], [false, true])
  t.strictSame([allowsChannel(optedOut, 'sms'), hasOptedOut(optedOut, 'sms')], [true, false])
  t.strictSame([allowsChannel({ ...customer, channels: ['voice'] }, 'sms'), hasOptedOut({ ...customer, channels: ['voice'] }, 'sms')], [false, false])
})
