import { StartOutboundVoiceContactCommand, type ConnectClient } from '@aws-sdk/client-connect'
import type { AttemptOutcome } from '../../domain/attempt.ts'
import type { Caller, SubmissionResult } from '../../ports.ts'

export interface VoiceCallerOptions {
  /** With `maxAttempts: 1`: the SDK's own retries would blur whether an earlier try has called. The dialer asks again. */
  client: ConnectClient
  instanceId: string
  /** The flow's id, the last part of its ARN. */
  contactFlowId: string
  /** E.164 number claimed in the instance; the caller id. */
  sourcePhoneNumber: string
  /** After this long without a reply the outcome counts as unknown. */
  timeoutMs: number
}

/**
 * What Amazon Connect says when it will never make this call. Everything else may be mended by time or by an operator.
 * Source: Amazon Connect API Reference, StartOutboundVoiceContact, "Errors".
 */
const REFUSALS: Readonly<Record<string, AttemptOutcome>> = {
  DestinationNotAllowedException: 'rejected',
  OutboundContactNotPermittedException: 'rejected',
  InvalidRequestException: 'rejected',
  InvalidParameterException: 'rejected'
}

/** Said before anything was dialled, and a later try may fare better. */
const DEFERRALS: ReadonlySet<string> = new Set([
  'LimitExceededException', 'ThrottlingException', 'TooManyRequestsException', 'AccessDeniedException', 'ResourceNotFoundException',
  'UnrecognizedClientException', 'ExpiredTokenException', 'InvalidSignatureException', 'CredentialsProviderError'
])

/** The request never left. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/** Calls through Amazon Connect; the client token makes a second asking find the first call. */
export function createConnectVoiceCaller ({ client, instanceId, contactFlowId, sourcePhoneNumber, timeoutMs }: VoiceCallerOptions): Caller {
  return {
    channel: 'voice',
    async start ({ clientToken, phoneNumber, attributes, ringMs }) {
      try {
        const { ContactId } = await client.send(new StartOutboundVoiceContactCommand({
          InstanceId: instanceId,
          ContactFlowId: contactFlowId,
          SourcePhoneNumber: sourcePhoneNumber,
          DestinationPhoneNumber: phoneNumber,
          ClientToken: clientToken,
          Attributes: { ...attributes },
          RingTimeoutInSeconds: Math.round(ringMs / 1000)
        }), { abortSignal: AbortSignal.timeout(timeoutMs) })
        if (ContactId === undefined) return { kind: 'unknown', why: 'the reply names no contact' }
        return { kind: 'submitted', contactId: ContactId }
      } catch (error) {
        return afterFailure(error)
      }
    }
  }
}

/** Only an error's name is told on: its message may repeat the phone number. */
function afterFailure (error: unknown): SubmissionResult {
  const name = error instanceof Error ? error.name : 'unknown failure'
  const networkCode = error instanceof Error && 'code' in error ? String(error.code) : ''
  const outcome = REFUSALS[name]
  if (outcome !== undefined) return { kind: 'refused', outcome, why: name }
  if (DEFERRALS.has(name)) return { kind: 'not_now', why: name }
  if (NEVER_CONNECTED.has(networkCode)) return { kind: 'not_now', why: networkCode }
  return { kind: 'unknown', why: name }
}
