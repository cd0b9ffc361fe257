import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** A process of the benchmark's own. */
export interface Child {
  name: string
  /** Asks it something by name. @throws Error when it says that it failed, or ends */
  ask: <T>(what: string, fields?: object) => Promise<T>
  /** Ends it, and comes back when it is gone. */
  end: () => Promise<void>
  /** What it wrote, its last lines. */
  lastWords: () => string
  hasEnded: () => boolean
}

/** How to start one. */
export interface ChildOptions {
  name: string
  /** The program and what it is given. */
  command: readonly string[]
  env: Record<string, string>
  /** Where it may run. */
  processors: readonly number[] | undefined
  logPath: string
}

const living = new Set<ChildProcess>()
process.once('exit', () => { for (const child of living) child.kill('SIGKILL') })

/** Starts a process that never outlives this one; what it writes goes to a file. */
export function startChild ({ name, command, env, processors, logPath }: ChildOptions): Child {
  const [program = '', ...args] = processors === undefined ? command : ['taskset', '-c', processors.join(','), ...command]
  const log = openSync(logPath, 'a')
  // In a group of its own: Ctrl-C is for the benchmark, which then ends them.
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log, 'ipc'], env })
  closeSync(log)
  living.add(child)
  const pending = new Map<number, { resolve: (reply: any) => void, reject: (error: Error) => void }>()
  let asked = 0
  let ended = false
  const lastWords = (): string => readFileSync(logPath, 'utf8').slice(-2_000)

  const gone = new Promise<void>((resolve) => {
    const leave = (why: string): void => {
      ended = true
      living.delete(child)
      for (const { reject } of pending.values()) reject(new Error(`${name} ${why}:\n${lastWords()}`))
      pending.clear()
      resolve()
    }
    child.once('error', ({ message }) => { leave(`could not be started (${message})`) })
    child.once('exit', (code, signal) => { leave(`ended (${signal ?? code ?? 'unknown'})`) })
  })
  child.on('message', ({ id, failure, ...reply }: { id: number, failure?: string }) => {
    const waiting = pending.get(id)
    pending.delete(id)
    if (failure === undefined) waiting?.resolve(reply)
    else waiting?.reject(new Error(`${name}: ${failure}`))
  })
  return {
    name,
    lastWords,
    hasEnded: () => ended,
    async ask (what, fields = {}) {
      return await new Promise((resolve, reject) => {
        if (ended) { reject(new Error(`${name} has ended:\n${lastWords()}`)); return }
        const id = asked++
        pending.set(id, { resolve, reject })
        child.send({ id, ask: what, ...fields })
      })
    },
    async end () {
      if (!ended) child.kill('SIGKILL')
      await gone
    }
  }
}
