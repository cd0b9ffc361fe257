import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { createHash } from 'node:crypto'
import { DUE_INDEX } from './table.ts'

export type Item = Record<string, AttributeValue>

/** How many partitions the due index is spread over; each pass of the dialer asks them all. */
export const DUE_SHARDS = 4

/** The key of an item: each kind of thing is alone in its partition. */
export function itemKey (kind: 'CARD' | 'CUSTOMER' | 'TRANSACTION' | 'CASE', id: string): { pk: string, sk: string } {
  return { pk: `${kind}#${id}`, sk: kind }
}

/** An item of the table from a thing of the domain and the attributes that only the table needs. */
export function toItem (key: { pk: string, sk: string }, thing: object, indexed: Record<string, string | number> = {}): Item {
  return marshall({ ...thing, ...indexed, ...key }, { removeUndefinedValues: true })
}

/** The thing of the domain back from its item, without the table's own attributes. */
export function fromItem<T> (item: Item, tableOnly: readonly string[] = []): T {
  const { pk: _pk, sk: _sk, ...thing } = unmarshall(item)
  for (const name of tableOnly) delete thing[name]
  return thing as T
}

/** The key as DynamoDB writes it. */
export function marshallKey (key: { pk: string, sk: string }): Item {
  return { pk: { S: key.pk }, sk: { S: key.sk } }
}

/** The attributes that put an item into the due index; none when there is nothing to do. */
export function dueAttributes (id: string, dueAtMs: number | undefined): Record<string, string | number> {
  if (dueAtMs === undefined) return {}
  const shard = createHash('sha256').update(id).digest().readUInt8(0) % DUE_SHARDS
  return { [DUE_INDEX.shard]: dueShardName(shard), [DUE_INDEX.atMs]: dueAtMs }
}

export function dueShardName (shard: number): string {
  return `due#${shard}`
}
