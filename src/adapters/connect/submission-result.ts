import type { AttemptOutcome } from '../../domain/attempt.ts'
import type { SubmissionResult } from '../../ports.ts'

/**
 * What Amazon Connect says when it will never start this contact. Everything else may be mended by time or by an operator.
 * Source: Amazon Connect API Reference, StartOutboundVoiceContact and StartOutboundChatContact, "Errors".
 */
const REFUSALS: Readonly<Record<string, AttemptOutcome>> = {
  DestinationNotAllowedException: 'rejected',
  OutboundContactNotPermittedException: 'rejected',
  InvalidRequestException: 'rejected',
  InvalidParameterException: 'rejected'
}

/**
 * Said before anything was started, and a later try may fare better. `ConflictException` is among them: it is another operation or contact
 * that stands in the way. Should that other one be an earlier submission of ours, the case treats every later "not now" as unknown.
 */
const DEFERRALS: ReadonlySet<string> = new Set([
  'LimitExceededException', 'ThrottlingException', 'TooManyRequestsException', 'AccessDeniedException', 'ResourceNotFoundException', 'ConflictException',
  'UnrecognizedClientException', 'ExpiredTokenException', 'InvalidSignatureException', 'MissingAuthenticationTokenException', 'CredentialsProviderError'
])

/** The request never left. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/**
 * Asks Amazon Connect to start a contact and tells what is known of it then; never throws for what Connect says.
 * Only an error's name is told on: its message may repeat the phone number.
 */
export async function submissionResult (ask: () => Promise<{ ContactId?: string | undefined }>): Promise<SubmissionResult> {
  try {
    const { ContactId } = await ask()
    return ContactId === undefined ? { kind: 'unknown', why: 'the reply names no contact' } : { kind: 'submitted', contactId: ContactId }
  } catch (error) {
    return afterFailure(error)
  }
}

function afterFailure (error: unknown): SubmissionResult {
  const name = error instanceof Error ? error.name : 'unknown failure'
  const networkCode = error instanceof Error && 'code' in error ? String(error.code) : ''
  const outcome = REFUSALS[name]
  if (outcome !== undefined) return { kind: 'refused', outcome, why: name }
  if (DEFERRALS.has(name)) return { kind: 'not_now', why: name }
  if (NEVER_CONNECTED.has(networkCode)) return { kind: 'not_now', why: networkCode }
  return { kind: 'unknown', why: name }
}
