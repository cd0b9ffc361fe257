import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import type { TemplateResource } from './deployment.ts'

export interface Resource extends TemplateResource {
  Metadata?: unknown
}

export interface Parameter {
  Type: 'String' | 'Number'
  Default?: string
  AllowedPattern?: string
  AllowedValues?: string[]
  MinValue?: number
  MaxValue?: number
  Description?: string
  ConstraintDescription?: string
}

export interface Rule {
  RuleCondition?: unknown
  Assertions: Array<{ Assert: unknown, AssertDescription: string }>
}

export interface Template {
  Description: string
  Metadata: { 'AWS::CloudFormation::Interface': { ParameterGroups: Array<{ Parameters: string[] }> } }
  Parameters: Record<string, Parameter>
  Rules: Record<string, Rule>
  Conditions: Record<string, unknown>
  Mappings?: Record<string, unknown>
  Resources: Record<string, Resource>
  Outputs: Record<string, { Value: unknown, Condition?: string }>
}

export const DEPLOY = new URL('../', import.meta.url)
export const TEMPLATE_FILE = new URL('template.yaml', DEPLOY)
const HEADER = `# Everything that Ringfence needs in an AWS account. Made by \`npm run template\` in deploy/; docs/deploy.md tells how to use it.
`

/** The published template; that it is what `cdk synth` makes is one test's business. */
export async function readTemplate (): Promise<Template> {
  return parse(await readFile(TEMPLATE_FILE, 'utf8'), YAML) as Template
}

/** CloudFormation reads YAML 1.1, in which a plain `no` is not a text, and `2012-10-17` a date. */
const YAML = { version: '1.1' } as const

/** The template as it is published. */
export function inYaml (template: object): string {
  return HEADER + stringify(template, { ...YAML, lineWidth: 0, aliasDuplicateObjects: false })
}

export interface Synthesis {
  template: Template
  /** What the tool had to say. */
  said: string
}

/** Runs `cdk synth` with all its checks, without credentials, and with no network to speak of. */
export async function synthesise (): Promise<Synthesis> {
  const output = await mkdtemp(join(tmpdir(), 'ringfence-synth-'))
  const env = { PATH: process.env['PATH'], HOME: output, CI: 'true', AWS_EC2_METADATA_DISABLED: 'true', HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' }
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--output', output], {
      cwd: fileURLToPath(DEPLOY), env, maxBuffer: 16 * 1024 * 1024
    })
    return { template: JSON.parse(await readFile(join(output, 'Ringfence.template.json'), 'utf8')) as Template, said: stdout + stderr }
  } finally {
    await rm(output, { recursive: true })
  }
}
