import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { createFraudDetectorSimulator } from '../../src/simulators/fraud-detector/server.ts'
import { createS3Simulator } from '../../src/simulators/s3/server.ts'
import { poll, startProgram } from './local-process.ts'

// Most of their time these tests wait for processes.
t.jobs = 3

async function createWorld (t: Test) {
  const s3 = createS3Simulator({ region: 'eu-west-1' })
  const fraudDetector = createFraudDetectorSimulator({ region: 'eu-west-1', accountId: '123456789012', objects: s3, timeScale: 0, limits: { minimumRows: 100, minimumFrauds: 5 } })
  s3.createBucket('my-bucket')
  const env = {
    AWS_ENDPOINT_URL_S3: await s3.listen({ port: 0 }),
    AWS_ENDPOINT_URL_FRAUDDETECTOR: await fraudDetector.listen({ port: 0 }),
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test'
  }
  t.teardown(async () => {
    await fraudDetector.close()
    await s3.close()
  })
  const folder = t.testdir()
  const run = async (...args: string[]) => {
    const child = startProgram(t, 'cli', { args: args.map((arg) => arg.replace('FOLDER', folder)), env })
    const { code } = await child.ended
    return { code, stdout: child.stdout(), stderr: child.stderr() }
  }
  return { run, s3, fraudDetector, folder }
}

const DEPLOY = ['detector', 'deploy', '--data', 'FOLDER/training.csv.gz', '--bucket', 'my-bucket', '--role-arn', 'arn:aws:iam::123456789012:role/fraud-data', '--poll-seconds', '1']

t.test('ringfence detector: from no data to a detector that answers, and back to nothing', async (t) => {
  const { run, fraudDetector } = await createWorld(t)
  t.match(await run('model', 'generate', '--rows', '900', '--out', 'FOLDER/training.csv.gz'), { code: 0, stdout: '', stderr: /wrote 900 rows/ })
  t.match(await run('model', 'generate', '--rows', '900', '--out', 'FOLDER/training.csv.gz'), { code: 2, stderr: /is there already; --force/ })

  const deployed = await run(...DEPLOY)
  t.match(deployed, { code: 0, stdout: /model version 1\.0: AUC 0\.\d{3}[^]*Detector card_fraud, version 1, is active\.\n\nRINGFENCE_SCORER=frauddetector\nRINGFENCE_FD_DETECTOR=card_fraud\n/ })
  t.match(deployed.stderr, /made +activation: version 1 is active/)
  t.notOk(deployed.stderr.includes('\u001b'), 'no live line without a terminal')
  t.match(await run(...DEPLOY), { code: 0, stdout: /Nothing to do: detector card_fraud, version 1, is active and as you ask for\./ })

  t.match(await run('detector', 'status'), { code: 0, stdout: /version 1: active, model card_fraud 1\.0\n {4}fraud 1: \$card_fraud_insightscore > [^]*version 1\.0: active, AUC/ })
  const metrics = await run('detector', 'metrics', '--json')
  t.match(JSON.parse(metrics.stdout), { modelVersion: '1.0', auc: Number, aucRange: { low: Number, high: Number } })

  const predicted = await run('detector', 'predict', '--transaction', 'examples/transaction.json')
  t.match(predicted, { code: 0, stdout: /^card_fraud_insightscore {2}\d+\nrule (?:fraud|investigate|approve) {2}/ })
  t.match(await run('detector', 'predict', '--variables', 'transaction_amt=12.50,color=red'), { code: 0, stdout: /left out: color/ })
  t.notOk(JSON.stringify(fraudDetector.events()).includes('2442230821108788'), 'the card stays here')

  t.match(await run('detector', 'destroy'), { code: 2, stderr: /--yes is needed/ })
  t.match(await run('detector', 'destroy', '--yes', '--data-too', '--bucket', 'my-bucket', '--poll-seconds', '1'), { code: 0, stdout: /^Deleted \d+ things of detector card_fraud\.\n$/ })
  t.match(await run('detector', 'destroy', '--yes'), { code: 0, stdout: 'Nothing of detector card_fraud was there to delete.\n' })
})

t.test('ringfence detector: Ctrl-C ends it cleanly, and says how to go on', async (t) => {
  const { run, fraudDetector, folder, s3 } = await createWorld(t)
  await run('model', 'generate', '--rows', '900', '--out', 'FOLDER/training.csv.gz')
  fraudDetector.setFault({ fault: 'hang', operation: 'GetLabels' })
  const child = startProgram(t, 'cli', {
    args: DEPLOY.map((arg) => arg.replace('FOLDER', folder)),
    env: { AWS_ENDPOINT_URL_S3: s3.url, AWS_ENDPOINT_URL_FRAUDDETECTOR: fraudDetector.url, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test' }
  })
  await poll('the variables', () => child.stderr().includes('variables:') || undefined)
  child.kill('SIGINT')
  t.match(await child.ended, { code: 130 })
  t.match(child.stderr(), /interrupted\. What is done stays; run the same command again to go on\./)
  fraudDetector.setFault({ fault: 'none' })
  t.match(await run(...DEPLOY), { code: 0, stderr: /there +variables:[^]*made +labels:/ })
})

t.test('ringfence model generate writes the same file for the same seed', async (t) => {
  const { run, folder } = await createWorld(t)
  const hashes = []
  for (const name of ['a', 'b']) {
    await run('model', 'generate', '--rows', '50', '--seed', '9', '--out', `FOLDER/${name}.csv`)
    hashes.push(createHash('sha256').update(readFileSync(`${folder}/${name}.csv`)).digest('hex'))
  }
  t.equal(hashes[0], hashes[1])
})

t.test('ringfence detector deploy tells of a region that is missing before it reads the data', async (t) => {
  const { run, fraudDetector, folder, s3 } = await createWorld(t)
  await run('model', 'generate', '--rows', '900', '--out', 'FOLDER/training.csv.gz')
  const child = startProgram(t, 'cli', {
    args: DEPLOY.map((arg) => arg.replace('FOLDER', folder)),
    env: { AWS_ENDPOINT_URL_S3: s3.url, AWS_ENDPOINT_URL_FRAUDDETECTOR: fraudDetector.url, AWS_REGION: '', AWS_CONFIG_FILE: `${folder}/none`, AWS_SHARED_CREDENTIALS_FILE: `${folder}/none`, AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test' }
  })
  t.match(await child.ended, { code: 1 })
  t.match([child.stdout(), child.stderr()], ['', /region/i])
})

const MISUSES: ReadonlyArray<[string[], RegExp]> = [
  [['detector', 'deploy', '--bucket', 'my-bucket', '--role-arn', 'x'], /--role-arn must be/],
  [['detector', 'deploy', '--bucket', 'my-bucket', '--role-arn', 'arn:aws:iam::123456789012:role/r', '--data', 'FOLDER/none.csv'], /none\.csv cannot be read/],
  [['detector', 'predict'], /either --transaction or --variables/],
  [['detector', 'destroy', '--data-too'], /--bucket is missing/],
  [['model', 'generate', '--out', 'FOLDER/x.csv', '--rows', '0'], /--rows must be a whole number from 1/]
]
for (const [args, message] of MISUSES) {
  t.test(`ringfence ${args.join(' ')} is told what is wrong with it`, async (t) => {
    const { run } = await createWorld(t)
    t.match(await run(...args), { code: 2, stdout: '', stderr: message })
  })
}
