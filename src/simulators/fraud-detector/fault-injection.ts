import { AwsFault } from '../aws/aws-fault.ts'
import { createFaultInjection, describeInjectedFault, type InjectedFault as AnyInjectedFault } from '../aws/fault-injection.ts'
import { TRANSPORT_FAULTS, type TransportFault } from '../aws/transport-fault.ts'

const ERRORS = {
  ValidationException: 'The request is not valid.',
  ResourceNotFoundException: 'The resource does not exist.',
  AccessDeniedException: 'User is not authorized to perform this operation.',
  ConflictException: 'The resource is being changed or deleted.',
  ResourceUnavailableException: 'The external model could not be invoked.',
  ThrottlingException: 'Rate exceeded',
  InternalServerException: 'Internal server error.',
  UnrecognizedClientException: 'The security token included in the request is invalid.',
  InvalidSignatureException: 'The request signature we calculated does not match the signature you provided.',
  ExpiredTokenException: 'The security token included in the request is expired.',
  MissingAuthenticationTokenException: 'Missing Authentication Token'
} as const
const SHORT_NAMES = { throttle: 'ThrottlingException', 500: 'InternalServerException' } as const

type ErrorName = keyof typeof ERRORS
type Fault = ErrorName | 'throttle' | '500' | TransportFault | 'drop_reply'

/** A fault that the next requests to Fraud Detector meet: an error by its AWS name, one of the way there, or a reply lost after the work is done. */
export type InjectedFault = AnyInjectedFault<Fault>

/** The schema of an {@link InjectedFault}, for the operations that the simulator speaks. */
export function describeFraudDetectorFault (operations: readonly string[]) {
  return describeInjectedFault([...Object.keys(ERRORS), ...Object.keys(SHORT_NAMES), ...TRANSPORT_FAULTS, 'drop_reply'], operations)
}

/** Holds the fault that is set. */
export function createFraudDetectorFaults () {
  return createFaultInjection<Fault, string>()
}

/** The error that stands for a fault; `undefined` for the faults that are no error reply. */
export function toErrorReply (fault: Fault | 'none'): AwsFault | undefined {
  const type = fault === 'throttle' || fault === '500' ? SHORT_NAMES[fault] : fault
  return Object.hasOwn(ERRORS, type) ? new AwsFault(type === 'InternalServerException' ? 500 : 400, type, ERRORS[type as ErrorName]) : undefined
}
