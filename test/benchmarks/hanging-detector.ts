/**
 * What callers feel when Amazon Fraud Detector hangs: the real service in a process of its own, 50 transactions a second, healthy, then with every
 * prediction hanging, then healthy again. Exits 1 when fewer than 99 of 100 were answered within the deadline and 100 ms more.
 * No test: it takes half a minute and measures this machine. `npm run bench:hang`
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createFraudDetectorSimulator } from '../../src/simulators/fraud-detector/server.ts'

const PER_SECOND = 50
const DEADLINE_MS = 300
const GRACE_MS = 100
const RESET_MS = 2_000
const HEALTHY_S = 4
const HANGING_S = 12
const RECOVERING_S = 8
const NEEDED_PERCENT = 99

interface Sample {
  phase: string
  /** From when it should have been sent: a client that was late must not look fast. */
  tookMs: number
  ok: boolean
  degraded: boolean
  endedAtMs: number
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const example: { variables: Record<string, string> } = JSON.parse(readFileSync(join(root, 'examples/transaction-harmless.json'), 'utf8'))
const dataDir = mkdtempSync(join(tmpdir(), 'ringfence-bench-'))
const simulator = createFraudDetectorSimulator({ region: 'eu-central-1', accountId: '123456789012' })
simulator.seedDetector({
  detectorId: 'card_detector',
  eventTypeName: 'card_tx',
  variables: Object.fromEntries(Object.keys(example.variables).map((name) => [name, 'string'])),
  model: { modelId: 'card_model', score: 12 },
  rules: [{ ruleId: 'low', expression: '$card_model_insightscore <= 775', outcomes: ['approve'] }]
})
const detectorUrl = await simulator.listen({ port: 0 })
const service = spawn(process.execPath, [join(root, 'dist/main.js')], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    PATH: process.env['PATH'] ?? '',
    RINGFENCE_MODE: 'local',
    PORT: '0',
    RINGFENCE_SIMULATOR_PORT: '0',
    RINGFENCE_DATA_DIR: dataDir,
    RINGFENCE_LOG_LEVEL: 'silent',
    RINGFENCE_SCORER: 'frauddetector',
    RINGFENCE_FD_DETECTOR: 'card_detector',
    RINGFENCE_FD_EVENT_TYPE: 'card_tx',
    RINGFENCE_SCORE_TIMEOUT_MS: String(DEADLINE_MS),
    RINGFENCE_BREAKER_RESET_MS: String(RESET_MS),
    AWS_ENDPOINT_URL_FRAUDDETECTOR: detectorUrl
  }
})
const exited = once(service, 'close')
process.exitCode = 1
try {
  const url = await readUrl()
  const samples: Sample[] = []
  await send(url, 'warm-up', 2, [])
  await send(url, 'healthy', HEALTHY_S, samples)
  simulator.setFault({ fault: 'hang', calls: 1_000_000 })
  await send(url, 'hanging', HANGING_S, samples)
  simulator.setFault({ fault: 'none' })
  const mendedAtMs = Date.now()
  await send(url, 'recovering', RECOVERING_S, samples)

  console.log(`Fraud Detector hangs: ${PER_SECOND} requests/s, deadline ${DEADLINE_MS} ms, breaker tries again every ${RESET_MS} ms\n`)
  console.log('phase        requests  in time  slowest     p50     p99  degraded')
  for (const phase of ['healthy', 'hanging', 'recovering']) report(phase, samples.filter((sample) => sample.phase === phase))
  const hanging = samples.filter(({ phase }) => phase === 'hanging')
  const inTime = hanging.filter(isInTime).length / hanging.length * 100
  const back = samples.find(({ phase, degraded }) => phase === 'recovering' && !degraded)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  console.log(`\nOf each 100 while it hung, ${inTime.toFixed(1)} were answered within ${DEADLINE_MS + GRACE_MS} ms.`)
  console.log(back === undefined ? 'The detector was not asked again.' : `The first score of the detector's came ${((back.endedAtMs - mendedAtMs) / 1000).toFixed(1)} s after the hang's end.`)
  console.log(metrics.split('\n').filter((line) => /^ringfence_scorer_(failures|breaker)\S*frauddetector/.test(line)).join('\n'))
  const isMended = back !== undefined && samples.slice(-PER_SECOND).every(({ degraded }) => !degraded)
  if (inTime >= NEEDED_PERCENT && isMended && samples.every(({ ok }) => ok)) process.exitCode = 0
  else console.log(`\nNot good enough: ${NEEDED_PERCENT} of 100, a detector that is asked again, and no failed request are needed.`)
} finally {
  service.kill('SIGTERM')
  await exited
  await simulator.close()
  rmSync(dataDir, { recursive: true, force: true })
}

async function readUrl (): Promise<string> {
  let output = ''
  for await (const chunk of service.stdout) {
    output += String(chunk)
    const url = /^ +API +(http:\S+)/m.exec(output)?.[1]
    if (url !== undefined) {
      service.stdout.resume()
      return url
    }
  }
  throw new Error('the service ended before it was ready')
}

/** Sends on the beat, whatever the replies do. */
async function send (url: string, phase: string, seconds: number, samples: Sample[]): Promise<void> {
  const startMs = performance.now()
  const sent: Array<Promise<void>> = []
  for (let count = 0; count < seconds * PER_SECOND; count++) {
    const dueMs = startMs + count * 1000 / PER_SECOND
    await sleep(Math.max(0, dueMs - performance.now()))
    sent.push(sendOne(url, `${phase}-${count}`).then(({ ok, degraded }) => {
      samples.push({ phase, tookMs: performance.now() - dueMs, ok, degraded, endedAtMs: Date.now() })
    }))
  }
  await Promise.all(sent)
}

async function sendOne (url: string, name: string): Promise<{ ok: boolean, degraded: boolean }> {
  const reply = await fetch(`${url}/v1/transactions`, {
    method: 'POST',
    headers: { authorization: 'Bearer rf_local', 'content-type': 'application/json' },
    body: JSON.stringify({ ...example, transactionId: `bench-${name}` })
  })
  const body = await reply.json() as { degraded?: boolean }
  return { ok: reply.ok, degraded: body.degraded === true }
}

function isInTime ({ tookMs, ok }: Sample): boolean {
  return ok && tookMs <= DEADLINE_MS + GRACE_MS
}

function report (phase: string, samples: readonly Sample[]): void {
  const took = samples.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const at = (share: number) => `${Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0)} ms`.padStart(8)
  console.log(`${phase.padEnd(12)} ${String(samples.length).padStart(8)} ${String(samples.filter(isInTime).length).padStart(8)} ${at(1)}${at(0.5)}${at(0.99)} ${String(samples.filter(({ degraded }) => degraded).length).padStart(9)}`)
}
