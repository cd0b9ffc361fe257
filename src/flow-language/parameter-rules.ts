import { findReferences, hasReference, REFERENCE_ROOTS, splitReference } from './attribute-reference.ts'
import type { ActionRule, ParameterRule } from './flow-grammar.ts'
import type { Finding } from './flow-problem.ts'
import { entriesOf, findTexts, isEntries, listOf, type Entries } from './flow-shape.ts'

const EVENT_HOOKS: ReadonlySet<string> = new Set([
  'AgentHold', 'AgentWhisper', 'CustomerHold', 'CustomerQueue', 'CustomerRemaining', 'CustomerWhisper',
  'DefaultAgentUI', 'DisconnectAgentUI', 'PauseContact', 'ResumeContact'
])

/** Names, kinds and ranges of a block's parameters, and the references in them. */
export function lintParameters (type: string, parameters: Entries, transitions: Entries, rule: ActionRule): Finding[] {
  const findings = lintMembers('', parameters, rule.parameters)
  for (const group of rule.exactlyOneOf ?? []) {
    if (group.filter(name => Object.hasOwn(parameters, name)).length !== 1) findings.push({ rule: 'parameter-one-of', message: `exactly one of ${group.join(', ')} must be given` })
  }
  return [...findings, ...lintReferences(parameters), ...lintBlockRules(type, parameters, transitions)]
}

function lintMembers (prefix: string, given: Entries, rules: Readonly<Record<string, ParameterRule>>): Finding[] {
  const findings: Finding[] = []
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) findings.push({ rule: 'parameter-unknown', message: `${prefix}${name} is not a parameter of this type` })
    else findings.push(...lintValue(`${prefix}${name}`, value, rule))
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.isRequired === true && !Object.hasOwn(given, name)) findings.push({ rule: 'parameter-missing', message: `${prefix}${name} is missing` })
  }
  return findings
}

function lintValue (name: string, value: unknown, rule: ParameterRule): Finding[] {
  const wrong = (message: string): Finding[] => [{ rule: 'parameter-value', message: `${name} ${message}` }]
  if (rule.kind === 'object') {
    if (!isEntries(value)) return wrong('must be an object')
    if (rule.members !== undefined) return lintMembers(`${name}.`, value, rule.members)
    return rule.holds === undefined ? [] : lintHeld(name, value, rule.holds)
  }
  if (rule.kind === 'list') return Array.isArray(value) && value.every(entry => typeof entry === 'string') ? [] : wrong('must be a list of texts')
  if (typeof value !== 'string') return wrong('must be a text, as the console exports it')
  if (hasReference(value)) {
    if (rule.kind === 'static') return [{ rule: 'reference-kind', message: `${name} must not hold a reference` }]
    return rule.kind === 'reference' && findReferences(value)[0] !== value ? [{ rule: 'reference-kind', message: `${name} must be one reference and nothing else, or none` }] : []
  }
  if (rule.oneOf !== undefined && !rule.oneOf.includes(value)) return wrong(`must be one of ${rule.oneOf.join(', ')}`)
  if (rule.between !== undefined) {
    const [least, most] = rule.between
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) return wrong(`must be a whole number from ${least} to ${most}`)
  }
  if (rule.minLength !== undefined && value.length < rule.minLength) return wrong('must not be empty')
  return rule.maxLength !== undefined && value.length > rule.maxLength ? wrong(`must have at most ${rule.maxLength} characters`) : []
}

function lintHeld (name: string, held: Entries | unknown[], holds: 'texts' | 'json'): Finding[] {
  return Object.entries(held).flatMap(([key, value]): Finding[] => {
    if (typeof value === 'string') return []
    if (holds === 'json' && typeof value === 'object' && value !== null) return lintHeld(`${name}.${key}`, value as Entries | unknown[], holds)
    return [{ rule: 'parameter-value', message: `${name}.${key} must be a text` }]
  })
}

function lintReferences (parameters: Entries): Finding[] {
  return findTexts(parameters).flatMap(({ path, text }) => findReferences(text).flatMap(reference => {
    const [root = '', ...rest] = splitReference(reference)
    if (!REFERENCE_ROOTS.has(root)) return [{ rule: 'reference-root', message: `${path} refers to ${reference}, and there is no $.${root}` }]
    return root === 'Attributes' && rest.length !== 1 ? [{ rule: 'reference-attribute', message: `${path} refers to ${reference}, and an attribute has exactly one name` }] : []
  }))
}

function lintBlockRules (type: string, parameters: Entries, transitions: Entries): Finding[] {
  switch (type) {
    case 'Compare': return hasReference(String(parameters['ComparisonValue'])) ? [] : [{ rule: 'reference-kind', message: 'ComparisonValue must be a reference' }]
    case 'GetParticipantInput': return lintInput(parameters, transitions)
    case 'Loop': return lintLoop(transitions)
    case 'UpdateContactAttributes': return lintAttributeNames(parameters['Attributes'])
    case 'UpdateContactEventHooks': return lintEventHooks(parameters['EventHooks'])
    case 'Wait': return lintWait(parameters['Events'], transitions)
    default: return []
  }
}

function lintInput (parameters: Entries, transitions: Entries): Finding[] {
  const errors = new Set(listOf(transitions['Errors']).map(error => error['ErrorType']))
  const validation = parameters['InputValidation']
  if (parameters['StoreInput'] !== 'True') {
    return [
      ...(Object.hasOwn(parameters, 'InputValidation') ? [{ rule: 'input-validation', message: 'InputValidation is only for StoreInput "True"' }] : []),
      ...['InputTimeLimitExceeded', 'NoMatchingCondition'].filter(error => !errors.has(error)).map(error => ({ rule: 'error-branch-missing', message: `the error ${error} leads nowhere` }))
    ]
  }
  return [
    ...(validation === undefined ? [{ rule: 'input-validation', message: 'InputValidation is missing; StoreInput "True" needs it' }] : []),
    ...(isEntries(validation) && Object.keys(validation).length !== 1 ? [{ rule: 'input-validation', message: 'InputValidation needs exactly one of PhoneNumberValidation, CustomValidation' }] : []),
    ...(Object.hasOwn(parameters, 'InputEncryption') && !Object.hasOwn(entriesOf(validation), 'CustomValidation') ? [{ rule: 'input-validation', message: 'InputEncryption is only for CustomValidation' }] : []),
    ...(listOf(transitions['Conditions']).length === 0 ? [] : [{ rule: 'condition', message: 'StoreInput "True" leaves nothing for a condition to look at' }])
  ]
}

/** Source: Administrator Guide, "Contact attributes". */
function lintAttributeNames (attributes: unknown): Finding[] {
  return Object.keys(entriesOf(attributes)).filter(name => /[$.]/.test(name)).map(name => ({ rule: 'attribute-name', message: `the attribute name ${JSON.stringify(name)} must hold neither "$" nor "."` }))
}

function lintEventHooks (hooks: unknown): Finding[] {
  const names = Object.keys(entriesOf(hooks))
  if (names.length !== 1) return [{ rule: 'parameter-one-of', message: 'EventHooks must have exactly one key' }]
  return names.filter(name => !EVENT_HOOKS.has(name)).map(name => ({ rule: 'parameter-unknown', message: `EventHooks.${name} is not known` }))
}

function lintLoop (transitions: Entries): Finding[] {
  return listOf(transitions['Conditions']).length <= 2 ? [] : [{ rule: 'condition', message: 'a Loop has the conditions ContinueLooping and DoneLooping and no other' }]
}

function lintWait (events: unknown, transitions: Entries): Finding[] {
  const operands = listOf(transitions['Conditions']).flatMap(branch => entriesOf(branch['Condition'])['Operands'])
  return (Array.isArray(events) ? events : []).filter(event => !operands.includes(event)).map(event => ({ rule: 'condition-missing', message: `the condition ${String(event)} is missing` }))
}
