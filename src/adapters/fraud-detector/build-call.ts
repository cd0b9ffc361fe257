import { DetectorError, type DetectorErrorKind } from '../../detector/detector-error.ts'

/** Makes calls that end, and tells their failures in our words. */
export interface BuildCalls {
  /** @throws DetectorError */
  <T> (what: string, deadlineMs: number, send: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T>
}

const KINDS: Readonly<Record<string, DetectorErrorKind>> = {
  ValidationException: 'refused',
  ConflictException: 'conflict',
  ResourceNotFoundException: 'missing',
  NoSuchBucket: 'missing',
  NoSuchKey: 'missing',
  NotFound: 'missing',
  LimitExceededException: 'quota',
  ServiceQuotaExceededException: 'quota',
  AccessDeniedException: 'forbidden',
  AccessDenied: 'forbidden',
  OptInRequired: 'closed',
  SubscriptionRequiredException: 'closed',
  ThrottlingException: 'unavailable',
  SlowDown: 'unavailable',
  InternalServerException: 'unavailable',
  InternalError: 'unavailable',
  ResourceUnavailableException: 'unavailable',
  TimeoutError: 'unavailable',
  AbortError: 'unavailable'
}

const CREDENTIAL_FAULTS: ReadonlySet<string> = new Set([
  'CredentialsProviderError', 'UnrecognizedClientException', 'InvalidSignatureException', 'ExpiredTokenException', 'MissingAuthenticationTokenException',
  'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'TokenRefreshRequired'
])

/** Words by which a refusal for being a new customer may be told; the text that the service really gives is not documented. */
const CLOSED_WORDS = /new customers?|no longer (?:open|available|accept)|not (?:open|onboarded|subscribed)|onboard/i

/** What to say of a closed service. Source: Amazon Fraud Detector User Guide, its banner: closed to new customers since 7 November 2025. */
const CLOSED = 'Amazon Fraud Detector has taken no new customers since 7 November 2025. An account that did not use it before can\'t build a detector; ' +
  'the embedded model and a SageMaker endpoint (RINGFENCE_SCORER) stay open to everybody.'

/**
 * Creates the caller. `signal` is the user's: its end ends the call under way, and no further one begins.
 */
export function createBuildCalls (signal: AbortSignal): BuildCalls {
  return async (what, deadlineMs, send) => {
    if (signal.aborted) throw interrupted()
    try {
      return await send({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) })
    } catch (error) {
      if (signal.aborted) throw interrupted()
      throw translate(what, error)
    }
  }
}

const interrupted = (): DetectorError => new DetectorError('interrupted', 'Interrupted.')

function translate (what: string, error: unknown): DetectorError {
  if (error instanceof DetectorError) return error
  if (!(error instanceof Error)) throw error
  const { name, message } = error
  const kind = kindOf(error)
  // A fault that is none of the service's or the network's is ours, and surfaces as it is.
  if (kind === undefined) throw error
  if (kind === 'closed') return new DetectorError('closed', `${CLOSED} (${what}: ${name})`, { cause: error })
  if (CREDENTIAL_FAULTS.has(name)) return new DetectorError('forbidden', `${what}: AWS does not accept the credentials, or there are none (${name}).`, { cause: error })
  if (kind === 'forbidden') {
    const hint = what.includes('S3') ? '' : `\nIf this account never used it: ${CLOSED}`
    return new DetectorError('forbidden', `${what} is not allowed: ${message || name}${hint}`, { cause: error })
  }
  return new DetectorError(kind, `${what}: ${message || name}`, { cause: error })
}

function kindOf (error: Error): DetectorErrorKind | undefined {
  const { name, message } = error
  if (name === 'AccessDeniedException' && CLOSED_WORDS.test(message)) return 'closed'
  if (Object.hasOwn(KINDS, name)) return KINDS[name]
  if (CREDENTIAL_FAULTS.has(name)) return 'forbidden'
  if (/region is missing/i.test(message)) return 'plan'
  const status = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined
  // An answer to HEAD has no body to name the error.
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 404) return 'missing'
  if (status !== undefined && status >= 400) return status >= 500 || status === 429 ? 'unavailable' : 'refused'
  // No answer that could be read: broken connection, unknown host, a page instead of JSON.
  if ('code' in error && typeof error.code === 'string' && /^E(?!RR_)[A-Z_]+$/.test(error.code)) return 'unavailable'
  return name === 'SyntaxError' || '$response' in error || '$metadata' in error ? 'unavailable' : undefined
}
