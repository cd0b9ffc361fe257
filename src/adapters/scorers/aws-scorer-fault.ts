import { RingfenceError, type ErrorCode } from '../../errors.ts'

/**
 * What AWS's errors mean for a scorer, by the name that they carry on the wire; each scorer adds its own.
 * Source: AWS General Reference, "Common error types"; the names of the SDK's own faults were seen on the wire.
 */
const COMMON_FAULTS: Readonly<Record<string, ErrorCode>> = {
  AbortError: 'scorer_timeout',
  TimeoutError: 'scorer_timeout',
  RequestTimeout: 'scorer_timeout',
  RequestTimeoutException: 'scorer_timeout',
  ThrottlingException: 'scorer_throttled',
  Throttling: 'scorer_throttled',
  TooManyRequestsException: 'scorer_throttled',
  RequestLimitExceeded: 'scorer_throttled',
  LimitExceededException: 'scorer_throttled',
  AccessDeniedException: 'scorer_denied',
  AccessDenied: 'scorer_denied',
  UnrecognizedClientException: 'scorer_denied',
  InvalidClientTokenId: 'scorer_denied',
  InvalidSignatureException: 'scorer_denied',
  SignatureDoesNotMatch: 'scorer_denied',
  IncompleteSignatureException: 'scorer_denied',
  ExpiredTokenException: 'scorer_denied',
  ExpiredToken: 'scorer_denied',
  MissingAuthenticationTokenException: 'scorer_denied',
  OptInRequired: 'scorer_denied',
  CredentialsProviderError: 'scorer_denied',
  TokenProviderError: 'scorer_denied',
  UnknownOperationException: 'scorer_denied'
}

/** The connection ended under the request; a new one may hold. The SDK names these `TimeoutError` as well, so the code is looked at first. */
const RESET_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])
/** Not 503 (overloaded) nor 504 (late already): those a second request at once would not mend. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([500, 502])

/**
 * What an error of the SDK means for the guard. Only its name, status and request id are told on: its message may repeat an event variable.
 * @param own the names that this scorer's service gives a meaning of its own
 */
export function toScorerFault (error: unknown, own: Readonly<Record<string, ErrorCode>>): RingfenceError {
  if (error instanceof RingfenceError) return error
  if (!(error instanceof Error)) return new RingfenceError('scorer_unavailable')
  const { name, code, $metadata, $response } = error as Error & { code?: unknown, $metadata?: { requestId?: string, httpStatusCode?: number }, $response?: { statusCode?: number } }
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  const words = [name, typeof code === 'string' ? code : undefined, status === undefined ? undefined : `status ${status}`, $metadata?.requestId === undefined ? undefined : `request ${$metadata.requestId}`]
  const isReset = typeof code === 'string' && RESET_CODES.has(code)
  return new RingfenceError(isReset ? 'scorer_interrupted' : own[name] ?? COMMON_FAULTS[name] ?? byShape(name, status), { detail: words.filter((word) => word !== undefined).join(', ') })
}

function byShape (name: string, status: number | undefined): ErrorCode {
  if (status !== undefined && PASSING_STATUSES.has(status)) return 'scorer_interrupted'
  if (status === 429) return 'scorer_throttled'
  if (status === 401 || status === 403) return 'scorer_denied'
  // A page of a proxy's, or half a reply, where the service's own words should stand.
  if (name === 'SyntaxError') return 'scorer_reply_invalid'
  return 'scorer_unavailable'
}
