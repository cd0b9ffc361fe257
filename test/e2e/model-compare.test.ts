import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startEmbeddedDynamoDb } from '../../src/simulators/dynamodb.ts'
import { copyBundledModel, PLAIN_MAP } from '../model/bundled-copy.ts'
import { startLocalService, startProgram } from './local-process.ts'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8'))
const [SUSPICIOUS, HARMLESS] = [read('transaction'), read('transaction-harmless')]
const SECOND_CARD = '4556737586899855'

t.test('ringfence model compare: what a shadow said beside what decided, read from the table of a service that ran', async (t) => {
  const root = t.testdir({ data: {} })
  const dataDir = join(root, 'data')
  const compare = async (args: string[], env: Record<string, string> = {}) => {
    const child = startProgram(t, 'cli', { args: ['model', 'compare', ...args], env })
    const { code } = await child.ended
    return { code, stdout: child.stdout(), stderr: child.stderr() }
  }
  // Its own numbers, unmapped, are far below the bundled model's scores: it would call nobody, or fewer.
  const next = copyBundledModel(join(root, 'next'), { name: 'next', version: '7', scoreMap: PLAIN_MAP })
  const service = await startLocalService(t, { dataDir, env: { RINGFENCE_SHADOW_MODEL: next } })
  const { firstName, lastName, phoneNumber, timeZone } = read('customer')
  t.equal((await service.api('PUT', `/v1/customers/${SUSPICIOUS.customerId}`, { firstName, lastName, phoneNumber, timeZone, cards: [SUSPICIOUS.card, { number: SECOND_CARD }] })).status, 200)
  const screen = async (transactionId: string, body: object) => (await service.api('POST', '/v1/transactions', { ...body, transactionId })).body
  t.match(await screen('tx-1', HARMLESS), { outcome: 'approve' })
  const fraud = await screen('tx-2', SUSPICIOUS)
  const genuine = await screen('tx-3', { ...SUSPICIOUS, card: { number: SECOND_CARD } })
  t.notOk('shadow' in fraud, 'the caller is told nothing of it')
  for (const [{ case: { id } }, answer] of [[fraud, 'fraud'], [genuine, 'genuine']] as const) t.match(await service.api('POST', `/v1/cases/${id}/answer`, { answer }), { status: 200 })

  t.match(await compare(['--data-dir', dataDir]), { code: 1, stderr: /is in use by a running Ringfence; stop it first/ })
  service.kill('SIGTERM')
  await service.ended

  const told = await compare(['--data-dir', dataDir, '--json'])
  t.equal(told.code, 0, told.stderr)
  const { thresholds, comparisons } = JSON.parse(told.stdout)
  t.same(thresholds, { fraudAbove: 860, investigateAbove: 775 })
  t.match(comparisons, [{
    first: { scorer: 'embedded', model: 'card-fraud' },
    shadow: { scorer: 'shadow', model: 'next', version: '7' },
    rows: 3,
    unscored: 0,
    outcomes: { approve: { approve: 1 } },
    marked: { first: { payments: 2, cards: 2 } },
    answered: { fraud: { all: 1, first: 1 }, genuine: { all: 1, first: 1 } }
  }])
  t.equal(comparisons.length, 1)
  t.match((await compare(['--data-dir', dataDir], { RINGFENCE_FRAUD_ABOVE: '1000', RINGFENCE_INVESTIGATE_ABOVE: '0' })).stdout, /fraud above 1000, investigate above 0/)
  const page = (await compare(['--data-dir', dataDir])).stdout
  t.match(page, /^first: embedded card-fraud \S+; shadow: next 7; .*\n3 payments with both scores\nrank correlation /)
  t.match(page, /\nanswered genuine +1 of 1 +[01] of 1\n/)
  t.match(await compare(['--data-dir', dataDir, '--until', '2026-01-01']), { code: 0, stdout: /^No payment has a shadow's score/ })

  // The same files behind an engine that the SDK's own setting names.
  const engine = await startEmbeddedDynamoDb({ path: join(dataDir, 'dynamodb') })
  t.teardown(engine.close)
  const env = { AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint, AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
  t.match(await compare(['--json'], env), { code: 0, stdout: told.stdout })
  t.match(await compare(['--table', 'elsewhere'], env), { code: 1, stderr: /^ringfence: There is no table elsewhere\.$/m })

  for (const [args, message] of [
    [['--since', 'yesterday'], /--since must be a time/], [['--since', '2026-13-01'], /--since must be a time/], [['--since', '2026-11-02', '--until', '2026-11-02'], /--since must be before --until/],
    [['--fraud-above', '1001'], /--fraud-above must be/], [['--fraud-above', '10'], /--investigate-above must not be above/], [['--read-units', '0'], /--read-units must be/],
    [['--table', 'a', '--data-dir', dataDir], /exclude each other/], [['--data-dir', join(root, 'nowhere')], /holds no data of the local mode/]
  ] as const) t.match(await compare([...args]), { code: 2, stderr: message }, args.join(' '))
})
