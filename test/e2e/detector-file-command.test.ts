import t, { type Test } from 'tap'
import { startProgram } from './local-process.ts'

// Most of their time these tests wait for processes.
t.jobs = 2

async function run (t: Test, ...args: string[]) {
  const child = startProgram(t, 'cli', { args: ['detector', ...args] })
  const { code } = await child.ended
  return { code, stdout: child.stdout(), stderr: child.stderr() }
}

t.test('ringfence detector check: says that a file is right, or all that is not', async (t) => {
  const folder = t.testdir({ 'bad.yaml': 'name: bad\nmatch: all\nrules:\n  - { id: a, when: scor > 5, outcome: fraud }\n  - { id: b, when: score, outcome: fraud }\notherwise: approve\n' })
  t.match(await run(t, 'check', '--detector', 'detectors/card-fraud.yaml'), { code: 0, stdout: /^card-fraud: 2 rules, the gravest that matches wins, otherwise approve\. Nothing is wrong with it\.\nSHA-256 [0-9a-f]{64}\n$/, stderr: '' })
  t.match(await run(t, 'check', '--detector', `${folder}/bad.yaml`), { code: 1, stdout: '', stderr: /bad\.yaml is not right:\n {2}- line 4, rule a, character 1 \(scor\): .+\n {2}- line 5, rule b, character 1: must be true or false, and is int\n$/ })
  t.match(await run(t, 'check'), { code: 2, stderr: /--detector is missing: a detector file/ })
})

t.test('ringfence detector test: tries a file on a CSV, in words or as JSON', async (t) => {
  const folder = t.testdir({
    'd.yaml': 'name: large\nmatch: first\nrules:\n  - { id: large, when: amount > 100, outcome: fraud }\notherwise: approve\n',
    'p.csv': 'time,amount,fraud\n2026-03-01T10:00:00Z,500,yes\n2026-03-02T10:00:00Z,200,no\n2026-03-02T11:00:00Z,5,no\n'
  })
  const args = ['test', '--detector', `${folder}/d.yaml`, '--data', `${folder}/p.csv`, '--label', 'fraud', '--timestamp', 'time']
  t.match(await run(t, ...args), { code: 0, stdout: /^large on the scores of card-fraud \d+\n3 rows, 1 frauds \(33\.33 %\), from 2026-03-01 to 2026-03-02\n[^]*\nfraud, a call each at most: 1\.0 a day, 1 on the busiest of 2 days\n$/ })
  const { stdout } = await run(t, ...args, '--json')
  t.match(JSON.parse(stdout), { detector: { name: 'large' }, model: { name: 'card-fraud' }, all: { rows: 3, frauds: 1 }, rules: [{ id: 'large', rows: 2, frauds: 1, failed: 0 }], outcomes: { fraud: { rows: 2, frauds: 1 } } })
  t.match(await run(t, 'test', '--detector', `${folder}/d.yaml`, '--data', `${folder}/none.csv`), { code: 2, stderr: /none\.csv cannot be read/ })
})
