import type { AttributeValue } from '@aws-sdk/client-dynamodb'

interface Condition {
  ConditionExpression: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeValue>
}

/** The item does not exist yet. */
export const notThereYet = { ConditionExpression: 'attribute_not_exists(pk)' } satisfies Condition

/** The item still has the version that was read; version 0 is an item that nobody wrote. */
export function unlessWrittenSince (version: number): Condition {
  if (version === 0) return notThereYet
  return {
    ConditionExpression: '#version = :asRead',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':asRead': { N: String(version) } }
  }
}
