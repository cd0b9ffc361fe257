#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError, type Command, type Group } from './cli/command.ts'
import { detector } from './cli/detector.ts'
import { flow } from './cli/flow.ts'
import { key } from './cli/key.ts'
import { model } from './cli/model.ts'

// The lock file pins an SDK that runs on Node 20; its advice to upgrade says nothing about this release.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

/** The service's image carries no stand-ins, and so lacks the commands that start them. */
const hasStandIns = existsSync(new URL('./simulators/', import.meta.url))

/** Commands, and groups of them. */
const COMMANDS: Record<string, Command | Group> = {
  ...hasStandIns ? { demo: (await import('./cli/demo.ts')).demo } : {},
  detector,
  flow,
  key,
  model,
  ...hasStandIns ? { prove: (await import('./cli/prove.ts')).prove } : {},
  ...hasStandIns ? { simulate: (await import('./cli/simulate.ts')).simulate } : {}
}

function find<T> (table: Record<string, T>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}

/** What the words before the options name: a command, a group without one, or neither. */
function findNamed (names: readonly string[]): { path: string, group?: Group, command?: Command } {
  const [name, memberName] = names
  const entry = find(COMMANDS, name)
  if (name === undefined) return { path: '' }
  if (entry === undefined) throw new UsageError(`unknown command "${name}"`)
  if (!('commands' in entry)) return { path: name, command: entry }
  if (memberName === undefined) return { path: name, group: entry }
  const command = find(entry.commands, memberName)
  if (command === undefined) throw new UsageError(`unknown command "${name} ${memberName}"`)
  return { path: `${name} ${memberName}`, command }
}

function helpText ({ path, group, command }: ReturnType<typeof findNamed>): string {
  if (command !== undefined) return `Usage: ringfence ${path} ${command.usage}\n\n${command.summary}\n\n${command.details}\n`
  const entries: [string, { summary: string }][] = Object.entries(group?.commands ?? COMMANDS)
  const lines = entries.map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`)
  return `Usage: ringfence ${path === '' ? '' : `${path} `}<command> [options]\n\n${lines.join('\n')}\n\n--help after any command tells more.\n`
}

async function main (args: readonly string[]): Promise<void> {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'))
  const named = findNamed(firstOption === -1 ? args : args.slice(0, firstOption))
  const { path, command } = named
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpText(named))
    return
  }
  if (command === undefined) throw new UsageError('a command is missing')
  const { values, positionals } = parseArgs({ args: args.slice(path.split(' ').length), options: command.options, strict: true, allowPositionals: command.takesWords === true })
  const given = Object.entries(values)
  await command.run({
    values: Object.fromEntries(given.filter((pair): pair is [string, string] => typeof pair[1] === 'string')),
    flags: new Set(given.filter(([, value]) => value === true).map(([name]) => name)),
    words: positionals
  })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  process.stderr.write(`ringfence: ${error instanceof Error ? error.message : String(error)}\n`)
  if (isUsage) process.stderr.write('Try: ringfence --help\n')
  // What a signal stopped has its exit code already.
  process.exitCode ??= isUsage ? 2 : 1
}
