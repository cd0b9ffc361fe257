import { lintFlow } from './flow-linter.ts'
import type { FlowProblem } from './flow-problem.ts'

/** One branch that is taken when a condition on the block's result holds. */
export interface FlowCondition {
  NextAction: string
  Condition: { Operator: string, Operands: string[] }
}

/** One block of a flow. */
export interface FlowAction {
  Identifier: string
  Type: string
  Parameters: Record<string, unknown>
  Transitions: {
    NextAction?: string
    Conditions?: FlowCondition[]
    Errors?: Array<{ NextAction: string, ErrorType: string }>
  }
}

/** A flow that passed the linter. */
export interface Flow {
  startAction: string
  /** By Identifier. */
  actions: ReadonlyMap<string, FlowAction>
}

/**
 * Reads a flow in the flow language, version 2019-10-30.
 * @throws Error naming every problem that {@link lintFlow} found
 */
export function parseFlow (document: unknown): Flow {
  const problems = lintFlow(document)
  if (problems.length > 0) throw new Error(`The flow has ${problems.length} problem(s):\n${problems.map(describeProblem).join('\n')}`)
  const { StartAction, Actions } = document as { StartAction: string, Actions: FlowAction[] }
  return { startAction: StartAction, actions: new Map(Actions.map(action => [action.Identifier, action])) }
}

/**
 * Puts values in the place of `${Name}` placeholders of a flow file and parses it as JSON.
 * @throws Error when a placeholder has no value
 */
export function fillFlow (text: string, values: Readonly<Record<string, string>>): unknown {
  return JSON.parse(text.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The flow has a placeholder without a value: ${placeholder}`)
    return JSON.stringify(value).slice(1, -1)
  }))
}

function describeProblem (problem: FlowProblem): string {
  return `- ${problem.block === undefined ? '' : `${problem.block}: `}${problem.message}`
}
