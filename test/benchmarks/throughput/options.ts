import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../../../src/cli/command.ts'
import { readList, readText, readWhole } from '../../../src/cli/option-values.ts'

/** What the benchmark was asked for. */
export interface BenchmarkOptions {
  /** How long all of it is to take, about. */
  seconds: number
  rounds: number
  /** Names of subjects; `undefined` for all. */
  only: readonly string[] | undefined
  outDir: string | undefined
  writesDocs: boolean
  peer: PeerOptions | undefined
}

/** A Python Lambda handler to measure beside. Absolute paths. */
export interface PeerOptions {
  handlerPath: string
  eventPath: string
  /** A DynamoDB item, as JSON, that its own table gives: with it the peer is measured with the outcome `fraud` too. */
  itemPath: string | undefined
}

const DEFAULT_SECONDS = 300
const DEFAULT_ROUNDS = 3
const QUICK = { seconds: 40, rounds: 1 }

export const HELP = `Usage: npm run bench -- [options]

Measures how much the service answers and how fast, beside the least that the same work can cost, on this machine and its loopback alone.

--quick         about ${QUICK.seconds} s and one round, to see that it runs; its figures are worth little
--seconds       about how long it takes in all, 20 to 3600 (default ${DEFAULT_SECONDS})
--rounds        how often everything is measured, in turn, 1 to 20 (default ${DEFAULT_ROUNDS}); the results are medians over them
--only          subjects, separated by commas: SUBJECTS
--out           a folder for results.json, results.md, results.svg and every process's log
--write         brings the results into docs/performance.md, .json and .svg
--peer-handler  a Python file with a lambda_handler(event, context) to measure beside; it gets this environment and AWS endpoints of its own
--peer-event    a JSON file, the event that it is given
--peer-item     a JSON file, the item (in DynamoDB's JSON) that a Query of its table finds: then it is measured with the outcome fraud as well
`

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  quick: { type: 'boolean' },
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  only: { type: 'string' },
  out: { type: 'string' },
  write: { type: 'boolean' },
  'peer-handler': { type: 'string' },
  'peer-event': { type: 'string' },
  'peer-item': { type: 'string' }
} as const

/** Reads the command line. @returns `undefined` when help is wanted @throws UsageError */
export function readOptions (args: readonly string[], subjects: readonly string[]): BenchmarkOptions | undefined {
  const { values } = parse(args)
  if (values.help === true) return undefined
  const sized = values.quick === true ? QUICK : { seconds: DEFAULT_SECONDS, rounds: DEFAULT_ROUNDS }
  const only = readList(values.only)
  const stranger = only?.find((name) => !subjects.includes(name))
  if (stranger !== undefined) throw new UsageError(`--only takes ${subjects.join(', ')}, not "${stranger}"`)
  if (only?.length === 0) throw new UsageError(`--only takes ${subjects.join(', ')}`)
  if (values.write === true && (only !== undefined || values.quick === true)) throw new UsageError('--write is for a whole run: neither --quick nor --only')
  return {
    seconds: values.seconds === undefined ? sized.seconds : readWhole('seconds', values.seconds, { min: 20, max: 3600 }),
    rounds: values.rounds === undefined ? sized.rounds : readWhole('rounds', values.rounds, { min: 1, max: 20 }),
    only,
    outDir: values.out === undefined ? undefined : resolve(readText('out', values.out, /^.+$/, 'a folder')),
    writesDocs: values.write === true,
    peer: readPeer(values)
  }
}

function parse (args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function readPeer (values: { 'peer-handler'?: string, 'peer-event'?: string, 'peer-item'?: string }): PeerOptions | undefined {
  const { 'peer-handler': handler, 'peer-event': event, 'peer-item': item } = values
  if (handler === undefined && event === undefined && item === undefined) return undefined
  if (handler === undefined || event === undefined) throw new UsageError('--peer-handler and --peer-event go together')
  if (!handler.endsWith('.py')) throw new UsageError('--peer-handler must be a Python file')
  return { handlerPath: resolve(handler), eventPath: resolve(event), itemPath: item === undefined ? undefined : resolve(item) }
}
