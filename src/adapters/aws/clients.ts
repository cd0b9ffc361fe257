import { ConnectClient } from '@aws-sdk/client-connect'
import { BatchGetItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { FraudDetectorClient, GetEventPredictionCommand } from '@aws-sdk/client-frauddetector'
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import { sendDirectly, sendThroughSdk, type OwnedSender } from './direct-client.ts'

/** An AWS service's stand-in on this machine: its address, and credentials that mean nothing. */
export interface StandIn {
  endpoint: string
  /** `eu-central-1` by default. */
  region?: string | undefined
}

const CONNECTION_TIMEOUT_MS = 1_000
const STORE_ATTEMPTS = 3
/** No item of ours has bytes in it. */
const STORE_COMMANDS = [BatchGetItemCommand, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand]
/** A call takes some 5 ms, so that these make more than 20,000 a second, far more than a process can. */
const STORE_SOCKETS = 128
/**
 * Fraud Detector serves 200 predictions a second (User Guide, "Amazon Fraud Detector quotas"). With a deadline of 300 ms those need 60 sockets when
 * every reply is late, and the SDK's default of 50 would make transactions wait for each other; four times that leaves room for greater quotas.
 */
const SCORER_SOCKETS = 256

function standInSettings (standIn: StandIn | undefined) {
  if (standIn === undefined) return {}
  return { region: standIn.region ?? 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, endpoint: standIn.endpoint }
}

/**
 * A DynamoDB client whose calls end: the SDK has no time-outs of its own.
 * @param timeoutMs for one try; the store sets the same for a call with all its tries
 */
export function createDynamoDbClient (timeoutMs: number, standIn?: StandIn): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: STORE_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    ...standInSettings(standIn)
  })
}

/** How calls are sent: past the SDK's middleware, or through the SDK as it is. */
export type AwsClientKind = 'direct' | 'sdk'

/** What sends calls to DynamoDB, and what ends its connections. */
export function createStoreSender (client: DynamoDBClient, timeoutMs: number, kind: AwsClientKind): OwnedSender<DynamoDBClient> {
  return kind === 'sdk' ? sendThroughSdk(client) : sendDirectly(client, { plainCommands: STORE_COMMANDS, connections: STORE_SOCKETS, connectTimeoutMs: CONNECTION_TIMEOUT_MS, replyTimeoutMs: timeoutMs })
}

/** What sends calls to Amazon Fraud Detector, and what ends its connections. */
export function createScorerSender (client: FraudDetectorClient, timeoutMs: number, kind: AwsClientKind): OwnedSender<FraudDetectorClient> {
  return kind === 'sdk' ? sendThroughSdk(client) : sendDirectly(client, { plainCommands: [GetEventPredictionCommand], connections: SCORER_SOCKETS, connectTimeoutMs: Math.min(CONNECTION_TIMEOUT_MS, timeoutMs), replyTimeoutMs: timeoutMs })
}

/** An Amazon Connect client that asks once: the dialer asks again, with the same token, and knows what it does. */
export function createConnectClient (timeoutMs: number, standIn?: StandIn): ConnectClient {
  return new ConnectClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    ...standInSettings(standIn)
  })
}

/** An Amazon Fraud Detector client that asks once, on kept connections, and gives up in time: the guard of the scorer asks again. */
export function createFraudDetectorClient (timeoutMs: number, standIn?: StandIn): FraudDetectorClient {
  return new FraudDetectorClient(scorerSettings(timeoutMs, standIn))
}

/** A SageMaker Runtime client, tuned the same way. */
export function createSageMakerRuntimeClient (timeoutMs: number, standIn?: StandIn): SageMakerRuntimeClient {
  return new SageMakerRuntimeClient(scorerSettings(timeoutMs, standIn))
}

function scorerSettings (timeoutMs: number, standIn: StandIn | undefined) {
  const agent = { keepAlive: true, maxSockets: SCORER_SOCKETS }
  return {
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: Math.min(CONNECTION_TIMEOUT_MS, timeoutMs), requestTimeout: timeoutMs, throwOnRequestTimeout: true, httpAgent: agent, httpsAgent: agent
    },
    ...standInSettings(standIn)
  }
}
