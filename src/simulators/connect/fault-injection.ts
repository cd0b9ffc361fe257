import { createFaultInjection, describeInjectedFault, type InjectedFault as AnyInjectedFault } from '../aws/fault-injection.ts'

const FAULTS = ['throttle', 'limit_exceeded', '500', 'hang', 'reset', 'html', 'drop_reply_after_start'] as const
const OPERATIONS = ['StartOutboundVoiceContact', 'DescribeContact', 'GetContactAttributes', 'UpdateContactAttributes', 'StopContact'] as const

/** A fault that the next requests to Connect meet. */
export type InjectedFault = AnyInjectedFault<typeof FAULTS[number], typeof OPERATIONS[number]>

/** The schema of an {@link InjectedFault}. */
export const InjectedFaultSchema = describeInjectedFault(FAULTS, OPERATIONS)

/** Holds the fault that is set; a reply can only be dropped after a start where something starts. */
export function createConnectFaults () {
  return createFaultInjection<typeof FAULTS[number], typeof OPERATIONS[number]>((fault, operation) =>
    fault !== 'drop_reply_after_start' || operation === 'StartOutboundVoiceContact')
}
