import { ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Test } from 'tap'
import { createConnectClient, createDynamoDbClient } from '../../src/adapters/aws/clients.ts'
import { createConnectContactReader } from '../../src/adapters/connect/contact-reader.ts'
import { createConnectVoiceCaller } from '../../src/adapters/connect/voice-caller.ts'
import type { Store } from '../../src/adapters/dynamodb/store.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Caller } from '../../src/ports.ts'
import type { Acknowledgement, ProofRecord } from '../../src/prove/proof-record.ts'
import { startEmbeddedDynamoDb } from '../../src/simulators/dynamodb.ts'
import { createShippedInstance } from '../../src/simulators/shipped-instance.ts'
import { BRIDGE_SECRET, createWorld, KEY_HEADERS, postTransaction, transactionBody, type World } from '../world.ts'

/** Cardholders, and what their phones do. */
export const ADA = { customerId: 'ada', phoneNumber: '+4915112345678', card: '2442230821108788', phone: { behaviour: 'answer', keys: ['2'] } } as const
export const CHARLES = { customerId: 'charles', phoneNumber: '+491713920042', card: '5555341244441115', phone: { behaviour: 'answer', keys: ['1'] } } as const
export const EMMY = { customerId: 'emmy', phoneNumber: '+491713920043', card: '5555341244441222', phone: { behaviour: 'no_answer' } } as const
type Cardholder = typeof ADA | typeof CHARLES | typeof EMMY

const INSTANCE = { instanceId: '11111111-2222-4333-8444-555555555555', contactFlowId: '66666666-2222-4333-8444-555555555555', sourcePhoneNumber: '+4930123456' }
const MAX_ROUNDS = 10

/** A bug at the service's ports. */
export interface Plant {
  store?: (store: Store) => Store
  caller?: (caller: Caller) => Caller
  policy?: Partial<Policy>
}

/** Two replicas of the real service on one store: `front` takes requests and answers, `dialler` dials through the real simulator, flow and bridge. */
export async function createProofStage (t: Test, { store = (whole) => whole, caller = (one) => one, policy }: Plant = {}) {
  const engine = await startEmbeddedDynamoDb()
  const bound: { front?: World } = {}
  const connect = await createShippedInstance({
    ...INSTANCE, region: 'eu-central-1', sms: undefined, timeScale: 0, bridgeSecret: BRIDGE_SECRET, serviceUrl: () => bound.front?.app.listeningOrigin ?? ''
  })
  const connectUrl = await connect.listen({ port: 0 })
  const client = createConnectClient(5_000, { endpoint: connectUrl })
  const voice = createConnectVoiceCaller({ client, ...INSTANCE, timeoutMs: 5_000 })
  const options = {
    endpoint: engine.endpoint,
    policy: { ladder: [0, 1].map(() => ({ channel: 'voice' as const, delayMs: 0 })), attemptMs: 1, submissionMs: 1, retryMs: 1, ...policy },
    callers: [caller(voice)],
    contactReader: createConnectContactReader({ client, instanceId: INSTANCE.instanceId, timeoutMs: 5_000, nowMs: Date.now })
  }
  let whole: Store | undefined
  const front = await createWorld({ ...options, breakStore: (own) => store(whole = own) })
  const dialler = await createWorld({ ...options, breakStore: (own) => store({ ...whole ?? own }) })
  for (const { clock, scorer } of [front, dialler]) {
    Object.defineProperty(clock, 'nowMs', { get: Date.now })
    scorer.next = 990
  }
  bound.front = front
  await front.app.listen({ port: 0, host: '127.0.0.1' })
  const table = createDynamoDbClient(5_000, { endpoint: engine.endpoint })
  t.teardown(async () => {
    await connect.close()
    await front.close()
    await dialler.close()
    table.destroy()
    client.destroy()
    await engine.close()
  })

  const acknowledgements: Acknowledgement[] = []
  const finished = async () => {
    const items = await readItems()
    return items.every(({ sk, status, question }) => (sk !== 'CASE' || status === 'closed') && (sk !== 'TRANSACTION' || (question as { state?: string } | null)?.state !== 'pending'))
  }
  async function readItems (): Promise<ProofRecord['items']> {
    const { TableNames = [] } = await table.send(new ListTablesCommand({}))
    const items: ProofRecord['items'] = []
    for (const TableName of TableNames) for await (const page of paginateScan({ client: table }, { TableName, ConsistentRead: true })) items.push(...(page.Items ?? []).map((item) => unmarshall(item)))
    return items
  }

  return {
    front,
    dialler,
    connect,
    async register ({ customerId, phoneNumber, card, phone }: Cardholder): Promise<void> {
      connect.setPhone(phoneNumber, phone as Parameters<typeof connect.setPhone>[1])
      const reply = await front.app.inject({
        method: 'PUT',
        url: `/v1/customers/${customerId}`,
        headers: KEY_HEADERS,
        payload: { salutation: 'Mrs', firstName: 'Ada', lastName: 'Lovelace', phoneNumber, timeZone: 'Europe/Berlin', channels: ['voice'], cards: [{ number: card }] }
      })
      t.equal(reply.statusCode, 200)
    },
    async pay ({ customerId, card }: Cardholder, transactionId: string, world: World = front): Promise<void> {
      const reply = await postTransaction(world.app, transactionBody(transactionId, { customerId, card: { number: card } }))
      if (reply.statusCode !== 200) return
      const told = reply.json<{ outcome: Acknowledgement['outcome'], card: { id: string }, case: { id: string } | null }>()
      acknowledgements.push({
        transactionId, customerId, cardId: told.card.id, outcome: told.outcome, caseId: told.case?.id ?? null, isReplay: reply.headers['idempotent-replayed'] === 'true', atMs: Date.now()
      })
    },
    /** Dials until every case is closed, or as often as it would have taken many times over. */
    async dialAll (): Promise<void> {
      for (let round = 0; round < MAX_ROUNDS && !await finished(); round++) {
        await dialler.dial()
        await Promise.all(connect.contacts().map(async ({ contactId }) => await connect.settledContact(contactId)))
      }
    },
    record: async (): Promise<ProofRecord> => ({ acknowledgements, contacts: connect.contacts(), items: await readItems(), deaths: 2, measures: { recovery: [1, 3] } })
  }
}
