import type { IncomingHttpHeaders } from 'node:http'
import { AwsFault } from './aws-fault.ts'

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/\s,]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$/

/** What a simulator expects its callers to sign for. */
export interface SigningScope {
  region: string
  /** The service's signing name, such as `connect`. */
  service: string
}

/**
 * Checks the shape of a request's Signature Version 4, its service and its region. The signature itself is not computed: any key is good here.
 * @throws AwsFault 403 when AWS would not even look at the signature
 */
export function checkSignature (headers: IncomingHttpHeaders, scope: SigningScope): void {
  const { authorization } = headers
  if (authorization === undefined) throw new AwsFault(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
  const [, , date, signedRegion, service, signedHeaders] = AUTHORIZATION.exec(authorization) ?? []
  if (date === undefined || signedHeaders === undefined) throw new AwsFault(403, 'IncompleteSignatureException', 'The authorization header is no complete AWS Signature Version 4.')
  if (service !== scope.service) throw new AwsFault(403, 'InvalidSignatureException', `Credential should be scoped to correct service: '${scope.service}'.`)
  if (signedRegion !== scope.region) throw new AwsFault(403, 'InvalidSignatureException', `Credential should be scoped to a valid region: this simulator stands for ${scope.region}.`)
  if (!signedHeaders.split(';').includes('host')) throw new AwsFault(403, 'InvalidSignatureException', "'Host' must be a 'SignedHeader' in the AWS Authorization.")
  const stamp = headers['x-amz-date']
  if (typeof stamp !== 'string' || !stamp.startsWith(date)) throw new AwsFault(403, 'InvalidSignatureException', 'x-amz-date is missing or on another day than the credential.')
}
