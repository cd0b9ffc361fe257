import { AwsFault } from '../aws/aws-fault.ts'
import { createFaultInjection, describeInjectedFault, type InjectedFault as AnyInjectedFault } from '../aws/fault-injection.ts'

/** Status and message of every error of Connect's operations, and of those that any AWS service may give (API Reference, "Common Errors"). */
const ERRORS = {
  InvalidRequestException: [400, 'The request is not valid.'],
  InvalidParameterException: [400, 'A parameter is not valid.'],
  ResourceNotFoundException: [404, 'The resource was not found.'],
  DestinationNotAllowedException: [403, 'The destination is not allowed.'],
  OutboundContactNotPermittedException: [403, 'The contact is not permitted.'],
  AccessDeniedException: [403, 'User is not authorized to perform this operation.'],
  ConflictException: [409, 'Another operation or contact stands in the way.'],
  LimitExceededException: [429, 'The allowed limit has been exceeded.'],
  ThrottlingException: [429, 'Rate exceeded'],
  TooManyRequestsException: [429, 'Rate exceeded'],
  InternalServiceException: [500, 'Request processing failed.'],
  ServiceUnavailableException: [503, 'The service is unavailable.'],
  UnrecognizedClientException: [403, 'The security token included in the request is invalid.'],
  InvalidSignatureException: [403, 'The request signature we calculated does not match the signature you provided.'],
  ExpiredTokenException: [403, 'The security token included in the request is expired.'],
  MissingAuthenticationTokenException: [403, 'Missing Authentication Token'],
  SomethingNewException: [400, 'An error that nobody has heard of.']
} as const
const SHORT_NAMES = {
  throttle: 'TooManyRequestsException', limit_exceeded: 'LimitExceededException', conflict: 'ConflictException', 500: 'InternalServiceException'
} as const
const OTHERS = ['hang', 'reset', 'html', 'bad_gateway', 'drop_reply_after_start'] as const
const OPERATIONS = ['StartOutboundVoiceContact', 'StartOutboundChatContact', 'DescribeContact', 'GetContactAttributes', 'UpdateContactAttributes', 'StopContact'] as const

type ErrorName = keyof typeof ERRORS
type Fault = ErrorName | 'throttle' | 'limit_exceeded' | 'conflict' | '500' | typeof OTHERS[number]

/** A fault that the next requests to Connect meet: an error by its AWS name, one of the way there, or a reply lost after the work is done. */
export type InjectedFault = AnyInjectedFault<Fault, typeof OPERATIONS[number]>

/** The schema of an {@link InjectedFault}. */
export const InjectedFaultSchema = describeInjectedFault([...Object.keys(ERRORS), ...Object.keys(SHORT_NAMES), ...OTHERS], OPERATIONS)

/** Holds the fault that is set; a reply can only be dropped after a start where something starts. */
export function createConnectFaults () {
  return createFaultInjection<Fault, typeof OPERATIONS[number]>((fault, operation) =>
    fault !== 'drop_reply_after_start' || operation.startsWith('StartOutbound'))
}

/** The error that stands for a fault; `undefined` for the faults that are no error reply. */
export function toErrorReply (fault: Fault | 'none'): AwsFault | undefined {
  const name = Object.hasOwn(SHORT_NAMES, fault) ? SHORT_NAMES[fault as keyof typeof SHORT_NAMES] : fault
  if (!Object.hasOwn(ERRORS, name)) return undefined
  const [status, message] = ERRORS[name as ErrorName]
  return new AwsFault(status, name, message)
}
