import type { Machine } from './machine.ts'
import { AT_ONCE, DELAYED, stubMs, type Plan, type StubSpeed } from './plan.ts'
import type { Sample } from './sample.ts'
import type { Subject } from './subjects.ts'

/** Medians over the rounds of one subject with one speed of the stubs. Times in microseconds unless the name says otherwise. */
export interface Cell {
  subject: string
  title: string
  stubs: string
  rounds: number
  perSecond: number
  cpuUs: number
  halfPerSecond: number
  /** All rounds together. */
  timed: number
  p50Us: number
  p99Us: number
  p999Us: number
  loopDelayP99Us: number | null
  rssBytes: number
  startMs: number
  /** With as many requests as go through, of their processors: 1 is all. */
  subjectBusy: number
  othersBusy: number
}

/** Two figures of one run beside each other. */
export interface Ratio {
  name: string
  value: number
  target: string | null
  met: boolean | null
}

/** Everything that a run says; the document's JSON. */
export interface Results {
  measuredAt: string
  command: string
  machine: Machine
  isPinned: boolean
  plan: Plan
  stubs: StubSpeed[]
  limits: Record<string, string>
  cells: Cell[]
  ratios: Ratio[]
  warnings: string[]
  samples: Sample[]
}

const CPU_TARGET = 1.25
const TAIL_TARGET = 3
const PEER_TARGET = 60
/** A process that is busier than this may be what holds the others up. */
const BUSY = 0.9
const STRANGERS = 0.1

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median (values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] ?? NaN : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** A cell for each subject and speed that was measured, in the subjects' order. */
export function toCells (samples: readonly Sample[], subjects: ReadonlyArray<Pick<Subject, 'name' | 'title'>>): Cell[] {
  return subjects.flatMap(({ name, title }) => [AT_ONCE.name, DELAYED.name].flatMap((stubs) => {
    const own = samples.filter((sample) => sample.subject === name && sample.stubs === stubs)
    if (own.length === 0) return []
    const of = (read: (sample: Sample) => number): number => median(own.map(read))
    return [{
      subject: name,
      title,
      stubs,
      rounds: own.length,
      perSecond: of(({ perSecond }) => perSecond),
      cpuUs: of(({ cpuUs }) => cpuUs),
      halfPerSecond: of(({ halfPerSecond }) => halfPerSecond),
      timed: own.reduce((sum, { timed }) => sum + timed, 0),
      p50Us: of(({ p50Us }) => p50Us),
      p99Us: of(({ p99Us }) => p99Us),
      p999Us: of(({ p999Us }) => p999Us),
      loopDelayP99Us: own.some(({ loopDelayP99Us }) => loopDelayP99Us === null) ? null : of(({ loopDelayP99Us }) => loopDelayP99Us ?? NaN),
      rssBytes: of(({ rssBytes }) => rssBytes),
      startMs: of(({ startMs }) => startMs),
      subjectBusy: of(({ subjectBusy }) => subjectBusy),
      othersBusy: of(({ othersBusy }) => othersBusy)
    }]
  }))
}

/** What holds from run to run: figures beside each other, each taken within a round, and the medians of them. */
export function toRatios (samples: readonly Sample[], subjects: ReadonlyArray<Pick<Subject, 'name' | 'title' | 'kind' | 'asks' | 'floors'>>): Ratio[] {
  const rounds = [...new Set(samples.map(({ round }) => round))]
  const ratio = (name: string, read: (of: (subject: string, stubs: string) => Sample | undefined) => number | undefined, target: string | null, isMet: (value: number) => boolean): Ratio[] => {
    const values = rounds.map((round) => read((subject, stubs) => samples.find((one) => one.round === round && one.subject === subject && one.stubs === stubs))).filter((value) => value !== undefined)
    if (values.length === 0) return []
    const value = median(values)
    return [{ name, value, target, met: target === null ? null : isMet(value) }]
  }
  return subjects.filter(({ kind }) => kind === 'service').flatMap((subject) => {
    const { name, title, floors } = subject
    const ownMs = stubMs(subject, DELAYED)
    return [
      ...Object.entries(floors).flatMap(([floor, called]) => ratio(`CPU, ${title} / ${called}`, (of) => quotient(of(name, AT_ONCE.name)?.cpuUs, of(floor, AT_ONCE.name)?.cpuUs), `at most ${CPU_TARGET}`, (value) => value <= CPU_TARGET)),
      ...ratio(`p99 / p50, ${title}, ${DELAYED.name}`, (of) => quotient(of(name, DELAYED.name)?.p99Us, of(name, DELAYED.name)?.p50Us), `at most ${TAIL_TARGET}`, (value) => value <= TAIL_TARGET),
      ...ratio(`the same beside the stubs' own ${ownMs} ms`, (of) => beside(of(name, DELAYED.name), ownMs), null, () => true),
      ...ratio(`p99 / p50, ${title}, ${AT_ONCE.name}`, (of) => quotient(of(name, AT_ONCE.name)?.p99Us, of(name, AT_ONCE.name)?.p50Us), null, () => true),
      ...ratio(`requests per second, ${title} / peer, ${DELAYED.name}`, (of) => quotient(of(name, DELAYED.name)?.perSecond, of('peer', DELAYED.name)?.perSecond), `at least ${PEER_TARGET}`, (value) => value >= PEER_TARGET),
      ...ratio(`CPU, peer / ${title}`, (of) => quotient(of('peer', AT_ONCE.name)?.cpuUs, of(name, AT_ONCE.name)?.cpuUs), null, () => true)
    ]
  })
}

function quotient (above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined || below <= 0 ? undefined : above / below
}

/** What is left when the stubs' own time is taken away from both; `undefined` where nothing is. */
function beside (sample: Sample | undefined, ownMs: number): number | undefined {
  return sample === undefined ? undefined : quotient(sample.p99Us - ownMs * 1000, sample.p50Us - ownMs * 1000)
}

/** What makes figures of this run doubtful, a sentence each. */
export function toWarnings (samples: readonly Sample[], itemBytes: Readonly<Record<string, readonly number[]>>, subjects: ReadonlyArray<Pick<Subject, 'name' | 'floors'>>): string[] {
  const warnings: string[] = []
  const worst = (read: (sample: Sample) => number): Sample | undefined => samples.toSorted((one, other) => read(other) - read(one))[0]
  for (const { subject, stubs, busiestOther: { name, share }, othersBusy } of onePerCell(samples.filter(isHeldUp))) {
    warnings.push(`${subject}, ${stubs}: generator and stubs took ${percent(othersBusy)} of their processors (${name} ${percent(share)} of one), so the requests per second may be their most and not the subject's.`)
  }
  const disturbed = worst(({ strangersBusy }) => strangersBusy)
  if (disturbed !== undefined && disturbed.strangersBusy > STRANGERS) {
    warnings.push(`Other programs took up to ${percent(disturbed.strangersBusy)} of a processor meanwhile (${disturbed.subject}, round ${disturbed.round + 1}): the machine was not quiet.`)
  }
  for (const { name, floors } of subjects) {
    for (const floor of Object.keys(floors)) {
      const [own, others] = [itemBytes[name] ?? [], itemBytes[floor] ?? []]
      if (own.length > 0 && others.length > 0 && own.join() !== others.join()) warnings.push(`${name} writes items of ${own.join(' or ')} bytes, ${floor} of ${others.join(' or ')}.`)
    }
  }
  return warnings
}

function onePerCell (samples: readonly Sample[]): Sample[] {
  return samples.filter((sample, index) => samples.findIndex(({ subject, stubs }) => subject === sample.subject && stubs === sample.stubs) === index)
}

function isHeldUp ({ busiestOther, othersBusy }: Sample): boolean {
  return busiestOther.share > BUSY || othersBusy > BUSY
}

function percent (share: number): string {
  return `${Math.round(share * 100)} %`
}
