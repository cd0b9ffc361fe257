import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { EVERYTHING_NEW } from './examples.ts'
import { refusals } from './refusals.ts'
import { readTemplate } from './template.ts'

const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8')
const template = await readTemplate()

/** The rows below a table's head, cell by cell. */
function tableUnder (head: string): string[][] {
  const lines = page.split('\n')
  const start = lines.indexOf(head)
  assert.ok(start > 0, `there is no table ${head}`)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()))
}

const namesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
const ofType = (type: string) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type)

test('docs/deploy.md: its table of parameters is that of the template, defaults and order included', () => {
  const written = tableUnder('| parameter | default | meaning |').map(([name = '', fallback = '']) => [namesIn(name)[0], namesIn(fallback)[0] ?? ''])
  const ordered = template.Metadata['AWS::CloudFormation::Interface'].ParameterGroups.flatMap(({ Parameters }) => Parameters)
  assert.deepEqual(written, ordered.map((name) => [name, template.Parameters[name]?.Default ?? '']))
})

test('docs/deploy.md: its table of alarms has each alarm of the template, and no other', () => {
  const written = tableUnder('| alarm | meaning | do |').flatMap(([names = '']) => namesIn(names))
  assert.deepEqual(written.toSorted(), ofType('AWS::CloudWatch::Alarm').map(([id]) => id.replace(/^Alarms|[0-9A-F]{8}$/g, '')).toSorted())
})

test('docs/deploy.md: who may do what is what the policies of the template allow', () => {
  const allowed = new Set<string>()
  for (const [, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::Lambda::Permission') allowed.add(Properties?.['Action'] as string)
    if (Type !== 'AWS::IAM::Role' && Type !== 'AWS::IAM::Policy') continue
    const policies = [Properties?.['PolicyDocument'], ...(Properties?.['Policies'] as Array<{ PolicyDocument: unknown }> ?? []).map(({ PolicyDocument }) => PolicyDocument)]
    for (const { Statement } of policies.filter((one) => one !== undefined) as Array<{ Statement: Array<{ Effect: string, Action: string | string[] }> }>) {
      for (const { Effect, Action } of Statement) if (Effect === 'Allow') [Action].flat().forEach((action) => allowed.add(action))
    }
  }
  // The VPC's flow log has a role of its own, with nothing to do with Ringfence.
  for (const action of ['logs:DescribeLogStreams', 'iam:PassRole']) allowed.delete(action)
  const written = new Set(tableUnder('| who | may | on |').flatMap(([, may = '']) => namesIn(may)).filter((name) => name.includes(':')))
  assert.deepEqual([...written].toSorted(), [...allowed].toSorted())
})

test('docs/deploy.md: an output that it names is one of the template', () => {
  const named = [...page.matchAll(/output\s+`(\w+)`/g)].map(([, name = '']) => name)
  assert.ok(named.length >= 3)
  assert.deepEqual(named.filter((name) => template.Outputs[name] === undefined), [])
})

test('docs/deploy.md: what is counted in its costs is as many as the template makes', () => {
  const alarms = ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties?.['Metrics'] as Array<{ MetricStat?: object }> | undefined)
  const metrics = alarms.reduce((sum, all) => sum + (all?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1), 0)
  assert.ok(page.includes(`${alarms.length} alarms, over ${metrics} metrics`), `${alarms.length} alarms, over ${metrics} metrics`)
  assert.equal(ofType('AWS::SecretsManager::Secret').length, 2)
  assert.equal(ofType('AWS::KMS::Key').length, 1)
})

test('docs/deploy.md: its way to make keys makes what the template takes, with the keys in no file', async () => {
  const commands = /```sh\nnpm ci && npm run build\n([^`]*)```/.exec(page)?.[1]?.replaceAll('node dist/cli.js', '"$NODE" --import tsx src/cli.ts') ?? assert.fail('there are no commands')
  assert.doesNotMatch(commands, />|tee/)
  const { stdout } = await promisify(execFile)('sh', ['-euc', `${commands}\necho "$API_KEYS"; key "$TERMINAL"; key "$OPERATOR"`], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)), env: { PATH: process.env['PATH'], NODE: process.execPath }
  })
  const [apiKeys = '', ...keys] = stdout.trimEnd().split('\n')
  assert.deepEqual(refusals(template, { ...EVERYTHING_NEW, ApiKeys: apiKeys }), [])
  assert.deepEqual(JSON.parse(apiKeys).map(({ name, scopes }: { name: string, scopes: string[] }) => [name, scopes]), [['terminal', ['transactions:write']], ['operator', ['customers:write', 'cases:read', 'cards:write']]])
  assert.equal(keys.length, 2)
  for (const key of keys) assert.match(key, /^rf_\S+$/)
})

test('docs/deploy.md: what cannot be changed are parameters, and what its stack policy keeps are things that the template makes', () => {
  const fixed = tableUnder('| change of | does |').filter(([, does = '']) => does.startsWith('**Cannot be changed')).flatMap(([names = '']) => namesIn(names))
  assert.deepEqual(fixed, ['Exposure', 'VpcId', 'VpcCidr', 'ConnectInstanceAlias', 'ConnectInstanceArn'])
  for (const name of fixed) assert.ok(name in template.Parameters, name)
  const { Statement: [, kept] } = JSON.parse(/--stack-policy-body '([^']*)'/.exec(page)?.[1] ?? '') as { Statement: Array<{ Condition: { StringEquals: { ResourceType: string[] } } }> }
  const types = kept?.Condition.StringEquals.ResourceType ?? []
  assert.ok(types.length > 0)
  for (const type of types) assert.ok(ofType(type).length > 0, type)
})
