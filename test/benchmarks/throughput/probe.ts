/**
 * Preloaded into every process of the benchmark: says what it took between `begin` and `end`. CPU is user and system time of all its threads, in
 * microseconds; the event loop's delay is how much later than asked a timer of 10 ms came, in microseconds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answerParent } from './parent-channel.ts'

const RESOLUTION_MS = 10

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
let begunCpu = process.cpuUsage()
let begunAtMs = performance.now()

if (process.send !== undefined) {
  answerParent({
    begin () {
      delay.reset()
      delay.enable()
      begunAtMs = performance.now()
      begunCpu = process.cpuUsage()
      return {}
    },
    end () {
      const { user, system } = process.cpuUsage(begunCpu)
      const seconds = (performance.now() - begunAtMs) / 1000
      delay.disable()
      const late = (ns: number) => Math.max(0, ns / 1000 - RESOLUTION_MS * 1000)
      return { cpuUs: user + system, seconds, rssBytes: process.memoryUsage.rss(), loopDelayP50Us: late(delay.percentile(50)), loopDelayP99Us: late(delay.percentile(99)) }
    }
  }, { keepsAlive: false })
}
