import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lintFlow } from '../../src/flow-language/flow-linter.ts'
import { legacyFlow } from '../flow-language/legacy-flow.ts'
import { startProgram } from './local-process.ts'

t.jobs = 3

const GOOD = {
  Version: '2019-10-30',
  StartAction: 'hello',
  Actions: [
    { Identifier: 'hello', Type: 'MessageParticipant', Parameters: { Text: 'Hello $.Attributes.Name' }, Transitions: { NextAction: 'end', Errors: [{ NextAction: 'end', ErrorType: 'NoMatchingError' }] } },
    { Identifier: 'end', Type: 'DisconnectParticipant', Parameters: {}, Transitions: {} }
  ]
}
const WARNED = { ...GOOD, Actions: [{ ...GOOD.Actions[0], Parameters: { Text: '$.Attributes.Nmae' } }, GOOD.Actions[1]] }
const PLACEHOLDER = '$' + '{BridgeLambdaArn}'

/** Runs `ringfence flow …` in a folder of these files; FOLDER in an argument stands for it. */
async function run (t: Test, files: Record<string, string>, args: readonly string[]) {
  const folder = t.testdir(files)
  const child = startProgram(t, 'cli', { args: ['flow', ...args.map((arg) => arg.replace('FOLDER', folder))] })
  const { code } = await child.ended
  return { code, stdout: child.stdout().replaceAll(folder, 'FOLDER'), stderr: child.stderr().replaceAll(folder, 'FOLDER'), folder }
}

t.test('flow check: the flows of this project have no error and no warning', async t => {
  const { code, stdout } = await run(t, {}, ['check', 'contact-flow/card-fraud.json', 'contact-flow/card-fraud-sms.json', '--json'])
  t.equal(code, 0)
  const { files } = JSON.parse(stdout)
  t.match(files, [{ channel: 'voice', isConverted: false }, { channel: 'sms', isConverted: false }])
  t.strictSame(new Set(files.flatMap(({ problems }: { problems: Array<{ rule: string }> }) => problems.map(({ rule }) => rule))), new Set(['placeholder']))
})

t.test('flow check: findings by file and block, without colours when nobody looks', async t => {
  const { code, stdout, stderr } = await run(t, { 'good.json': `\uFEFF${JSON.stringify(GOOD)}`, 'warned.json': JSON.stringify(WARNED), 'old.json': JSON.stringify(legacyFlow()) },
    ['check', 'FOLDER/good.json', 'FOLDER/warned.json', 'FOLDER/old.json'])
  t.equal(code, 0)
  t.equal(stderr, '')
  t.notOk(stdout.includes('\u001b'))
  t.match(stdout, 'FOLDER/good.json (voice)\n  nothing to say\n\nFOLDER/warned.json (voice)\n  hello\n    warning  attribute-unsent  nobody sends $.Attributes.Nmae, and no block sets it\n')
  t.match(stdout, 'FOLDER/old.json (voice, a legacy export, converted first)\n')
  t.match(stdout, /\n3 flows: 0 errors, 3 warnings, 1 note\n$/)
})

const exits: Array<{ name: string, files: Record<string, string>, args: string[], code: number, says: RegExp }> = [
  { name: 'a warning with --strict', files: { 'f.json': JSON.stringify(WARNED) }, args: ['check', 'FOLDER/f.json', '--strict'], code: 1, says: /1 warning/ },
  { name: 'a flow for the other channel', files: { 'f.json': JSON.stringify(legacyFlow()) }, args: ['check', '--channel', 'sms', 'FOLDER/f.json'], code: 1, says: /channel-block +GetParticipantInput hears keys of a phone only/ },
  { name: 'a file that is not JSON', files: { 'f.json': '{ "Version": ' }, args: ['check', 'FOLDER/f.json'], code: 1, says: /error {4}json {2}this is not JSON: / },
  { name: 'a web page', files: { 'f.json': '<html>' }, args: ['check', 'FOLDER/f.json'], code: 1, says: /this is markup, not JSON/ },
  { name: 'an empty file', files: { 'f.json': '\n' }, args: ['check', 'FOLDER/f.json'], code: 1, says: /the file is empty/ },
  { name: 'a reply of the API', files: { 'f.json': '{ "ContactFlow": { "Content": "{}" } }' }, args: ['check', 'FOLDER/f.json'], code: 1, says: /the reply of DescribeContactFlow/ },
  { name: 'a legacy export that cannot be converted', files: { 'f.json': '{ "modules": [{ "id": "m", "type": "Dance" }] }' }, args: ['check', 'FOLDER/f.json'], code: 1, says: /module m of type Dance: this kind of module cannot be converted/ },
  { name: 'no file', files: {}, args: ['check'], code: 2, says: /a flow file is missing/ },
  { name: 'a file that is not there', files: {}, args: ['check', 'FOLDER/none.json'], code: 2, says: /none.json cannot be read: ENOENT/ },
  { name: 'a channel that is none', files: {}, args: ['check', 'x', '--channel', 'letter'], code: 2, says: /--channel must be voice or sms/ },
  { name: 'an unknown option', files: {}, args: ['check', 'x', '--colour'], code: 2, says: /--colour/ },
  { name: 'nothing to convert', files: {}, args: ['convert'], code: 2, says: /one file to read/ },
  { name: 'an ARN that is none', files: {}, args: ['convert', 'x', '--bridge-arn', 'my-function'], code: 2, says: /--bridge-arn must be the ARN/ },
  { name: 'a flow that needs no conversion', files: { 'f.json': JSON.stringify(GOOD) }, args: ['convert', 'FOLDER/f.json'], code: 1, says: /is no legacy export: it is in the flow language 2019-10-30 already/ },
  { name: 'a module that cannot be converted', files: { 'f.json': '{ "modules": [{ "id": "m", "type": "Dance" }] }' }, args: ['convert', 'FOLDER/f.json'], code: 1, says: /module m of type Dance/ },
  { name: 'a legacy export that leads nowhere', files: { 'f.json': JSON.stringify({ ...legacyFlow(), start: 'x' }) }, args: ['convert', 'FOLDER/f.json'], code: 1, says: /would have 10 error\(s\):\n- flow: StartAction "x" is no action/ }
]

for (const { name, files, args, code, says } of exits) {
  t.test(`flow ${args[0]}: ${name}: exit code ${code}`, async t => {
    const result = await run(t, files, args)
    t.equal(result.code, code)
    t.match(result.stdout + result.stderr, says)
  })
}

t.test('flow convert: writes a file once, and again only when told so; a flow can stream through', async t => {
  const folder = t.testdir({ 'old.json': JSON.stringify(legacyFlow()), 'there.json': 'kept' })
  const convert = async (...args: string[]) => {
    const child = startProgram(t, 'cli', { args: ['flow', 'convert', join(folder, 'old.json'), ...args] })
    return { ...await child.ended, stdout: child.stdout(), stderr: child.stderr() }
  }
  t.match(await convert(join(folder, 'there.json')), { code: 2, stderr: /there.json is there already; --force overwrites it/ })
  t.equal(readFileSync(join(folder, 'there.json'), 'utf8'), 'kept')
  t.match(await convert(join(folder, 'there.json'), '--force'), { code: 0, stdout: '', stderr: '' })
  t.match(await convert(join(folder, 'new.json'), '--bridge-arn', PLACEHOLDER), { code: 0 })
  const streamed = await convert('-')
  t.equal(streamed.stdout, readFileSync(join(folder, 'there.json'), 'utf8'))
  t.notOk(existsSync('-'))
  const written = JSON.parse(readFileSync(join(folder, 'new.json'), 'utf8'))
  t.strictSame(lintFlow(written), [])
  t.match(JSON.stringify(written), `"LambdaFunctionARN":"${PLACEHOLDER}"`)
})
