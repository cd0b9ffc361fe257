import { resolve } from 'node:path'
import { readDetector } from '../adapters/rules/detector-rules.ts'
import type { Command } from './command.ts'
import { readText } from './option-values.ts'

/** `ringfence detector check`. */
export const check: Command = {
  summary: 'check a detector file of rules (RINGFENCE_DETECTOR)',
  usage: '--detector FILE',
  details: '--detector  the file; docs/rules.md tells what stands in it\n\nIt is checked as at the start of the service: nothing is asked of AWS, and no model is loaded. The exit code is 1 when it is not right.',
  options: { detector: { type: 'string' } },
  async run ({ values }) {
    const { file, sha256 } = await readDetector(resolve(readText('detector', values['detector'], /^.+$/, 'a detector file')))
    process.stdout.write(`${file.name}: ${file.rules.length} rules, ${file.match === 'first' ? 'the first that matches decides' : 'the gravest that matches wins'}, otherwise ${file.otherwise}. Nothing is wrong with it.\nSHA-256 ${sha256}\n`)
  }
}
