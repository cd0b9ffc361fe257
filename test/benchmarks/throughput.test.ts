import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import t from 'tap'
import { drawChart } from './throughput/chart.ts'
import { replaceResults } from './throughput/document.ts'
import { readRanges } from './throughput/machine.ts'
import { readOptions } from './throughput/options.ts'
import { CREDENTIALS, REGION } from './throughput/payment.ts'
import { AT_ONCE, DELAYED, connectionsFor, makePlan, rotated, stubMs } from './throughput/plan.ts'
import { median, toCells, toRatios, toWarnings, type Cell } from './throughput/results.ts'
import type { Sample } from './throughput/sample.ts'
import { createSigner } from './throughput/signed-client.ts'
import { awsConfig, listSubjects } from './throughput/subjects.ts'
import { markdownOf } from './throughput/tables.ts'
import { checkCalls } from './throughput/turn.ts'

const NAMES = ['fastify', 'floor', 'floor-work', 'floor-fd', 'floor-fd-work', 'embedded', 'detector']

function sample (subject: string, stubs: string, round: number, fields: Partial<Sample> = {}): Sample {
  return {
    subject,
    stubs,
    round,
    connections: 64,
    perSecond: 1_000,
    cpuUs: 400,
    subjectBusy: 1,
    busiestOther: { name: 'load-generator', share: 0.3 },
    othersBusy: 0.5,
    strangersBusy: 0.02,
    halfPerSecond: 500,
    timed: 1_000,
    p50Us: 10_000,
    p99Us: 20_000,
    p999Us: 30_000,
    sentLateP99Us: 100,
    halfCpuUs: 400,
    loopDelayP99Us: 900,
    rssBytes: 100 * 2 ** 20,
    startMs: 500,
    ...fields
  }
}

t.test('options: what is wrong is said', async (t) => {
  const refusals: Array<[args: string[], message: RegExp]> = [
    [['--secnds', '3'], /Unknown option '--secnds'/],
    [['rest'], /Unexpected argument 'rest'/],
    [['--seconds', '3'], /--seconds must be a whole number from 20 to 3600, not "3"/],
    [['--rounds', 'x'], /--rounds must be a whole number/],
    [['--only', 'floor,flor'], /--only takes fastify, floor, floor-work, floor-fd, floor-fd-work, embedded, detector, not "flor"/],
    [['--only', ','], /--only takes fastify/],
    [['--write', '--quick'], /--write is for a whole run/],
    [['--write', '--only', 'floor'], /--write is for a whole run/],
    [['--peer-handler', 'handler.py'], /--peer-handler and --peer-event go together/],
    [['--peer-event', 'event.json'], /--peer-handler and --peer-event go together/],
    [['--peer-handler', 'handler.js', '--peer-event', 'event.json'], /must be a Python file/]
  ]
  for (const [args, message] of refusals) t.throws(() => readOptions(args, NAMES), { message }, args.join(' '))
})

t.test('options: what is given wins over what --quick means', async (t) => {
  t.match(readOptions([], NAMES), { seconds: 300, rounds: 3, only: undefined, outDir: undefined, writesDocs: false, peer: undefined })
  t.match(readOptions(['--quick'], NAMES), { seconds: 40, rounds: 1 })
  t.match(readOptions(['--quick', '--rounds', '2', '--only', 'floor, embedded'], NAMES), { seconds: 40, rounds: 2, only: ['floor', 'embedded'] })
  t.equal(readOptions(['--help'], NAMES), undefined)
})

t.test('plan: as long as it is to be, and never shorter than its parts need', async (t) => {
  const subjects = listSubjects()
  const plan = makePlan({ seconds: 300, rounds: 3 }, subjects)
  t.ok(plan.bound <= 480, `${plan.bound} s at most`)
  t.ok(plan.saturation > 1 && plan.halfLoad > plan.saturation)
  t.match(makePlan({ seconds: 20, rounds: 20 }, subjects), { saturation: 0.5, halfLoad: 0.8 })
  t.strictSame([0, 1, 3].map((round) => rotated(['a', 'b', 'c'], round).join('')), ['abc', 'bca', 'abc'])
  t.strictSame([connectionsFor(300, 68), connectionsFor(2_000, 68), connectionsFor(90_000, 68), connectionsFor(0, 0)], [64, 272, 1_024, 64])
  t.strictSame([null, { detector: false }, { detector: true }].map((asks) => stubMs({ asks }, DELAYED)), [0, 8, 68])
})

t.test('results: medians over the rounds, ratios within each', async (t) => {
  t.strictSame([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2.5, NaN])
  const subjects = listSubjects().filter(({ name }) => name === 'floor' || name === 'embedded')
  const samples = [
    ...[100, 200, 400].map((cpuUs, round) => sample('floor', AT_ONCE.name, round, { cpuUs })),
    ...[120, 220, 800].map((cpuUs, round) => sample('embedded', AT_ONCE.name, round, { cpuUs })),
    ...[0, 1, 2].map((round) => sample('embedded', DELAYED.name, round, { p50Us: 10_000, p99Us: 16_000, perSecond: 900 })),
    ...[0, 1, 2].map((round) => sample('peer', DELAYED.name, round, { perSecond: 15 }))
  ]
  const cells = toCells(samples, subjects)
  t.match(cells.map(({ subject, stubs, cpuUs, rounds, timed }) => ({ subject, stubs, cpuUs, rounds, timed })), [
    { subject: 'floor', stubs: 'at once', cpuUs: 200, rounds: 3, timed: 3_000 },
    { subject: 'embedded', stubs: 'at once', cpuUs: 220, rounds: 3, timed: 3_000 },
    { subject: 'embedded', stubs: '4 / 60 ms', cpuUs: 400, rounds: 3, timed: 3_000 }
  ])
  const ratios = Object.fromEntries(toRatios(samples, subjects).map(({ name, value, met }) => [name, { value, met }]))
  t.strictSame(ratios, {
    'CPU, service, embedded model / floor': { value: 1.2, met: true },
    'p99 / p50, service, embedded model, 4 / 60 ms': { value: 1.6, met: true },
    "the same beside the stubs' own 8 ms": { value: 4, met: null },
    'p99 / p50, service, embedded model, at once': { value: 2, met: null },
    'requests per second, service, embedded model / peer, 4 / 60 ms': { value: 60, met: true }
  })
})

t.test('results: what makes them doubtful is told once', async (t) => {
  const subjects = listSubjects()
  t.strictSame(toWarnings([sample('floor', AT_ONCE.name, 0)], { floor: [800], embedded: [800] }, subjects), [])
  const busy = { busiestOther: { name: 'load-generator', share: 0.95 } }
  const warnings = toWarnings([sample('fastify', AT_ONCE.name, 0, busy), sample('fastify', AT_ONCE.name, 1, busy), sample('floor', AT_ONCE.name, 1, { strangersBusy: 0.4 })], { floor: [800], embedded: [812] }, subjects)
  t.equal(warnings.length, 3)
  t.match(warnings, [/^fastify, at once: .*load-generator 95 % of one/, /Other programs took up to 40 % .*\(floor, round 2\)/, 'embedded writes items of 812 bytes, floor of 800.'])
})

t.test('calls: every payment comes to those that belong to it', async (t) => {
  const outside = { 'GetItem card': 5, 'GetItem transaction': 5, 'PutItem transaction of 900 bytes': 4, 'PutItem transaction of 901 bytes': 1, GetEventPrediction: 5, 'GetItem other': 2, Query: 14 }
  t.strictSame(checkCalls({ name: 'detector', asks: { detector: true } }, 5, outside), [900, 901])
  t.strictSame(checkCalls({ name: 'fastify', asks: null }, 5, {}), [])
  t.throws(() => checkCalls({ name: 'embedded', asks: { detector: false } }, 5, outside), { message: /embedded: 5 payments came to 5 of GetItem transaction instead of 0, 5 of GetEventPrediction instead of 0/ })
  t.throws(() => checkCalls({ name: 'floor', asks: { detector: false } }, 5, { 'GetItem card': 6, 'PutItem transaction of 900 bytes': 5 }), { message: /6 of GetItem card instead of 5/ })
  t.throws(() => checkCalls({ name: 'fastify', asks: null }, 5, { 'unknown Scan': 1 }), { message: /unknown Scan/ })
})

t.test('chart: words are escaped, and a run without a floor has none', async (t) => {
  const cell: Cell = { subject: 'peer', title: '<b> & "c"', stubs: 'at once', rounds: 1, perSecond: 10, cpuUs: 1_000, halfPerSecond: 5, timed: 9, p50Us: 900, p99Us: 1_900, p999Us: 2_900, loopDelayP99Us: null, rssBytes: 1e8, startMs: 200, subjectBusy: 1, othersBusy: 0.5 }
  const svg = drawChart([cell], 'at once')
  t.match(svg, /&lt;b&gt; &amp; &quot;c&quot;/)
  t.notMatch(svg, /<b>|NaN|Infinity|class="line"/)
  t.match(drawChart([{ ...cell, subject: 'floor' }], 'at once'), /class="line"/)
})

t.test('document: only what stands between the markers is replaced', async (t) => {
  const [begin, end] = ['<!-- results of npm run bench: begin -->', '<!-- results of npm run bench: end -->']
  const once = replaceResults(`before\n${begin}\nold\n${end}\nafter\n`, 'new $& $1')
  t.equal(once, `before\n${begin}\n\nnew $& $1\n\n${end}\nafter\n`)
  t.equal(replaceResults(once, 'new $& $1'), once)
  for (const broken of ['', begin, `${end} ${begin}`, `${begin} ${end} ${begin} ${end}`]) t.throws(() => replaceResults(broken, 'new'), { message: /must hold each of these lines once/ })
})

t.test('tables: cells cannot break the table', async (t) => {
  const cells = toCells([sample('floor', AT_ONCE.name, 0)], [{ name: 'floor', title: 'a | b' }])
  const machine = { processor: 'CPU', processors: 2, memoryGb: 8, system: 'Linux', node: 'v20' }
  const plan = makePlan({ seconds: 300, rounds: 3 }, listSubjects())
  const text = markdownOf({ measuredAt: '2026-11-29T00:00:00.000Z', command: 'npm run bench', machine, isPinned: false, plan, stubs: [], limits: { A: '1' }, cells, ratios: [], warnings: ['doubt'], samples: [] }, 'performance.svg')
  t.match(text, /\| a \\\| b \| at once \| 1,000 \| 400 \| 500 \| 10\.0 \| 20\.0 \| 30\.0 \| 0\.90 \| 100 \| 500 \| 100 \| 50 \|/)
  t.match(text, /nothing is pinned[^]*`A=1`[^]*\n- doubt$/)
})

t.test('surroundings: processors as Linux lists them, endpoints as AWS configures them', async (t) => {
  t.strictSame(['0-2,5', '3', ''].map(readRanges), [[0, 1, 2, 5], [3], []])
  t.match(awsConfig({ storeUrl: 'http://127.0.0.1:1', detectorUrl: 'http://127.0.0.1:2', connectUrl: 'http://127.0.0.1:3' }), /\[services stubs\]\ndynamodb =\n {2}endpoint_url = http:\/\/127\.0\.0\.1:1\nfrauddetector =/)
})

t.test('floor: its signature is the one that the AWS SDK makes', async (t) => {
  let signed: { headers: Record<string, string>, body: string } | undefined
  const client = new DynamoDBClient({
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: { headers: Record<string, string>, body: string }) => {
        signed = request
        throw new Error('not sent')
      }
    }
  })
  await t.rejects(client.send(new GetItemCommand({ TableName: 'ringfence', Key: { pk: { S: 'CARD#ü' }, sk: { S: 'CARD' } } })), { message: 'not sent' })
  if (signed === undefined) throw new Error('nothing was signed')
  const { headers, body } = signed
  const names = /SignedHeaders=([^,]+)/.exec(headers['authorization'] ?? '')?.[1]?.split(';') ?? []
  t.ok(names.includes('x-amz-date') && names.includes('host'))
  t.equal(createSigner('dynamodb')(Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])), body), headers['authorization'])
})
