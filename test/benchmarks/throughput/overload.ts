/**
 * What becomes of payments when more come than can be served: they are answered or refused at once, none that was acknowledged is lost, and when the
 * crowd is gone all is as before. `npm run bench:overload`, docs/performance.md. Exits 1 when that does not hold.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '../../../src/cli/command.ts'
import { readWhole } from '../../../src/cli/option-values.ts'
import { createProgress } from '../../../src/cli/progress-line.ts'
import { startChild } from './child.ts'
import { replaceResults } from './document.ts'
import type { LoadResult } from './load-generator.ts'
import { describeMachine, findPlaces } from './machine.ts'
import type { PhaseResult } from './overload-generator.ts'
import { markdownOf, verdictsOf, type OverloadResults } from './overload-report.ts'
import { DELAYED } from './plan.ts'
import { openStage } from './stage.ts'
import { listSubjects, RAISED_LIMITS, startOf } from './subjects.ts'
import { firstReply, freePort } from './turn.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const HELP = `Usage: npm run bench:overload -- [options]

Sends the service more payments than it can serve, on this machine and its loopback alone, and tells what became of them.

--times     how many times as many as go through, 2 to 10 (default 3)
--seconds   how long the overload lasts, 3 to 600 (default 15)
--write     brings the results into docs/performance.md
`
const OPTIONS = { help: { type: 'boolean', short: 'h' }, times: { type: 'string' }, seconds: { type: 'string' }, write: { type: 'boolean' } } as const
/** As a load balancer keeps them open. */
const CONNECTIONS = 1_000
const CLOSED_LOOP = 64
const WARM_UP = { seconds: 15, requests: 10_000 }
const CAPACITY_SECONDS = 4
const BEFORE_SECONDS = 3
const AFTER_SECONDS = 4

const progress = createProgress({ stream: process.stderr, nowMs: () => performance.now() })
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) process.on(signal, () => { process.exit(code) })
try {
  const { values } = parse(process.argv.slice(2))
  if (values.help === true) {
    process.stdout.write(HELP)
    process.exit(0)
  }
  const times = values.times === undefined ? 3 : readWhole('times', values.times, { min: 2, max: 10 })
  const seconds = values.seconds === undefined ? 15 : readWhole('seconds', values.seconds, { min: 3, max: 600 })
  const results = await measure(times, seconds)
  progress.clear()
  const text = markdownOf(results)
  process.stdout.write(`${text}\n`)
  if (values.write === true) {
    const path = join(ROOT, 'docs/performance.md')
    await writeFile(path, replaceResults(await readFile(path, 'utf8'), text, 'npm run bench:overload'))
  }
  process.exit(verdictsOf(results).every(({ isKept }) => isKept) ? 0 : 1)
} catch (error) {
  progress.clear()
  process.stderr.write(`bench:overload: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(error instanceof UsageError ? 2 : 1)
}

function parse (args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: false })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

async function measure (times: number, seconds: number): Promise<OverloadResults> {
  const places = findPlaces()
  if (places === undefined) progress.note('no taskset, or one processor only: nothing is pinned')
  else spawnSync('taskset', ['-acp', places.others.join(','), String(process.pid)])
  const logDir = await mkdtemp(join(tmpdir(), 'ringfence-overload-'))
  const stage = await openStage({ root: ROOT, logDir, places, peerItem: undefined })
  const { plainCode } = stage.surroundings
  const overloader = startChild({
    name: 'overload-generator', command: [process.execPath, join(plainCode, 'overload-generator.js')], env: { PATH: process.env['PATH'] ?? '' }, processors: places?.others, logPath: join(logDir, 'overload-generator.log')
  })
  await stage.setStubs(DELAYED)
  const subject = listSubjects().find(({ name }) => name === 'embedded')
  if (subject === undefined) throw new Error('there is no subject of that name')
  const port = await freePort()
  const start = startOf(subject, stage.surroundings, port)
  // Here the bounds are what is measured.
  for (const name of Object.keys(RAISED_LIMITS)) Reflect.deleteProperty(start.env, name)
  const child = stage.startSubject(subject.name, start)
  const load = async (order: object): Promise<LoadResult> => await stage.generator.ask('load', { port, payment: stage.payment, ...order })

  progress.doing('overload', 'warm-up')
  await firstReply(child, port, stage.payment)
  await load({ connections: 4, ...WARM_UP, requests: 200 })
  await load({ connections: CLOSED_LOOP, ...WARM_UP })
  progress.doing('overload', 'as many as go through')
  const capacity = (await load({ connections: CLOSED_LOOP, seconds: CAPACITY_SECONDS })).perSecond
  await stage.countCalls()
  const [half, more] = [capacity / 2, capacity * times]
  progress.doing('overload', `${Math.round(more)} a second, ${times} times as many`)
  const { phases } = await overloader.ask<{ phases: PhaseResult[] }>('overload', {
    port,
    payment: stage.payment,
    connections: CONNECTIONS,
    phases: [
      { name: 'half', perSecond: half, seconds: BEFORE_SECONDS },
      { name: 'first second', perSecond: more, seconds: 1 },
      { name: 'overload', perSecond: more, seconds: seconds - 1 },
      { name: 'first second after', perSecond: half, seconds: 1 },
      { name: 'after', perSecond: half, seconds: AFTER_SECONDS }
    ]
  })
  const stored = Object.entries(await stage.countCalls()).filter(([what]) => what.startsWith('PutItem transaction')).reduce((sum, [, count]) => sum + count, 0)
  await Promise.all([child.end(), overloader.end(), stage.close()])
  await rm(logDir, { recursive: true, force: true })
  return { measuredAt: new Date().toISOString(), command: ['npm run bench:overload', ...times === 3 ? [] : [`-- --times ${times}`]].join(' '), machine: describeMachine(), capacity, times, connections: CONNECTIONS, phases, stored }
}
