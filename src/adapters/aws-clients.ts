import { ConnectClient } from '@aws-sdk/client-connect'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { FraudDetectorClient } from '@aws-sdk/client-frauddetector'

/** An AWS service's stand-in on this machine: its address, and credentials that mean nothing. */
export interface StandIn {
  endpoint: string
}

const CONNECTION_TIMEOUT_MS = 1_000
const STORE_ATTEMPTS = 3
const STAND_IN = { region: 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }

/**
 * A DynamoDB client whose calls end: the SDK has no time-outs of its own.
 * @param timeoutMs for one try; the store sets the same for a call with all its tries
 */
export function createDynamoDbClient (timeoutMs: number, standIn?: StandIn): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: STORE_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    ...(standIn === undefined ? {} : { ...STAND_IN, endpoint: standIn.endpoint })
  })
}

/** An Amazon Connect client that asks once: the dialer asks again, with the same token, and knows what it does. */
export function createConnectClient (timeoutMs: number, standIn?: StandIn): ConnectClient {
  return new ConnectClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    ...(standIn === undefined ? {} : { ...STAND_IN, endpoint: standIn.endpoint })
  })
}

/** An Amazon Fraud Detector client that asks once; who asks knows when to ask again. */
export function createFraudDetectorClient (timeoutMs: number, standIn?: StandIn): FraudDetectorClient {
  return new FraudDetectorClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    ...(standIn === undefined ? {} : { ...STAND_IN, endpoint: standIn.endpoint })
  })
}
