// Runs the README's commands as a reader would, in its order, and compares each reply that is pasted below a command.
// ```sh blocks are run; a ```json or ```text block right after one is what it printed. Ids and times may differ.
// `readme.mjs docker` runs the blocks that begin with `docker`, which are passed over otherwise; once `docker compose up` has run, also the
// requests of the section that holds `npm start`: they promise to work unchanged.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const START = /npm (start|run simulate)/
const DOCKER = /^docker /
const DOCKER_UP = /^docker compose up /
const IS_LOOK = /^curl(?!.*(--data|-X))[^\n]*$/
const MAX_LOOKS = 40
const READY = /Phone\s+http|Ready\./
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const blocks = readme.split(/^(?=## )/m).flatMap((section) => [...section.matchAll(/^```(sh|json|text)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ section, language, text: text.trim() })))
const commands = blocks.map((block, index) => ({ ...block, next: blocks[index + 1] })).filter(({ language }) => language === 'sh')
const withDocker = process.argv[2] === 'docker'
const dataDir = await mkdtemp(join(tmpdir(), 'ringfence-readme-'))
const env = { ...process.env, RINGFENCE_DATA_DIR: dataDir, RINGFENCE_SIMULATOR_SPEED: '20', SIMULATE_SPEED: '20', COMPOSE_PROJECT_NAME: 'ringfence-ci' }
const services = []
let runs = 0
let failures = 0

try {
  for (const { text, next } of withDocker ? inContainers() : commands.filter(({ text }) => !DOCKER.test(text))) {
    runs++
    const expected = next !== undefined && next.language !== 'sh' && !START.test(text) ? settle(withDocker ? asFraudDetectorSays(next) : next.text, next.language) : undefined
    const printed = START.test(text) ? await start(text.replace(/^npm ci && /, '')) : await look(text, next?.language, expected)
    if (expected !== undefined && printed !== expected) {
      failures++
      // First what the containers say, while they are there: the end of this is what a reader of a failed gate sees.
      if (withDocker) console.log(await containersSay())
      console.log(`not ok - ${text}\n--- the README says\n${expected}\n--- printed\n${printed}`)
      if (withDocker) break
    } else console.log(`ok - ${text.split('\n')[0]}`)
  }
} catch (error) {
  failures++
  if (withDocker) console.log(await containersSay())
  console.log(`not ok - ${error.message}`)
} finally {
  await stop()
  if (withDocker) await run('docker compose down --volumes 2>&1')
  await rm(dataDir, { recursive: true, force: true })
}
console.log(`${runs} commands of the README run, ${failures} failed`)
process.exitCode = failures === 0 && runs > 0 ? 0 : 1

/** The README's Docker commands, and what they let a reader do. */
function inContainers () {
  const requests = commands.filter(({ section, text }) => section === commands.find(({ text }) => START.test(text))?.section && text.startsWith('curl '))
  const listed = commands.filter(({ text }) => DOCKER.test(text)).flatMap((command) => DOCKER_UP.test(command.text) ? [command, ...requests] : [command])
  if (!listed.some(({ text }) => DOCKER_UP.test(text))) throw new Error('the README tells nobody to `docker compose up`')
  return listed
}

async function containersSay () {
  return await run('docker compose ps --all 2>&1; docker compose logs --no-color --tail 60 2>&1')
}

/** Replies are the local mode's but for who scored: in containers that is Fraud Detector's simulator, with the same model and thresholds. */
function asFraudDetectorSays ({ language, text }) {
  const reply = language === 'json' ? JSON.parse(text) : {}
  if (reply.scorer === undefined) return text
  return JSON.stringify({ ...reply, scorer: { name: 'frauddetector', model: 'sample_model', version: '1.0' }, reasons: ['detector_rule_matched', `rule:${reply.outcome}`] })
}

/** `npm ci` has been run by the gate; what serves is started as the README starts it, in the background. */
async function start (command) {
  return await new Promise((resolve, reject) => {
    const service = spawn('bash', ['-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    services.push(service)
    let printed = ''
    const timer = setTimeout(() => reject(new Error(`was not ready within 60 s: ${command}\n${printed}`)), 60_000)
    service.stdout.on('data', (chunk) => {
      printed += chunk
      if (!READY.test(printed)) return
      clearTimeout(timer)
      resolve(printed)
    })
    service.once('exit', (code) => { clearTimeout(timer); reject(new Error(`ended with ${code}: ${command}\n${printed}`)) })
  })
}

/** npm does not pass a signal on to what its shell started, so the whole group gets it; the pipe closes when the last of them has ended. */
async function stop () {
  for (const service of services.filter(({ exitCode }) => exitCode === null)) {
    const isClosed = new Promise((resolve) => { service.stdout.once('close', resolve) })
    process.kill(-service.pid, 'SIGTERM')
    await isClosed
  }
}

/** A reader takes a moment to answer the phone; a mere look is taken again until it shows what the README shows. */
async function look (command, language, expected) {
  for (let looks = 1; ; looks++) {
    const printed = settle(await run(command), language)
    if (expected === undefined || printed === expected || !IS_LOOK.test(command) || looks === MAX_LOOKS) return printed
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function run (command) {
  return await new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk) => { printed += chunk })
    const seconds = DOCKER.test(command) ? 900 : 120
    const timer = setTimeout(() => { child.kill('SIGKILL'); reject(new Error(`did not end within ${seconds} s: ${command}`)) }, seconds * 1000)
    child.once('exit', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(printed)
      else reject(new Error(`ended with ${code}: ${command}\n${printed}`))
    })
  })
}

/** What must not differ between two runs: text without ids and times, JSON without its layout. */
function settle (text, language) {
  const plain = text.trim()
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
  return language === 'json' ? JSON.stringify(JSON.parse(plain), null, 2) : plain
}
