import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { poll, startProgram } from './local-process.ts'

const SUSPICIOUS = JSON.parse(readFileSync(new URL('../../examples/transaction.json', import.meta.url), 'utf8'))

t.jobs = 2

/** The demo, with a folder for temporary files of its own, so that what it leaves behind can be seen. */
function startDemo (t: Test, files: Record<string, string | object>, args: readonly string[]) {
  const folder = t.testdir({ ...files, tmp: {} })
  const child = startProgram(t, 'cli', { args: ['demo', '--speed', '50', ...args.map((arg) => arg.replace('FOLDER', folder))], env: { TMPDIR: join(folder, 'tmp') } })
  return { ...child, leftovers: () => readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('ringfence')), ticks: () => child.stdout().split('\n').flatMap((line) => /^ {2}✓ (.*)/.exec(line)?.[1] ?? []) }
}

t.test('demo: without a terminal both stories are played, every step is ticked off, nothing is left behind', async t => {
  const demo = startDemo(t, {}, [])
  t.strictSame(await demo.ended, { code: 0, signal: null }, demo.stdout())
  t.equal(demo.stderr(), '')
  t.notMatch(demo.stdout(), '✗')
  t.notOk(demo.stdout().includes('\u001b'), 'no colours')
  t.match(demo.ticks()[0], /^ready: API http:\/\/localhost:\d+, phones http:\/\/localhost:\d+$/)
  t.strictSame(demo.ticks().slice(1), [
    ...story('8788', 'Ada Lovelace'), 'the case is closed as fraud', 'the card ending 8788 is blocked', 'the decision is blocked', 'the reason is card_blocked', 'nobody is called again',
    ...story('1115', 'Charles Babbage'), 'the case is closed as genuine', 'the card ending 1115 is still active', 'the decision is approve', 'the reason is confirmed_genuine_recently', 'nobody is called again'
  ])
  const heard = demo.stdout().replaceAll(/\s+/g, ' ')
  t.match(heard, /☎ This is a security call from Ringfence Bank\. Hello Mrs Ada Lovelace\. We noticed a payment of 4155 euros .* \(scripted: 2\) ☎ Your card ending 8 7 8 8 is now blocked\./)
  t.match(heard, /\(scripted: 1\) ☎ Thank you\. Your card ending 1 1 1 5 stays active\./)
  t.strictSame(demo.leftovers(), [])
})

function story (last4: string, name: string): string[] {
  return [
    'the decision is fraud', `the card ending ${last4} is not blocked on suspicion`, 'a case is open',
    `the phone of ${name} rings`, 'the call knows the last four digits of the card, no more', 'picked up',
    'a key is pressed', 'the call says what is true now', 'the call ends by itself'
  ]
}

t.test('demo: a payment that nobody would suspect stops it at the decision, with what was expected and what came', async t => {
  const { occurredAt, amount, ...rest } = SUSPICIOUS
  const harmless = { ...rest, occurredAt, amount: { ...amount, value: 1250 }, variables: {} }
  const demo = startDemo(t, { 'harmless.json': JSON.stringify(harmless) }, ['--key', '2', '--transaction', 'FOLDER/harmless.json'])
  t.strictSame(await demo.ended, { code: 1, signal: null })
  t.match(demo.stdout(), / {2}✗ the decision is fraud\n {6}expected {2}"fraud"\n {6}actual {4}"(approve|investigate)"\n$/)
  t.equal(demo.stderr(), 'ringfence: the demo stopped at a step that is not what it should be\n')
  t.strictSame(demo.leftovers(), [])
})

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  t.test(`demo: ${signal} in the middle of the call ends it and its service`, async t => {
    const demo = startDemo(t, {}, ['--key', '1', '--speed', '1'])
    await poll('the question', () => demo.stdout().includes('☎') ? true : undefined)
    const url = /API (http:\/\/localhost:\d+)/.exec(demo.stdout())?.[1] ?? ''
    t.equal((await fetch(`${url}/livez`)).status, 200)
    demo.kill(signal)
    t.strictSame(await demo.ended, { code: 1, signal: null })
    t.equal(demo.stderr(), `ringfence: the demo was stopped by ${signal}\n`)
    await t.rejects(fetch(`${url}/livez`))
    t.strictSame(demo.leftovers(), [])
  })
}
