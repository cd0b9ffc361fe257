import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { marshall } from '@aws-sdk/util-dynamodb'
import { newCard } from '../../../src/domain/card.ts'
import { cardIdOf } from '../../../src/domain/card-number.ts'
import { startChild, type Child } from './child.ts'
import { machineCpuSeconds, type Places } from './machine.ts'
import { TOKENISATION_KEY } from './payment.ts'
import { translateToPlainCode } from './plain-code.ts'
import type { StubSpeed } from './plan.ts'
import type { Usage } from './sample.ts'
import { awsConfig, type Surroundings } from './subjects.ts'

/** The load generator and the stubs, ready, and where they are. */
export interface Stage {
  surroundings: Surroundings
  payment: object
  generator: Child
  store: Child
  detector: Child
  connect: Child
  /** A process at the subject's place. */
  startSubject: (name: string, start: { command: string[], env: Record<string, string> }) => Child
  /** Sets how fast the stubs are, and what they say. */
  setStubs: (speed: StubSpeed, outcome?: 'approve' | 'fraud') => Promise<void>
  /** Calls since it was last asked, of all stubs. */
  countCalls: () => Promise<Record<string, number>>
  /** What each process took while something was done. */
  watch: <T>(subject: Child, work: () => Promise<T>) => Promise<Watched<T>>
  close: () => Promise<void>
}

/** A result, and who was how busy meanwhile. */
export interface Watched<T> {
  result: T
  subject: Usage
  subjectBusy: number
  busiestOther: { name: string, share: number }
  othersBusy: number
  strangersBusy: number
}

/** Starts everything that is not measured. */
export async function openStage ({ root, logDir, places, peerItem }: { root: string, logDir: string, places: Places | undefined, peerItem: object | undefined }): Promise<Stage> {
  const plainCode = translateToPlainCode(root)
  const payment: { card: { number: string }, customerId: string } = JSON.parse(readFileSync(join(root, 'examples/transaction-harmless.json'), 'utf8'))
  const cardId = cardIdOf(payment.card.number, TOKENISATION_KEY)
  const start = (name: string): Child => startChild({
    name,
    command: [process.execPath, `--import=${join(plainCode, 'probe.js')}`, join(plainCode, `${name}.js`)],
    env: { PATH: process.env['PATH'] ?? '' },
    processors: places?.others,
    logPath: join(logDir, `${name}.log`)
  })
  const [generator, store, detector, connect] = [start('load-generator'), start('store-stub'), start('detector-stub'), start('connect-stub')]
  const others = [generator, store, detector, connect]
  const urlOf = async (stub: Child): Promise<string> => `http://127.0.0.1:${(await stub.ask<{ port: number }>('listen')).port}`
  const [storeUrl, detectorUrl, connectUrl] = await Promise.all([urlOf(store), urlOf(detector), urlOf(connect)])
  const awsConfigPath = join(logDir, 'aws-config')
  await writeFile(awsConfigPath, awsConfig({ storeUrl, detectorUrl, connectUrl }))
  const card = marshall({ ...newCard(cardId, payment.card.number.slice(-4), payment.customerId), version: 1, pk: `CARD#${cardId}`, sk: 'CARD' })
  await store.ask('set', { card, peerItem })

  return {
    surroundings: { root, plainCode, storeUrl, detectorUrl, connectUrl, cardId, awsConfigPath },
    payment,
    generator,
    store,
    detector,
    connect,
    startSubject: (name, { command, env }) => startChild({ name, command, env, processors: places && [places.subject], logPath: join(logDir, `${name}.log`) }),
    async setStubs ({ storeMs, detectorMs, connectMs }, outcome = 'approve') {
      await Promise.all([store.ask('set', { delayMs: storeMs }), detector.ask('set', { delayMs: detectorMs, outcome }), connect.ask('set', { delayMs: connectMs })])
    },
    async countCalls () {
      const all = await Promise.all([store, detector, connect].map(async (stub) => (await stub.ask<{ counts: Record<string, number> }>('counts')).counts))
      return Object.assign({}, ...all)
    },
    async watch (subject, work) {
      const processors = places === undefined ? undefined : [places.subject, ...places.others]
      const everybody = [subject, ...others]
      await Promise.all(everybody.map(async (child) => await child.ask('begin')))
      const before = { machine: machineCpuSeconds(processors), own: process.cpuUsage(), atMs: performance.now() }
      const result = await work()
      const [own, seconds] = [process.cpuUsage(before.own), (performance.now() - before.atMs) / 1000]
      const machine = machineCpuSeconds(processors) - before.machine
      const [subjectUsage, ...usages] = await Promise.all(everybody.map(async (child) => await child.ask<Usage>('end')))
      if (subjectUsage === undefined) throw new Error('nobody was watched')
      const cores = (used: { cpuUs: number }): number => used.cpuUs / 1e6 / seconds
      const shares = usages.map((usage, index) => ({ name: others[index]?.name ?? '', share: cores(usage) })).sort((one, other) => other.share - one.share)
      const sum = shares.reduce((total, { share }) => total + share, 0)
      return {
        result,
        subject: subjectUsage,
        subjectBusy: cores(subjectUsage),
        busiestOther: shares[0] ?? { name: '', share: 0 },
        othersBusy: sum / Math.max(1, places?.others.length ?? 1),
        strangersBusy: Math.max(0, machine / seconds - cores(subjectUsage) - sum - (own.user + own.system) / 1e6 / seconds)
      }
    },
    async close () { await Promise.all(others.map(async (child) => { await child.end() })) }
  }
}
