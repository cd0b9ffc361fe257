import { Type, type Static } from '@sinclair/typebox'

/** A fault that the next AWS requests meet. */
export const InjectedFaultSchema = Type.Object({
  fault: Type.Union([
    Type.Literal('none'), Type.Literal('throttle'), Type.Literal('limit_exceeded'), Type.Literal('500'), Type.Literal('hang'),
    Type.Literal('reset'), Type.Literal('html'), Type.Literal('drop_reply_after_start')
  ]),
  calls: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'How many requests meet it; 1 by default.' })),
  operation: Type.Optional(Type.Union([
    Type.Literal('StartOutboundVoiceContact'), Type.Literal('DescribeContact'), Type.Literal('GetContactAttributes'),
    Type.Literal('UpdateContactAttributes'), Type.Literal('StopContact')
  ], { description: 'Only requests of this operation; all by default.' }))
}, { additionalProperties: false })
export type InjectedFault = Static<typeof InjectedFaultSchema>

/** Holds the fault that is set, and uses it up. */
export function createFaultInjection () {
  let current: InjectedFault | undefined
  let left = 0

  return {
    set (fault: InjectedFault): void {
      current = fault.fault === 'none' ? undefined : fault
      left = fault.calls ?? 1
    },
    /** The fault that a request of this operation meets, used up by one. */
    take (operation: string): InjectedFault['fault'] {
      if (current === undefined || left === 0) return 'none'
      if (current.operation !== undefined && current.operation !== operation) return 'none'
      // A reply can only be dropped after a start where something starts.
      if (current.fault === 'drop_reply_after_start' && operation !== 'StartOutboundVoiceContact') return 'none'
      left--
      return current.fault
    },
    show: () => current === undefined || left === 0 ? { fault: 'none' as const, callsLeft: 0 } : { ...current, callsLeft: left }
  }
}
