import { FraudDetectorClient } from '@aws-sdk/client-frauddetector'
import { S3Client } from '@aws-sdk/client-s3'

/** The clients that build a detector. */
export interface BuildClients {
  /** Asks again when the service is busy: for reading, and for whatever may be said twice. */
  patient: FraudDetectorClient
  /** Asks once: before what creates or changes a state is asked for again, somebody looks whether it was done. */
  once: FraudDetectorClient
  storage: S3Client
}

const CONNECTION_TIMEOUT_MS = 3_000
const REQUEST_TIMEOUT_MS = 20_000
/** A transfer that moves nothing for so long has failed. */
const IDLE_TIMEOUT_MS = 60_000
const PATIENT_ATTEMPTS = 8

const SILENT = { trace () {}, debug () {}, info () {}, warn () {}, error () {} }

/**
 * Clients by the SDK's own settings: region, credentials, and `AWS_ENDPOINT_URL_FRAUDDETECTOR` and `AWS_ENDPOINT_URL_S3`, which select simulators.
 * @param env to see whether S3 is a stand-in, which knows no host names made of bucket names
 */
export function createBuildClients (env: Readonly<Record<string, string | undefined>>): BuildClients {
  const requestHandler = { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true }
  const isStandIn = (env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'] ?? '') !== ''
  return {
    patient: new FraudDetectorClient({ maxAttempts: PATIENT_ATTEMPTS, requestHandler }),
    once: new FraudDetectorClient({ maxAttempts: 1, requestHandler }),
    storage: new S3Client({
      forcePathStyle: isStandIn,
      // Without one, the SDK writes to the console that a stream can't be sent twice; we open it again.
      logger: SILENT,
      // We send the SHA-256 of the whole; a second checksum would need the transfer in chunks.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS }
    })
  }
}
