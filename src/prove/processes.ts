import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StoreFaults } from './store-faults.ts'

const EXTENSION = extname(import.meta.url)
const program = (name: string) => fileURLToPath(new URL(`../${name}${EXTENSION}`, import.meta.url))
const START_MS = 60_000

const living = new Set<ChildProcess>()
process.once('exit', () => { for (const child of living) child.kill('SIGKILL') })

interface StartOptions {
  name: string
  logDir: string
  env?: Record<string, string>
  ipc?: boolean
}

/** A program of ours in a process of its own, with a clean environment and its output in a file; it never outlives this process. */
function start (path: string, args: readonly string[], { name, logDir, env = {}, ipc = false }: StartOptions): ChildProcess {
  const { PATH = '', HOME = '' } = process.env
  // In a group of its own: Ctrl-C is for the proof, which ends them when it has ended what it does.
  const child = spawn(process.execPath, [...process.execArgv, path, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe', ...ipc ? ['ipc' as const] : []], env: { PATH, HOME, ...env } })
  const log = createWriteStream(join(logDir, `${name}.log`), { flags: 'a' })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  living.add(child)
  child.once('exit', () => { living.delete(child) })
  return child
}

/** Reads a child's output until it says what is waited for. */
async function said (child: ChildProcess, pattern: RegExp): Promise<string> {
  let output = ''
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(new Error(`a process did not start in time:\n${output.slice(-2_000)}`)) }, START_MS)
    child.once('exit', (code) => { clearTimeout(timer); reject(new Error(`a process ended with ${code ?? 'a signal'} before it was ready:\n${output.slice(-2_000)}`)) })
    child.stdout?.on('data', (chunk: Buffer) => {
      if (timer.hasRef() && output.length < 100_000) output += chunk.toString()
      const found = pattern.exec(output)
      if (found === null) return
      clearTimeout(timer)
      resolve(found[1] ?? output)
    })
  })
}

export async function startStore (seed: number, logDir: string) {
  const child = start(program('prove/store-process'), [String(seed)], { name: 'store', logDir, ipc: true })
  const [{ endpoint }] = await once(child, 'message') as [{ endpoint: string }]
  return { endpoint, setFaults (faults: StoreFaults) { if (child.connected) child.send(faults) }, close () { child.kill('SIGKILL') } }
}

/** `ringfence simulate`: Amazon Connect with its phones. @returns also what it tells a service to export */
export async function startSimulators ({ serviceUrl, apiKey, speed, logDir }: { serviceUrl: string, apiKey: string, speed: number, logDir: string }) {
  const child = start(program('cli'), [
    'simulate', '--service-url', serviceUrl, '--api-key', apiKey, '--speed', String(speed), '--calls-per-second', '0', '--active-calls', '100000',
    ...['connect', 'fraud-detector', 'sagemaker', 's3'].flatMap((name) => [`--${name}-port`, '0'])
  ], { name: 'simulators', logDir })
  const output = await said(child, /([\s\S]*Ready\.)/)
  const environment = Object.fromEntries([...output.matchAll(/^ *export (\w+)='?(.*?)'?$/gm)].map(([, name = '', value = '']) => [name, value]))
  return { url: environment['AWS_ENDPOINT_URL_CONNECT'] ?? '', environment, close () { child.kill('SIGKILL') } }
}

export interface Replica {
  name: string
  url: string
  pid: number
  kill: (signal: NodeJS.Signals) => void
  exited: Promise<void>
}

/** One service process, ready. */
export async function startReplica (name: string, port: number, env: Record<string, string>, logDir: string): Promise<Replica> {
  const child = start(program('main'), [], { name, logDir, env: { ...env, PORT: String(port) } })
  const exited = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }) })
  const url = await said(child, /"url":"(http:[^"]+)","msg":"ringfence listens"/)
  return { name, url: url.replace('localhost', '127.0.0.1'), pid: child.pid ?? 0, kill (signal) { child.kill(signal) }, exited }
}
