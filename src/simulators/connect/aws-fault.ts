import { AwsFault } from '../aws/aws-fault.ts'

export { AwsFault }

/** 400: the request is malformed or not acceptable. */
export function invalidRequest (message: string): AwsFault {
  return new AwsFault(400, 'InvalidRequestException', message)
}

/** 400: one value of the request is wrong. */
export function invalidParameter (message: string): AwsFault {
  return new AwsFault(400, 'InvalidParameterException', message)
}

/** 404: an instance, flow, queue, number or contact is not known. */
export function resourceNotFound (message: string): AwsFault {
  return new AwsFault(404, 'ResourceNotFoundException', message)
}

/** 429: more calls than the quota allows. */
export function limitExceeded (message: string): AwsFault {
  return new AwsFault(429, 'LimitExceededException', message)
}
