import t, { type Test } from 'tap'
import { createPrometheusMetrics } from '../../src/adapters/prometheus-metrics.ts'
import { createDialer } from '../../src/usecases/dialer.ts'

const HOUR_MS = 3_600_000
const { metrics } = createPrometheusMetrics()
const ALWAYS_OURS = { hold: async () => true, isHeld: () => true, release: async () => {} }

function silentLog () {
  const errors: object[] = []
  return { errors, log: { info () {}, warn () {}, error (fields: object) { errors.push(fields) } } }
}

/** A dialer whose passes the test scripts, with a pause that never ends by itself; resolves at the last scripted pass. */
async function runPasses (t: Test, script: Array<boolean | Error>, poke: (dialer: ReturnType<typeof createDialer>, pass: number) => void = () => {}) {
  const { log, errors } = silentLog()
  let passes = 0
  await new Promise<void>((resolve) => {
    const dialer = createDialer({
      async pass () {
        const step = script[passes++]
        poke(dialer, passes)
        if (passes === script.length) resolve()
        if (step instanceof Error) throw step
        return { nextInMs: step === true ? 0 : undefined }
      },
      lease: ALWAYS_OURS,
      settled: async () => {},
      intervalMs: HOUR_MS,
      metrics,
      log
    })
    t.teardown(dialer.stop)
    dialer.start()
  })
  return errors
}

t.test('createDialer: while more is due, the next pass follows without a pause', async (t) => {
  t.same(await runPasses(t, [true, true, false]), [])
})

t.test('createDialer: a wake during a pass is not lost', async (t) => {
  t.same(await runPasses(t, [false, false], (dialer, pass) => { if (pass === 1) dialer.wake() }), [])
})

t.test('createDialer: a pass that fails is logged once until one succeeds, and the loop goes on', async (t) => {
  const errors = await runPasses(t, [new Error('store down'), new Error('store down'), false, new Error('again'), false], (dialer) => { dialer.wake() })
  t.match(errors, [{ err: { message: 'store down' } }, { err: { message: 'again' } }])
})

t.test('createDialer: stop waits for the pass under way and no other follows', async (t) => {
  const { log } = silentLog()
  let finish: (() => void) | undefined
  let passes = 0
  const dialer = createDialer({
    async pass () {
      passes++
      await new Promise<void>((resolve) => { finish = resolve })
      return { nextInMs: 0 }
    },
    lease: ALWAYS_OURS,
    settled: async () => {},
    intervalMs: HOUR_MS,
    metrics,
    log
  })
  dialer.start()
  await new Promise((resolve) => setImmediate(resolve))
  let isStopped = false
  const stopping = dialer.stop().then(() => { isStopped = true })
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(isStopped, false)
  finish?.()
  await stopping
  t.equal(passes, 1)
})

t.test('createDialer: whoever can no longer write the lease does not tell that it dials, nor what it saw when it did', async (t) => {
  const { metrics, text } = createPrometheusMetrics()
  const { log } = silentLog()
  let holds = 0
  await new Promise<void>((resolve) => {
    const dialer = createDialer({
      async pass () {
        metrics.dialerPassed({ lagMs: 9_000, liveCalls: 3, durationMs: 1 })
        return { nextInMs: 0 }
      },
      lease: {
        async hold () {
          holds++
          if (holds === 1) return true
          if (holds === 3) resolve()
          throw new Error('store down')
        },
        isHeld: () => false,
        release: async () => {}
      },
      settled: async () => {},
      intervalMs: 1,
      metrics,
      log
    })
    t.teardown(dialer.stop)
    dialer.start()
  })
  for (const gauge of ['dialer_lease_held', 'dialer_lag_seconds', 'live_calls']) t.match((await text()).text, `\nringfence_${gauge} 0\n`)
})

t.test('createDialer: while what is due cannot be seen, each look tells a longer lag, counted from the last one that saw it', async (t) => {
  const clock = { ms: 0 }
  t.intercept(performance, 'now', { value: () => clock.ms })
  const { metrics, text } = createPrometheusMetrics()
  const { log } = silentLog()
  const told = async (name: string) => Number(new RegExp(`^ringfence_${name} (.*)$`, 'm').exec((await text()).text)?.[1])
  const lags: number[] = []
  const script = [true, false, false, false, true, false, undefined]
  await new Promise<void>((resolve) => {
    const dialer = createDialer({
      async pass () {
        lags.push(await told('dialer_lag_seconds'))
        const isSeen = script[lags.length - 1]
        if (isSeen === undefined) resolve()
        clock.ms += 10_000
        if (isSeen === false) throw new Error('the index cannot be read')
        metrics.dialerPassed({ lagMs: 500, liveCalls: 0, durationMs: 1 })
        return { nextInMs: undefined }
      },
      lease: ALWAYS_OURS,
      settled: async () => {},
      intervalMs: 1,
      metrics,
      log
    })
    t.teardown(dialer.stop)
    dialer.start()
  })
  t.same(lags, [0, 0.5, 10, 20, 30, 0.5, 10])
  t.equal(await told('dialer_failures_total'), 4, 'and each is counted')
})

t.test('dialerPassFailed: the failure of a single item says nothing of the lag', async (t) => {
  const { metrics, text } = createPrometheusMetrics()
  metrics.dialerPassFailed(20_000)
  metrics.dialerPassFailed()
  t.match((await text()).text, '\nringfence_dialer_lag_seconds 20\n')
  t.match((await text()).text, '\nringfence_dialer_failures_total 2\n')
})
