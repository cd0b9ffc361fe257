import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startEmbeddedDynamoDb } from '../../../src/simulators/dynamodb.ts'
import { indexWrites, readUnits, writeUnits, type IndexWrite } from './capacity.ts'
import { engineCall, type WireItem } from './engine-call.ts'
import { itemBytes } from './item-size.ts'

/** One call to the store, and what DynamoDB would count for it. */
export interface StoreCall {
  operation: string
  /** Kind of the item: `CARD`, `TRANSACTION`, `CASE`, …; of a query of an index, the index. */
  what: string
  requestBytes: number
  replyBytes: number
  isRefused: boolean
  /** Of the item that was read or written; of a query, of all that it found. */
  itemBytes: number
  /** The item as it was written. */
  item: WireItem | undefined
  readUnits: number
  writeUnits: number
  indexWrites: IndexWrite[]
}

/** An engine in memory whose calls are written down. */
export interface RecordedEngine {
  endpoint: string
  /** The calls since it was asked last. */
  take: () => StoreCall[]
  /** Connections that were opened since it was asked last. */
  takeConnections: () => number
  close: () => Promise<void>
}

interface Input { TableName: string, Key?: WireItem, Item?: WireItem, ConsistentRead?: boolean, IndexName?: string }
interface Output { Item?: WireItem, Items?: WireItem[] }

/** Starts an engine with a recorder before it. All writes have to go through it: it knows of each item what stood there before. */
export async function startRecordedEngine (): Promise<RecordedEngine> {
  const engine = await startEmbeddedDynamoDb()
  const stored = new Map<string, WireItem>()
  let calls: StoreCall[] = []
  let connections = 0

  /** The item after an update is what the engine says; the recorder knows nothing of expressions. */
  async function itemAfter ({ TableName, Key, Item }: Input): Promise<WireItem | undefined> {
    return Item ?? (await engineCall<Output>(engine.endpoint, 'GetItem', { TableName, Key, ConsistentRead: true })).Item
  }

  async function account (operation: string, input: Input, output: Output, isRefused: boolean): Promise<Omit<StoreCall, 'operation' | 'requestBytes' | 'replyBytes' | 'isRefused'>> {
    const free = { item: undefined, itemBytes: 0, readUnits: 0, writeUnits: 0, indexWrites: [] }
    const key = input.Item ?? input.Key
    const what = input.IndexName ?? key?.['pk']?.S?.split('#')[0] ?? output.Items?.[0]?.['pk']?.S?.split('#')[0] ?? ''
    switch (operation) {
      case 'GetItem': {
        const bytes = output.Item === undefined ? 0 : itemBytes(output.Item)
        return { ...free, what, itemBytes: bytes, readUnits: readUnits(bytes, input.ConsistentRead === true) }
      }
      case 'Query': {
        const bytes = (output.Items ?? []).reduce((total, item) => total + itemBytes(item), 0)
        return { ...free, what, itemBytes: bytes, readUnits: readUnits(bytes, input.ConsistentRead === true) }
      }
      case 'PutItem': case 'UpdateItem': {
        const name = `${key?.['pk']?.S ?? ''} ${key?.['sk']?.S ?? ''}`
        const before = stored.get(name)
        // A write whose condition does not hold takes what the item that stands there would.
        if (isRefused) return { ...free, what, writeUnits: writeUnits(before, undefined) }
        const after = await itemAfter(input)
        if (after !== undefined) stored.set(name, after)
        return { ...free, what, item: after, itemBytes: after === undefined ? 0 : itemBytes(after), writeUnits: writeUnits(before, after), indexWrites: indexWrites(before, after) }
      }
      default: return { ...free, what }
    }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => { chunks.push(chunk) })
    request.on('end', () => { relay(Buffer.concat(chunks)).catch((error: unknown) => { response.destroy(error as Error) }) })

    async function relay (body: Buffer): Promise<void> {
      const { 'content-type': type = '', 'x-amz-target': target = '', authorization = '', 'x-amz-date': date = '' } = request.headers
      const reply = await fetch(engine.endpoint, { method: 'POST', body, headers: { 'content-type': type, 'x-amz-target': String(target), authorization, 'x-amz-date': String(date) } })
      const text = Buffer.from(await reply.arrayBuffer())
      const operation = String(target).split('.')[1] ?? ''
      const isRefused = !reply.ok
      const counted = await account(operation, JSON.parse(body.toString()) as Input, JSON.parse(text.toString()) as Output, isRefused)
      calls.push({ operation, requestBytes: body.length, replyBytes: text.length, isRefused, ...counted })
      response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': text.length }).end(text)
    }
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', () => { connections++ })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take () {
      const taken = calls
      calls = []
      return taken
    },
    takeConnections () {
      const taken = connections
      connections = 0
      return taken
    },
    async close () {
      server.closeAllConnections()
      await new Promise<void>((resolve) => { server.close(() => { resolve() }) })
      await engine.close()
    }
  }
}
