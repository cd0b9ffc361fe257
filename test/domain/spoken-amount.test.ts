import t from 'tap'
import { shortAmount, spokenAmount } from '../../src/domain/spoken-amount.ts'

t.test('spokenAmount says an amount as people say it', async (t) => {
  const table: Array<[valueMinor: number, currency: string, en: string, de: string, es: string]> = [
    [415500, 'EUR', '4155 euros', '4155 Euro', '4155 euros'],
    [4155, 'EUR', '41 euros and 55 cents', '41 Euro und 55 Cent', '41 euros con 55 céntimos'],
    [4155, 'USD', '41 dollars and 55 cents', '41 US-Dollar und 55 Cent', '41 dólares con 55 centavos'],
    [100, 'EUR', '1 euro', '1 Euro', '1 euro'],
    [101, 'EUR', '1 euro and 1 cent', '1 Euro und 1 Cent', '1 euro con 1 céntimo'],
    [4150, 'EUR', '41 euros and 50 cents', '41 Euro und 50 Cent', '41 euros con 50 céntimos'],
    [5, 'EUR', '5 cents', '5 Cent', '5 céntimos'],
    [1, 'GBP', '1 penny', '1 Penny', '1 penique'],
    [0, 'EUR', '0 euros', '0 Euro', '0 euros'],
    [199, 'GBP', '1 pound and 99 pence', '1 britisches Pfund und 99 Pence', '1 libra esterlina con 99 peniques'],
    [4155, 'CHF', '41 Swiss francs and 55 centimes', '41 Schweizer Franken und 55 Rappen', '41 francos suizos con 55 céntimos'],
    [100, 'CAD', '1 Canadian dollar', '1 kanadischen Dollar', '1 dólar canadiense'],
    [100, 'AUD', '1 Australian dollar', '1 australischen Dollar', '1 dólar australiano'],
    [100, 'NZD', '1 New Zealand dollar', '1 neuseeländischen Dollar', '1 dólar neozelandés'],
    [100, 'PLN', '1 Polish zloty', '1 polnischen Zloty', '1 esloti polaco'],
    [101, 'MXN', '1 Mexican peso and 1 centavo', '1 mexikanischen Peso und 1 Centavo', '1 peso mexicano con 1 centavo'],
    [200, 'CAD', '2 Canadian dollars', '2 kanadische Dollar', '2 dólares canadienses'],
    [100, 'NOK', '1 Norwegian krone', '1 norwegische Krone', '1 corona noruega'],
    [200, 'SEK', '2 Swedish kronor', '2 schwedische Kronen', '2 coronas suecas'],
    [4155, 'JPY', '4155 yen', '4155 Yen', '4155 yenes'],
    [1, 'JPY', '1 yen', '1 Yen', '1 yen'],
    [4155500, 'KWD', '4155 Kuwaiti dinars and 500 fils', '4155 Kuwait-Dinar und 500 Fils', '4155 dinares kuwaitíes con 500 fils'],
    [1001, 'KWD', '1 Kuwaiti dinar and 1 fils', '1 Kuwait-Dinar und 1 Fils', '1 dinar kuwaití con 1 fils'],
    [100_000_000, 'EUR', '1000000 euros', '1000000 Euro', '1000000 de euros'],
    [1_000_000_000_000, 'USD', '10000000000 dollars', '10000000000 US-Dollar', '10000000000 de dólares'],
    [999_999_999_999, 'EUR', '9999999999 euros and 99 cents', '9999999999 Euro und 99 Cent', '9999999999 euros con 99 céntimos']
  ]
  for (const [valueMinor, currency, en, de, es] of table) {
    t.strictSame(['en', 'de', 'es'].map((language) => spokenAmount({ valueMinor, currency }, language)), [en, de, es], `${valueMinor} ${currency}`)
  }
})

t.test('spokenAmount: a currency without names of ours, or another language, gets a decimal number and the name that ICU has', async (t) => {
  t.equal(spokenAmount({ valueMinor: 4155, currency: 'THB' }, 'en'), '41.55 Thai baht')
  t.equal(spokenAmount({ valueMinor: 4155, currency: 'THB' }, 'de'), '41,55 Thailändische Baht')
  t.equal(spokenAmount({ valueMinor: 4155500, currency: 'BHD' }, 'en'), '4155.500 Bahraini dinars')
  t.equal(spokenAmount({ valueMinor: 1250000, currency: 'HUF' }, 'en'), '12500 Hungarian forints')
  t.equal(spokenAmount({ valueMinor: 1250050, currency: 'HUF' }, 'de'), '12500,50 Ungarische Forint')
  t.equal(spokenAmount({ valueMinor: 1250500, currency: 'IQD' }, 'en'), '1250.500 Iraqi dinars')
  t.equal(spokenAmount({ valueMinor: 500, currency: 'TTD' }, 'en'), '5 Trinidad and Tobago dollars')
  t.equal(spokenAmount({ valueMinor: 415500, currency: 'EUR' }, 'fr'), '4155 euros')
  t.equal(spokenAmount({ valueMinor: 4155, currency: 'EUR' }, 'fr'), '41,55 euros')
})

t.test('spokenAmount: no currency in any language brings a character that would silence a prompt', async (t) => {
  for (const language of ['en', 'de', 'es', 'fr', 'ar', 'ja']) {
    for (const currency of Intl.supportedValuesOf('currency')) {
      const spoken = spokenAmount({ valueMinor: 123_456, currency }, language)
      if (/[$&<>"{}]/.test(spoken) || !/\d/.test(spoken)) t.fail(`${language} ${currency}: ${spoken}`)
    }
  }
  t.pass('all of them')
})

t.test('shortAmount is what a text message has room for', async (t) => {
  const table: Array<[valueMinor: number, currency: string, language: string, short: string]> = [
    [4155, 'USD', 'en', '41.55 USD'],
    [4155, 'EUR', 'de', '41,55 EUR'],
    [4155, 'EUR', 'es', '41,55 EUR'],
    [415500, 'EUR', 'en', '4155 EUR'],
    [4150, 'EUR', 'en', '41.50 EUR'],
    [4155, 'JPY', 'en', '4155 JPY'],
    [4155, 'KWD', 'en', '4.155 KWD'],
    [1250050, 'COP', 'es', '12500,50 COP'],
    [999_999_999_999, 'GBP', 'en', '9999999999.99 GBP'],
    [4155, 'EUR', 'fa', '41.55 EUR']
  ]
  for (const [valueMinor, currency, language, short] of table) t.equal(shortAmount({ valueMinor, currency }, language), short)
})
