import { StartOutboundVoiceContactCommand, type ConnectClient } from '@aws-sdk/client-connect'
import type { Caller } from '../../ports.ts'
import { submissionResult } from './submission-result.ts'

export interface VoiceCallerOptions {
  /** With `maxAttempts: 1`: the SDK's own retries would blur whether an earlier try has called. The dialer asks again. */
  client: Pick<ConnectClient, 'send'>
  instanceId: string
  /** The flow's id, the last part of its ARN. */
  contactFlowId: string
  /** E.164 number claimed in the instance; the caller id. */
  sourcePhoneNumber: string
  /** After this long without a reply the outcome counts as unknown. */
  timeoutMs: number
}

/** Calls through Amazon Connect; the client token makes a second asking find the first call. */
export function createConnectVoiceCaller ({ client, instanceId, contactFlowId, sourcePhoneNumber, timeoutMs }: VoiceCallerOptions): Caller {
  return {
    channel: 'voice',
    start: async ({ clientToken, phoneNumber, attributes, ringMs }) => await submissionResult(async () => await client.send(new StartOutboundVoiceContactCommand({
      InstanceId: instanceId,
      ContactFlowId: contactFlowId,
      SourcePhoneNumber: sourcePhoneNumber,
      DestinationPhoneNumber: phoneNumber,
      ClientToken: clientToken,
      Attributes: { ...attributes },
      RingTimeoutInSeconds: Math.round(ringMs / 1000)
    }), { abortSignal: AbortSignal.timeout(timeoutMs) }))
  }
}
