import { checkAttributes, checkPlaceholders, type KnownAttributes } from './attribute-rules.ts'
import { checkChannel, guessChannel, type FlowChannel } from './channel-rules.ts'
import { readGraph } from './flow-graph.ts'
import { lintFlow } from './flow-linter.ts'
import type { FlowProblem } from './flow-problem.ts'
import { checkPaths } from './path-rules.ts'
import { checkPrompts } from './prompt-rules.ts'
import { checkReplies } from './reply-rules.ts'

/** What a flow is checked against. */
export interface FlowExpectations {
  /** Guessed from the blocks when absent. */
  channel?: FlowChannel
  attributes?: KnownAttributes
  /** Whether a placeholder that is still to be filled is an error. */
  isFinal?: boolean
}

/** Every problem of a flow document, by block in the file's order: what `lintFlow` finds, and what only the channel, the ways through it and its listeners show. */
export function checkFlow (document: unknown, { channel, attributes = {}, isFinal = false }: FlowExpectations = {}): { channel: FlowChannel, problems: FlowProblem[] } {
  const graph = readGraph(document)
  const found = channel ?? guessChannel(graph)
  const problems = [
    // What cannot be run here may well run in Connect.
    ...lintFlow(document).map((problem): FlowProblem => problem.rule === 'type-unchecked' ? { ...problem, severity: 'note' } : problem),
    ...checkChannel(graph, found),
    ...checkPaths(graph),
    ...checkReplies(graph),
    ...checkPrompts(graph),
    ...checkAttributes(graph, attributes),
    ...checkPlaceholders(graph, isFinal ? 'error' : 'note')
  ]
  const order = [...graph.blocks.keys()]
  const rank = ({ block }: FlowProblem) => block === undefined ? -1 : order.indexOf(block)
  return { channel: found, problems: problems.sort((a, b) => rank(a) - rank(b)) }
}
