import { existsSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../../../src/cli/command.ts'
import type { Progress } from '../../../src/cli/progress-line.ts'
import { drawChart } from './chart.ts'
import { replaceResults } from './document.ts'
import { describeMachine, findPlaces } from './machine.ts'
import type { BenchmarkOptions, PeerOptions } from './options.ts'
import { PEER_OUTCOMES, peerName, takePeerTurn } from './peer.ts'
import { AT_ONCE, DELAYED, makePlan, rotated } from './plan.ts'
import { toCells, toRatios, toWarnings, type Results } from './results.ts'
import type { Sample } from './sample.ts'
import { openStage, type Stage } from './stage.ts'
import { listSubjects, RAISED_LIMITS } from './subjects.ts'
import { markdownOf, textOf } from './tables.ts'
import { takeTurn } from './turn.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

interface Turn {
  name: string
  title: string
  kind: 'floor' | 'service' | 'peer'
  asks: { detector: boolean } | null
  take: (stage: Stage, round: number, say: (text: string) => void) => Promise<Sample[]>
}

/** Measures all that is asked for. @returns the results as text */
export async function runBenchmark (options: BenchmarkOptions, command: string, progress: Progress): Promise<string> {
  const peerItem = options.peer === undefined ? undefined : await readPeerFiles(options.peer)
  const places = findPlaces()
  if (places === undefined) progress.note('no taskset, or one processor only: nothing is pinned')
  // What is started later runs where this process may run, unless it is told otherwise.
  else spawnSync('taskset', ['-acp', places.others.join(','), String(process.pid)])
  const logDir = options.outDir ?? await mkdtemp(join(tmpdir(), 'ringfence-bench-'))
  await mkdir(logDir, { recursive: true })
  let keepsLogs = options.outDir !== undefined
  process.once('exit', () => { if (!keepsLogs) rmSync(logDir, { recursive: true, force: true }) })

  const subjects = listSubjects().filter(({ name }) => options.only?.includes(name) ?? true)
  const itemBytes: Record<string, number[]> = {}
  const turns: Turn[] = subjects.map((subject) => ({
    ...subject,
    async take (stage, round, say) {
      const { samples, itemBytes: written } = await takeTurn(stage, subject, plan, round, say)
      itemBytes[subject.name] = [...new Set([...itemBytes[subject.name] ?? [], ...written])].sort((one, other) => one - other)
      return samples
    }
  }))
  const { peer } = options
  if (peer !== undefined) {
    for (const outcome of peerItem === undefined ? PEER_OUTCOMES.slice(0, 1) : PEER_OUTCOMES) {
      turns.push({ name: peerName(outcome), title: `peer, ${outcome}`, kind: 'peer', asks: { detector: true }, take: async (stage, round, say) => await takePeerTurn(stage, peer, outcome, plan, round, say) })
    }
  }
  const plan = makePlan(options, turns)
  let step = 'start'
  const bound = setTimeout(() => {
    process.stderr.write(`\nbench: it took longer than ${Math.round(plan.bound)} s and is given up (${step})\n`)
    process.exit(1)
  }, plan.bound * 1000)

  const samples = await takeTurns().catch((error: unknown) => {
    keepsLogs = true
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nWhat each process wrote is in ${logDir}`, { cause: error })
  })
  clearTimeout(bound)
  progress.clear()

  const results: Results = {
    measuredAt: new Date().toISOString(),
    command,
    machine: describeMachine(),
    isPinned: places !== undefined,
    plan,
    stubs: [AT_ONCE, DELAYED],
    limits: RAISED_LIMITS,
    cells: toCells(samples, turns),
    ratios: toRatios(samples, subjects),
    warnings: toWarnings(samples, itemBytes, subjects),
    samples
  }
  if (options.outDir !== undefined) await writeResults(results, options.outDir, 'results')
  if (options.writesDocs) await updateDocument(results)
  return textOf(results)

  async function takeTurns (): Promise<Sample[]> {
    const stage = await openStage({ root: ROOT, logDir, places, peerItem })
    const taken: Sample[] = []
    for (let round = 0; round < plan.rounds; round++) {
      for (const { name, take } of rotated(turns, round)) {
        const say = (text: string): void => {
          step = `round ${round + 1} of ${plan.rounds}: ${name}, ${text}`
          progress.doing(name, step)
        }
        const own = await take(stage, round, say)
        for (const { stubs, perSecond, cpuUs, p50Us, p99Us } of own) {
          progress.note(`${name}, ${stubs}: ${Math.round(perSecond)}/s, ${Math.round(cpuUs)} us CPU, p50 ${(p50Us / 1000).toFixed(1)} ms, p99 ${(p99Us / 1000).toFixed(1)} ms`)
        }
        taken.push(...own)
      }
    }
    await stage.close()
    return taken
  }
}

/** @returns the item of the peer's table @throws UsageError naming the file that cannot be read */
async function readPeerFiles ({ handlerPath, eventPath, itemPath }: PeerOptions): Promise<object | undefined> {
  if (!existsSync(handlerPath)) throw new UsageError(`--peer-handler ${handlerPath} is not there`)
  await readJson('peer-event', eventPath)
  return itemPath === undefined ? undefined : await readJson('peer-item', itemPath)
}

async function readJson (option: string, path: string): Promise<object> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as object
  } catch (error) {
    throw new UsageError(`--${option} ${path} is not there, or no JSON`, { cause: error })
  }
}

async function writeResults (results: Results, dir: string, name: string): Promise<void> {
  await writeFile(join(dir, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(join(dir, `${name}.svg`), drawChart(results.cells, AT_ONCE.name))
  await writeFile(join(dir, `${name}.md`), `${markdownOf(results, `${name}.svg`)}\n`)
}

async function updateDocument (results: Results): Promise<void> {
  const path = join(ROOT, 'docs/performance.md')
  const document = replaceResults(await readFile(path, 'utf8'), markdownOf(results, 'performance.svg'))
  await writeFile(path, document)
  await writeFile(join(ROOT, 'docs/performance.json'), `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(join(ROOT, 'docs/performance.svg'), drawChart(results.cells, AT_ONCE.name))
}
