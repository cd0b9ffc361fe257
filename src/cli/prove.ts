import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FAILPOINTS } from '../adapters/failpoints.ts'
import { UsageError, type Command } from './command.ts'
import { readText, readWhole } from './option-values.ts'
import { createProgress } from './progress-line.ts'
import type { ProofOptions } from '../prove/prove.ts'

type Profile = Pick<ProofOptions, 'load' | 'chaos' | 'pacing' | 'speed' | 'settleMs'>

const PROFILES: Record<'quick' | 'full' | 'peak', Profile> = {
  quick: {
    load: { cardholders: 200, suspicious: 250, harmlessEach: 1, spreadMs: 20_000, burst: 20, isOnePerCard: false, doubled: 0.1 },
    chaos: { kills: 2, freezes: 0, steps: ['case_opened', 'submission_begun', 'contact_started', 'answer_decided'] },
    pacing: { perSecond: 50, burst: 50, maxLiveCalls: 200 },
    speed: 60,
    settleMs: 60_000
  },
  full: {
    load: { cardholders: 2_500, suspicious: 3_000, harmlessEach: 1, spreadMs: 400_000, burst: 30, isOnePerCard: false, doubled: 0.1 },
    chaos: { kills: 10, freezes: 4, steps: FAILPOINTS },
    pacing: { perSecond: 50, burst: 50, maxLiveCalls: 200 },
    speed: 50,
    settleMs: 150_000
  },
  peak: {
    load: { cardholders: 8_000, suspicious: 8_000, harmlessEach: 0, spreadMs: 600_000, burst: 0, isOnePerCard: true, doubled: 0 },
    chaos: undefined,
    pacing: { perSecond: 50, burst: 50, maxLiveCalls: 500 },
    speed: 50,
    settleMs: 120_000
  }
}

/** `ringfence prove`. */
export const prove: Command = {
  summary: 'prove that no call is lost and none is doubled: three services, one store, phones, and trouble',
  usage: '[--quick | --peak [--cases N] [--minutes N]] [--seed N] [--keep DIR]',
  details: [
    '--quick  about a minute, a few deaths; without it about ten minutes, a death at every step, frozen processes, faults of store, calls and events',
    "--peak   nothing goes wrong, and the load is a peak day's busiest hour (8,000 cases, or --cases) in ten minutes, or in --minutes: how long until the phone rings",
    '--seed   a whole number; the same seed makes the same load and the same trouble (default: a new one, which is printed)',
    '--keep   a folder for the logs of every process and the record that was checked',
    '',
    'It ends with 0 when nothing was lost, doubled, wrong, unfinished or untrue, and with 1 and the findings otherwise. See docs/proof.md.'
  ].join('\n'),
  options: { quick: { type: 'boolean' }, peak: { type: 'boolean' }, cases: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'string' } },
  async run ({ values, flags }) {
    if (flags.has('quick') && flags.has('peak')) throw new UsageError('--quick and --peak are two proofs')
    const seed = readSeed(values['seed'])
    const name = flags.has('quick') ? 'quick' : flags.has('peak') ? 'peak' : 'full'
    const size = [readPeak('cases', values['cases'], name), readPeak('minutes', values['minutes'], name)] as const
    const profile = sized(PROFILES[name], ...size)
    const { prove, renderReport } = await import('../prove/index.ts')
    const stopping = new AbortController()
    const progress = createProgress({ stream: process.stderr, nowMs: Date.now })
    const stop = () => {
      if (stopping.signal.aborted) process.exit(130)
      progress.note('stopping: what is under way is not waited for, Ctrl-C again ends at once')
      stopping.abort()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    // The services that it starts live on after the SIGHUP of a terminal that closes.
    process.on('SIGHUP', stop)
    const asked = [name === 'full' ? [] : [`--${name}`], size[0] === undefined ? [] : ['--cases', size[0]], size[1] === undefined ? [] : ['--minutes', size[1]], ['--seed', seed]]
    const again = `npm run prove -- ${asked.flat().join(' ')}`
    process.stdout.write(`Seed ${seed}; the same again: ${again}\n`)
    const keepDir = values['keep'] === undefined ? undefined : resolve(readText('keep', values['keep'], /^.+$/, 'a folder'))
    const { report } = await prove({ ...profile, seed, keepDir, signal: stopping.signal, progress: progress.doing, note: progress.note }).finally(progress.clear)
    const text = `${stopping.signal.aborted ? 'Stopped before its end: what follows is no result.\n\n' : ''}${renderReport(report)}`
    process.stdout.write(`\n${text}\n`)
    if (keepDir !== undefined) await writeFile(resolve(keepDir, 'report.txt'), `${text}\n`)
    if (stopping.signal.aborted) process.exit(130)
    process.exit(report.findings.length === 0 ? 0 : 1)
  }
}

/** How much an hour is compressed, and how much of it is played, is for the machine to say. A case each has a card of its own. */
function sized (profile: Profile, cases = profile.load.suspicious, minutes = profile.load.spreadMs / 60_000): Profile {
  const cardholders = profile.load.isOnePerCard ? cases : profile.load.cardholders
  return { ...profile, load: { ...profile.load, cardholders, suspicious: cases, spreadMs: minutes * 60_000 } }
}

function readPeak (option: 'cases' | 'minutes', text: string | undefined, name: keyof typeof PROFILES): number | undefined {
  if (text === undefined) return undefined
  if (name !== 'peak') throw new UsageError(`--${option} is for --peak`)
  return readWhole(option, text, { min: 1, max: option === 'cases' ? 20_000 : 99 })
}

function readSeed (text: string | undefined): number {
  if (text === undefined) return Math.floor(Math.random() * 1_000_000)
  if (!/^\d{1,9}$/.test(text)) throw new UsageError('--seed must be a whole number')
  return Number(text)
}
