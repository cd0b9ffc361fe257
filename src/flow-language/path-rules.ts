import { UNCHECKED_TYPES } from './flow-grammar.ts'
import { reach, isPrompt, type Block, type FlowGraph } from './flow-graph.ts'
import type { FlowProblem } from './flow-problem.ts'

const ENDS: ReadonlySet<string> = new Set(['DisconnectParticipant', 'EndFlowExecution', 'TransferContactToQueue', 'TransferToFlow'])
/** Lambda calls without a prompt between them (Administrator Guide, "Invoke Lambda functions"). */
const MAX_LAMBDA_CHAIN_SECONDS = 20

/** Loops, ends and silences: what the ways through a flow lead to. */
export function checkPaths (graph: FlowGraph): FlowProblem[] {
  return [...checkLoops(graph), ...checkEnds(graph), ...checkLambdaChains(graph)]
}

function checkLoops (graph: FlowGraph): FlowProblem[] {
  const problems: FlowProblem[] = []
  const reachable = reach(graph, [graph.start])
  const told = new Set<string>()
  const behind = (block: Block, passes?: (block: Block) => boolean) => reach(graph, block.branches.map(({ to }) => to), passes)
  for (const block of graph.blocks.values()) {
    if (!reachable.has(block.id) || told.has(block.id)) continue
    const all = behind(block)
    if (all.has(block.id) && ![...all].some(id => mayEnd(graph.blocks.get(id)?.type ?? ''))) {
      for (const id of all) told.add(id)
      problems.push({ rule: 'loop-endless', severity: 'error', block: block.id, message: `there is no way out of ${[...all].join(', ')}` })
      continue
    }
    if (block.type === 'Loop') continue
    const unbounded = behind(block, ({ type }) => type !== 'Loop')
    if (!unbounded.has(block.id)) continue
    const circle = [...graph.blocks.values()].filter(other => other.type !== 'Loop' && unbounded.has(other.id) && behind(other, ({ type }) => type !== 'Loop').has(block.id)).map(({ id }) => id)
    for (const id of circle) told.add(id)
    problems.push({ rule: 'loop-unbounded', severity: 'warning', block: block.id, message: `${circle.join(', ')}: this can go round for ever, as with a voicemail; let a Loop block count the rounds` })
  }
  return problems
}

function mayEnd (type: string): boolean {
  return ENDS.has(type) || UNCHECKED_TYPES.has(type)
}

function checkEnds (graph: FlowGraph): FlowProblem[] {
  return [...graph.blocks.values()].flatMap(({ id, type }): FlowProblem[] => {
    const rule = 'end-without-disconnect'
    if (type === 'EndFlowExecution') return [{ rule, severity: 'error', block: id, message: 'EndFlowExecution is for whisper and queue flows; here the call would go on in silence. End with DisconnectParticipant' }]
    return ENDS.has(type) && type !== 'DisconnectParticipant' ? [{ rule, severity: 'note', block: id, message: 'the contact leaves this flow here without DisconnectParticipant' }] : []
  })
}

function checkLambdaChains (graph: FlowGraph): FlowProblem[] {
  const longest = new Map<string, number>()
  const tooLong = new Map<string, number>()
  const open = [{ id: graph.start, before: 0 }]
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const block = graph.blocks.get(step.id)
    if (block === undefined || (longest.get(step.id) ?? -1) >= step.before) continue
    longest.set(step.id, step.before)
    const seconds = block.type === 'InvokeLambdaFunction' ? step.before + (Number(block.parameters['InvocationTimeLimitSeconds']) || 0) : isPrompt(block) ? 0 : step.before
    if (seconds > MAX_LAMBDA_CHAIN_SECONDS) tooLong.set(step.id, seconds)
    else open.push(...block.branches.map(({ to }) => ({ id: to, before: seconds })))
  }
  return [...tooLong].map(([block, seconds]) => ({
    rule: 'lambda-chain',
    severity: 'warning',
    block,
    message: `${seconds} s of Lambda calls can come together here without a prompt between them; Connect allows ${MAX_LAMBDA_CHAIN_SECONDS} s`
  }))
}
