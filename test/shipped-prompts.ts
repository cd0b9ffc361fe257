import { fileURLToPath } from 'node:url'
import { readPrompts } from '../src/adapters/prompt-file.ts'

/** The wordings that are shipped, read as the service reads them. */
export const PROMPTS = await readPrompts(fileURLToPath(new URL('../contact-flow/prompts.json', import.meta.url)), 'en')
