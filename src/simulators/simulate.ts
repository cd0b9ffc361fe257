import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { readCardDetector } from './card-detector.ts'
import { DEFAULT_LIMITS } from './connect/quotas.ts'
import { startEmbeddedDynamoDb } from './dynamodb.ts'
import { createFraudDetectorSimulator } from './fraud-detector/server.ts'
import { logRequests } from './request-log.ts'
import { createS3Simulator } from './s3/server.ts'
import { createSageMakerSimulator } from './sagemaker/server.ts'
import { ACCOUNT_ID, createShippedInstance } from './shipped-instance.ts'

/** The S3 bucket that is there from the start. */
export const SAMPLE_BUCKET = 'sample-bucket'

/** What the simulators are told; each has its counterpart in the service's settings. */
export interface SimulateOptions {
  host: string
  /** Names by which other machines reach this one; the first is told to them. */
  publicHosts: readonly string[]
  /** 0 takes any that is free; DynamoDB runs only when it has one. */
  ports: { connect: number, fraudDetector: number, sageMaker: number, s3: number, dynamoDb: number | undefined }
  /** Files of the embedded DynamoDB; in memory without one. */
  dataDir: string | undefined
  region: string
  /** As the simulators reach the service: the bridge and contact events go there. */
  serviceUrl: string
  /** As people reach it: in what the phone page shows. */
  publicServiceUrl: string
  bridgeSecret: string
  /** Opens the case and card of a call to the phone page. */
  apiKey: string
  instanceId: string
  contactFlowId: string
  sourcePhoneNumber: string
  sms: { contactFlowId: string, sourceNumberArn: string }
  flowPath: string | undefined
  /** How much faster than real time the phones live. */
  speed: number
  /** How long Fraud Detector pretends to train. */
  trainingMs: number
  quotas: { callsPerSecond: number, activeCalls: number, activeChats: number, predictionsPerSecond: number }
  logger: FastifyBaseLogger
}

/** The running simulators. */
export interface RunningSimulators {
  /** By name: where each is. */
  urls: { connect: string, fraudDetector: string, sageMaker: string, s3: string, dynamoDb?: string }
  close: () => Promise<void>
}

/** Starts every simulator in this process. @throws Error when a port is taken or a file cannot be used; nothing listens then */
export async function startSimulators (options: SimulateOptions): Promise<RunningSimulators> {
  const { host, ports, region, publicHosts, quotas, logger } = options
  const closers: Array<() => unknown> = []
  async function close (): Promise<void> {
    for (const end of closers.reverse()) await end()
    closers.length = 0
  }
  /** Opens a simulator's port and says where it is for those who use it. */
  async function open (simulator: { listen: (at: { port: number, host: string }) => Promise<string>, close: () => Promise<void> }, port: number): Promise<string> {
    closers.push(simulator.close)
    return seenFromOutside(await simulator.listen({ port, host }), publicHosts[0])
  }

  try {
    closers.push(logRequests(logger))
    const { callsPerSecond, activeCalls, activeChats, predictionsPerSecond } = quotas
    const connect = await createShippedInstance({
      ...options,
      serviceUrl: () => options.serviceUrl,
      ringfence: { url: () => options.serviceUrl, publicUrl: () => options.publicServiceUrl, apiKey: options.apiKey },
      timeScale: 1 / options.speed,
      limits: { maxActiveCalls: activeCalls, maxActiveChats: activeChats, rates: ratesOf(callsPerSecond) }
    })
    const s3 = createS3Simulator({ region, publicHosts, logger })
    s3.createBucket(SAMPLE_BUCKET)
    const fraudDetector = createFraudDetectorSimulator({
      region, accountId: ACCOUNT_ID, publicHosts, limits: { predictionsPerSecond }, times: { trainingMs: options.trainingMs }, objects: s3, logger
    })
    fraudDetector.seedDetector(await readCardDetector())
    const urls: RunningSimulators['urls'] = {
      connect: await open(connect, ports.connect),
      fraudDetector: await open(fraudDetector, ports.fraudDetector),
      sageMaker: await open(createSageMakerSimulator({ region, publicHosts, logger }), ports.sageMaker),
      s3: await open(s3, ports.s3)
    }
    if (ports.dynamoDb !== undefined) {
      const path = options.dataDir === undefined ? undefined : join(options.dataDir, 'dynamodb')
      if (path !== undefined) await mkdir(path, { recursive: true })
      const dynamoDb = await startEmbeddedDynamoDb({ port: ports.dynamoDb, host, ...path === undefined ? {} : { path } })
      closers.push(dynamoDb.close)
      urls.dynamoDb = seenFromOutside(dynamoDb.endpoint, publicHosts[0])
    }
    return { urls, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The start of contacts at a rate of one's own, the others as they are; 0 lifts all rates. */
function ratesOf (callsPerSecond: number): typeof DEFAULT_LIMITS.rates {
  if (callsPerSecond === 0) return {}
  const start = { perSecond: callsPerSecond, burst: Math.max(callsPerSecond, DEFAULT_LIMITS.rates['StartOutboundVoiceContact']?.burst ?? 1) }
  return { ...DEFAULT_LIMITS.rates, StartOutboundVoiceContact: start, StartOutboundChatContact: start }
}

function seenFromOutside (url: string, publicHost: string | undefined): string {
  const { hostname, port } = new URL(url)
  return `http://${publicHost ?? (['0.0.0.0', '127.0.0.1', '[::]', '[::1]'].includes(hostname) ? 'localhost' : hostname)}:${port}`
}
