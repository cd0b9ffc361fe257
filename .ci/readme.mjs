// Runs the README's commands as a reader would, in its order, and compares each reply that is pasted below a command.
// ```sh blocks are run; a ```json or ```text block right after one is what it printed. Ids and times may differ.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const START = /npm (start|run simulate)/
const IS_LOOK = /^curl(?!.*(--data|-X))[^\n]*$/
const MAX_LOOKS = 40
const READY = /Phone\s+http|Ready\./
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/^```(sh|json|text)\n([\s\S]*?)^```$/gm)].map(([, language, text], index, all) => ({ language, text: text.trim() }))
const dataDir = await mkdtemp(join(tmpdir(), 'ringfence-readme-'))
const env = { ...process.env, RINGFENCE_DATA_DIR: dataDir, RINGFENCE_SIMULATOR_SPEED: '20' }
const services = []
let runs = 0
let failures = 0

try {
  for (const [index, { language, text }] of blocks.entries()) {
    if (language !== 'sh') continue
    runs++
    const next = blocks[index + 1]
    const expected = next !== undefined && next.language !== 'sh' && !START.test(text) ? settle(next.text, next.language) : undefined
    const printed = START.test(text) ? await start(text.replace(/^npm ci && /, '')) : await look(text, next?.language, expected)
    if (expected !== undefined && printed !== expected) {
      failures++
      console.log(`not ok - ${text}\n--- the README says\n${expected}\n--- printed\n${printed}`)
    } else console.log(`ok - ${text.split('\n')[0]}`)
  }
} catch (error) {
  failures++
  console.log(`not ok - ${error.message}`)
} finally {
  await stop()
  await rm(dataDir, { recursive: true, force: true })
}
console.log(`${runs} commands of the README run, ${failures} failed`)
process.exitCode = failures === 0 && runs > 0 ? 0 : 1

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
    const timer = setTimeout(() => { child.kill('SIGKILL'); reject(new Error(`did not end within 120 s: ${command}`)) }, 120_000)
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
