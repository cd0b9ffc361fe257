import { parsePhoneNumberFromString } from 'libphonenumber-js'
import type { Channel } from './policy.ts'

/** That a cardholder wants no more contacts on a channel. */
export interface OptOut {
  channel: Channel
  atMs: number
  /** Who told: the channel of the contact in which they said so, or an API key by its name. */
  via: string
}

/** The cardholder. */
export interface Customer {
  customerId: string
  salutation: string
  firstName: string
  lastName: string
  /** E.164, such as `+4915112345678`. */
  phoneNumber: string
  /** BCP 47 tag, such as `de-DE`. */
  language: string
  /** IANA name, such as `Europe/Berlin`. */
  timeZone: string
  /** Channels that the cardholder allows. */
  channels: readonly Channel[]
  /** Stored on their own: no PUT erases them. */
  optOuts: readonly OptOut[]
  /** Cards named by the last PUT; which of them the customer still holds is written on the card. */
  cardIds: readonly string[]
  updatedAtMs: number
}

/** Whether the cardholder may be contacted on the channel: they allow it, and have not opted out of it. */
export function allowsChannel (customer: Customer, channel: Channel): boolean {
  return customer.channels.includes(channel) && !hasOptedOut(customer, channel)
}

export function hasOptedOut ({ optOuts }: Customer, channel: Channel): boolean {
  return optOuts.some((optOut) => optOut.channel === channel)
}

/** Whether the text is an E.164 number of a length that its country uses. Source: ITU-T E.164 as in libphonenumber's metadata. */
export function isPossiblePhoneNumber (text: string): boolean {
  if (!/^\+[1-9]\d{1,14}$/.test(text)) return false
  return parsePhoneNumberFromString(text)?.isPossible() ?? false
}

/** Whether the text is a well-formed BCP 47 language tag that begins with an ISO 639 code: `de`, `de-AT`; `german` is none. */
export function isLanguage (text: string): boolean {
  if (!/^[A-Za-z]{2,3}(?:-|$)/.test(text)) return false
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
