import { spawn, type ChildProcessByStdio, type SpawnOptionsWithStdioTuple } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { checkExchange } from '../wire/exchange.ts'

/** A program of ours in a process of its own; the test that started it kills it in its teardown. */
export interface Child {
  pid: number
  stdout: () => string
  stderr: () => string
  kill: (signal: NodeJS.Signals) => void
  /** As `ended`, for those who look again and again. */
  hasEnded: () => boolean
  /** Resolves when the process has ended and all of its output has been read. */
  ended: Promise<{ code: number | null, signal: NodeJS.Signals | null }>
}

/** The local mode, ready. */
export interface LocalService extends Child {
  url: string
  phoneUrl: string
  /** Sends JSON, or what is already text, with the local key; the reply is held against openapi.yaml. */
  api: (method: string, path: string, body?: object | string, headers?: Record<string, string>) => Promise<Reply>
  /** The simulator's control API. */
  phones: (method: string, path: string, body?: object) => Promise<Reply>
}

export interface Reply {
  status: number
  headers: Headers
  text: string
  body: any
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const START_TRIES = 600
/** A machine that does many things at once must not make a test fail. */
export const PATIENT_TRIES = 1200
const POLL_MS = 50
/** Settings of whoever runs the tests, and what tap adds for its own bookkeeping. */
const NOT_INHERITED = /^(RINGFENCE_|AWS_|_TAPJS_|PORT$|HOST$|NODE_ENV$|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$)/

/** What `src/` was built to while nothing in it is newer; else the source itself, run as this very test is run, which only takes longer. */
function programArgs (name: 'main' | 'cli'): string[] {
  return isBuilt() ? [`${ROOT}dist/${name}.js`] : [...process.execArgv, `${ROOT}src/${name}.ts`]
}

/** Copying the phone page is the build's last step, so the copy tells when all of it was built. */
function isBuilt (): boolean {
  const modifiedMs = (path: string) => statSync(`${ROOT}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const builtAtMs = modifiedMs('dist/simulators/connect/phone.html')
  return readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).every((path) => modifiedMs(`src/${path}`) <= builtAtMs)
}

/** Starts a program as its users do. Whatever a test spawns tap would load its own bookkeeping into, by NODE_OPTIONS, which takes three times as long as a start. */
export function spawnNode (args: readonly string[], options: SpawnOptionsWithStdioTuple<'ignore', 'pipe', 'pipe'>): ChildProcessByStdio<null, Readable, Readable> {
  return spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], options)
}

/** Starts `main` or `cli` with exactly these settings. */
export function startProgram (t: Test, name: 'main' | 'cli', { args = [], env = {}, cwd = ROOT }: { args?: readonly string[], env?: Record<string, string>, cwd?: string } = {}): Child {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name)))
  const child = spawnNode([...programArgs(name), ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...inherited, ...env } })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (text: string) => { output[stream] += text })
  let hasEnded = false
  const ended = once(child, 'close').then(([code, signal]) => {
    hasEnded = true
    return { code, signal }
  })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { pid: child.pid ?? 0, stdout: () => output.stdout, stderr: () => output.stderr, kill: (signal) => { child.kill(signal) }, hasEnded: () => hasEnded, ended }
}

/** Starts the local mode on free ports and waits until it says where it is. */
export async function startLocalService (t: Test, { dataDir, env = {} }: { dataDir: string, env?: Record<string, string> }): Promise<LocalService> {
  const child = startProgram(t, 'main', { env: { ...LOCAL_SETTINGS, RINGFENCE_DATA_DIR: dataDir, ...env } })
  const urlAfter = (label: string) => new RegExp(`^ +${label} +(http://\\S+)\\s`, 'm').exec(child.stdout())?.[1]
  const { url, phoneUrl } = await poll('the service to be ready', () => {
    assertRuns(child)
    const [url, phoneUrl] = [urlAfter('API'), urlAfter('Phone')]
    return url === undefined || phoneUrl === undefined ? undefined : { url, phoneUrl }
  }, START_TRIES)
  return {
    ...child,
    url,
    phoneUrl,
    async api (method, path, body, headers) {
      const reply = await send(`${url}${path}`, method, body, { authorization: 'Bearer rf_local', ...headers })
      checkExchange({ method, url: path, sent: { body }, status: reply.status, headers: Object.fromEntries(reply.headers), text: reply.text })
      return reply
    },
    phones: async (method, path, body) => await send(`${phoneUrl}/_simulator${path}`, method, body)
  }
}

/** Waits until a service says that it is ready. */
export async function untilReady (service: Child, serviceUrl: string): Promise<void> {
  await poll('the service to be ready', async () => {
    assertRuns(service)
    return await fetch(`${serviceUrl}/readyz`).then(({ status }) => status === 200 ? true : undefined, () => undefined)
  }, PATIENT_TRIES)
}

function assertRuns (service: Child): void {
  if (service.hasEnded()) throw new Error(`the service ended before it was ready: ${service.stderr()}`)
}

/** Runs `ringfence simulate` and waits until it says what to export. */
export async function startSimulate (t: Test, args: readonly string[], env: Record<string, string> = {}) {
  const child = startProgram(t, 'cli', { args: ['simulate', ...args], env })
  await poll('the simulators to be ready', () => hasSaid(child, 'Ready.'), PATIENT_TRIES)
  const environment = exportedIn(child.stdout())
  return { ...child, environment, connectUrl: environment['AWS_ENDPOINT_URL_CONNECT'] ?? '' }
}

/** The settings in what `ringfence simulate` prints. */
export function exportedIn (text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^ *export (\w+)='?(.*?)'?$/gm)].map(([, name = '', value = '']) => [name, value]))
}

function hasSaid (child: Child, words: string): true | undefined {
  if (child.stdout().includes(words)) return true
  if (/^ringfence: /m.test(child.stderr())) throw new Error(child.stderr())
  return undefined
}

/** A port that was free a moment ago: the simulators must know where the service will be before it is there. Never one that the system gives out by itself, to other tests too. */
export async function findFreePort (): Promise<number> {
  while (true) {
    const server = createServer().listen(randomInt(20_000, 32_768), '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue
      throw error
    }
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Free ports, phones that live fast, and a scorer that a busy machine does not make late. */
export const LOCAL_SETTINGS = { PORT: '0', RINGFENCE_SIMULATOR_PORT: '0', RINGFENCE_SIMULATOR_SPEED: '20', RINGFENCE_SCORE_TIMEOUT_MS: '5000' }

/** Asks again and again, but not for ever. */
export async function poll<T> (what: string, ask: () => T | undefined | Promise<T | undefined>, tries = 1200): Promise<T> {
  for (let count = 0; count < tries; count++) {
    const found = await ask()
    if (found !== undefined) return found
    await sleep(POLL_MS)
  }
  throw new Error(`waited ${tries * POLL_MS} ms in vain for ${what}`)
}

/** Sends JSON, or what is already text; any status is a reply. */
export async function send (url: string, method: string, body: object | string | undefined, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
}
