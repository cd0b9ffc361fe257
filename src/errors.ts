/**
 * What went wrong, in one word that decides what the caller can do about it.
 * Only `http/error-handler.ts` turns a kind into an HTTP status.
 */
export type ErrorKind =
  | 'invalid' // the request is wrong; sending it again will not help
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'too_large'
  | 'unsupported' // the media type is not one we read
  | 'throttled' // the caller comes too often
  | 'unavailable' // a dependency is late or down; the same request may succeed later
  | 'internal'

/** Every error of the service: its kind and one sentence. `docs/errors.md` holds the same list; a test compares them. */
export const ERRORS = {
  malformed_json: { kind: 'invalid', title: 'The body is not valid JSON.' },
  validation_failed: { kind: 'invalid', title: 'The request does not match the contract.' },
  card_number_invalid: { kind: 'invalid', title: 'The card number is not a valid card number.' },
  card_number_leaked: { kind: 'invalid', title: 'A card number stands where none may be.' },
  security_code_refused: { kind: 'invalid', title: 'A security code stands in a variable; only its result letter may be sent.' },
  phone_number_invalid: { kind: 'invalid', title: 'The phone number is not a possible E.164 number.' },
  currency_unknown: { kind: 'invalid', title: 'The currency is not an ISO 4217 currency in use.' },
  time_zone_unknown: { kind: 'invalid', title: 'The time zone is not an IANA time zone.' },
  language_unknown: { kind: 'invalid', title: 'The language is not a BCP 47 language tag.' },
  occurred_at_implausible: { kind: 'invalid', title: 'The time of the transaction lies too far in the future or the past.' },
  cursor_invalid: { kind: 'invalid', title: 'The cursor is not one that this list gave out.' },
  api_key_missing: { kind: 'unauthenticated', title: 'An API key is required.' },
  api_key_unknown: { kind: 'unauthenticated', title: 'The API key is not known.' },
  scope_missing: { kind: 'forbidden', title: 'The API key lacks the scope for this route.' },
  signature_missing: { kind: 'unauthenticated', title: 'A signature is required.' },
  signature_invalid: { kind: 'unauthenticated', title: 'The signature does not fit the body.' },
  signature_expired: { kind: 'unauthenticated', title: 'The signature is too old or from the future.' },
  route_not_found: { kind: 'missing', title: 'There is no such route.' },
  transaction_not_found: { kind: 'missing', title: 'There is no such transaction.' },
  customer_not_found: { kind: 'missing', title: 'There is no such customer.' },
  card_not_found: { kind: 'missing', title: 'There is no such card.' },
  case_not_found: { kind: 'missing', title: 'There is no such case.' },
  attempt_not_found: { kind: 'missing', title: 'The case has no such attempt.' },
  transaction_changed: { kind: 'conflict', title: 'This transactionId was used with other content.' },
  card_not_of_customer: { kind: 'conflict', title: 'The card belongs to another customer.' },
  case_already_answered: { kind: 'conflict', title: 'The case has another answer or is closed.' },
  contact_mismatch: { kind: 'conflict', title: 'The contact is not the one that this attempt started.' },
  state_contended: { kind: 'unavailable', title: 'Too many writers at once; send the request again.' },
  body_too_large: { kind: 'too_large', title: 'The body is larger than 256 KiB.' },
  media_type_unsupported: { kind: 'unsupported', title: 'The body must be application/json.' },
  store_unavailable: { kind: 'unavailable', title: 'The store does not answer.' },
  scorer_unavailable: { kind: 'unavailable', title: 'The scorer does not answer.' },
  scorer_interrupted: { kind: 'unavailable', title: 'The scorer broke off.' },
  scorer_timeout: { kind: 'unavailable', title: 'The scorer was late.' },
  scorer_throttled: { kind: 'unavailable', title: 'The scorer was asked more often than its quota allows.' },
  scorer_denied: { kind: 'unavailable', title: 'The scorer does not serve us: credentials, permissions or names are not right.' },
  scorer_reply_invalid: { kind: 'unavailable', title: 'The scorer answered what cannot be read.' },
  scorer_paused: { kind: 'unavailable', title: 'The scorer failed too often and is left alone for a while.' },
  scorer_refused: { kind: 'internal', title: 'The scorer does not take this transaction.' },
  scorer_outcome_unknown: { kind: 'internal', title: 'The detector gave an outcome that no setting names.' },
  caller_unavailable: { kind: 'unavailable', title: 'The calling service does not answer.' },
  overloaded: { kind: 'unavailable', title: 'The service has more to do than it can; send the request again.' },
  rate_limited: { kind: 'throttled', title: 'This API key comes more often than it may.' },
  draining: { kind: 'unavailable', title: 'The service is shutting down.' },
  internal: { kind: 'internal', title: 'Something went wrong on our side.' }
} as const satisfies Record<string, { kind: ErrorKind, title: string }>

export type ErrorCode = keyof typeof ERRORS

/** One fault of one field of a request. */
export interface FieldFault {
  /** JSON pointer into the request, such as `/variables/cvv`. */
  path: string
  message: string
}

/** The one error class of the service. `detail` and `faults` may be shown to the caller, so they never hold what was sent. */
export class RingfenceError extends Error {
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly faults: readonly FieldFault[] | undefined

  constructor (code: ErrorCode, options: { detail?: string, faults?: readonly FieldFault[], cause?: unknown } = {}) {
    super(`${code}: ${options.detail ?? ERRORS[code].title}`, { cause: options.cause })
    this.name = 'RingfenceError'
    this.code = code
    this.detail = options.detail
    this.faults = options.faults
  }

  get kind (): ErrorKind {
    return ERRORS[this.code].kind
  }
}
