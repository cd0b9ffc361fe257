import type { WireItem } from './engine-call.ts'
import { itemBytes } from './item-size.ts'

/** A write request unit is 1 KB, a strongly consistent read request unit 4 KB, a half of it when it need not be consistent. Source: Amazon DynamoDB Developer Guide, "DynamoDB on-demand capacity mode". */
const WRITE_UNIT_BYTES = 1024
const READ_UNIT_BYTES = 4096

/** A global index of the table that holds keys only. */
interface Index { name: string, hash: string, range: string }

/** As `src/adapters/dynamodb/table.ts` defines them, restated: what is counted here is not to follow a mistake there. */
export const INDEXES: readonly Index[] = [
  { name: 'due', hash: 'dueShard', range: 'dueAtMs' },
  { name: 'casesByCard', hash: 'caseCardId', range: 'listedCaseId' },
  { name: 'casesByStatus', hash: 'caseListStatus', range: 'listedCaseId' }
]

/** One write of an index's entry: to which of its partition keys, and how many units. */
export interface IndexWrite { index: string, key: string, units: number }

/** Units of a write of one item; of the larger one, when it takes another's place. */
export function writeUnits (before: WireItem | undefined, after: WireItem | undefined): number {
  const bytes = Math.max(before === undefined ? 0 : itemBytes(before), after === undefined ? 0 : itemBytes(after))
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES))
}

/** Units of a read of so many bytes; what is not there takes as much as what is small. */
export function readUnits (bytes: number, isConsistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (isConsistent ? 1 : 0.5)
}

/** An item's entry in an index, which holds the index's keys and the table's; `undefined` when it has none. */
export function indexEntry ({ hash, range }: Index, item: WireItem | undefined): WireItem | undefined {
  const { [hash]: one, [range]: other, pk, sk } = item ?? {}
  return one === undefined || other === undefined || pk === undefined || sk === undefined ? undefined : { [hash]: one, [range]: other, pk, sk }
}

/**
 * What a write of the table makes the indexes write: an entry that is new or goes is one write, one whose key changes is two, one that stays as it is none.
 * Source: Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes in DynamoDB", provisioned throughput considerations.
 */
export function indexWrites (before: WireItem | undefined, after: WireItem | undefined): IndexWrite[] {
  return INDEXES.flatMap((index) => {
    const [old, fresh] = [indexEntry(index, before), indexEntry(index, after)]
    if (JSON.stringify(old) === JSON.stringify(fresh)) return []
    return [old, fresh].flatMap((entry) => entry === undefined ? [] : [{ index: index.name, key: entry[index.hash]?.S ?? '', units: writeUnits(undefined, entry) }])
  })
}
