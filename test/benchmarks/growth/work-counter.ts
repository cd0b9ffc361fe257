import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

// Imported before whatever it counts: a CommonJS module keeps the functions that it found when it was loaded.

/** How often this process did what costs time. */
export interface Work {
  /** `JSON.parse` and `JSON.stringify`. */
  jsonParsed: number
  jsonWritten: number
  /** Hashes and keyed hashes. */
  digests: number
  /** Random bytes and UUIDs. */
  randoms: number
  /** `setTimeout`, `setInterval` and `AbortSignal.timeout`; not those inside Node's own HTTP. */
  timers: number
}

let work = none()

function none (): Work {
  return { jsonParsed: 0, jsonWritten: 0, digests: 0, randoms: 0, timers: 0 }
}

/** The work since it was asked last. */
export function takeWork (): Work {
  const taken = work
  work = none()
  return taken
}

function count (owner: object, name: string, what: keyof Work): void {
  const functions = owner as Record<string, ((...args: unknown[]) => unknown) | undefined>
  const original = functions[name]
  if (original === undefined) return
  // A function of Node's may hold others, such as the promise form of `setTimeout`.
  functions[name] = Object.assign(function (this: unknown, ...args: unknown[]) {
    work[what]++
    return original.apply(this, args)
  }, original)
}

count(JSON, 'parse', 'jsonParsed')
count(JSON, 'stringify', 'jsonWritten')
for (const name of ['createHash', 'createHmac', 'hash']) count(crypto, name, 'digests')
for (const name of ['randomBytes', 'randomUUID', 'randomFillSync']) count(crypto, name, 'randoms')
for (const name of ['setTimeout', 'setInterval']) count(globalThis, name, 'timers')
count(AbortSignal, 'timeout', 'timers')
syncBuiltinESMExports()
