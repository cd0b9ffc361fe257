import { readFile, writeFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { ANSWER_ATTRIBUTES, CONTACT_ATTRIBUTES } from '../domain/contact-attribute-names.ts'
import type { FlowChannel } from '../flow-language/channel-rules.ts'
import { checkFlow } from '../flow-language/flow-checker.ts'
import { lintFlow } from '../flow-language/flow-linter.ts'
import type { FlowProblem, Severity } from '../flow-language/flow-problem.ts'
import { entriesOf } from '../flow-language/flow-shape.ts'
import { convertLegacyExport, isLegacyExport } from '../flow-language/legacy-export.ts'
import { UsageError, type Group } from './command.ts'

/** One file, checked. */
interface CheckedFile {
  file: string
  channel: FlowChannel | null
  /** Whether it was a legacy export that had to be converted first. */
  isConverted: boolean
  problems: FlowProblem[]
}

const STREAM = '-'
const COLOURS = { error: 31, warning: 33, note: 36 } as const
const LAMBDA_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]+)?$|^\$\{\w+\}$/

/** `ringfence flow …`. */
export const flow: Group = {
  summary: 'check and convert Amazon Connect flows, offline',
  commands: {
    check: {
      summary: 'find what is wrong with flow files before Amazon Connect does, or a cardholder hears it',
      usage: 'FILE... [--channel voice|sms] [--strict] [--json]',
      details: [
        'FILE       a flow in the flow language 2019-10-30, or a legacy export, which is converted first; - is standard input',
        '--channel  what the flow is for (default: told by its blocks)',
        '--strict   warnings fail too, and placeholders such as ' + '$' + '{BridgeLambdaArn} are errors',
        '--json     the findings as JSON',
        '',
        'Exit code: 0 nothing that fails, 1 errors (with --strict: or warnings), 2 wrongly called.'
      ].join('\n'),
      options: { channel: { type: 'string' }, strict: { type: 'boolean' }, json: { type: 'boolean' } },
      takesWords: true,
      async run ({ words, values, flags }) {
        const channel = readChannel(values['channel'])
        if (words.length === 0) throw new UsageError('a flow file is missing')
        const texts = await Promise.all(words.map(async (file) => ({ file, text: await readInput(file) })))
        const checked = texts.map(({ file, text }) => checkFile(file, text, channel, flags.has('strict')))
        process.stdout.write(flags.has('json') ? `${JSON.stringify({ files: checked }, null, 2)}\n` : report(checked))
        const fails = checked.some(({ problems }) => problems.some(({ severity }) => severity === 'error' || (flags.has('strict') && severity === 'warning')))
        if (fails) process.exitCode = 1
      }
    },
    convert: {
      summary: "bring a legacy export (modules) into the flow language 2019-10-30, which Amazon Connect's API takes",
      usage: 'IN [OUT] [--bridge-arn ARN] [--force]',
      details: [
        'IN, OUT       files; - is standard input or output (default for OUT)',
        "--bridge-arn  the Lambda function's ARN, or a placeholder such as " + '$' + '{BridgeLambdaArn}, put in the place of each one in the flow',
        '--force       overwrite OUT'
      ].join('\n'),
      options: { 'bridge-arn': { type: 'string' }, force: { type: 'boolean' } },
      takesWords: true,
      async run ({ words: [input, output = STREAM, ...more], values, flags }) {
        if (input === undefined || more.length > 0) throw new UsageError('one file to read and at most one to write are needed')
        const bridgeArn = values['bridge-arn']
        if (bridgeArn !== undefined && !LAMBDA_ARN.test(bridgeArn)) throw new UsageError('--bridge-arn must be the ARN of a Lambda function')
        const document = parseJson(await readInput(input))
        if (!isLegacyExport(document)) throw new Error(`${nameOf(input)} is no legacy export: ${whatElse(document)}`)
        const converted = convertLegacyExport(document, bridgeArn === undefined ? {} : { bridgeArn })
        const faults = lintFlow(converted)
        if (faults.length > 0) throw new Error(`the converted flow would have ${faults.length} error(s):\n${faults.map(({ block, message }) => `- ${block ?? 'flow'}: ${message}`).join('\n')}`)
        await write(output, `${JSON.stringify(converted, null, 2)}\n`, flags.has('force'))
      }
    }
  }
}

function readChannel (text: string | undefined): FlowChannel | undefined {
  if (text === undefined || text === 'voice' || text === 'sms') return text
  throw new UsageError(`--channel must be voice or sms, not "${text}"`)
}

async function readInput (file: string): Promise<string> {
  if (file === STREAM) return await readAll(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`)
  }
}

function checkFile (file: string, text: string, channel: FlowChannel | undefined, isStrict: boolean): CheckedFile {
  const failed = (rule: string, message: string): CheckedFile => ({ file, channel: channel ?? null, isConverted: false, problems: [{ rule, severity: 'error', message }] })
  let document: unknown
  const isConverted = isLegacyExport(document = tryParse(text))
  if (document === undefined) return failed('json', whyNoJson(text))
  if (!isConverted && entriesOf(document)['Actions'] === undefined) return failed('document', `this is no flow: ${whatElse(document)}`)
  if (isConverted) {
    try {
      document = convertLegacyExport(document)
    } catch (error) {
      return failed('legacy', error instanceof Error ? error.message : String(error))
    }
  }
  const expected = { isFinal: isStrict, attributes: { sent: CONTACT_ATTRIBUTES, readLater: ANSWER_ATTRIBUTES }, ...(channel === undefined ? {} : { channel }) }
  return { file, isConverted, ...checkFlow(document, expected) }
}

/** @throws Error that says what the text is instead */
function parseJson (text: string): unknown {
  const document = tryParse(text)
  if (document === undefined) throw new Error(whyNoJson(text))
  return document
}

/** `undefined` when it is no JSON. */
function tryParse (text: string): unknown {
  try {
    return JSON.parse(withoutMark(text))
  } catch {
    return undefined
  }
}

function whyNoJson (text: string): string {
  const start = withoutMark(text).trimStart()
  if (start === '') return 'the file is empty'
  if (start.startsWith('<')) return 'this is markup, not JSON; a flow file is what the flow designer exports'
  if (start.startsWith('PK')) return 'this is a zip file; unpack it first'
  try {
    JSON.parse(start)
  } catch (error) {
    return `this is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  return 'this is not JSON'
}

/** A byte order mark is what some editors leave in front. */
function withoutMark (text: string): string {
  return text.replace(/^\uFEFF/, '')
}

function whatElse (document: unknown): string {
  const { ContactFlow, Content, Version } = entriesOf(document)
  if (typeof entriesOf(ContactFlow)['Content'] === 'string') return 'it is the reply of DescribeContactFlow; the flow is the text in ContactFlow.Content (jq -r .ContactFlow.Content)'
  if (typeof Content === 'string') return 'the flow is the text in Content (jq -r .Content)'
  if (typeof document === 'string') return 'it is a text; the flow may be inside it (jq -r .)'
  return typeof Version === 'string' ? `it is in the flow language ${Version} already` : 'it has neither Actions nor modules'
}

function nameOf (file: string): string {
  return file === STREAM ? 'standard input' : file
}

async function write (file: string, text: string, isForced: boolean): Promise<void> {
  if (file === STREAM) {
    process.stdout.write(text)
    return
  }
  try {
    await writeFile(file, text, { flag: isForced ? 'w' : 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new UsageError(`${file} is there already; --force overwrites it`)
    throw error
  }
}

/** Colours on a terminal that wants them only (no-color.org). */
function paint (code: number, text: string): string {
  const isColoured = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb'
  return isColoured ? `\u001b[${code}m${text}\u001b[0m` : text
}

function report (checked: readonly CheckedFile[]): string {
  const lines = checked.flatMap(({ file, channel, isConverted, problems }) => [
    `${paint(1, nameOf(file))}${channel === null ? '' : paint(2, ` (${channel}${isConverted ? ', a legacy export, converted first' : ''})`)}`,
    ...(problems.length === 0 ? [`  ${paint(32, 'nothing to say')}`] : groupByBlock(problems)),
    ''
  ])
  const count = (severity: Severity) => checked.reduce((sum, { problems }) => sum + problems.filter((problem) => problem.severity === severity).length, 0)
  const of = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  return [...lines, `${of(checked.length, 'flow')}: ${of(count('error'), 'error')}, ${of(count('warning'), 'warning')}, ${of(count('note'), 'note')}`, ''].join('\n')
}

function groupByBlock (problems: readonly FlowProblem[]): string[] {
  const blocks = [...new Set(problems.map(({ block }) => block))]
  const width = Math.max(...problems.map(({ rule }) => rule.length))
  return blocks.flatMap((block) => [
    `  ${block ?? '(the flow)'}`,
    ...problems.filter((problem) => problem.block === block).map(({ severity, rule, message }) =>
      `    ${paint(COLOURS[severity], severity.padEnd(7))}  ${paint(2, rule.padEnd(width))}  ${message.replaceAll('\n', `\n${' '.repeat(width + 15)}`)}`)
  ])
}
