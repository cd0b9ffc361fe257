import { Type, type TSchema } from '@sinclair/typebox'

/** A fault that the next AWS requests meet. */
export interface InjectedFault<Fault extends string = string, Operation extends string = string> {
  fault: Fault | 'none'
  /** How many requests meet it; 1 by default. */
  calls?: number
  /** Only requests of this operation; all by default. */
  operation?: Operation
}

/** The schema of an {@link InjectedFault}, from the names of a simulator's faults and operations. */
export function describeInjectedFault (faults: readonly string[], operations: readonly string[]): TSchema {
  return Type.Object({
    fault: Type.String({ enum: ['none', ...faults] }),
    calls: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'How many requests meet it; 1 by default.' })),
    operation: Type.Optional(Type.String({ enum: operations, description: 'Only requests of this operation; all by default.' }))
  }, { additionalProperties: false })
}

/**
 * Holds the fault that is set, and uses it up.
 * @param canMeet whether a request of this operation can meet this fault at all; what cannot does not use it up
 */
export function createFaultInjection<Fault extends string, Operation extends string> (canMeet: (fault: Fault, operation: string) => boolean = () => true) {
  let current: InjectedFault<Fault, Operation> | undefined
  let left = 0

  return {
    set (fault: InjectedFault<Fault, Operation>): void {
      current = fault.fault === 'none' ? undefined : fault
      left = fault.calls ?? 1
    },
    /** The fault that a request of this operation meets, used up by one. */
    take (operation: string): Fault | 'none' {
      if (current === undefined || current.fault === 'none' || left === 0) return 'none'
      if (current.operation !== undefined && current.operation !== operation) return 'none'
      if (!canMeet(current.fault, operation)) return 'none'
      left--
      return current.fault
    },
    show: () => current === undefined || left === 0 ? { fault: 'none' as const, callsLeft: 0 } : { ...current, callsLeft: left }
  }
}
