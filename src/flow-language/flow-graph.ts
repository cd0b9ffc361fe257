import { entriesOf, isEntries, listOf, type Entries } from './flow-shape.ts'

/** A way from one block to the next. */
export interface Branch {
  to: string
  by: 'next' | 'condition' | 'error'
  /** The condition's operand, or the error's type; empty for `next`. */
  on: string
}

/** One block, and the ways out of it that can be taken. */
export interface Block {
  id: string
  type: string
  parameters: Entries
  branches: readonly Branch[]
}

/** The blocks of a flow by Identifier, in the file's order; what is malformed is left out. */
export interface FlowGraph {
  start: string
  blocks: ReadonlyMap<string, Block>
}

/** Reads who leads where from any document. */
export function readGraph (document: unknown): FlowGraph {
  const { StartAction, Actions } = entriesOf(document)
  const actions = listOf(Actions).filter(({ Identifier, Type }) => typeof Identifier === 'string' && typeof Type === 'string')
  const known = new Set(actions.map(({ Identifier }) => Identifier))
  return {
    start: String(StartAction),
    blocks: new Map(actions.map(({ Identifier, Type, Parameters, Transitions }) => [String(Identifier), {
      id: String(Identifier),
      type: String(Type),
      parameters: entriesOf(Parameters),
      branches: readBranches(String(Type), entriesOf(Transitions)).filter(({ to }) => known.has(to))
    }]))
  }
}

function readBranches (type: string, transitions: Entries): Branch[] {
  const errors = listOf(transitions['Errors']).map(({ NextAction, ErrorType }) => ({ to: String(NextAction), by: 'error' as const, on: String(ErrorType) }))
  const conditions = listOf(transitions['Conditions']).map(({ NextAction, Condition }) => {
    const operands = isEntries(Condition) ? Condition['Operands'] : undefined
    return { to: String(NextAction), by: 'condition' as const, on: Array.isArray(operands) ? String(operands[0]) : '' }
  })
  // NextAction is what is left when neither a condition nor NoMatchingCondition is there to be taken.
  const isNextTaken = !['Loop', 'Wait'].includes(type) && !errors.some(({ on }) => on === 'NoMatchingCondition')
  return [...(isNextTaken ? [{ to: String(transitions['NextAction']), by: 'next' as const, on: '' }] : []), ...conditions, ...errors]
}

/** The blocks that can be reached from some, these included; a block that `passes` refuses is reached, and nothing behind it. */
export function reach (graph: FlowGraph, from: Iterable<string>, passes: (block: Block) => boolean = () => true): Set<string> {
  const reached = new Set<string>()
  const open = [...from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const block = graph.blocks.get(id)
    if (block === undefined || reached.has(id)) continue
    reached.add(id)
    if (passes(block)) open.push(...block.branches.map(({ to }) => to))
  }
  return reached
}

/** Whether somebody hears or reads something at a block. */
export function isPrompt ({ type }: Block): boolean {
  return type === 'MessageParticipant' || isQuestion({ type })
}

/** Whether a block waits for the cardholder. */
export function isQuestion ({ type }: Pick<Block, 'type'>): boolean {
  return type === 'GetParticipantInput' || type === 'ConnectParticipantWithLexBot'
}
