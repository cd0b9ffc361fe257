import t from 'tap'
import { decimalText, isCurrency, minorDigits } from '../../src/domain/amount.ts'

t.test('isCurrency knows ISO 4217 codes in upper case and nothing else', async (t) => {
  for (const code of ['EUR', 'USD', 'JPY', 'KWD', 'CHF']) t.equal(isCurrency(code), true, code)
  for (const code of ['eur', 'EU', 'EURO', 'ZZZ', '', '€', '978']) t.equal(isCurrency(code), false, JSON.stringify(code))
})

t.test("minorDigits gives the currency's decimals of ISO 4217, whatever the runtime's ICU shows", async (t) => {
  const table: Array<[digits: number, currencies: string]> = [
    [2, 'EUR USD GBP CHF MGA MRU HUF COP IDR PKR ALL AFN IRR KPW LAK LBP MMK SLL SOS SYP YER ZMK CRC TWD'],
    [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
    [3, 'BHD IQD JOD KWD LYD OMR TND'],
    [4, 'CLF UYW']
  ]
  for (const [digits, currencies] of table) {
    for (const currency of currencies.split(' ')) t.equal(minorDigits(currency), digits, currency)
  }
})

t.test("decimalText writes an amount with a point and the currency's decimals", async (t) => {
  const table: Array<[valueMinor: number, currency: string, text: string]> = [
    [415500, 'EUR', '4155.00'],
    [4155, 'EUR', '41.55'],
    [55, 'EUR', '0.55'],
    [5, 'EUR', '0.05'],
    [0, 'EUR', '0.00'],
    [-5, 'EUR', '-0.05'],
    [-415500, 'EUR', '-4155.00'],
    [4155, 'JPY', '4155'],
    [0, 'JPY', '0'],
    [-1, 'JPY', '-1'],
    [4155, 'KWD', '4.155'],
    [1, 'KWD', '0.001'],
    [1250000, 'HUF', '12500.00'],
    [1250000, 'IQD', '1250.000'],
    [12345, 'CLF', '1.2345'],
    [999999999999, 'USD', '9999999999.99'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '90071992547409.91']
  ]
  for (const [valueMinor, currency, text] of table) t.equal(decimalText({ valueMinor, currency }), text, `${valueMinor} ${currency}`)
})

t.test('decimalText loses nothing: without its point it is the minor units again', async (t) => {
  let valueMinor = 7
  for (let round = 0; round < 200; round++) {
    valueMinor = (valueMinor * 48271) % 2147483647
    for (const currency of ['EUR', 'JPY', 'KWD']) {
      const text = decimalText({ valueMinor, currency })
      if (Number(text.replace('.', '')) !== valueMinor) t.fail(`${valueMinor} ${currency} became ${text}`)
    }
  }
  t.pass('200 values in three currencies')
})
