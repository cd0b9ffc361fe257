/** A part of a rule's expression. */
export type Expression =
  | { kind: 'literal', value: number | string | boolean }
  | { kind: 'variable', name: string }
  | { kind: 'not' | 'negate', operand: Expression }
  | { kind: 'binary', operator: BinaryOperator, left: Expression, right: Expression }
  | { kind: 'in', operand: Expression, values: readonly (number | string | boolean)[] }
  | { kind: 'call', name: string, args: readonly Expression[] }

/** What stands between two operands. */
export type BinaryOperator = 'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%'

/** A piece of an expression's text. */
export interface Token {
  kind: 'number' | 'string' | 'variable' | 'list' | 'word' | 'symbol' | 'end'
  text: string
  at: number
}

/** An expression that is no DETECTORPL; the message says what and where. */
export class ExpressionFault extends Error {}

const TOKEN = /(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\]|\\.)*")|\$(?<variable>[0-9A-Za-z_]+)|@(?<list>[0-9a-z_]+)|(?<word>[A-Za-z_]\w*)|(?<symbol>==|!=|<=|>=|[-<>+*/%!()[\],])/y
const MAX_DEPTH = 100
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])

/** Cuts an expression into tokens. @throws ExpressionFault at the first character that begins none */
export function readTokens (source: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; ;) {
    while (/\s/.test(source[at] ?? '')) at++
    if (at >= source.length) return [...tokens, { kind: 'end', text: 'the end', at }]
    TOKEN.lastIndex = at
    const [[kind, text] = []] = Object.entries(TOKEN.exec(source)?.groups ?? {}).filter(([, text]) => text !== undefined)
    if (kind === undefined || text === undefined) throw new ExpressionFault(`Unexpected character ${source[at]} at position ${at}`)
    tokens.push({ kind: kind as Token['kind'], text, at })
    at = TOKEN.lastIndex
  }
}

/**
 * Reads a rule's expression (User Guide, "Rule language reference"). From loose to tight: `or`, `and`, `not` and `!`, comparisons and `in`,
 * `+ -`, `* / %`, the minus sign. Lists stand in brackets; `@name` is a list of the service's own, which the simulator does not keep.
 * @throws ExpressionFault that says what is wrong and where
 */
export function parseExpression (source: string): Expression {
  const tokens = readTokens(source)
  let position = 0
  let depth = 0
  const next = (): Token => tokens[position]!
  const is = (text: string) => next().text === text && (next().kind === 'symbol' || next().kind === 'word')
  const fail = (message: string): never => { throw new ExpressionFault(`${message} at position ${next().at}`) }

  function take (text: string): boolean {
    if (!is(text)) return false
    position++
    return true
  }
  function expect (text: string): void {
    if (!take(text)) fail(`Expected ${text}, not ${next().text},`)
  }
  function nested<T> (read: () => T): T {
    if (++depth > MAX_DEPTH) fail('Too deeply nested')
    const result = read()
    depth--
    return result
  }
  function chain (operators: readonly BinaryOperator[], operand: () => Expression): Expression {
    let left = operand()
    for (;;) {
      const operator = operators.find(take)
      if (operator === undefined) return left
      left = { kind: 'binary', operator, left, right: operand() }
    }
  }
  const or = (): Expression => nested(() => chain(['or'], and))
  const and = (): Expression => chain(['and'], not)
  const not = (): Expression => take('not') || take('!') ? nested(() => ({ kind: 'not', operand: not() })) : comparison()
  const sum = (): Expression => chain(['+', '-'], () => chain(['*', '/', '%'], negated))
  const negated = (): Expression => take('-') ? nested(() => ({ kind: 'negate', operand: negated() })) : operand()

  function comparison (): Expression {
    const left = sum()
    if (take('in')) return { kind: 'in', operand: left, values: list() }
    if (take('not')) {
      expect('in')
      return { kind: 'not', operand: { kind: 'in', operand: left, values: list() } }
    }
    const { text } = next()
    if (!COMPARISONS.has(text) || !take(text)) return left
    return { kind: 'binary', operator: text as BinaryOperator, left, right: sum() }
  }
  function list (): (number | string | boolean)[] {
    if (next().kind === 'list') fail(`List @${next().text} does not exist`)
    expect('[')
    const values: (number | string | boolean)[] = []
    do {
      const isNegative = take('-')
      const value = operand()
      if (value.kind !== 'literal') return fail('A list holds literals only')
      values.push(isNegative ? -Number(value.value) : value.value)
    } while (take(','))
    expect(']')
    return values
  }
  function operand (): Expression {
    const token = next()
    position++
    switch (token.kind) {
      case 'number': return { kind: 'literal', value: Number(token.text) }
      case 'string': return { kind: 'literal', value: token.text.slice(1, -1).replace(/\\(["\\])/g, '$1') }
      case 'variable': return { kind: 'variable', name: token.text }
      case 'word':
        if (token.text === 'true' || token.text === 'false') return { kind: 'literal', value: token.text === 'true' }
        if (is('(')) return call(token.text)
        break
      case 'symbol':
        if (token.text !== '(') break
        return inParentheses()
      case 'list':
      case 'end': break
    }
    position--
    return fail(`Unexpected ${token.text}`)
  }
  function inParentheses (): Expression {
    const expression = or()
    expect(')')
    return expression
  }
  function call (name: string): Expression {
    expect('(')
    const args: Expression[] = []
    if (!is(')')) do args.push(or()); while (take(','))
    expect(')')
    return { kind: 'call', name, args }
  }

  const expression = or()
  if (next().kind !== 'end') fail(`Unexpected ${next().text}`)
  return expression
}
