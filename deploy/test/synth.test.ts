import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DEPLOY, inYaml, readTemplate, synthesise, TEMPLATE_FILE } from './template.ts'

const run = promisify(execFile)

test('cdk synth: works without credentials and network, finds nothing by cdk-nag and the built-in validator, and makes template.yaml', async () => {
  const { template, said } = await synthesise()
  assert.doesNotMatch(said, /error|warning/i)
  assert.ok(inYaml(template) === await readFile(TEMPLATE_FILE, 'utf8'), 'deploy/template.yaml is not what `cdk synth` makes: run `npm run template` and look at the difference')
})

test('template.yaml: holds nothing of the machine that made it, and needs no assets', async () => {
  const text = await readFile(TEMPLATE_FILE, 'utf8')
  for (const foreign of [homedir(), hostname(), '/tmp/', 'node_modules', 'cdk.out', 'cdk-hnb659fds', 'BootstrapVersion', 'CDKMetadata']) {
    assert.ok(!text.includes(foreign), foreign)
  }
})

test('template.yaml: stays within the limits of CloudFormation', async () => {
  const { Parameters, Resources, Outputs, Conditions } = await readTemplate()
  // AWS CloudFormation User Guide, "Understand CloudFormation quotas".
  assert.ok((await readFile(TEMPLATE_FILE)).length <= 1_000_000)
  assert.ok(Object.keys(Resources).length <= 500)
  assert.ok(Object.keys(Parameters).length <= 200)
  assert.ok(Object.keys(Outputs).length <= 200)
  assert.ok(Object.keys(Conditions).length <= 200)
  for (const { Description = '', ConstraintDescription = '' } of Object.values(Parameters)) {
    assert.ok(Description.length > 0 && Description.length <= 4000)
    assert.ok(ConstraintDescription.length <= 4000)
  }
})

test('template.yaml: cfn-lint finds nothing that .cfnlintrc does not explain', async (t) => {
  const version = await run('cfn-lint', ['--version']).then(({ stdout }) => stdout.trim(), () => undefined)
  if (version === undefined) { t.skip('no cfn-lint on this machine'); return }
  const found = await run('cfn-lint', ['--', 'template.yaml'], { cwd: fileURLToPath(DEPLOY) }).then(() => '', ({ stdout, stderr }) => `${stdout}${stderr}`)
  assert.equal(found, '', version)
})
