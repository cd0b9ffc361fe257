import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, cpus, release, totalmem, type } from 'node:os'

/** Where it was measured. */
export interface Machine {
  processor: string
  processors: number
  memoryGb: number
  system: string
  node: string
}

/** Which processors are whose; `undefined` where there is no `taskset` or only one processor, and nothing is pinned. */
export interface Places {
  subject: number
  others: readonly number[]
}

export function describeMachine (): Machine {
  return { processor: cpus()[0]?.model.trim() ?? 'unknown', processors: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30), system: `${type()} ${release()} ${arch()}`, node: process.version }
}

/** The first processor that this process may use is the subject's, the others are the load generator's and the stubs'. */
export function findPlaces (): Places | undefined {
  if (spawnSync('taskset', ['-cp', String(process.pid)]).status !== 0) return undefined
  const [subject, ...others] = readRanges(/^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '')
  return subject === undefined || others.length === 0 ? undefined : { subject, others }
}

/** Reads `0-2,5`. */
export function readRanges (text: string): number[] {
  return text.split(',').filter((part) => part !== '').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

/** CPU that all processes of the machine took so far, in seconds, on some of its processors or all. */
export function machineCpuSeconds (processors: readonly number[] | undefined): number {
  return cpus().filter((_, index) => processors?.includes(index) ?? true).reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000
}
