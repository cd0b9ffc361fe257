import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { isTimeZone } from '../../domain/calling-window.ts'
import { RULE_OUTCOMES, type RuleOutcome } from '../../domain/outcome.ts'

const MAX_RULES = 200
const MAX_EXPRESSION_LENGTH = 2_000
const MAX_LISTS = 50
const MAX_LIST_ENTRIES = 100_000
const MAX_ENTRY_LENGTH = 256
const MAX_VARIABLES = 100
/** Bytes. */
export const MAX_FILE_SIZE = 8 * 1024 * 1024

/** As the API takes variables. */
const NAME = '^[A-Za-z_][A-Za-z0-9_]{0,63}$'
const ID = '^[0-9a-z_-]{1,64}$'
const ID_FORM = '1 to 64 of a-z, 0-9, _ and -'

const text = (pattern: string, expected: string) => Type.String({ pattern, expected })
const oneOf = <const T extends string>(...words: T[]) => Type.Union(words.map((word) => Type.Literal(word)), { expected: `${words.slice(0, -1).join(', ')} or ${String(words.at(-1))}` })
const described = Type.Optional(Type.String({ maxLength: 1000, expected: 'a text of at most 1000 characters' }))

const Rule = Type.Object({
  id: text(ID, ID_FORM),
  description: described,
  when: Type.String({ minLength: 1, maxLength: MAX_EXPRESSION_LENGTH, expected: `an expression, a text of at most ${MAX_EXPRESSION_LENGTH} characters` }),
  outcome: oneOf(...RULE_OUTCOMES)
}, { additionalProperties: false, expected: 'a rule: id, when, outcome' })

const List = Type.Union([
  Type.Array(Type.String({ minLength: 1, maxLength: MAX_ENTRY_LENGTH }), { maxItems: MAX_LIST_ENTRIES }),
  Type.Array(Type.Number(), { maxItems: MAX_LIST_ENTRIES })
], { expected: `a list of texts (of at most ${MAX_ENTRY_LENGTH} characters) or one of numbers, of at most ${MAX_LIST_ENTRIES} entries` })

const File = Type.Object({
  name: text(ID, ID_FORM),
  description: described,
  model: Type.Optional(text('^.+$', "the path of a model's folder or card")),
  timeZone: Type.Optional(Type.String({ expected: 'an IANA time zone such as Europe/Berlin' })),
  match: oneOf('first', 'all'),
  variables: Type.Optional(Type.Record(Type.String({ pattern: NAME }), oneOf('text', 'number'), { additionalProperties: false, maxProperties: MAX_VARIABLES, expected: `at most ${MAX_VARIABLES} names, each with text or number` })),
  lists: Type.Optional(Type.Record(Type.String({ pattern: NAME }), List, { additionalProperties: false, maxProperties: MAX_LISTS, expected: `at most ${MAX_LISTS} names, each with its list` })),
  rules: Type.Array(Rule, { minItems: 1, maxItems: MAX_RULES, expected: `a list of 1 to ${MAX_RULES} rules` }),
  otherwise: oneOf(...RULE_OUTCOMES)
}, { additionalProperties: false, expected: 'a detector: name, match, rules, otherwise' })

/** A rule as it stands in the file. */
export interface WrittenRule {
  id: string
  when: string
  outcome: RuleOutcome
  /** Of its `when`, from 1. */
  line: number
}

/** A detector file whose form is right; what its rules say is not looked at yet. */
export interface DetectorFile {
  name: string
  /** Path of the model whose scores the rules are made for, from the file. */
  model: string | undefined
  timeZone: string
  match: 'first' | 'all'
  variables: ReadonlyMap<string, 'text' | 'number'>
  lists: ReadonlyMap<string, ReadonlyArray<string | number>>
  rules: readonly WrittenRule[]
  otherwise: RuleOutcome
}

/** Reads the text of a detector file, YAML or JSON. Gives the file, or all its faults with the line of each. */
export function parseDetectorFile (source: string): { file: DetectorFile } | { faults: string[] } {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines })
  if (document.errors.length > 0) return { faults: document.errors.map(({ message }) => message.split('\n')[0]?.replace(/:$/, '') ?? '') }
  const content = toPlain(document)
  if (content === undefined) return { faults: ['aliases are repeated too often'] }

  const lineOf = (path: string) => lines.linePos(offsetOf(document, path)).line
  const faults = formFaults(content).map(({ path, fault }) => `line ${lineOf(path)}, ${placeOf(content, path)} ${fault}`)
  if (faults.length > 0) return { faults }
  const { model, timeZone = 'UTC', variables = {}, lists = {}, ...rest } = content as Static<typeof File>
  const rules = rest.rules.map(({ id, when, outcome }, index) => ({ id, when, outcome, line: lineOf(`/rules/${index}/when`) }))
  const repeated = rules.filter(({ id }, index) => rules.findIndex((rule) => rule.id === id) < index)
  const meaningFaults = [
    ...isTimeZone(timeZone) ? [] : [`line ${lineOf('/timeZone')}, timeZone must be an IANA time zone such as Europe/Berlin`],
    ...repeated.map(({ id, line }) => `line ${line}, rule ${id}: another rule has this id`)
  ]
  if (meaningFaults.length > 0) return { faults: meaningFaults }
  return { file: { name: rest.name, model, timeZone, match: rest.match, variables: new Map(Object.entries(variables)), lists: new Map(Object.entries(lists)), rules, otherwise: rest.otherwise } }
}

/** `undefined` when its aliases would make it many times as large as it is. */
function toPlain (document: Document): unknown {
  try {
    return document.toJS()
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

/** Of each place that is not right the first fault. */
function formFaults (content: unknown): Array<{ path: string, fault: string }> {
  const faults = new Map<string, string>()
  for (const { path, schema, message, value } of Value.Errors(File, content)) {
    if (faults.has(path)) continue
    faults.set(path, value === undefined ? 'is missing' : message === 'Unexpected property' ? unexpected(path) : `must be ${String((schema as TSchema)['expected'] ?? 'otherwise')}`)
  }
  return [...faults].map(([path, fault]) => ({ path, fault }))
}

/** A JSON pointer in words; a rule by its id, or by its number where it has none. */
function placeOf (content: unknown, path: string): string {
  const [top = '', index, ...rest] = path.split('/').slice(1)
  if (top !== 'rules' || index === undefined) return [top, ...index === undefined ? [] : [index], ...rest].join('.') || 'the file'
  const id: unknown = Value.Check(Type.Object({ rules: Type.Array(Type.Unknown()) }), content) ? (content.rules[Number(index)] as { id?: unknown } | null)?.id : undefined
  return [`rule ${typeof id === 'string' ? id : `number ${Number(index) + 1}`}`, ...rest].join(', ')
}

function unexpected (path: string): string {
  if (/^\/(variables|lists)\//.test(path)) return 'must have a name of letters, digits and _, at most 64, that begins with no digit'
  const known = path.startsWith('/rules/') ? Rule : File
  return `is not known; known are ${Object.keys(known.properties).join(', ')}`
}

/** Where the value at a JSON pointer begins; of one that is not there, where the nearest thing around it does. */
function offsetOf (document: Document, path: string): number {
  const keys = path.split('/').slice(1).map((key) => /^\d+$/.test(key) ? Number(key) : key)
  for (let length = keys.length; length > 0; length--) {
    const node = document.getIn(keys.slice(0, length), true)
    const range = (node as { range?: [number, number, number] } | undefined)?.range
    if (range !== undefined) return range[0]
  }
  return 0
}
