import type { SimulatorClock } from '../aws/clock.ts'
import type { Contact, LambdaInvocation } from './contact.ts'

/** A Lambda function that flows can call, by its ARN. */
export type LambdaFunction = (event: unknown) => Promise<unknown>

/** A block tries at most this often within its time limit: once and 3 retries (Administrator Guide, "Invoke Lambda functions"). */
const MAX_ATTEMPTS = 4

/** UTF-8 bytes of a reply (Administrator Guide, "Invoke Lambda functions"). */
const REPLY_MAX_BYTES = 32_768

/** What came of an InvokeLambdaFunction block. */
export type LambdaOutcome = { reply: Record<string, unknown> } | { problem: string }

/**
 * The event that Connect gives to a Lambda function in a call that the API started
 * (Administrator Guide, "Grant Amazon Connect access to your AWS Lambda functions").
 */
export function buildLambdaEvent (contact: Contact, instanceArn: string, parameters: unknown) {
  return {
    Name: 'ContactFlowEvent',
    Details: {
      ContactData: {
        Attributes: { ...contact.attributes },
        Channel: 'VOICE',
        ContactId: contact.contactId,
        CustomerEndpoint: { Address: contact.destination, Type: 'TELEPHONE_NUMBER' },
        CustomerId: null,
        Description: contact.description,
        InitialContactId: contact.contactId,
        InitiationMethod: 'API',
        InstanceARN: instanceArn,
        LanguageCode: 'en-US',
        MediaStreams: { Customer: { Audio: null } },
        Name: contact.name,
        PreviousContactId: contact.contactId,
        Queue: null,
        References: {},
        SystemEndpoint: { Address: contact.source, Type: 'TELEPHONE_NUMBER' }
      },
      Parameters: parameters
    }
  }
}

/**
 * Calls a Lambda function as a flow does: again after an error, all tries within one time limit, the reply checked.
 * No retry begins once `isOver` (the caller is gone); a try in flight is waited for.
 * @param limitMs 1000 to 8000, in the time of `clock`: real time, since the function is real code
 */
export async function invokeLambda ({ functionArn, lambda, event, responseType, limitMs, clock, isOver, invocations }: {
  functionArn: string
  lambda: LambdaFunction | undefined
  event: unknown
  responseType: string
  limitMs: number
  clock: SimulatorClock
  isOver: () => boolean
  invocations: LambdaInvocation[]
}): Promise<LambdaOutcome> {
  const endsAtMs = clock.nowMs() + limitMs
  let problem = ''
  for (let attempt = 1; attempt <= MAX_ATTEMPTS && (attempt === 1 || (!isOver() && clock.nowMs() < endsAtMs)); attempt++) {
    const beganAtMs = clock.nowMs()
    const invocation: LambdaInvocation = { functionArn, attempt, event }
    invocations.push(invocation)
    const result = await tryOnce(lambda, event, endsAtMs - beganAtMs, clock)
    invocation.durationMs = clock.nowMs() - beganAtMs
    if ('reply' in result) {
      invocation.reply = result.reply
      const fault = findReplyFault(result.reply, responseType)
      if (fault === undefined) return { reply: result.reply as Record<string, unknown> }
      invocation.error = fault
      return { problem: fault }
    }
    problem = invocation.error = result.problem
    if (result.isFinal) break
  }
  return { problem }
}

async function tryOnce (lambda: LambdaFunction | undefined, event: unknown, leftMs: number, clock: SimulatorClock): Promise<{ reply: unknown } | { problem: string, isFinal: boolean }> {
  if (lambda === undefined) return { problem: 'no function has this ARN, or the instance may not call it', isFinal: true }
  const controller = new AbortController()
  const late = clock.sleep(leftMs, controller.signal).then(() => ({ problem: 'the time limit of the block passed', isFinal: true }))
  // The function sees only what can travel as JSON.
  const run = Promise.resolve().then(() => lambda(JSON.parse(JSON.stringify(event)))).then(
    reply => ({ reply: reply === undefined ? null : JSON.parse(JSON.stringify(reply)) as unknown }),
    (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error), isFinal: false })
  )
  const result = await Promise.race([run, late])
  controller.abort()
  return result
}

function findReplyFault (reply: unknown, responseType: string): string | undefined {
  if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) return 'the reply is not an object'
  if (Buffer.byteLength(JSON.stringify(reply)) > REPLY_MAX_BYTES) return `the reply is larger than ${REPLY_MAX_BYTES} bytes`
  if (responseType !== 'STRING_MAP') return undefined
  const [name] = Object.entries(reply).find(([, value]) => typeof value !== 'string') ?? []
  return name === undefined ? undefined : `the reply is no flat map of texts: ${name}`
}
