import { fileURLToPath } from 'node:url'
import type { LoadResult } from './load-generator.ts'
import type { PeerOptions } from './options.ts'
import { CREDENTIALS, REGION } from './payment.ts'
import { AT_ONCE, DELAYED, type Plan } from './plan.ts'
import type { Sample } from './sample.ts'
import type { Stage } from './stage.ts'

/** A peer's outcomes that are measured: with `fraud` it looks its customer up and calls. */
export const PEER_OUTCOMES = ['approve', 'fraud'] as const
export type PeerOutcome = typeof PEER_OUTCOMES[number]

const RUNNER = fileURLToPath(new URL('peer.py', import.meta.url))
/** Placeholders for what such a handler wants to know; the environment's own come first. */
const PLACEHOLDERS = {
  DETECTOR_NAME: 'card_detector',
  EVENT_TYPE: 'card_tx',
  ENTITY_TYPE: 'customer',
  TABLE_NAME: 'peer-customers',
  INSTANCE_ID: '11111111-2222-4333-8444-555555555555',
  FLOW_ID: '22222222-3333-4444-8555-666666666666',
  SOURCE_NUMBER: '+18005550100'
}

export function peerName (outcome: PeerOutcome): string {
  return outcome === 'approve' ? 'peer' : `peer-${outcome}`
}

/** The peer's turn: it serves one event at a time, as one instance of a Lambda function does, so its latency at half load is that of one event. */
export async function takePeerTurn (stage: Stage, peer: PeerOptions, outcome: PeerOutcome, plan: Plan, round: number, say: (text: string) => void): Promise<Sample[]> {
  const { storeUrl, detectorUrl, connectUrl } = stage.surroundings
  await stage.setStubs(AT_ONCE, outcome)
  say('start')
  const startedAtMs = performance.now()
  const child = stage.startSubject(peerName(outcome), {
    command: ['python3', RUNNER, peer.handlerPath, peer.eventPath],
    env: {
      ...PLACEHOLDERS,
      ...process.env as Record<string, string>,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: storeUrl,
      AWS_ENDPOINT_URL_FRAUDDETECTOR: detectorUrl,
      AWS_ENDPOINT_URL_CONNECT: connectUrl
    }
  })
  try {
    await child.ask('load', { count: 1 })
    const startMs = performance.now() - startedAtMs
    say('warm-up')
    await child.ask('load', { seconds: plan.warmUp / 5 })
    const samples: Sample[] = []
    for (const speed of [AT_ONCE, DELAYED]) {
      await stage.setStubs(speed, outcome)
      say(`${speed.name}, one by one`)
      await stage.countCalls()
      const seconds = plan.saturation + plan.halfLoad / 2
      const { result, subject, ...busy } = await stage.watch(child, async () => await child.ask<LoadResult>('load', { seconds }))
      const counts = await stage.countCalls()
      const asked = Object.values(counts).reduce((sum, count) => sum + count, 0)
      // Some handlers succeed whatever happens.
      const strange = Object.keys(counts).filter((what) => what.startsWith('unknown'))
      if (asked < result.answered || strange.length > 0 || (outcome === 'fraud' && (counts['PUT /contact/outbound-voice'] ?? 0) !== result.answered)) {
        throw new Error(`${child.name}: ${result.answered} events came to these calls: ${JSON.stringify(counts)}`)
      }
      samples.push({
        subject: child.name,
        stubs: speed.name,
        round,
        ...busy,
        connections: 1,
        perSecond: result.perSecond,
        cpuUs: subject.cpuUs / result.answered,
        halfPerSecond: result.perSecond,
        timed: result.timed,
        p50Us: result.p50Us,
        p99Us: result.p99Us,
        p999Us: result.p999Us,
        sentLateP99Us: 0,
        halfCpuUs: subject.cpuUs / result.answered,
        loopDelayP99Us: null,
        rssBytes: subject.rssBytes,
        startMs
      })
    }
    return samples
  } finally {
    await child.end()
  }
}
