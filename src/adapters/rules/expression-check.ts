import type { ASTNode } from '@marcbachmann/cel-js'
import type { Vocabulary } from './rule-facts.ts'

/**
 * What rules may call, as `name/arguments`, and nothing else of what the library knows. Left out on purpose: `matches`, since a pattern can take minutes on
 * a text that a stranger chose; getters with a time zone, which depend on the machine's own; `dyn` and `type`, which lead around the check of types.
 */
const FUNCTIONS: ReadonlySet<string> = new Set(['has/1', 'size/1', 'int/1', 'double/1', 'string/1', 'timestamp/1', 'duration/1'])
const QUANTIFIERS: ReadonlySet<string> = new Set(['exists/2', 'all/2'])
const METHODS: ReadonlySet<string> = new Set([
  ...QUANTIFIERS,
  'startsWith/1', 'endsWith/1', 'contains/1', 'lowerAscii/0', 'upperAscii/0', 'trim/0', 'size/0', 'substring/1', 'substring/2', 'orValue/1', 'hasValue/0',
  'getFullYear/0', 'getMonth/0', 'getDate/0', 'getDayOfWeek/0', 'getHours/0', 'getMinutes/0', 'getSeconds/0'
])

/** What is wrong with an expression, and where: characters from 0. */
export interface ExpressionFault {
  start: number
  end: number
  fault: string
}

/** What an expression does, as far as it can be seen without a transaction. */
export interface Inspection {
  faults: ExpressionFault[]
  /** The words and groups that it reads. */
  reads: Set<string>
  /** Entries of lists that it walks through, times the parts of what is asked of each. */
  steps: number
}

/** The nodes right below a node. */
export function partsOf (node: ASTNode): readonly ASTNode[] {
  if (node.op === 'value' || node.op === 'id') return []
  if (node.op === 'map') return node.args.flat()
  if (node.op === '.' || node.op === '.?') return [node.args[0]]
  if (node.op === 'call') return node.args[1]
  if (node.op === 'rcall') return [node.args[1], ...node.args[2]]
  return node.op === '!_' || node.op === '-_' ? [node.args] : node.args
}

/** Looks for what a check of types lets pass or says badly: names that nobody has, functions that may not be called, walks without a bound. */
export function inspect (root: ASTNode, { words, groups, listSizes }: Vocabulary): Inspection {
  const inspection: Inspection = { faults: [], reads: new Set(), steps: 0 }
  const fail = ({ start, end }: ASTNode, fault: string): void => { inspection.faults.push({ start, end, fault }) }
  const fieldsOf = (name: string): string[] | undefined => Object.hasOwn(groups, name) ? Object.keys(groups[name] ?? {}) : undefined

  /** @param own the names that `exists` and `all` around it gave to entries */
  function visit (node: ASTNode, own: readonly string[]): void {
    if (node.op === 'id') visitWord(node, node.args, own)
    else if (node.op === '.' || node.op === '.?') visitField(node, node.args[0], node.args[1], own)
    else if (node.op === 'rcall' && QUANTIFIERS.has(`${node.args[0]}/${node.args[2].length}`)) visitQuantifier(node, node.args[1], node.args[2], own)
    else {
      if (node.op === '[]' || node.op === '[?]') fail(node, 'nothing can be taken by [ ]; write variables.NAME, or … in lists.NAME')
      if (node.op === 'map') fail(node, 'there are no maps here; a list is written [ ]')
      if (node.op === 'call') requireKnown(node, FUNCTIONS, node.args[0], node.args[1].length)
      if (node.op === 'rcall') requireKnown(node, METHODS, node.args[0], node.args[2].length)
      for (const part of partsOf(node)) visit(part, own)
    }
  }

  function visitWord (node: ASTNode, name: string, own: readonly string[]): void {
    if (own.includes(name)) return
    const fields = fieldsOf(name)
    if (fields !== undefined) fail(node, `${name} is no value by itself; write ${name}.NAME with one of ${listed(fields)}`)
    else if (Object.hasOwn(words, name)) inspection.reads.add(name)
    else fail(node, `nothing is called ${name}; known are ${listed([...Object.keys(words), ...Object.keys(groups)])}`)
  }

  function visitField (node: ASTNode, left: ASTNode, field: string, own: readonly string[]): void {
    const fields = left.op === 'id' && !own.includes(left.args) ? fieldsOf(left.args) : undefined
    if (left.op !== 'id' || fields === undefined) return visit(left, own)
    inspection.reads.add(left.args)
    if (!fields.includes(field)) fail(node, `${left.args} has no ${field}; known are ${listed(fields)}`)
  }

  function visitQuantifier (node: ASTNode, walked: ASTNode, [entry, question]: readonly ASTNode[], own: readonly string[]): void {
    if (entry === undefined || question === undefined) return
    const size = sizeOf(walked)
    if (size === undefined) fail(walked, 'exists and all are asked of lists.NAME, or of a list written [ ]')
    if (own.length > 0) fail(node, 'exists or all within another one would take too long')
    const name = entry.op === 'id' ? entry.args : undefined
    if (name === undefined || fieldsOf(name) !== undefined || Object.hasOwn(words, name)) fail(entry, 'exists and all need a name of its own for an entry, such as exists(entry, …)')
    visit(walked, own)
    visit(question, name === undefined ? own : [...own, name])
    inspection.steps += (size ?? 0) * countOf(question)
  }

  function sizeOf (node: ASTNode): number | undefined {
    if (node.op === 'list') return node.args.length
    return node.op === '.' && node.args[0].op === 'id' && node.args[0].args === 'lists' ? listSizes.get(node.args[1]) ?? 0 : undefined
  }

  function requireKnown (node: ASTNode, known: ReadonlySet<string>, name: string, args: number): void {
    if (known.has(`${name}/${args}`)) return
    const names = [...new Set([...known].map((signature) => signature.slice(0, signature.indexOf('/'))))]
    fail(node, names.includes(name) ? `${name} takes another number of arguments than ${args}` : `${name} is no function of rules; known are ${listed(names)}`)
  }

  visit(root, [])
  return inspection
}

function countOf (node: ASTNode): number {
  return partsOf(node).reduce((sum, part) => sum + countOf(part), 1)
}

function listed (names: readonly string[]): string {
  return names.length === 0 ? '(none)' : names.toSorted().join(', ')
}
