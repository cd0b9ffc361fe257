import t from 'tap'
import { startProgram } from './local-process.ts'

t.test('ringfence detector check: says that a file is right, or all that is not', async (t) => {
  const folder = t.testdir({ 'bad.yaml': 'name: bad\nmatch: all\nrules:\n  - { id: a, when: scor > 5, outcome: fraud }\n  - { id: b, when: score, outcome: fraud }\notherwise: approve\n' })
  const run = async (...args: string[]) => {
    const child = startProgram(t, 'cli', { args: ['detector', 'check', ...args] })
    const { code } = await child.ended
    return { code, stdout: child.stdout(), stderr: child.stderr() }
  }
  t.match(await run('--detector', 'detectors/card-fraud.yaml'), { code: 0, stdout: /^card-fraud: 2 rules, the gravest that matches wins, otherwise approve\. Nothing is wrong with it\.\nSHA-256 [0-9a-f]{64}\n$/, stderr: '' })
  t.match(await run('--detector', `${folder}/bad.yaml`), { code: 1, stdout: '', stderr: /bad\.yaml is not right:\n {2}- line 4, rule a, character 1 \(scor\): .+\n {2}- line 5, rule b, character 1: must be true or false, and is int\n$/ })
  t.match(await run(), { code: 2, stderr: /--detector is missing: a detector file/ })
})
