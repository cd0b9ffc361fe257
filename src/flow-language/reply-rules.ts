import { findReferences, splitReference } from './attribute-reference.ts'
import { isPrompt, isQuestion, reach, type Block, type FlowGraph } from './flow-graph.ts'
import type { FlowProblem } from './flow-problem.ts'
import { entriesOf, findTexts, isEntries } from './flow-shape.ts'

const LAMBDA_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/

/** What becomes of what a Lambda function replied and of what the cardholder answered. */
export function checkReplies (graph: FlowGraph): FlowProblem[] {
  return [...graph.blocks.values()].flatMap(block => [
    ...(block.type === 'InvokeLambdaFunction' ? [...checkUnchecked(graph, block), ...checkFunction(block)] : []),
    ...(isQuestion(block) ? checkSilence(graph, block) : [])
  ]).concat(checkUnset(graph))
}

/** Connect takes every normal return for a success (Administrator Guide, "Invoke Lambda functions"), so only a Compare tells what was replied. */
function checkUnchecked (graph: FlowGraph, lambda: Block): FlowProblem[] {
  const isCheck = (block: Block) => block.type === 'Compare' && rootsOf(block).has('External')
  const saidNext = (isAfterFailure: boolean) => {
    const starts = lambda.branches.filter(({ by }) => (by === 'error') === isAfterFailure).map(({ to }) => to)
    const reached = reach(graph, starts, block => !isPrompt(block) && !isCheck(block) && block.type !== 'InvokeLambdaFunction')
    return [...reached].filter(id => isSaid(graph.blocks.get(id)))
  }
  const afterFailure = saidNext(true)
  // What is said whether or not it went well claims nothing about it.
  const claimed = saidNext(false).filter(id => !afterFailure.includes(id))
  return claimed.length === 0
    ? []
    : [{ rule: 'reply-unchecked', severity: 'warning', block: lambda.id, message: `${claimed.join(', ')} is said whatever the function replied, a refusal too: put a Compare of $.External.<name> between` }]
}

function isSaid (block: Block | undefined): boolean {
  return block !== undefined && isPrompt(block)
}

function checkFunction ({ id, parameters }: Block): FlowProblem[] {
  const arn = parameters['LambdaFunctionARN']
  if (typeof arn !== 'string' || /\$/.test(arn)) return []
  if (!LAMBDA_ARN.test(arn)) return [{ rule: 'lambda-arn', severity: 'warning', block: id, message: `${JSON.stringify(arn)} is no ARN of a Lambda function` }]
  return [{ rule: 'lambda-arn-fixed', severity: 'note', block: id, message: `the function ${arn} stands here by name: in another account or region this flow calls nothing` }]
}

/** Silence and a wrong key are no answers, so they should not do what a key does: call the same function with the same words, or store the same answer. */
function checkSilence (graph: FlowGraph, question: Block): FlowProblem[] {
  const deedsFrom = (start: string) => {
    const reached = reach(graph, [start], block => !isQuestion(block) && block.type !== 'InvokeLambdaFunction')
    const blocks = [...reached].flatMap(id => graph.blocks.get(id) ?? [])
    return { asksAgain: reached.has(question.id), calls: blocks.flatMap(callOf), stored: blocks.flatMap(storedBy) }
  }
  const shared = (these: readonly string[], those: readonly string[]) => these.some(one => those.includes(one))
  const answers = question.branches.filter(({ by }) => by === 'condition').map(({ on, to }) => ({ on, ...deedsFrom(to) })).filter(({ asksAgain }) => !asksAgain)
  const silent = question.branches.filter(({ by }) => by === 'error').map(({ on, to }) => ({ on, ...deedsFrom(to) }))
  return answers.flatMap((answer): FlowProblem[] => {
    const tell = (same: typeof silent, what: string): FlowProblem[] => same.length === 0
      ? []
      : [{ rule: 'silence-answers', severity: 'warning', block: question.id, message: `${same.map(({ on }) => on).join(', ')}: the same ${what} as after the answer ${answer.on}, which nobody gave` }]
    const calling = silent.filter(({ calls }) => shared(calls, answer.calls))
    return [...tell(calling, 'Lambda call'), ...tell(silent.filter(one => !calling.includes(one) && shared(one.stored, answer.stored)), 'stored Answer')]
  })
}

/** What a block invokes, written so that two blocks that invoke alike give the same. */
function callOf ({ type, parameters }: Block): string[] {
  if (type !== 'InvokeLambdaFunction') return []
  return [JSON.stringify([parameters['LambdaFunctionARN'], sorted(parameters['LambdaInvocationAttributes'] ?? {})])]
}

/** The answer that a block stores; other attributes may well be alike. */
function storedBy ({ type, parameters }: Block): string[] {
  const answer = entriesOf(parameters['Attributes'])['Answer']
  return type === 'UpdateContactAttributes' && answer !== undefined ? [JSON.stringify(answer)] : []
}

function sorted (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  return isEntries(value) ? Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([name, inner]) => [name, sorted(inner)]) : value
}

const SOURCES: Readonly<Record<string, { rule: string, isSetBy: (block: Block) => boolean, what: string }>> = {
  External: { rule: 'external-unset', isSetBy: ({ type }) => type === 'InvokeLambdaFunction', what: 'a Lambda function has replied' },
  StoredCustomerInput: { rule: 'stored-input-unset', isSetBy: ({ type, parameters }) => type === 'GetParticipantInput' && parameters['StoreInput'] === 'True', what: 'a block has stored input' },
  Lex: { rule: 'lex-unset', isSetBy: ({ type }) => type === 'ConnectParticipantWithLexBot', what: 'a Lex bot has been asked' }
}

function checkUnset (graph: FlowGraph): FlowProblem[] {
  return Object.entries(SOURCES).flatMap(([root, { rule, isSetBy, what }]) => {
    const { unset, set } = reachByState(graph, block => root === 'Lex' ? 'always' : isSetBy(block) ? 'success' : 'never', isSetBy)
    return [...graph.blocks.values()].filter(block => unset.has(block.id) && rootsOf(block).has(root)).map((block): FlowProblem => set.has(block.id)
      ? { rule, severity: 'warning', block: block.id, message: `$.${root} is read here, and there is a way here before ${what}` }
      : { rule, severity: 'error', block: block.id, message: `$.${root} is read here, and no way leads here after ${what}` })
  })
}

/** Blocks that can be reached while nothing is set yet, and those that can be reached after it was set. An error branch sets nothing, a Lex bot's sets what was heard. */
function reachByState (graph: FlowGraph, when: (block: Block) => 'always' | 'success' | 'never', isSetBy: (block: Block) => boolean): { unset: Set<string>, set: Set<string> } {
  const setters = [...graph.blocks.values()].filter(isSetBy)
  const settled = (block: Block) => block.branches.filter(({ by }) => when(block) === 'always' || by !== 'error')
  const open = [graph.start]
  const unset = new Set<string>()
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const block = graph.blocks.get(id)
    if (block === undefined || unset.has(id)) continue
    unset.add(id)
    const without = isSetBy(block) ? settled(block) : []
    open.push(...block.branches.filter(branch => !without.includes(branch)).map(({ to }) => to))
  }
  return { unset, set: reach(graph, setters.flatMap(settled).map(({ to }) => to)) }
}

function rootsOf ({ parameters }: Block): Set<string> {
  return new Set(findTexts(parameters).flatMap(({ text }) => findReferences(text).map(reference => splitReference(reference)[0] ?? '')))
}
