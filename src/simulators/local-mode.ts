import { createHmac } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { fillFlow } from '../flow-language/flow-document.ts'
import { createConnectSimulator } from './connect/server.ts'
import { startEmbeddedDynamoDb } from './dynamodb.ts'

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
const ACCOUNT_ID = '123456789012'
const BRIDGE_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:ringfence-bridge`
const LEX_ALIAS_ARN = `arn:aws:lex:${REGION}:${ACCOUNT_ID}:bot-alias/RINGFENCE1/LIVEALIAS1`
const CONTACT_FLOW = new URL('../../contact-flow/', import.meta.url)

/**
 * Starts the embedded store and Amazon Connect's simulator with the shipped contact flows, the shipped bridge and the shipped bot.
 * @throws Error when the data folder is held by another process or the port is taken
 */
export async function startLocalStandIns (options: LocalModeOptions): Promise<LocalStandIns> {
  const { dataDir, instanceId, contactFlowId, sourcePhoneNumber, sms, bridgeSecret, apiKey, serviceUrl, logger, timeScale = 1 } = options
  await mkdir(dataDir, { recursive: true })
  const dynamoDb = await startEmbeddedDynamoDb({ path: join(dataDir, 'dynamodb') })
  const { createHandler } = await import(new URL('bridge/index.mjs', CONTACT_FLOW).href) as typeof import('../../contact-flow/bridge/index.mjs')

  const connect = createConnectSimulator({
    flows: {
      [contactFlowId]: await readFlow('card-fraud.json'),
      ...sms === undefined ? {} : { [sms.contactFlowId]: await readFlow('card-fraud-sms.json') }
    },
    instanceId,
    region: REGION,
    accountId: ACCOUNT_ID,
    sourcePhoneNumber,
    textNumbers: sms === undefined ? {} : { [sms.sourceNumberArn]: sourcePhoneNumber },
    lexBots: { [LEX_ALIAS_ARN]: JSON.parse(await readFile(new URL('lex-bot/template.json', CONTACT_FLOW), 'utf8')) },
    lambdas: { [BRIDGE_ARN]: async (event: unknown) => await createHandler({ url: serviceUrl(), secret: bridgeSecret })(event) },
    onContactEvent: async (event: unknown) => { await postSigned(`${serviceUrl()}/v1/connect/events`, event, bridgeSecret) },
    ringfence: { url: serviceUrl, apiKey },
    timeScale,
    logger
  })
  try {
    await connect.listen({ port: options.simulatorPort, host: '127.0.0.1' })
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

async function readFlow (name: string): Promise<unknown> {
  return fillFlow(await readFile(new URL(name, CONTACT_FLOW), 'utf8'), { BridgeLambdaArn: BRIDGE_ARN, LexBotAliasArn: LEX_ALIAS_ARN })
}

/** Posts as EventBridge's way in would: signed like the bridge's posts. */
async function postSigned (url: string, event: unknown, secret: string): Promise<void> {
  const body = JSON.stringify(event)
  const seconds = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'ringfence-signature': `t=${seconds},v1=${signature}` },
    body,
    signal: AbortSignal.timeout(5_000)
  })
  if (!response.ok) throw new Error(`contact event refused with ${response.status}`)
}
