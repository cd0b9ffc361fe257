import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { createHash } from 'node:crypto'
import type { Queue } from '../../domain/case-due.ts'
import { fromAttributeValue, toAttributes } from './attribute-value.ts'
import { DUE_INDEX } from './table.ts'

export type Item = Record<string, AttributeValue>

/**
 * How many partitions each queue of the due index is spread over: a pass of the dialer asks them all, and each takes 1,000 writes a second,
 * which is more than 60 cases a second come to.
 */
export const DUE_SHARDS: Readonly<Record<Queue, number>> = { live: 1, other: 2, voice: 2, sms: 1, feedback: 1 }

/** The key of an item: each kind of thing is alone in its partition. */
export function itemKey (kind: 'CARD' | 'CUSTOMER' | 'TRANSACTION' | 'CASE' | 'LEASE', id: string): { pk: string, sk: string } {
  return { pk: `${kind}#${id}`, sk: kind }
}

/** An item of the table from a thing of the domain and the attributes that only the table needs. */
export function toItem (key: { pk: string, sk: string }, thing: object, indexed: Record<string, string | number> = {}): Item {
  return Object.assign(toAttributes(thing), toAttributes(indexed), marshallKey(key))
}

/** The thing of the domain back from its item, without the table's own attributes. */
export function fromItem<T> (item: Item, tableOnly: readonly string[] = []): T {
  const thing: Record<string, unknown> = {}
  for (const name of Object.keys(item)) {
    if (name !== 'pk' && name !== 'sk' && !tableOnly.includes(name)) thing[name] = fromAttributeValue(item[name]!)
  }
  return thing as T
}

/** The key as DynamoDB writes it. */
export function marshallKey (key: { pk: string, sk: string }): Item {
  return { pk: { S: key.pk }, sk: { S: key.sk } }
}

/** The attributes that put an item into the due index; none when there is nothing to do. */
export function dueAttributes (id: string, queue: Queue, dueAtMs: number | undefined): Record<string, string | number> {
  if (dueAtMs === undefined) return {}
  const shard = createHash('sha256').update(id).digest().readUInt8(0) % DUE_SHARDS[queue]
  return { [DUE_INDEX.shard]: dueShardName(queue, shard), [DUE_INDEX.atMs]: dueAtMs }
}

export function dueShardName (queue: Queue, shard: number): string {
  return `${queue}#${shard}`
}
