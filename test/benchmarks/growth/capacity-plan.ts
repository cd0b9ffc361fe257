import { DUE_SHARDS } from '../../../src/adapters/dynamodb/item.ts'
import { STORAGE_OVERHEAD_BYTES, itemBytes } from './item-size.ts'
import { INDEXES, indexEntry } from './capacity.ts'
import { LAMBDA, ON_DEMAND, PARTITION, PROVISIONED_HOUR, PROVISIONED_USE } from './prices.ts'
import type { Step, Story } from './recorded-story.ts'

/** Units of some calls, and what they leave in the table. */
export interface Usage {
  calls: number
  readUnits: number
  writeUnits: number
  /** Of `writeUnits`, those of the indexes. */
  indexUnits: number
  /** Bytes of storage that are new, with DynamoDB's overhead of each item and index entry. */
  storedBytes: number
}

/** A decision's usage in the mean, when so many of them are suspicious and each of those opens a case of its own, which is answered at the first call. */
export interface Mix { suspiciousShare: number, perDecision: Usage }

/** A partition key that many cases share, and what makes it hot. */
export interface HotKey {
  key: string
  /** Units written to it for one case, in the mean of its shards. */
  unitsPerCase: number
  /** At so many cases a second a partition is full. */
  casesPerSecond: number
}

/** What some steps take. Items are kept as they are after the last step that wrote them. */
export function usageOf (steps: readonly Step[]): Usage {
  const calls = steps.flatMap((step) => step.calls)
  const indexUnits = sum(calls.flatMap(({ indexWrites }) => indexWrites.map(({ units }) => units)))
  const last = new Map(calls.flatMap(({ item }) => item === undefined ? [] : [[`${item['pk']?.S ?? ''} ${item['sk']?.S ?? ''}`, item] as const]))
  const storedBytes = sum([...last.values()].map((item) => itemBytes(item) + STORAGE_OVERHEAD_BYTES + sum(INDEXES.flatMap((index) => {
    const entry = indexEntry(index, item)
    return entry === undefined ? [] : [itemBytes(entry) + STORAGE_OVERHEAD_BYTES]
  }))))
  return { calls: calls.length, readUnits: sum(calls.map((call) => call.readUnits)), writeUnits: sum(calls.map((call) => call.writeUnits)) + indexUnits, indexUnits, storedBytes }
}

/** A decision in the mean. */
export function mixOf ({ approved, suspicious, afterwards }: Story, suspiciousShare: number): Mix {
  const [one, other] = [usageOf([approved]), usageOf([suspicious, ...afterwards])]
  const mean = (name: keyof Usage) => (1 - suspiciousShare) * one[name] + suspiciousShare * other[name]
  return { suspiciousShare, perDecision: { calls: mean('calls'), readUnits: mean('readUnits'), writeUnits: mean('writeUnits'), indexUnits: mean('indexUnits'), storedBytes: mean('storedBytes') } }
}

/** Dollars for a million, on demand. */
export function onDemandPerMillion ({ readUnits, writeUnits }: Usage): number {
  return (readUnits * ON_DEMAND.read + writeUnits * ON_DEMAND.write) * 1e6
}

/** Dollars for a million at a constant rate, provisioned and used to `PROVISIONED_USE`. */
export function provisionedPerMillion ({ readUnits, writeUnits }: Usage): number {
  return (readUnits * PROVISIONED_HOUR.read + writeUnits * PROVISIONED_HOUR.write) / PROVISIONED_USE / 3_600 * 1e6
}

/** Dollars for a million invocations of so many seconds with so much memory. */
export function lambdaPerMillion (seconds: number, gb: number): number {
  return (LAMBDA.request + seconds * gb * LAMBDA.gbSecond) * 1e6
}

/** The keys of the indexes that all cases share, the first to be full first. Keys of one card or one case are not among them. */
export function hotKeys ({ suspicious, afterwards }: Story): HotKey[] {
  const writes = [suspicious, ...afterwards].flatMap(({ calls }) => calls.flatMap((call) => call.indexWrites)).filter(({ index }) => index !== 'casesByCard')
  const names = new Map<string, number>()
  for (const { index, key, units } of writes) {
    const queue = key.split('#')[0] ?? ''
    const shards = index === 'due' ? DUE_SHARDS[queue as keyof typeof DUE_SHARDS] : 1
    const name = index === 'due' ? `\`due\`: \`${queue}#0\`${shards > 1 ? ` to \`${queue}#${shards - 1}\`` : ''}` : `\`${index}\`: \`${key}\``
    names.set(name, (names.get(name) ?? 0) + units / shards)
  }
  return [...names].map(([key, unitsPerCase]) => ({ key, unitsPerCase, casesPerSecond: PARTITION.writeUnits / unitsPerCase })).sort((one, other) => one.casesPerSecond - other.casesPerSecond)
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
