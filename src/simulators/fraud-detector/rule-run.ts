import { type Account, type DetectorVersion, type RuleDetail, ruleKey, scoreName } from './account.ts'
import { type RuleType, type RuleValue, showWithValues } from './detector-pl.ts'
import { ExpressionFault } from './detector-pl-syntax.ts'
import { parseValue } from './event-request.ts'
import { outputVariables } from './external-model-outputs.ts'
import { validation } from './refusal.ts'

/** What became of one rule in one prediction. */
export interface RuleRun {
  rule: RuleDetail
  evaluated: boolean
  matched: boolean
  expressionWithValues: string
}

const RULE_TYPES = { STRING: 'string', DATETIME: 'string', INTEGER: 'number', FLOAT: 'number', BOOLEAN: 'boolean' } as const

/** The type that a variable has in rules of a detector's event type; `undefined` when there is no such variable. */
export function ruleTypeOf (account: Account, eventTypeName: string, name: string): RuleType | undefined {
  for (const model of account.models.values()) {
    if (scoreName(model.modelId) === name) return 'number'
  }
  const variable = account.variables.get(name)
  if (variable === undefined) return undefined
  const isOfEvent = account.eventTypes.get(eventTypeName)?.eventVariables.includes(name) === true
  const isOutput = [...account.externalModels.values()].some(model => outputVariables(model).includes(name))
  return isOfEvent || isOutput || variable.dataSource !== 'EVENT' ? RULE_TYPES[variable.dataType] : undefined
}

/**
 * Runs a detector version's rules in their order; in FIRST_MATCHED mode those after the first match are not run.
 * A variable that is missing has its default value; a rule that reads a score that is missing does not match.
 * @param texts the values of the event and of external models, by variable name
 * @throws AwsFault ValidationException when a rule cannot be run
 */
export function runRules (account: Account, version: DetectorVersion, texts: Readonly<Record<string, string>>, scores: Readonly<Record<string, number | null>>): RuleRun[] {
  function valueOf (name: string): RuleValue | null {
    if (Object.hasOwn(scores, name)) return scores[name] ?? null
    const variable = account.variables.get(name)
    if (variable === undefined) return null
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined
    return (text === undefined ? null : parseValue(variable.dataType, text)) ?? parseValue(variable.dataType, variable.defaultValue)
  }

  let isDecided = false
  return version.rules.map(name => {
    const rule = account.rules.get(ruleKey(name))
    if (rule === undefined) throw validation(`Rule ${name.ruleId} version ${name.ruleVersion} does not exist.`)
    const evaluated = !isDecided
    const matched = evaluated && matches(rule, valueOf)
    isDecided ||= matched && version.ruleExecutionMode === 'FIRST_MATCHED'
    return { rule, evaluated, matched, expressionWithValues: showWithValues(rule.expression, valueOf) }
  })
}

function matches (rule: RuleDetail, valueOf: (name: string) => RuleValue | null): boolean {
  try {
    return rule.compiled.matches(valueOf)
  } catch (error) {
    if (error instanceof ExpressionFault) throw validation(`Rule ${rule.ruleId} could not be evaluated: ${error.message}.`)
    throw error
  }
}
