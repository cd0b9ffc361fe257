import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { RingfenceError } from '../../errors.ts'
import type { GiveUpSignal } from '../../ports.ts'
import type { Sender } from '../aws/direct-client.ts'
import { withinDeadline } from '../deadline.ts'

/** What every store of this folder needs. */
export interface DynamoDbStoreOptions {
  client: Sender<DynamoDBClient>
  tableName: string
  /** After this long a call, its retries included, counts as failed. */
  timeoutMs: number
}

/** Faults of ours that trying again would not mend; they surface as they are. */
const OUR_FAULTS: ReadonlySet<string> = new Set(['ValidationException', 'SerializationException', 'ItemCollectionSizeLimitExceededException'])

/**
 * Makes one store call under a deadline.
 * @throws RingfenceError `store_unavailable` for everything that another try may mend; a failed condition comes through as it is
 */
export async function storeCall<T> (timeoutMs: number, call: (options: { abortSignal: GiveUpSignal }) => Promise<T>): Promise<T> {
  try {
    // The SDK heeds the signal while it asks DynamoDB, and not while it looks for credentials.
    return await withinDeadline(timeoutMs, () => new Error(`No reply within ${timeoutMs} ms.`), async (abortSignal) => await call({ abortSignal }))
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || !(error instanceof Error) || OUR_FAULTS.has(error.name)) throw error
    throw new RingfenceError('store_unavailable', { cause: error, ...error.name === 'ResourceNotFoundException' ? { detail: 'The table is not there.' } : {} })
  }
}

/** Makes one conditional write. @returns whether the condition held */
export async function conditionalWrite (timeoutMs: number, call: (options: { abortSignal: GiveUpSignal }) => Promise<unknown>): Promise<boolean> {
  try {
    await storeCall(timeoutMs, call)
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
