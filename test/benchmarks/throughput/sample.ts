/** One subject, one speed of the stubs, one round. */
export interface Sample {
  subject: string
  stubs: string
  round: number
  /** Of the closed loop. */
  connections: number
  /** Closed loop, as many as go through. */
  perSecond: number
  /** The subject's own CPU per request of that. */
  cpuUs: number
  /** Of one processor, how much the subject had of it meanwhile: 1 is all. */
  subjectBusy: number
  /** The busiest process of the generator and stubs, and all of them together, of their processors. */
  busiestOther: { name: string, share: number }
  othersBusy: number
  /** Processors that programs took which are none of ours. */
  strangersBusy: number
  /** Open loop, half as many; latencies in microseconds. */
  halfPerSecond: number
  timed: number
  p50Us: number
  p99Us: number
  p999Us: number
  sentLateP99Us: number
  halfCpuUs: number
  /** `null` where there is no event loop to ask. */
  loopDelayP99Us: number | null
  rssBytes: number
  /** From start to the first 200. */
  startMs: number
}

/** What a process took between two moments. */
export interface Usage {
  cpuUs: number
  seconds: number
  rssBytes: number
  loopDelayP50Us: number | null
  loopDelayP99Us: number | null
}
