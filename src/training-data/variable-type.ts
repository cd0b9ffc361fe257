import type { ColumnProfile } from './column-profile.ts'

const PLACES = ['BILLING', 'SHIPPING'] as const
const PLACE_PARTS = ['ADDRESS_L1', 'ADDRESS_L2', 'CITY', 'COUNTRY', 'NAME', 'PHONE', 'STATE', 'ZIP'] as const

/** The variable types of Amazon Fraud Detector for event variables. Source: Amazon Fraud Detector User Guide, "Variable types". */
export const VARIABLE_TYPES = [
  'AUTH_CODE', 'AVS', 'CARD_BIN', 'CATEGORICAL', 'CURRENCY_CODE', 'EMAIL_ADDRESS', 'FINGERPRINT', 'FREE_FORM_TEXT', 'IP_ADDRESS', 'NUMERIC', 'ORDER_ID',
  'PAYMENT_TYPE', 'PHONE_NUMBER', 'PRICE', 'PRODUCT_CATEGORY', 'USERAGENT',
  ...PLACES.flatMap((place) => PLACE_PARTS.map((part): `${typeof place}_${typeof part}` => `${place}_${part}`))
] as const
export type VariableType = typeof VARIABLE_TYPES[number]

/** By the words of a name, first match first; `{place}` stands for billing or shipping. */
const BY_NAME: ReadonlyArray<[RegExp, VariableType]> = [
  [/(?:^|_)(?:card_?)?bin(?:_|$)/, 'CARD_BIN'],
  [/user_?agent/, 'USERAGENT'],
  [/currency/, 'CURRENCY_CODE'],
  [/auth(?:orisation|orization)?_?code/, 'AUTH_CODE'],
  [/(?:^|_)avs(?:_|$)/, 'AVS'],
  [/fingerprint|device_?id/, 'FINGERPRINT'],
  [/order_?id/, 'ORDER_ID'],
  [/payment_?(?:type|method)/, 'PAYMENT_TYPE'],
  [/product_?category/, 'PRODUCT_CATEGORY'],
  [/ship.*(?:address.*2|_l2)/, 'SHIPPING_ADDRESS_L2'],
  [/ship.*(?:address|street)/, 'SHIPPING_ADDRESS_L1'],
  [/ship.*city/, 'SHIPPING_CITY'],
  [/ship.*country/, 'SHIPPING_COUNTRY'],
  [/ship.*name/, 'SHIPPING_NAME'],
  [/ship.*phone/, 'SHIPPING_PHONE'],
  [/ship.*state/, 'SHIPPING_STATE'],
  [/ship.*(?:zip|postal|postcode)/, 'SHIPPING_ZIP'],
  [/billing.*(?:address.*2|_l2)/, 'BILLING_ADDRESS_L2'],
  [/billing.*(?:address|street)/, 'BILLING_ADDRESS_L1'],
  [/billing.*city/, 'BILLING_CITY'],
  [/billing.*country/, 'BILLING_COUNTRY'],
  [/billing.*name|(?:applicant|cardholder|customer)_name/, 'BILLING_NAME'],
  [/billing.*phone/, 'BILLING_PHONE'],
  [/billing.*state/, 'BILLING_STATE'],
  [/billing.*(?:zip|postal|postcode)/, 'BILLING_ZIP'],
  [/phone/, 'PHONE_NUMBER']
]

/** Nearly all values must look the part before a column is taken for addresses of its name's kind. */
const MOST = 0.9
const TEXT_CHARACTERS = 40
/** Numbers that name something are no quantities. */
const NAMES_SOMETHING = /(?:^|_)(?:id|code|zip|postal|number|no)$/

/** A column's type by its name and what it holds; what nothing tells is a category, as in the sample's notebook. `rows` counts the file's rows. */
export function guessVariableType (column: ColumnProfile, rows: number): VariableType {
  const name = column.name.toLowerCase()
  const values = rows - column.nulls
  const are = (count: number): boolean => values > 0 && count / values >= MOST
  if (are(column.ipAddresses)) return 'IP_ADDRESS'
  if (are(column.emailAddresses)) return 'EMAIL_ADDRESS'
  const isNumber = values > 0 && column.numbers === values
  if (isNumber && /price/.test(name)) return 'PRICE'
  const named = BY_NAME.find(([words]) => words.test(name))
  if (named !== undefined) return named[1]
  if (isNumber && !NAMES_SOMETHING.test(name)) return 'NUMERIC'
  return column.meanLength > TEXT_CHARACTERS && column.distinctShare > 0.5 ? 'FREE_FORM_TEXT' : 'CATEGORICAL'
}

/** Whether the type's values are numbers. */
export function isNumericType (type: VariableType): boolean {
  return type === 'NUMERIC' || type === 'PRICE'
}
