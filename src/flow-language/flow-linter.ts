import { ACTION_RULES, UNCHECKED_TYPES } from './flow-grammar.ts'
import type { Finding, FlowProblem } from './flow-problem.ts'
import { entriesOf, isEntries, listOf, type Entries } from './flow-shape.ts'
import { lintParameters } from './parameter-rules.ts'
import { lintTargets, lintTransitions } from './transition-rules.ts'

const MAX_ACTIONS = 250
const MAX_CONTENT_CHARACTERS = 256_000
const FORBIDDEN_IN_IDENTIFIER = /[%:(\\/)=$,;[\]{}]/
const RESERVED_IDENTIFIERS = new Set([
  '__proto__', 'constructor', '__defineGetter__', '__defineSetter__', 'toString', 'hasOwnProperty',
  'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'valueOf'
])

/**
 * Every error of a flow document by itself (API Reference, "Amazon Connect Flow language"); none means that it can run.
 * What it would be like to hear, `checkFlow` tells.
 */
export function lintFlow (document: unknown): FlowProblem[] {
  const problems: FlowProblem[] = []
  const add = ({ rule, message }: Finding, block?: string) => { problems.push({ rule, severity: 'error', ...block === undefined ? {} : { block }, message }) }
  if (!isEntries(document)) {
    add({ rule: 'document', message: 'the flow is not a JSON object' })
    return problems
  }
  if (document['Version'] !== '2019-10-30') add({ rule: 'document', message: 'Version must be "2019-10-30"' })
  if (JSON.stringify(document).length > MAX_CONTENT_CHARACTERS) add({ rule: 'size', message: `the flow is longer than ${MAX_CONTENT_CHARACTERS} characters` })
  const actions = document['Actions']
  if (!Array.isArray(actions) || !actions.every(isEntries)) {
    add({ rule: 'document', message: 'Actions must be a list of objects' })
    return problems
  }
  if (actions.length > MAX_ACTIONS) add({ rule: 'size', message: `there are ${actions.length} actions, more than ${MAX_ACTIONS}` })

  const known = new Set(actions.map(action => action['Identifier']))
  if (!known.has(document['StartAction'])) add({ rule: 'start', message: `StartAction ${JSON.stringify(document['StartAction'])} is no action` })
  const seen = new Set<unknown>()
  for (const action of actions) {
    const block = String(action['Identifier'])
    if (seen.has(action['Identifier'])) add({ rule: 'identifier', message: 'the Identifier is used twice' }, block)
    seen.add(action['Identifier'])
    for (const finding of lintAction(action, known)) add(finding, block)
  }
  for (const block of findUnreached(document['StartAction'], actions)) add({ rule: 'unreachable', message: 'nothing leads here' }, block)
  return problems
}

function lintAction (action: Entries, known: ReadonlySet<unknown>): Finding[] {
  const { Identifier, Type, Parameters, Transitions } = action
  const findings = lintIdentifier(Identifier)
  const rule = typeof Type === 'string' && Object.hasOwn(ACTION_RULES, Type) ? ACTION_RULES[Type] : undefined
  if (rule === undefined && UNCHECKED_TYPES.has(String(Type))) {
    return [...findings, { rule: 'type-unchecked', message: `Type ${JSON.stringify(Type)} is Amazon Connect's; it is not checked, and cannot be run here` }, ...lintTargets(entriesOf(Transitions), known)]
  }
  if (rule === undefined) return [...findings, { rule: 'type', message: `Type ${JSON.stringify(Type)} is not known` }]
  if (!isEntries(Parameters)) return [...findings, { rule: 'document', message: 'Parameters must be an object' }]
  if (!isEntries(Transitions)) return [...findings, { rule: 'document', message: 'Transitions must be an object' }]
  return [...findings, ...lintParameters(String(Type), Parameters, Transitions, rule), ...lintTransitions(Transitions, rule, known)]
}

function lintIdentifier (identifier: unknown): Finding[] {
  const wrong = (message: string): Finding => ({ rule: 'identifier', message })
  if (typeof identifier !== 'string' || identifier === '') return [wrong('the Identifier must be a text')]
  return [
    ...(identifier.length > 50 ? [wrong('the Identifier is longer than 50 characters')] : []),
    ...(FORBIDDEN_IN_IDENTIFIER.test(identifier) ? [wrong('the Identifier has a character that is not allowed')] : []),
    ...(RESERVED_IDENTIFIERS.has(identifier) ? [wrong('the Identifier is a reserved word')] : [])
  ]
}

function findUnreached (start: unknown, actions: Entries[]): string[] {
  const byId = new Map(actions.map(action => [action['Identifier'], action]))
  const reached = new Set<unknown>()
  const open = [start]
  while (open.length > 0) {
    const id = open.pop()
    const transitions = byId.get(id)?.['Transitions']
    if (reached.has(id)) continue
    reached.add(id)
    if (!isEntries(transitions)) continue
    for (const branch of [transitions, ...listOf(transitions['Conditions']), ...listOf(transitions['Errors'])]) open.push(branch['NextAction'])
  }
  return actions.map(action => action['Identifier']).filter(id => !reached.has(id)).map(String)
}
