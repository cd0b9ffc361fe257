import { readdir, writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { poll, startProgram } from './local-process.ts'

// Most of their time these tests wait for processes.
t.jobs = 3

function createWorld (t: Test) {
  const folder = t.testdir({ temporary: {}, models: {}, mine: { 'card.json': '{}', 'notes.txt': 'mine' }, other: { 'card.json': '{}' } })
  const start = (...args: string[]) => startProgram(t, 'cli', { args: args.map((arg) => arg.replace('FOLDER', folder)), env: { TMPDIR: `${folder}/temporary` } })
  return {
    folder,
    start,
    async run (...args: string[]) {
      const child = start(...args)
      const { code } = await child.ended
      return { code, stdout: child.stdout(), stderr: child.stderr() }
    }
  }
}

const STOPS: ReadonlyArray<[string, string[], RegExp, NodeJS.Signals[], number]> = [
  ['Ctrl-C while it tries models', ['model', 'train', '--data', 'FOLDER/data.csv', '--out', 'FOLDER/models/deep/x'], /trying/, ['SIGINT'], 130],
  ['a second Ctrl-C', ['model', 'train', '--data', 'FOLDER/data.csv', '--out', 'FOLDER/models/x'], /reading/, ['SIGINT', 'SIGINT'], 130],
  ['SIGTERM', ['model', 'train', '--data', 'FOLDER/data.csv', '--out', 'FOLDER/models/x'], /reading/, ['SIGTERM'], 143],
  ['Ctrl-C while it generates', ['model', 'evaluate'], /generating/, ['SIGINT'], 130],
  ['Ctrl-C while it generates', ['model', 'train-bundled', '--out', 'FOLDER/models/x'], /generating/, ['SIGINT'], 130],
  ['Ctrl-C while it generates', ['model', 'generate', '--rows', '9000000', '--out', 'FOLDER/models/x.csv'], /generating/, ['SIGINT'], 130]
]
for (const [what, args, stage, signals, expected] of STOPS) {
  t.test(`ringfence ${args.slice(0, 2).join(' ')}: ${what} leaves nothing, not even temporary folders`, async (t) => {
    const { folder, start, run } = createWorld(t)
    if (args.includes('FOLDER/data.csv')) await run('model', 'generate', '--rows', '9000', '--out', 'FOLDER/data.csv')
    const child = start(...args)
    await poll('the stage', () => stage.test(child.stderr()) || undefined)
    for (const signal of signals) child.kill(signal)
    t.same(await child.ended, { code: expected, signal: null })
    t.match(child.stderr(), /^ringfence: Stopped; nothing was written\.$/m)
    t.same([await readdir(`${folder}/temporary`), await readdir(`${folder}/models`)], [[], []])
  })
}

const DATA = 'EVENT_LABEL,EVENT_TIMESTAMP,currency\nlegit,2026-01-01,eur\nfraud,2026-01-02,usd\n'
const TRAIN = ['model', 'train', '--data', 'FOLDER/data.csv']
const FAULTS: ReadonlyArray<[string[], number, RegExp, string?]> = [
  [[...TRAIN, '--out', 'FOLDER/mine'], 2, /mine is there already; --force/],
  [[...TRAIN, '--out', 'FOLDER/mine', '--force'], 2, /mine holds other things than a model; it is not replaced/],
  [['model', 'train-bundled', '--out', 'FOLDER/mine'], 2, /mine holds other things than a model; it is not replaced/],
  [[...TRAIN, '--out', 'FOLDER/data.csv', '--force'], 2, /data\.csv is no folder/],
  [[...TRAIN, '--out', 'FOLDER/data.csv/x'], 2, /--out cannot be made: nothing can be written to .*data\.csv$/m],
  [['model', 'train', '--data', 'FOLDER/data.csv', '--label', 'not read yet', '--out', '/proc/x'], 2, /--out cannot be made: nothing can be written to \/proc/],
  [['model', 'report', '--out', 'FOLDER/none/report.html'], 1, /cannot be written: its folder is not there; make it first, or name another place\.$/m],
  [[...TRAIN, '--out', 'FOLDER/other/deep/x'], 2, /--out lies in .*other, the folder of another model/],
  [[...TRAIN, '--out', 'FOLDER/models/x', '--fraud-value', ','], 2, /--fraud-value names no value/],
  [[...TRAIN, '--out', 'FOLDER/models/x'], 1, /^ringfence: No column is left that a model could learn from\.$/m],
  [[...TRAIN, '--out', 'FOLDER/models/x', '--leave-out', 'none'], 1, /^ringfence: There is no column none\. The columns are EVENT_LABEL, EVENT_TIMESTAMP, currency\.$/m],
  [['model', 'train', '--data', 'FOLDER', '--out', 'FOLDER/models/x'], 2, /--data .* is no file/],
  [['model', 'evaluate', '--data', 'FOLDER/data.csv', '--label', 'y'], 1, /^ringfence: There is no column y; name one with --label\./m],
  [['model', 'evaluate', '--model', 'FOLDER/other', '--data', 'FOLDER/data.csv'], 1, /^ringfence: The fraud model of .*card\.json cannot be used: the card has format none/m],
  [['model', 'report', '--out', 'FOLDER', '--force'], 1, /^ringfence: .* cannot be written: [a-z]/m],
  [['model', 'report', '--out', 'FOLDER/data.csv'], 2, /data\.csv is there already; --force writes over it/],
  [['model', 'report', '--out', 'FOLDER/nowhere/x.html'], 1, /^ringfence: .*x\.html cannot be written: [a-z]/m],
  [['model', 'compare'], 2, /^ringfence: AWS_REGION is missing; for the data of the local mode, --data-dir \.\/data$/m],
  [['model', 'report', '--model', 'FOLDER/other'], 1, /^ringfence: .*other holds no report\.json, which model train writes/m]
]
for (const [args, code, message] of FAULTS) {
  t.test(`ringfence ${args.join(' ')} is told what is wrong`, async (t) => {
    const { folder, run } = createWorld(t)
    await writeFile(`${folder}/data.csv`, DATA)
    t.match(await run(...args), { code, stderr: message })
    t.same([await readdir(`${folder}/temporary`), await readdir(`${folder}/models`), (await readdir(`${folder}/mine`)).sort()], [[], [], ['card.json', 'notes.txt']])
  })
}

t.test('ringfence model train warns of numbers that only pass for times', async (t) => {
  const { folder, run } = createWorld(t)
  await writeFile(`${folder}/data.csv`, 'EVENT_LABEL,amount,currency\nlegit,12,eur\nfraud,17,usd\n')
  t.match((await run(...TRAIN, '--timestamp', 'amount', '--out', 'FOLDER/models/x')).stdout, /^warning: the times of amount start at 1970-01-01T00:00:12\.000Z/m)
})

t.test('ringfence model evaluate says which label counts as fraud', async (t) => {
  const { folder, run } = createWorld(t)
  await writeFile(`${folder}/data.csv`, DATA)
  const { code, stdout } = await run('model', 'evaluate', '--data', 'FOLDER/data.csv')
  t.equal(code, 0)
  t.match(stdout, /^EVENT_LABEL: legit 1 \(50\.00 %, legitimate\), fraud 1 \(50\.00 %, fraud\)$/m)
  t.match(stdout, /^warning: 1 of 2 rows are from the time that the model was trained on/m)
})

t.test("ringfence model evaluate with the training's own seed says that the figures flatter", async (t) => {
  const { run } = createWorld(t)
  const { code, stdout } = await run('model', 'evaluate', '--seed', '1')
  t.equal(code, 0)
  t.match(stdout, /^warning: the model was trained on payments generated with --seed 1, and these are among them: the figures flatter; take another seed$/m)
})
