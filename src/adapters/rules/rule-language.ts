import { Environment, EvaluationError, ParseError, TypeError, type ASTNode } from '@marcbachmann/cel-js'
import { inspect, partsOf, type ExpressionFault, type Inspection } from './expression-check.ts'
import type { Vocabulary } from './rule-facts.ts'

/** Structural bounds of one expression; its length has one of its own. */
const LIMITS = { maxAstNodes: 400, maxDepth: 40, maxListElements: 200, maxCallArguments: 4 }

/** An expression that was checked. */
export interface Expression extends Omit<Inspection, 'faults'> {
  /** Over the facts that it reads. @throws EvaluationError */
  matches: (context: Record<string, unknown>) => boolean
}

/** The expression language of rules: CEL over one vocabulary. */
export interface RuleLanguage {
  compile: (source: string) => { expression: Expression } | { faults: ExpressionFault[] }
}

/** Makes the language of one vocabulary. Its expressions end, have no side effects, and reach nothing but the facts. */
export function createRuleLanguage (vocabulary: Vocabulary): RuleLanguage {
  const environment = new Environment({ unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: true, enableOptionalTypes: true, limits: LIMITS })
  for (const [name, type] of Object.entries(vocabulary.words)) environment.registerVariable(name, type)
  for (const [name, fields] of Object.entries(vocabulary.groups)) {
    environment.registerType(`Facts.${name}`, { ctor: vocabulary.groupClass(name), fields: { ...fields } })
    environment.registerVariable(name, `Facts.${name}`)
  }

  function parse (source: string) {
    try {
      return environment.parse(source)
    } catch (error) {
      if (error instanceof ParseError) return error
      throw error
    }
  }

  return {
    compile (source) {
      const parsed = parse(source)
      if (parsed instanceof Error) return { faults: [toFault(parsed, source)] }
      const { faults, reads, steps } = inspect(parsed.ast, vocabulary)
      if (faults.length > 0) return { faults }
      const { valid, type = '', error } = parsed.check()
      if (!valid && error !== undefined) return { faults: [toFault(error, source)] }
      if (type !== 'bool') return { faults: [{ start: 0, end: source.length, fault: `must be true or false, and is ${readable(type)}` }] }
      const impossible = impossibleConversions(environment, parsed.ast)
      if (impossible.length > 0) return { faults: impossible }
      return { expression: { reads, steps, matches: (context) => toTruth(parsed(context)) } }
    }
  }
}

/** The check of types promises it. */
function toTruth (value: unknown): boolean {
  if (typeof value !== 'boolean') throw new EvaluationError({ code: 'not_bool', message: 'A rule is true or false.' })
  return value
}

/** A conversion of a literal fails now or never: `timestamp("2026-13-01T00:00:00Z")` would fail at every transaction. */
function impossibleConversions (environment: Environment, node: ASTNode): ExpressionFault[] {
  if (node.op !== 'call' || node.args[1][0]?.op !== 'value') return partsOf(node).flatMap((part) => impossibleConversions(environment, part))
  try {
    environment.evaluate(node.input.slice(node.start, node.end), {})
    return []
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return [{ start: node.start, end: node.end, fault: error.summary }]
  }
}

/** The library's own words, with our names of types. */
function toFault ({ code, summary, range }: ParseError | TypeError, source: string): ExpressionFault {
  const fault = code === 'unexpected_character' ? 'does not belong here; and is written &&, or ||, not !' : readable(summary)
  // An integer literal beside an amount is the mistake that everybody makes once.
  const hint = /\bdouble\b/.test(fault) && /\bint\b/.test(fault) ? '; beside a double, write 5 as 5.0' : ''
  return { start: range?.start ?? 0, end: range?.end ?? source.length, fault: `${fault}${hint}` }
}

function readable (text: string): string {
  return text.replaceAll('map<string, bool>', 'list of texts').replaceAll('map<double, bool>', 'list of numbers').replaceAll('google.protobuf.', '').replaceAll('Facts.', '').replace('no such overload', 'no such operation')
}
