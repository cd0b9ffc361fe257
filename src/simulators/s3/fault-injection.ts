import { AwsFault } from '../aws/aws-fault.ts'
import { createFaultInjection, describeInjectedFault, type InjectedFault as AnyInjectedFault } from '../aws/fault-injection.ts'
import { TRANSPORT_FAULTS, type TransportFault } from '../aws/transport-fault.ts'

const ERRORS = {
  throttle: new AwsFault(503, 'SlowDown', 'Please reduce your request rate.'),
  access_denied: new AwsFault(403, 'AccessDenied', 'Access Denied'),
  500: new AwsFault(500, 'InternalError', 'We encountered an internal error. Please try again.')
} as const
const OPERATIONS = ['ListBuckets', 'CreateBucket', 'HeadBucket', 'DeleteBucket', 'ListObjectsV2', 'PutObject', 'HeadObject', 'GetObject', 'DeleteObject'] as const

type Fault = 'throttle' | 'access_denied' | '500' | TransportFault

/** A fault that the next requests to S3 meet. */
export type InjectedFault = AnyInjectedFault<Fault, typeof OPERATIONS[number]>

/** The schema of an {@link InjectedFault}. */
export const InjectedFaultSchema = describeInjectedFault([...Object.keys(ERRORS), ...TRANSPORT_FAULTS], OPERATIONS)

/** Holds the fault that is set. */
export function createS3Faults () {
  return createFaultInjection<Fault, typeof OPERATIONS[number]>()
}

/** The error that stands for a fault; `undefined` for the faults that are no error reply. */
export function toErrorReply (fault: Fault | 'none'): AwsFault | undefined {
  return Object.hasOwn(ERRORS, fault) ? ERRORS[fault as keyof typeof ERRORS] : undefined
}
