import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { EvaluationError } from '@marcbachmann/cel-js'
import type { RuleFinding } from '../../domain/rule-finding.ts'
import type { RuleFacts, Rules } from '../../ports.ts'
import { MAX_FILE_SIZE, parseDetectorFile, type DetectorFile, type WrittenRule } from './detector-file.ts'
import type { ExpressionFault } from './expression-check.ts'
import { createVocabulary } from './rule-facts.ts'
import { createRuleLanguage, type Expression } from './rule-language.ts'

/** Entries of lists times parts of what is asked of each, all rules of a file together: some milliseconds. */
const MAX_STEPS = 100_000

/** A detector file that was read and checked. */
export interface Detector {
  rules: Rules
  file: DetectorFile
  /** Absolute path of the model that the file names: its folder or its card. */
  modelPath: string | undefined
  /** The words and groups that its rules read, such as `amount` and `card`. */
  reads: ReadonlySet<string>
  /** Of the file; tells which rules decided when the file has changed since. */
  sha256: string
}

/**
 * Reads a detector file and checks all that can be checked without a transaction.
 * @throws Error naming every fault at once, each with line, rule and character
 */
export async function readDetector (path: string): Promise<Detector> {
  const source = await readSource(path)
  const detector = parseDetector(source)
  if ('faults' in detector) throw new Error(`The detector in ${path} is not right:\n${detector.faults.map((fault) => `  - ${fault}`).join('\n')}`)
  const { file, rules, reads } = detector
  return { file, rules, reads, modelPath: file.model === undefined ? undefined : resolve(dirname(path), file.model), sha256: createHash('sha256').update(source).digest('hex') }
}

async function readSource (path: string): Promise<string> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw new Error(`The detector cannot be read: ${path}`, { cause: error })
  })
  if (size > MAX_FILE_SIZE) throw new Error(`The detector in ${path} is larger than ${MAX_FILE_SIZE / 1024 / 1024} MB.`)
  return await readFile(path, 'utf8')
}

/** Makes rules of the text of a detector file, or tells all its faults. */
export function parseDetector (source: string): Pick<Detector, 'file' | 'rules' | 'reads'> | { faults: string[] } {
  const parsed = parseDetectorFile(source)
  if ('faults' in parsed) return parsed
  const { file } = parsed
  const vocabulary = createVocabulary(file)
  const language = createRuleLanguage(vocabulary)
  const faults: string[] = []
  const rules: CheckedRule[] = []
  for (const rule of file.rules) {
    const compiled = language.compile(rule.when)
    if ('faults' in compiled) faults.push(...compiled.faults.map((fault) => faultText(rule, fault)))
    else rules.push({ ...rule, ...compiled.expression })
  }
  const steps = rules.reduce((sum, rule) => sum + rule.steps, 0)
  if (steps > MAX_STEPS) faults.push(`exists and all walk through too much: ${steps} (entries of lists times parts of what is asked of each), of ${MAX_STEPS} for all rules together; … in lists.NAME costs nothing`)
  if (faults.length > 0) return { faults }
  const reads = new Set(rules.flatMap((rule) => [...rule.reads]))
  return { file, reads, rules: toRules(file, rules, (facts) => vocabulary.read(facts, reads)) }
}

type CheckedRule = WrittenRule & Expression

function faultText ({ id, when, line }: WrittenRule, { start, end, fault }: ExpressionFault): string {
  const place = when.slice(start, end).replace(/\s+/g, ' ')
  return `line ${line}, rule ${id}, character ${start + 1}${place === '' || place === when ? '' : ` (${place})`}: ${fault}`
}

function toRules ({ name, otherwise, match }: DetectorFile, rules: readonly CheckedRule[], read: (facts: RuleFacts) => Record<string, unknown>): Rules {
  return {
    name,
    otherwise,
    evaluate (facts) {
      const context = read(facts)
      const findings: RuleFinding[] = []
      for (const rule of rules) {
        const finding = findingOf(rule, context)
        if (finding !== undefined) findings.push(finding)
        if (finding?.kind === 'matched' && match === 'first') break
      }
      return findings
    }
  }
}

function findingOf ({ id: ruleId, outcome, reads, matches }: CheckedRule, context: Record<string, unknown>): RuleFinding | undefined {
  try {
    return matches(context) ? { kind: 'matched', ruleId, outcome, readsScore: reads.has('score') } : undefined
  } catch (error) {
    // A word that every transaction has but one without a score: what can be told without it, such as the other side of an `||`, was told.
    if (error instanceof EvaluationError && error.code === 'unknown_variable') return { kind: 'unscored', ruleId }
    // Whatever a rule dies of, the other rules are heard, and the decision says that this one was not.
    return { kind: 'failed', ruleId, outcome, why: whyOf(error) }
  }
}

/** In words that hold nothing of the transaction; the library's messages may. */
function whyOf (error: unknown): string {
  if (!(error instanceof EvaluationError)) return 'internal'
  return error.code === 'no_such_key' && error.node?.op === '.' ? `${error.node.args[1]} is absent` : error.code
}
