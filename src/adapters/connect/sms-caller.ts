import { StartOutboundChatContactCommand, type ConnectClient } from '@aws-sdk/client-connect'
import type { Caller } from '../../ports.ts'
import { submissionResult } from './submission-result.ts'

export interface SmsCallerOptions {
  /** With `maxAttempts: 1`: the SDK's own retries would blur whether an earlier try has sent. The dialer asks again. */
  client: Pick<ConnectClient, 'send'>
  instanceId: string
  /** The flow's id, the last part of its ARN. */
  contactFlowId: string
  /** ARN of the number in Amazon Connect that sends the texts. */
  sourceNumberArn: string
  /** How long the conversation waits for replies: 1 h to 7 days. Source: API Reference, StartOutboundChatContact, "ChatDurationInMinutes". */
  replyMs: number
  /** After this long without a reply of Amazon Connect the outcome counts as unknown. */
  timeoutMs: number
}

/**
 * Sends text messages through Amazon Connect; the client token makes a second asking find the first conversation.
 * It sends no `InitialSystemMessage`: the flow's first question is the text, so that the cardholder gets one message and not two.
 */
export function createConnectSmsCaller ({ client, instanceId, contactFlowId, sourceNumberArn, replyMs, timeoutMs }: SmsCallerOptions): Caller {
  return {
    channel: 'sms',
    start: async ({ clientToken, phoneNumber, attributes }) => await submissionResult(async () => await client.send(new StartOutboundChatContactCommand({
      InstanceId: instanceId,
      ContactFlowId: contactFlowId,
      SourceEndpoint: { Type: 'CONNECT_PHONENUMBER_ARN', Address: sourceNumberArn },
      DestinationEndpoint: { Type: 'TELEPHONE_NUMBER', Address: phoneNumber },
      SegmentAttributes: { 'connect:Subtype': { ValueString: 'connect:SMS' } },
      ClientToken: clientToken,
      Attributes: { ...attributes },
      ChatDurationInMinutes: Math.round(replyMs / 60_000)
    }), { abortSignal: AbortSignal.timeout(timeoutMs) }))
  }
}
