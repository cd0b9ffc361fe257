import { readFile } from 'node:fs/promises'
import { promptFaults } from '../domain/prompt-faults.ts'
import type { Prompts } from '../domain/prompts.ts'

/**
 * Reads the wordings of calls and texts.
 * @throws Error naming every fault of the file at once
 */
export async function readPrompts (path: string, defaultLanguage: string): Promise<Prompts> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`The prompts cannot be read (RINGFENCE_PROMPTS): ${path}`, { cause: error })
  })
  const faults = faultsOf(text, defaultLanguage)
  if (faults.length > 0) throw new Error(`The prompts in ${path} are not right:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  return JSON.parse(text) as Prompts
}

function faultsOf (text: string, defaultLanguage: string): string[] {
  try {
    return promptFaults(JSON.parse(text), defaultLanguage)
  } catch (error) {
    if (error instanceof SyntaxError) return ['the file is not JSON']
    throw error
  }
}
