/**
 * What a decision and a pass of the dialer cost as the table grows and processes are added, measured; and what DynamoDB takes and costs for it,
 * calculated from the sizes of the items that the service writes. No test: it measures this machine. `npm run bench:growth -- --help`
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createProgress } from '../../src/cli/progress-line.ts'
import { costReport } from './growth/cost-report.ts'
import { endEngineCalls } from './growth/engine-call.ts'
import { putBlock } from './growth/generated-block.ts'
import { recordStory } from './growth/recorded-story.ts'
import { isFlat, scaleReport } from './growth/scale-report.ts'
import { runScale, type ScalePlan } from './growth/scale-run.ts'

// The lock file pins an SDK that runs on Node 20.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

const HELP = `What a decision and a pass of the dialer cost as the table grows, and what DynamoDB costs for it.

  npm run bench:growth -- [options]

  --quick        10,000 cards and 1,000 cases in a minute and a half, in the place of a million and 100,000 in ten minutes
  --only PART    scale (what is measured) or cost (what is calculated, in seconds); both by default
  --out FILE     write the figures as JSON
  --write        put the tables into docs/growth.md
  --help         this

Exit code: 1 when something is not flat: a decision with the most cards takes more than half as much processor time again, or
half a call to the store more, than with the fewest, or a pass of the dialer more than twice the time, of which 5 ms are free.
`
const FULL: ScalePlan = { cards: [100, 10_000, 1_000_000], waiting: [100, 100_000], processes: [1, 2, 3], perSecond: 200, decisionSeconds: 20, passSeconds: 10 }
const QUICK: ScalePlan = { cards: [100, 10_000], waiting: [100, 1_000], processes: [1, 2], perSecond: 200, decisionSeconds: 4, passSeconds: 3 }

const root = fileURLToPath(new URL('../../', import.meta.url))
const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, out: { type: 'string' }, write: { type: 'boolean' }, help: { type: 'boolean' } } })
if (values.help === true) {
  process.stdout.write(HELP)
  process.exit(0)
}
if (values.only !== undefined && !['scale', 'cost'].includes(values.only)) {
  process.stderr.write(`--only takes scale or cost, not ${values.only}\n`)
  process.exit(2)
}

// Children end with this process; the engine's files go after them, whatever ends it.
let dataDir: string | undefined
process.once('exit', () => { if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }) })
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => { process.exit(code) })

const progress = createProgress({ stream: process.stderr, nowMs: Date.now })
const blocks: Record<string, string> = {}
const figures: Record<string, unknown> = { node: process.version, cores: cpus().length, processor: cpus()[0]?.model, at: new Date().toISOString() }

if (values.only !== 'cost') {
  dataDir = mkdtempSync(join(tmpdir(), 'ringfence-growth-'))
  const plan = values.quick === true ? QUICK : FULL
  const result = await runScale(root, dataDir, plan, progress.doing)
  figures['scale'] = result
  blocks['scale'] = scaleReport(plan, result)
  if (!isFlat(result)) process.exitCode = 1
}
if (values.only !== 'scale') {
  progress.doing('cost', 'a story is recorded, and its cost calculated')
  const story = await recordStory(root)
  figures['story'] = story
  blocks['cost'] = costReport(story)
}
progress.clear()
endEngineCalls()

for (const block of Object.values(blocks)) process.stdout.write(`${block}\n`)
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(figures, null, 2)}\n`)
if (values.write === true) {
  const path = join(root, 'docs/growth.md')
  writeFileSync(path, Object.entries(blocks).reduce((text, [name, block]) => putBlock(text, name, block), readFileSync(path, 'utf8')))
}
