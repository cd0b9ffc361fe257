import { findReferences, hasReference, REFERENCE_ROOTS, splitReference } from './attribute-reference.ts'
import { ACTION_RULES, OPERATORS, type ActionRule, type ParameterRule } from './flow-grammar.ts'

/** One thing that keeps a flow from being published, or that is surely a slip. */
export interface FlowProblem {
  /** Identifier of the block, when it lies in one. */
  block?: string
  message: string
}

type Entries = Record<string, unknown>

const MAX_ACTIONS = 250
const MAX_CONTENT_CHARACTERS = 256_000
const FORBIDDEN_IN_IDENTIFIER = /[%:(\\/)=$,;[\]{}]/
const RESERVED_IDENTIFIERS = new Set([
  '__proto__', 'constructor', '__defineGetter__', '__defineSetter__', 'toString', 'hasOwnProperty',
  'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'valueOf'
])

/** Every problem of a flow document (API Reference, "Amazon Connect Flow language"); none means that it can run. */
export function lintFlow (document: unknown): FlowProblem[] {
  if (!isEntries(document)) return [{ message: 'the flow is not a JSON object' }]
  const problems: FlowProblem[] = []
  if (document['Version'] !== '2019-10-30') problems.push({ message: 'Version must be "2019-10-30"' })
  if (JSON.stringify(document).length > MAX_CONTENT_CHARACTERS) problems.push({ message: `the flow is longer than ${MAX_CONTENT_CHARACTERS} characters` })
  const actions = document['Actions']
  if (!Array.isArray(actions) || !actions.every(isEntries)) return [...problems, { message: 'Actions must be a list of objects' }]
  if (actions.length > MAX_ACTIONS) problems.push({ message: `there are ${actions.length} actions, more than ${MAX_ACTIONS}` })

  const known = new Set(actions.map(action => action['Identifier']))
  if (!known.has(document['StartAction'])) problems.push({ message: `StartAction ${JSON.stringify(document['StartAction'])} is no action` })
  const seen = new Set<unknown>()
  for (const action of actions) {
    const block = String(action['Identifier'])
    if (seen.has(action['Identifier'])) problems.push({ block, message: 'the Identifier is used twice' })
    seen.add(action['Identifier'])
    for (const message of lintAction(action, known)) problems.push({ block, message })
  }
  for (const block of findUnreached(document['StartAction'], actions)) problems.push({ block, message: 'nothing leads here' })
  return problems
}

function lintAction (action: Entries, known: ReadonlySet<unknown>): string[] {
  const { Identifier, Type, Parameters, Transitions } = action
  const problems = lintIdentifier(Identifier)
  const rule = typeof Type === 'string' && Object.hasOwn(ACTION_RULES, Type) ? ACTION_RULES[Type] : undefined
  if (rule === undefined) return [...problems, `Type ${JSON.stringify(Type)} is not known`]
  if (!isEntries(Parameters)) return [...problems, 'Parameters must be an object']
  if (!isEntries(Transitions)) return [...problems, 'Transitions must be an object']
  return [...problems, ...lintParameters(Parameters, rule), ...lintBlockRules(String(Type), Parameters, Transitions), ...lintTransitions(Transitions, rule, known)]
}

function lintIdentifier (identifier: unknown): string[] {
  if (typeof identifier !== 'string' || identifier === '') return ['the Identifier must be a text']
  const problems = []
  if (identifier.length > 50) problems.push('the Identifier is longer than 50 characters')
  if (FORBIDDEN_IN_IDENTIFIER.test(identifier)) problems.push('the Identifier has a character that is not allowed')
  if (RESERVED_IDENTIFIERS.has(identifier)) problems.push('the Identifier is a reserved word')
  return problems
}

function lintParameters (parameters: Entries, rule: ActionRule): string[] {
  const problems: string[] = []
  for (const [name, value] of Object.entries(parameters)) {
    const parameter = rule.parameters[name]
    if (parameter === undefined) problems.push(`${name} is not a parameter of this type`)
    else problems.push(...lintParameter(name, value, parameter), ...lintReferences(name, value))
  }
  for (const [name, parameter] of Object.entries(rule.parameters)) {
    if (parameter.isRequired === true && !Object.hasOwn(parameters, name)) problems.push(`${name} is missing`)
  }
  const { exactlyOneOf } = rule
  if (exactlyOneOf !== undefined && exactlyOneOf.filter(name => Object.hasOwn(parameters, name)).length !== 1) {
    problems.push(`exactly one of ${exactlyOneOf.join(', ')} must be given`)
  }
  return problems
}

function lintParameter (name: string, value: unknown, rule: ParameterRule): string[] {
  if (rule.kind === 'object') return typeof value === 'object' && value !== null ? [] : [`${name} must be an object`]
  if (typeof value !== 'string') return [`${name} must be a text, as the console exports it`]
  if (hasReference(value)) {
    if (rule.kind === 'static') return [`${name} must not hold a reference`]
    return rule.kind === 'reference' && findReferences(value)[0] !== value ? [`${name} must be one reference and nothing else, or none`] : []
  }
  if (rule.oneOf !== undefined && !rule.oneOf.includes(value)) return [`${name} must be one of ${rule.oneOf.join(', ')}`]
  if (rule.between !== undefined) {
    const [least, most] = rule.between
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) return [`${name} must be a whole number from ${least} to ${most}`]
  }
  return []
}

function lintReferences (name: string, value: unknown): string[] {
  if (Array.isArray(value) || isEntries(value)) return Object.entries(value).flatMap(([key, inner]) => lintReferences(`${name}.${key}`, inner))
  if (typeof value !== 'string') return []
  return findReferences(value).flatMap(reference => {
    const [root = '', ...rest] = splitReference(reference)
    if (!REFERENCE_ROOTS.has(root)) return [`${name} refers to ${reference}, and there is no $.${root}`]
    return root === 'Attributes' && rest.length !== 1 ? [`${name} refers to ${reference}, and an attribute has exactly one name`] : []
  })
}

function lintBlockRules (type: string, parameters: Entries, transitions: Entries): string[] {
  const errors = new Set(listOf(transitions['Errors']).map(error => error['ErrorType']))
  if (type === 'Compare' && !hasReference(String(parameters['ComparisonValue']))) return ['ComparisonValue must be a reference']
  if (type !== 'GetParticipantInput') return []
  if (parameters['StoreInput'] === 'True') {
    return [
      ...(Object.hasOwn(parameters, 'InputValidation') ? [] : ['InputValidation is missing; StoreInput "True" needs it']),
      ...(listOf(transitions['Conditions']).length === 0 ? [] : ['StoreInput "True" leaves nothing for a condition to look at'])
    ]
  }
  return [
    ...(Object.hasOwn(parameters, 'InputValidation') ? ['InputValidation is only for StoreInput "True"'] : []),
    ...['InputTimeLimitExceeded', 'NoMatchingCondition'].filter(error => !errors.has(error)).map(error => `the error ${error} leads nowhere`)
  ]
}

function lintTransitions (transitions: Entries, rule: ActionRule, known: ReadonlySet<unknown>): string[] {
  if (rule.isTerminal === true) return Object.keys(transitions).length === 0 ? [] : ['a terminal block has no transitions']
  const conditions = listOf(transitions['Conditions'])
  const errors = listOf(transitions['Errors'])
  const problems = [transitions, ...conditions, ...errors]
    .filter(branch => !known.has(branch['NextAction']))
    .map(branch => `a branch leads to ${JSON.stringify(branch['NextAction'])}, which is no action`)
  const allowed = [...rule.requiredErrors, ...rule.optionalErrors ?? []]
  const given = errors.map(error => String(error['ErrorType']))
  problems.push(...rule.requiredErrors.filter(error => !given.includes(error)).map(error => `the error ${error} leads nowhere`))
  problems.push(...given.filter(error => !allowed.includes(error)).map(error => `the error ${error} cannot happen here`))
  problems.push(...given.filter((error, index) => given.indexOf(error) !== index).map(error => `the error ${error} stands twice`))
  return [...problems, ...lintConditions(conditions, rule.conditions)]
}

function lintConditions (branches: Entries[], rule: ActionRule['conditions']): string[] {
  if (rule === 'none') return branches.length === 0 ? [] : ['this type has no conditions']
  const problems: string[] = []
  const operands: string[] = []
  for (const branch of branches) {
    const condition = isEntries(branch['Condition']) ? branch['Condition'] : {}
    const [operand, ...more] = Array.isArray(condition['Operands']) ? condition['Operands'] : []
    if (typeof operand !== 'string' || more.length > 0) problems.push('a condition needs exactly one operand, a text')
    else operands.push(operand)
    if (!(OPERATORS as readonly unknown[]).includes(condition['Operator'])) problems.push(`the operator ${JSON.stringify(condition['Operator'])} is not known`)
    else if (rule !== 'any' && condition['Operator'] !== 'Equals') problems.push('only the operator Equals is allowed here')
  }
  if (rule === 'keys') problems.push(...operands.filter(operand => !/^[0-9*#]$/.test(operand)).map(operand => `${JSON.stringify(operand)} is no key`))
  if (typeof rule === 'object') problems.push(...rule.filter(value => !operands.includes(value)).map(value => `the condition ${value} is missing`))
  return problems
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

function listOf (value: unknown): Entries[] {
  return Array.isArray(value) ? value.filter(isEntries) : []
}

function isEntries (value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
