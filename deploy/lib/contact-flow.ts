import { readFileSync } from 'node:fs'
import { Fn } from 'aws-cdk-lib'

const FOLDER = new URL('../../contact-flow/', import.meta.url)
const PLACEHOLDER = /\$\{([^}]*)\}/g

/** The text of a file in `contact-flow/`. */
export function readContactFlowFile (path: string): string {
  return readFileSync(new URL(path, FOLDER), 'utf8')
}

/**
 * The content of a flow with its placeholders filled in when the stack is deployed.
 * @param values what stands for each `${placeholder}`, tokens as a rule
 * @throws Error when the file has a placeholder that no value is for: CloudFormation would take it for a parameter
 */
export function flowContent (path: string, values: Record<string, string>): string {
  // Said again without white space: a template has a limit of size.
  const content = JSON.stringify(JSON.parse(readContactFlowFile(path)))
  for (const [placeholder, name] of content.matchAll(PLACEHOLDER)) {
    if (name === undefined || !Object.hasOwn(values, name)) throw new Error(`${path} has ${placeholder}, which nothing fills`)
  }
  return Fn.sub(content, values)
}
