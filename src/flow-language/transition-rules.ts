import { OPERATORS, type ActionRule } from './flow-grammar.ts'
import type { Finding } from './flow-problem.ts'
import { entriesOf, isEntries, listOf, type Entries } from './flow-shape.ts'

/** Source: API Reference, "Amazon Connect Flow language", conditions. */
const MAX_CONDITION_DEPTH = 5
const MAX_SUB_CONDITIONS = 50

/** Where a block's branches lead, which of them must or may be there, and the conditions on them. */
export function lintTransitions (transitions: Entries, rule: ActionRule, known: ReadonlySet<unknown>): Finding[] {
  if (rule.isTerminal === true) return Object.keys(transitions).length === 0 ? [] : [{ rule: 'terminal', message: 'a terminal block has no transitions' }]
  const conditions = listOf(transitions['Conditions'])
  const errors = listOf(transitions['Errors'])
  const allowed = [...rule.requiredErrors, ...rule.optionalErrors ?? []]
  const given = errors.map(error => String(error['ErrorType']))
  return [
    ...[transitions, ...conditions, ...errors].filter(branch => !known.has(branch['NextAction'])).map(tellTarget),
    ...rule.requiredErrors.filter(error => !given.includes(error)).map(error => ({ rule: 'error-branch-missing', message: `the error ${error} leads nowhere` })),
    ...given.filter(error => !allowed.includes(error)).map(error => ({ rule: 'error-branch-impossible', message: `the error ${error} cannot happen here` })),
    ...given.filter((error, index) => given.indexOf(error) !== index).map(error => ({ rule: 'error-branch-twice', message: `the error ${error} stands twice` })),
    ...lintConditions(conditions, rule.conditions)
  ]
}

/** Branches of a block of which nothing else is known: those that are there must lead somewhere. */
export function lintTargets (transitions: Entries, known: ReadonlySet<unknown>): Finding[] {
  return [transitions, ...listOf(transitions['Conditions']), ...listOf(transitions['Errors'])]
    .filter(branch => branch['NextAction'] !== undefined && !known.has(branch['NextAction'])).map(tellTarget)
}

function tellTarget (branch: Entries): Finding {
  return { rule: 'branch-target', message: `a branch leads to ${JSON.stringify(branch['NextAction'])}, which is no action` }
}

function lintConditions (branches: Entries[], rule: ActionRule['conditions']): Finding[] {
  if (rule === 'none') return branches.length === 0 ? [] : [{ rule: 'condition', message: 'this type has no conditions' }]
  const findings: Finding[] = []
  const operands: string[] = []
  const told = new Set<string>()
  for (const branch of branches) {
    const condition = entriesOf(branch['Condition'])
    const [operand, ...more] = Array.isArray(condition['Operands']) ? condition['Operands'] : []
    const nesting = measure(condition)
    if (nesting.depth > MAX_CONDITION_DEPTH || nesting.parts > MAX_SUB_CONDITIONS) findings.push({ rule: 'condition-nesting', message: `a condition may be nested ${MAX_CONDITION_DEPTH} deep and have ${MAX_SUB_CONDITIONS} parts; this one is ${nesting.depth} deep and has ${nesting.parts}` })
    if (typeof operand !== 'string' || more.length > 0) findings.push({ rule: 'condition', message: 'a condition needs exactly one operand, a text' })
    else {
      operands.push(operand)
      const whole = JSON.stringify([condition['Operator'], operand])
      if (told.has(whole)) findings.push({ rule: 'condition-twice', message: `the condition ${JSON.stringify(operand)} stands twice, and the second is never looked at` })
      told.add(whole)
    }
    if (!(OPERATORS as readonly unknown[]).includes(condition['Operator'])) findings.push({ rule: 'condition-operator', message: `the operator ${JSON.stringify(condition['Operator'])} is not known` })
    else if (rule !== 'any' && condition['Operator'] !== 'Equals') findings.push({ rule: 'condition-operator', message: 'only the operator Equals is allowed here' })
  }
  if (rule === 'keys') findings.push(...operands.filter(operand => !/^[0-9*#]$/.test(operand)).map(operand => ({ rule: 'condition-key', message: `${JSON.stringify(operand)} is no key` })))
  if (typeof rule === 'object') findings.push(...rule.filter(value => !operands.includes(value)).map(value => ({ rule: 'condition-missing', message: `the condition ${value} is missing` })))
  return findings
}

function measure (condition: Entries): { depth: number, parts: number } {
  const inner = (Array.isArray(condition['Operands']) ? condition['Operands'] : []).filter(isEntries).map(measure)
  return { depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)), parts: inner.reduce((sum, { parts }) => sum + 1 + parts, 0) }
}
