// Runs the README's commands as a reader would, in its order, and compares each reply that is pasted below a command.
// ```sh blocks are run; a ```json or ```text block right after one is what it printed. Ids and times may differ.
// `readme.mjs docker` runs the blocks that begin with `docker`, which are passed over otherwise; once `docker compose up` has run, also the
// requests of the section that holds `npm start`: they promise to work unchanged.
// `readme.mjs down` takes down what an interrupted run of that left.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const START = /npm (start|run simulate)/
const DOCKER = /^docker /
const DOCKER_UP = /^docker compose up /
const IS_LOOK = /^curl(?!.*(--data|-X))[^\n]*$/
const MAX_LOOKS = 40
/** The first build installs all packages twice. */
const UP_SECONDS = 300
const RUN_SECONDS = 120
const DIAGNOSIS_SECONDS = 20
const CLEAN_UP_SECONDS = 60
const DRAIN_SECONDS = 15
/** Where the README's commands find the API and the phone. */
const PORTS = [3000, 4010]
const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Of this folder alone, so that what runs in another one is left alone. */
const PROJECT = `ringfence-ci-${createHash('sha256').update(ROOT).digest('hex').slice(0, 8)}`
const READY = /Phone\s+http|Ready\./
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const blocks = readme.split(/^(?=## )/m).flatMap((section) => [...section.matchAll(/^```(sh|json|text)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ section, language, text: text.trim() })))
const commands = blocks.map((block, index) => ({ ...block, next: blocks[index + 1] })).filter(({ language }) => language === 'sh')
const withDocker = process.argv[2] === 'docker'
const dataDir = await mkdtemp(join(tmpdir(), 'ringfence-readme-'))
const env = { ...process.env, RINGFENCE_DATA_DIR: dataDir, RINGFENCE_SIMULATOR_SPEED: '20', SIMULATE_SPEED: '20', COMPOSE_PROJECT_NAME: PROJECT }
const services = []
const running = new Set()
let runs = 0
const failures = []
let isInterrupted = false
let cleaning

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
  process.once(signal, async () => {
    isInterrupted = true
    console.log(`not ok - ended by ${signal}`)
    await cleanUp()
    process.exit(code)
  })
}

if (process.argv[2] === 'down') {
  await cleanUp()
} else {
  try {
    for (const port of PORTS) await isFree(port)
    for (const { text, next } of withDocker ? inContainers() : commands.filter(({ text }) => !DOCKER.test(text))) {
      runs++
      const expected = next !== undefined && next.language !== 'sh' && !START.test(text) ? settle(withDocker ? asFraudDetectorSays(next) : next.text, next.language) : undefined
      const printed = START.test(text) ? await start(text.replace(/^npm ci && /, '')) : await look(text, next?.language, expected)
      if (expected === undefined || printed === expected) {
        console.log(`ok - ${text.split('\n')[0]}`)
        continue
      }
      await fail(`${text}\n--- the README says\n${expected}\n--- printed\n${printed}`)
      if (withDocker) break
    }
  } catch (error) {
    await fail(error.message)
  }
  await cleanUp()
  if (runs === 0 && failures.length === 0) failures.push('the README has no commands')
  // Said again, since what the containers and the clean-up had to say may be long.
  for (const failure of failures) console.log(`not ok - ${failure}`)
  console.log(`${runs} commands of the README run, ${failures.length} failed`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

/** Says at once what went wrong, then what the containers say while they are there. */
async function fail (failure) {
  failures.push(failure)
  console.log(`not ok - ${failure}`)
  if (withDocker && !isInterrupted) await tellTried(run('docker compose ps --all 2>&1; docker compose logs --no-color --tail 60 2>&1', DIAGNOSIS_SECONDS))
}

/** Ends all that this started, in time, and only tells what went wrong with that: no error of a run is hidden by one of its clean-up. */
async function cleanUp () {
  cleaning ??= endAll()
  await cleaning
}

async function endAll () {
  // Whoever interrupts this waits for a few seconds only.
  for (const child of isInterrupted ? [...running, ...services] : running) killGroup(child, 'SIGKILL')
  await tellTried(stop())
  if (withDocker || process.argv[2] === 'down') await tellTried(run('docker compose down --volumes --remove-orphans >&2', CLEAN_UP_SECONDS))
  await tellTried(rm(dataDir, { recursive: true, force: true }))
}

async function tellTried (promise) {
  const told = await promise.catch((error) => `not done: ${error.message}`)
  if (told) console.log(told)
}

/** @throws when somebody listens there: the reply would be theirs */
async function isFree (port) {
  await new Promise((resolve, reject) => {
    createServer()
      .once('error', ({ code }) => { reject(new Error(`port ${port} is not free (${code}), and the README's commands want it: end what listens there`)) })
      .listen(port, '127.0.0.1', function () { this.close(resolve) })
  })
}

function killGroup ({ pid }, signal) {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** The README's Docker commands, and what they let a reader do. */
function inContainers () {
  const requests = commands.filter(({ section, text }) => section === commands.find(({ text }) => START.test(text))?.section && text.startsWith('curl '))
  const listed = commands.filter(({ text }) => DOCKER.test(text)).flatMap((command) => DOCKER_UP.test(command.text) ? [command, ...requests] : [command])
  if (!listed.some(({ text }) => DOCKER_UP.test(text))) throw new Error('the README tells nobody to `docker compose up`')
  return listed
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
    const service = spawn('bash', ['-c', command], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
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
  for (const service of services.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const isClosed = service.stdout.closed || new Promise((resolve) => { service.stdout.once('close', resolve) })
    killGroup(service, 'SIGTERM')
    const timer = setTimeout(() => {
      console.log(`clean-up: did not end within ${DRAIN_SECONDS} s of SIGTERM: ${service.spawnargs.at(-1)}`)
      killGroup(service, 'SIGKILL')
    }, DRAIN_SECONDS * 1000)
    await isClosed
    clearTimeout(timer)
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

async function run (command, seconds = DOCKER_UP.test(command) ? UP_SECONDS : RUN_SECONDS) {
  return await new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', command], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    running.add(child)
    let printed = ''
    child.stdout.on('data', (chunk) => { printed += chunk })
    const timer = setTimeout(() => {
      killGroup(child, 'SIGKILL')
      reject(new Error(`did not end within ${seconds} s: ${command}\n${printed}`))
    }, seconds * 1000)
    child.once('close', (code) => {
      clearTimeout(timer)
      running.delete(child)
      if (code === 0) resolve(printed)
      else reject(new Error(`ended with ${code}: ${command}\n${printed}`))
    })
  })
}

/** What must not differ between two runs: text without ids and times, JSON without its layout. */
function settle (text, language) {
  // A model is named after its bytes, and versions of Node differ in the last bit of a logarithm: same trees, another name.
  const plain = text.trim()
    .replaceAll(/\b[0-9a-f]{8}(?=: )/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
  return language === 'json' ? JSON.stringify(JSON.parse(plain), null, 2) : plain
}
