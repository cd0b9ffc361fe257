/**
 * A thread that says when it is time: timers of the event loop come on whole milliseconds and late, which would count as latency. It waits in the
 * kernel, and takes no CPU meanwhile.
 */
import { parentPort, workerData } from 'node:worker_threads'

const { startsAtMs, everyMs, seconds } = workerData as { startsAtMs: number, everyMs: number, seconds: number }
const never = new Int32Array(new SharedArrayBuffer(4))
const nowMs = () => performance.timeOrigin + performance.now()

for (let beat = 0; beat * everyMs < seconds * 1000; beat++) {
  const waitMs = startsAtMs + beat * everyMs - nowMs()
  if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs)
  parentPort?.postMessage(beat)
}
