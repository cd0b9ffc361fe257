import { AwsFault } from '../aws/aws-fault.ts'

// Statuses by the convention of AWS JSON 1.1: 400 for what the caller did, 500 for the service; the service's own are not documented.

/** The request breaks the service's rules. */
export function validation (message: string): AwsFault {
  return new AwsFault(400, 'ValidationException', message)
}

/** Something that the request names does not exist. */
export function resourceNotFound (message: string): AwsFault {
  return new AwsFault(400, 'ResourceNotFoundException', message)
}

/** What the request wants to change or delete is in use or busy. */
export function conflict (message: string): AwsFault {
  return new AwsFault(400, 'ConflictException', message)
}

/** An external model failed. */
export function resourceUnavailable (message: string): AwsFault {
  return new AwsFault(400, 'ResourceUnavailableException', message)
}
