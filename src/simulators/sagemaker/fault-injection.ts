import { describeInjectedFault, type InjectedFault as AnyInjectedFault } from '../aws/fault-injection.ts'
import { TRANSPORT_FAULTS, type TransportFault } from '../aws/transport-fault.ts'

/** How the runtime fails, by the error's name: status and message. Source: Amazon SageMaker API Reference, InvokeEndpoint, "Errors", and "Common errors". */
export const SERVICE_FAULTS = {
  ValidationError: { status: 400, message: 'The request is not valid.' },
  AccessDeniedException: { status: 403, message: 'You are not authorized to perform this operation.' },
  ExpiredTokenException: { status: 403, message: 'The security token included in the request is expired.' },
  ThrottlingException: { status: 400, message: 'Rate exceeded' },
  ModelNotReadyException: { status: 429, message: 'The model is not ready to serve.' },
  InternalFailure: { status: 500, message: 'An internal failure occurred.' },
  ServiceUnavailable: { status: 503, message: 'The service is currently unavailable.' },
  InternalDependencyException: { status: 530, message: 'A dependency of the service failed.' }
} as const

/** What the model's own container answers when it fails, by the fault's name. */
export const CONTAINER_STATUSES = { model_error: 500, model_refuses: 415 } as const

/** The names that the other simulators have for the commonest two. */
export const SHORT_NAMES = { throttle: 'ThrottlingException', 500: 'InternalFailure' } as const

export type EndpointFault = keyof typeof SERVICE_FAULTS | 'throttle' | '500' | keyof typeof CONTAINER_STATUSES | TransportFault

/** A fault that the next invocations meet. */
export type InjectedFault = AnyInjectedFault<EndpointFault, 'InvokeEndpoint'>

/** The schema of an {@link InjectedFault}. */
export const InjectedFaultSchema = describeInjectedFault([...Object.keys(SERVICE_FAULTS), ...Object.keys(SHORT_NAMES), ...Object.keys(CONTAINER_STATUSES), ...TRANSPORT_FAULTS], ['InvokeEndpoint'])
