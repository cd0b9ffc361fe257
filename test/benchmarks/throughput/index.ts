/**
 * How much the service answers and how fast, beside the least that the same work can cost. Every part is a process of its own, on loopback alone:
 * what is measured, the load generator, and stubs of DynamoDB, Amazon Fraud Detector and Amazon Connect. `npm run bench`, docs/performance.md.
 */
import { basename } from 'node:path'
import { UsageError } from '../../../src/cli/command.ts'
import { createProgress } from '../../../src/cli/progress-line.ts'
import { HELP, readOptions } from './options.ts'
import { runBenchmark } from './run.ts'
import { listSubjects } from './subjects.ts'

const progress = createProgress({ stream: process.stderr, nowMs: () => performance.now() })

// What was started ends with this process, whatever ends it.
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  process.on(signal, () => {
    progress.clear()
    process.exit(code)
  })
}
try {
  const args = process.argv.slice(2)
  const names = listSubjects().map(({ name }) => name)
  const options = readOptions(args, names)
  if (options === undefined) process.stdout.write(HELP.replace('SUBJECTS', names.join(', ')))
  else {
    const command = ['npm run bench', ...args.length === 0 ? [] : ['--'], ...args.filter((arg) => arg !== '--write').map((arg) => arg.startsWith('-') ? arg : basename(arg))].join(' ')
    process.stdout.write(`${await runBenchmark(options, command.replace(/ --$/, ''), progress)}\n`)
  }
  process.exit(0)
} catch (error) {
  progress.clear()
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  if (error instanceof UsageError) process.stderr.write('Try: npm run bench -- --help\n')
  process.exit(error instanceof UsageError ? 2 : 1)
}
