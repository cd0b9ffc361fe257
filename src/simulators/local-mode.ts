import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { startEmbeddedDynamoDb } from './dynamodb.ts'
import { createShippedInstance } from './shipped-instance.ts'

/** What the local mode needs of the service's settings. */
export interface LocalModeOptions {
  dataDir: string
  simulatorPort: number
  instanceId: string
  contactFlowId: string
  sourcePhoneNumber: string
  /** `undefined` when no text messages are sent. */
  sms: { contactFlowId: string, sourceNumberArn: string } | undefined
  bridgeSecret: string
  apiKey: string
  /** Where the service listens; asked for when the first call is answered. */
  serviceUrl: () => string
  logger: FastifyBaseLogger
  /** Real milliseconds for a simulated one of the phones; 1 is real time. */
  timeScale?: number
}

/** The stand-ins that run beside the service in local mode. */
export interface LocalStandIns {
  dynamoDbEndpoint: string
  /** Amazon Connect's address, and the phone page's. */
  connectUrl: string
  close: () => Promise<void>
}

const REGION = 'eu-central-1'

/**
 * Starts the embedded store and Amazon Connect's simulator with the shipped contact flows, the shipped bridge and the shipped bot.
 * @throws Error when the data folder is held by another process or the port is taken
 */
export async function startLocalStandIns (options: LocalModeOptions): Promise<LocalStandIns> {
  const { dataDir, apiKey, serviceUrl, simulatorPort, ...instance } = options
  await mkdir(dataDir, { recursive: true })
  const dynamoDb = await startEmbeddedDynamoDb({ path: join(dataDir, 'dynamodb') })
  const connect = await createShippedInstance({ ...instance, region: REGION, serviceUrl, ringfence: { url: serviceUrl, apiKey } })
  try {
    await connect.listen({ port: simulatorPort, host: '127.0.0.1' })
  } catch (error) {
    await dynamoDb.close()
    throw error
  }
  return {
    dynamoDbEndpoint: dynamoDb.endpoint,
    connectUrl: connect.url,
    async close () {
      await connect.close()
      await dynamoDb.close()
    }
  }
}
