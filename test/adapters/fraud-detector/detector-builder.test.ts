import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createDetectorBuilder } from '../../../src/adapters/fraud-detector/detector-builder.ts'
import type { DetectorErrorKind } from '../../../src/detector/detector-error.ts'
import { createDetectorWorld, csvOf } from '../../detector/detector-world.ts'

const FAULTS = [
  ['ValidationException', 'refused', /making model version 1\.0 active: The request is not valid/],
  ['ResourceNotFoundException', 'missing', /does not exist/],
  ['ConflictException', 'conflict', /being changed or deleted/],
  ['AccessDeniedException', 'forbidden', /not authorized[^]*no new customers since 7 November 2025/],
  ['UnrecognizedClientException', 'forbidden', /AWS does not accept the credentials/],
  ['ExpiredTokenException', 'forbidden', /AWS does not accept the credentials/],
  ['throttle', 'unavailable', /Rate exceeded/],
  ['500', 'unavailable', /Internal server error/],
  ['reset', 'unavailable', /Fraud Detector: making model version 1\.0 active/],
  ['html', 'unavailable', /Fraud Detector: making model version 1\.0 active/],
  ['bad_gateway', 'unavailable', /Fraud Detector: making model version 1\.0 active/]
] as const satisfies ReadonlyArray<[string, DetectorErrorKind, RegExp]>

t.test('createDetectorBuilder tells each failure of Amazon Fraud Detector in our words', async (t) => {
  const { builder, fraudDetector } = await createDetectorWorld(t)
  for (const [fault, kind, message] of FAULTS) {
    fraudDetector.setFault({ fault, operation: 'UpdateModelVersionStatus' })
    await t.rejects(builder.setModelVersionStatus('card_fraud', '1.0', 'active'), { name: 'DetectorError', kind, message }, fault)
  }
})

t.test('createDetectorBuilder tells that Amazon Fraud Detector takes no new customers when it says so', async (t) => {
  const server = createServer((request, reply) => {
    request.resume()
    reply.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: 'AccessDeniedException', message: 'The service is closed to new customers.' }))
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close() })
  Object.assign(process.env, { AWS_ENDPOINT_URL_FRAUDDETECTOR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test' })
  const builder = createDetectorBuilder({ env: process.env, signal: new AbortController().signal })
  t.teardown(() => { builder.close() })
  await t.rejects(builder.listDetectors(), { kind: 'closed', message: /has taken no new customers since 7 November 2025.*SageMaker/ })
})

t.test('createDetectorBuilder asks again by itself when reading is throttled, and reads lists to their end', async (t) => {
  const { builder, fraudDetector } = await createDetectorWorld(t)
  const names = Array.from({ length: 130 }, (_, index) => `variable_${index}`)
  await builder.createVariables(names.map((name) => ({ name, type: 'NUMERIC', description: 'many' })))
  fraudDetector.setFault({ fault: 'throttle', operation: 'GetVariables', calls: 1 })
  const variables = await builder.listVariables()
  t.same(variables.map(({ name }) => name), names, 'six batches made, two pages read')
  t.ok(variables.every(({ type, isNumber, description }) => type === 'NUMERIC' && isNumber && description === 'many'))
})

t.test('createDetectorBuilder names the variables that could not be made', async (t) => {
  const { builder } = await createDetectorWorld(t)
  await builder.createVariables([{ name: 'a', type: 'CATEGORICAL', description: 'x' }])
  await t.rejects(builder.createVariables([{ name: 'a', type: 'CATEGORICAL', description: 'x' }, { name: 'b', type: 'CATEGORICAL', description: 'x' }]), { kind: 'refused', message: /a: Variable a already exists/ })
  t.equal((await builder.listVariables()).length, 2)
})

t.test('createDetectorBuilder keeps training data in S3 with their SHA-256, which S3 checks', async (t) => {
  const { builder, s3 } = await createDetectorWorld(t)
  const csv = Buffer.from(csvOf({ rows: 20 }))
  const place = { bucket: 'training-data', key: 'ringfence/x.csv' }
  async function * open () { yield csv }
  const told: number[] = []
  t.equal(await builder.findTrainingData(place), undefined)
  await t.rejects(builder.uploadTrainingData(place, { bytes: csv.length, sha256: '0'.repeat(64), open }, () => {}), { kind: 'refused', message: /uploading/ })
  t.equal(await builder.findTrainingData(place), undefined, 'what arrived otherwise is not kept')
  const sha256 = createHash('sha256').update(csv).digest('hex')
  await builder.uploadTrainingData(place, { bytes: csv.length, sha256, open }, (bytes) => { told.push(bytes) })
  t.same(await builder.findTrainingData(place), { bytes: csv.length, sha256 })
  t.same(Buffer.from(s3.read('training-data', 'ringfence/x.csv') ?? []), csv)
  t.same(told, [csv.length])
  s3.setFault({ fault: 'access_denied', operation: 'HeadObject' })
  await t.rejects(builder.findTrainingData(place), { kind: 'forbidden', message: /^S3: looking for the training data is not allowed[^]*$/ })
  await t.rejects(builder.uploadTrainingData({ ...place, bucket: 'nowhere' }, { bytes: csv.length, sha256, open }, () => {}), { kind: 'missing', message: /bucket/ })
})

t.test('createDetectorBuilder ends its calls with the user\'s signal, and begins no further one', async (t) => {
  const { fraudDetector } = await createDetectorWorld(t)
  const controller = new AbortController()
  const builder = createDetectorBuilder({ env: process.env, signal: controller.signal })
  t.teardown(() => { builder.close() })
  await builder.listDetectors()
  fraudDetector.setFault({ fault: 'hang', operation: 'GetDetectors' })
  const hanging = builder.listDetectors()
  setImmediate(() => { controller.abort() })
  await t.rejects(hanging, { kind: 'interrupted', message: 'Interrupted.' })
  await t.rejects(builder.listDetectors(), { kind: 'interrupted', message: 'Interrupted.' })
})
