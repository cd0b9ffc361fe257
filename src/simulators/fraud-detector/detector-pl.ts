import { matchesPattern, toPattern } from './detector-pl-pattern.ts'
import { type BinaryOperator, type Expression, ExpressionFault, parseExpression, readTokens } from './detector-pl-syntax.ts'

/** A value in a rule. */
export type RuleValue = number | string | boolean

/** What a variable holds, by its data type. */
export type RuleType = 'number' | 'string' | 'boolean'

/** A rule's expression that has been checked. */
export interface CompiledRule {
  /** The variables that the expression reads. */
  variables: ReadonlySet<string>
  /**
   * A rule that reads a value which is missing does not match, whatever it makes of it: what the service does then is not documented.
   * @throws ExpressionFault when a division is by zero, or a pattern would take too long
   */
  matches: (valueOf: (variable: string) => RuleValue | null) => boolean
}

const FUNCTIONS: Readonly<Record<string, { args: readonly RuleType[], type: RuleType, apply: (...args: never[]) => RuleValue }>> = {
  lowercase: { args: ['string'], type: 'string', apply: (text: string) => text.toLowerCase() },
  uppercase: { args: ['string'], type: 'string', apply: (text: string) => text.toUpperCase() },
  regex_match: { args: ['string', 'string'], type: 'boolean', apply: (pattern: string, text: string) => matchesPattern(toPattern(pattern), text) }
}

/**
 * Checks a rule in the rule language DETECTORPL and makes it ready to run.
 * @param typeOf the type of a variable, `undefined` when there is no such variable
 * @throws ExpressionFault when it does not parse, knows a variable that there is not, mixes types, or is not true or false
 */
export function compileRule (source: string, typeOf: (variable: string) => RuleType | undefined): CompiledRule {
  const expression = parseExpression(source)
  const variables = new Set<string>()
  const type = checkType(expression, variable => {
    variables.add(variable)
    return typeOf(variable)
  })
  if (type !== 'boolean') throw new ExpressionFault(`A rule must be true or false, not a ${type}`)
  return {
    variables,
    matches: valueOf => [...variables].every(variable => valueOf(variable) !== null) && run(expression, valueOf) === true
  }
}

/** The expression with the values in the variables' places, as GetEventPredictionMetadata shows it. */
export function showWithValues (source: string, valueOf: (variable: string) => RuleValue | null): string {
  let shown = ''
  let from = 0
  for (const { kind, text, at } of readTokens(source)) {
    if (kind !== 'variable') continue
    shown += source.slice(from, at) + JSON.stringify(valueOf(text))
    from = at + text.length + 1
  }
  return shown + source.slice(from)
}

function checkType (expression: Expression, typeOf: (variable: string) => RuleType | undefined): RuleType {
  const check = (part: Expression) => checkType(part, typeOf)
  switch (expression.kind) {
    case 'literal': return typeof expression.value as RuleType
    case 'variable': {
      const type = typeOf(expression.name)
      if (type === undefined) throw new ExpressionFault(`Variable $${expression.name} does not exist`)
      return type
    }
    case 'not': return demand('boolean', check(expression.operand), 'not')
    case 'negate': return demand('number', check(expression.operand), '-')
    case 'in': {
      const type = check(expression.operand)
      for (const value of expression.values) demand(type, typeof value as RuleType, 'in')
      return 'boolean'
    }
    case 'binary': return checkBinary(expression.operator, check(expression.left), check(expression.right))
    case 'call': {
      const callee = Object.hasOwn(FUNCTIONS, expression.name) ? FUNCTIONS[expression.name] : undefined
      if (callee === undefined) throw new ExpressionFault(`Function ${expression.name} does not exist`)
      if (callee.args.length !== expression.args.length) throw new ExpressionFault(`${expression.name} takes ${callee.args.length} arguments, not ${expression.args.length}`)
      expression.args.forEach((arg, index) => demand(callee.args[index]!, check(arg), expression.name))
      const [pattern] = expression.args
      if (expression.name === 'regex_match' && pattern?.kind === 'literal') toPattern(String(pattern.value))
      return callee.type
    }
  }
}

function checkBinary (operator: BinaryOperator, left: RuleType, right: RuleType): RuleType {
  switch (operator) {
    case 'or':
    case 'and':
      demand('boolean', left, operator)
      return demand('boolean', right, operator)
    case '==':
    case '!=':
      demand(left, right, operator)
      return 'boolean'
    case '<':
    case '<=':
    case '>':
    case '>=':
      demand('number', left, operator)
      demand('number', right, operator)
      return 'boolean'
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      demand('number', left, operator)
      return demand('number', right, operator)
  }
}

function demand (wanted: RuleType, given: RuleType, operator: string): RuleType {
  if (wanted !== given) throw new ExpressionFault(`${operator} needs a ${wanted}, not a ${given}`)
  return given
}

function run (expression: Expression, valueOf: (variable: string) => RuleValue | null): RuleValue | null {
  const value = (part: Expression) => run(part, valueOf)
  switch (expression.kind) {
    case 'literal': return expression.value
    case 'variable': return valueOf(expression.name)
    case 'not': return value(expression.operand) !== true
    case 'negate': return -numberOf(value(expression.operand))
    case 'in': return expression.values.includes(value(expression.operand) ?? '')
    case 'call': return FUNCTIONS[expression.name]!.apply(...expression.args.map(arg => textOf(value(arg))) as never[])
    case 'binary': return runBinary(expression.operator, value(expression.left), () => value(expression.right))
  }
}

function runBinary (operator: BinaryOperator, left: RuleValue | null, right: () => RuleValue | null): RuleValue {
  switch (operator) {
    case 'or': return left === true || right() === true
    case 'and': return left === true && right() === true
    case '==': return left === right()
    case '!=': return left !== right()
    case '<': return numberOf(left) < numberOf(right())
    case '<=': return numberOf(left) <= numberOf(right())
    case '>': return numberOf(left) > numberOf(right())
    case '>=': return numberOf(left) >= numberOf(right())
    case '+': return numberOf(left) + numberOf(right())
    case '-': return numberOf(left) - numberOf(right())
    case '*': return numberOf(left) * numberOf(right())
    case '/':
    case '%': {
      const divisor = numberOf(right())
      if (divisor === 0) throw new ExpressionFault('Division by zero')
      return operator === '/' ? numberOf(left) / divisor : numberOf(left) % divisor
    }
  }
}

function numberOf (value: RuleValue | null): number {
  return typeof value === 'number' ? value : NaN
}

function textOf (value: RuleValue | null): string {
  return value === null ? '' : String(value)
}
