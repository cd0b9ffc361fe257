import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** The local mode in a process of its own, with a data folder of its own. */
export interface LocalProcess {
  serviceUrl: string
  /** The simulator's control API and phone page. */
  phoneUrl: string
  /** Ends the process and removes its data folder. */
  close: () => Promise<void>
}

/** Beside this file, built or as a source. */
const MAIN = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url))
const CLOSE_MS = 5_000
const OUTPUT_KEPT_CHARACTERS = 4_000
/** A machine that is busy starting everything at once must not make a score late. */
const SCORE_TIMEOUT_MS = 5_000

/**
 * Starts the local mode on free ports and reads from its welcome where it is. Nothing of it outlives this process.
 * @param options.speed how much faster than real time the phones live
 * @throws Error with the process's own words when it ends before it is ready; the signal's reason when that aborts first
 */
export async function startLocalProcess ({ speed, signal }: { speed: number, signal: AbortSignal }): Promise<LocalProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ringfence-demo-'))
  const child = spawn(process.execPath, [...process.execArgv, MAIN], { stdio: ['ignore', 'pipe', 'pipe'], env: environment(dataDir, speed) })
  const exited = new Promise<void>((resolve) => { child.once('close', () => { resolve() }) })
  const removeDataDir = () => { rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }) }
  const endAtOnce = () => {
    child.kill('SIGKILL')
    removeDataDir()
  }
  process.once('exit', endAtOnce)

  async function close (): Promise<void> {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS)
    await exited
    clearTimeout(timer)
    process.off('exit', endAtOnce)
    removeDataDir()
  }

  try {
    return { ...await readWelcome(child, signal), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** No setting of the caller's shell reaches it: a demonstration is the same everywhere. */
function environment (dataDir: string, speed: number): NodeJS.ProcessEnv {
  const { NODE_ENV: _nodeEnv, ...others } = process.env
  return {
    ...Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('RINGFENCE_'))),
    RINGFENCE_MODE: 'local',
    HOST: '127.0.0.1',
    PORT: '0',
    RINGFENCE_SIMULATOR_PORT: '0',
    RINGFENCE_SIMULATOR_SPEED: String(speed),
    RINGFENCE_SCORE_TIMEOUT_MS: String(SCORE_TIMEOUT_MS),
    RINGFENCE_DATA_DIR: dataDir,
    RINGFENCE_LOG_LEVEL: 'error'
  }
}

async function readWelcome (child: ChildProcessByStdio<null, Readable, Readable>, signal: AbortSignal): Promise<{ serviceUrl: string, phoneUrl: string }> {
  return await new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_KEPT_CHARACTERS)
      const serviceUrl = urlAfter('API', output)
      const phoneUrl = urlAfter('Phone', output)
      if (serviceUrl !== undefined && phoneUrl !== undefined) resolve({ serviceUrl, phoneUrl })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('close', (code) => { reject(new Error(`the service ended with code ${code ?? 'none'} before it was ready:\n${output.trim()}`)) })
    const stop = () => { reject(signal.reason instanceof Error ? signal.reason : new Error('stopped')) }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

function urlAfter (label: string, output: string): string | undefined {
  return new RegExp(`^ *${label} +(https?://\\S+)\\s`, 'm').exec(output)?.[1]
}
