import type { ParseArgsConfig } from 'node:util'

/** A mistake in how the command was called, as opposed to one in what it did: exit code 2. */
export class UsageError extends Error {}

/** One command of the command line; its help text is made of this. */
export interface Command {
  summary: string
  usage: string
  /** What each option means, a line each. */
  details: string
  options: NonNullable<ParseArgsConfig['options']>
  /** Whether words without a dash may follow, such as files. */
  takesWords?: true
  run: (given: GivenArguments) => Promise<void>
}

/** What was given on the command line. */
export interface GivenArguments {
  /** Options with a value, by name. */
  values: Readonly<Record<string, string | undefined>>
  /** Names of the options without a value that were given. */
  flags: ReadonlySet<string>
  words: readonly string[]
}

/** Commands under one word. */
export interface Group {
  summary: string
  commands: Record<string, Command>
}
