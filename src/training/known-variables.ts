import type { TransformationName } from '../model/transformations.ts'

/** A feature by name: what it is made of, and how. */
export interface PlannedFeature {
  name: string
  variables: readonly string[]
  transformation: TransformationName
}

/** Features of the variables that the sample's event has, beyond what a column's look tells. Each is made where its columns are there. */
export const KNOWN_VARIABLE_FEATURES: readonly PlannedFeature[] = [
  { name: 'amount_log', variables: ['transaction_amt'], transformation: 'log_amount' },
  { name: 'usual_amount_log', variables: ['transaction_adj_amt'], transformation: 'log_amount' },
  { name: 'amount_ratio_log', variables: ['transaction_amt', 'transaction_adj_amt'], transformation: 'log_ratio' },
  { name: 'amount_ending', variables: ['transaction_amt'], transformation: 'amount_ending' },
  { name: 'ip_network', variables: ['ip_address'], transformation: 'ip_network' },
  { name: 'email_kind', variables: ['email_address'], transformation: 'email_kind' },
  { name: 'email_digits', variables: ['email_address'], transformation: 'email_digits' },
  { name: 'email_shows_name', variables: ['email_address', 'applicant_name'], transformation: 'email_shows_name' },
  { name: 'phone_format', variables: ['phone_number'], transformation: 'phone_format' },
  { name: 'merchant_group', variables: ['merchant_id'], transformation: 'first_digit' },
  { name: 'postal_zone', variables: ['billing_postal'], transformation: 'postal_zone' },
  { name: 'postal_fits_state', variables: ['billing_postal', 'billing_state'], transformation: 'postal_fits_state' },
  { name: 'state', variables: ['billing_state'], transformation: 'us_state' },
  { name: 'name_case', variables: ['applicant_name'], transformation: 'name_case' },
  { name: 'address_kind', variables: ['billing_address'], transformation: 'address_kind' },
  { name: 'city_vowels', variables: ['billing_city'], transformation: 'vowel_share' }
]

/** Columns that are known by these names to hold the amount, in the currency's major unit, and its currency. */
export const AMOUNT_COLUMN = /^(?:transaction_amt|transaction_amount|tx_amount|amount|amt)$/i
export const CURRENCY_COLUMN = /^(?:currency|currency_code|transaction_currency)$/i

const CUSTOMER_COLUMN = /^(?:customer|customer_id|card_id|account_id|client_id|user_id|entity_id)$/i

/** The column that says whose payment a row is, as its name tells. */
export function findCustomerColumn (columns: readonly string[]): string | undefined {
  return columns.find((name) => CUSTOMER_COLUMN.test(name))
}
