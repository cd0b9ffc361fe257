import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { BreakerState, Metrics, ModelRole } from '../ports.ts'

const BREAKER_STATES = ['closed', 'open', 'half_open'] as const
const LATENCY_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const SCORE_BUCKETS_SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.3, 1]

/** Counts in Prometheus' terms. Labels are words from our own lists only. */
export function createPrometheusMetrics (): { metrics: Metrics, text: () => Promise<{ contentType: string, text: string }> } {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `ringfence_${name}_total`, help, labelNames, registers: [registry] })

  const decided = counter('transactions', 'Transactions answered.', ['outcome', 'scorer', 'degraded', 'replayed'])
  const scorerFailures = counter('scorer_failures', 'Scores that could not be had in time, why, and who decided instead.', ['scorer', 'why', 'fallback'])
  const scorerRetries = counter('scorer_retries', 'Scorers asked a second time within the deadline.', ['scorer'])
  const breakerChanges = counter('scorer_breaker_changes', 'Changes of the circuit breaker.', ['scorer', 'to'])
  const breaker = new Gauge({
    name: 'ringfence_scorer_breaker_state', help: 'Circuit breaker of the scorer: 1 for the state it is in.', labelNames: ['scorer', 'state'], registers: [registry]
  })
  const breakerStates = new Map<string, BreakerState>()
  const unusedVariables = counter('variables_unused', 'Variables that the scorer knows and could not use.', ['name', 'why'])
  const sparseEvents = counter('sparse_events', 'Payments scored by a model that found less than half of its variables in them.', ['scorer'])
  const ruleFindings = counter('rule_findings', 'Rules of the detector file that matched, could not be evaluated, or lacked the score.', ['rule', 'finding'])
  const shadowScores = counter('shadow_scores', 'Scores of the model that is tried beside the scorer.', ['result'])
  const modelReloads = counter('model_reloads', 'Reloads of the model in this process; refused: it could not be used, and the one before goes on.', ['role', 'result'])
  const modelInfo = new Gauge({ name: 'ringfence_model_info', help: '1 for the model that has the role.', labelNames: ['role', 'model', 'version'], registers: [registry] })
  const models = new Map<ModelRole, { role: ModelRole, model: string, version: string }>()
  const casesOpened = counter('cases_opened', 'Cases opened.')
  const casesClosed = counter('cases_closed', 'Cases closed.', ['decision'])
  const contacts = counter('contacts', 'Contacts asked for.', ['channel', 'result'])
  const attempts = counter('attempts_ended', 'Attempts that ended.', ['channel', 'outcome'])
  const lookUps = counter('contact_lookups', 'Contacts that the calling service was asked about.', ['result'])
  const feedback = counter('feedback', "Cardholders' answers told to the detector, a transaction each.", ['result'])
  const optOuts = counter('opt_outs', 'Opt-outs of cardholders, set and taken back.', ['channel', 'change'])
  const answers = counter('answers', 'Answers heard.', ['answer', 'verdict'])
  const dialerFailures = counter('dialer_failures', 'Due work that failed and stays due.')
  const gauge = (name: string, help: string) => new Gauge({ name: `ringfence_${name}`, help, registers: [registry] })
  const lag = gauge('dialer_lag_seconds', 'How long the oldest due work had been waiting when the last pass of the dialer began.')
  const liveCalls = gauge('live_calls', 'Calls that ring or are talked on, or may be, as the last pass of the dialer saw them.')
  const lease = gauge('dialer_lease_held', '1 in the process that dials, 0 in the others.')
  const passes = new Histogram({ name: 'ringfence_dialer_pass_seconds', help: 'Time for a pass of the dialer.', buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10], registers: [registry] })
  const openCases = gauge('open_cases', 'Cases open or settling, counted once a minute by the process that dials, to 10,000 and no further.')
  const histogram = <const L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
    new Histogram({ name: `ringfence_${name}`, help, labelNames, buckets, registers: [registry] })
  const requests = histogram('http_request_seconds', 'Time for a request, by the route as it is declared; too many by one key are told as 429, apart from 4xx.', ['method', 'route', 'status'], LATENCY_BUCKETS_SECONDS)
  const calls = histogram('aws_call_seconds', 'Time for a call to AWS, its retries included.', ['service', 'operation', 'result'], LATENCY_BUCKETS_SECONDS)
  const toContact = histogram('time_to_contact_seconds', 'From the opening of a case to its first contact being asked for, the calling window left out.', [], [0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600])
  const scoring = new Histogram({
    name: 'ringfence_scoring_seconds', help: 'Time for a score.', labelNames: ['scorer'], buckets: SCORE_BUCKETS_SECONDS, registers: [registry]
  })

  // What every request counts keeps its series at hand: to find them by their labels each time costs more than to count.
  const decidedOf = atHand((outcome: string, scorer: string, degraded: boolean, replayed: boolean) => decided.labels({ outcome, scorer, degraded: String(degraded), replayed: String(replayed) }))
  const scoringOf = atHand((scorer: string) => scoring.labels({ scorer }))
  const unusedOf = atHand((name: string, why: string) => unusedVariables.labels({ name, why }))
  const requestsOf = atHand((method: string, route: string, status: string) => requests.labels({ method, route, status }))
  const callsOf = atHand((service: string, operation: string, isDone: boolean) => calls.labels({ service, operation, result: isDone ? 'done' : 'failed' }))

  return {
    metrics: {
      transactionDecided (outcome, scorer, degraded, replayed) { decidedOf(outcome, scorer, degraded, replayed).inc() },
      scored (scorer, durationMs) { scoringOf(scorer).observe(durationMs / 1000) },
      scorerFailed (scorer, why, fallback) { scorerFailures.inc({ scorer, why, fallback }) },
      scorerRetried (scorer) { scorerRetries.inc({ scorer }) },
      breakerStands (scorer, state) {
        if (breakerStates.has(scorer)) breakerChanges.inc({ scorer, to: state })
        breakerStates.set(scorer, state)
        for (const one of BREAKER_STATES) breaker.set({ scorer, state: one }, one === state ? 1 : 0)
      },
      variableUnused (name, why) { unusedOf(name, why).inc() },
      eventSparse (scorer) { sparseEvents.inc({ scorer }) },
      ruleFound (ruleId, finding) { ruleFindings.inc({ rule: ruleId, finding }) },
      requestAnswered (method, route, status, durationMs) { requestsOf(method, route, status === 429 ? '429' : `${Math.floor(status / 100)}xx`).observe(durationMs / 1000) },
      shadowScored (result) { shadowScores.inc({ result }) },
      modelRuns (role, model, version) {
        const former = models.get(role)
        if (former !== undefined) modelInfo.remove(former)
        models.set(role, { role, model, version })
        modelInfo.set({ role, model, version }, 1)
        // Of a series that begins with 1 nobody sees that it rose.
        for (const result of ['loaded', 'unchanged', 'refused']) modelReloads.inc({ role, result }, 0)
      },
      modelReloaded (role, result) { modelReloads.inc({ role, result }) },
      awsCalled (service, operation, isDone, durationMs) { callsOf(service, operation, isDone).observe(durationMs / 1000) },
      caseOpened () { casesOpened.inc() },
      casesOpen (count) { openCases.set(count) },
      firstContactAsked (waitedMs) { toContact.observe(waitedMs / 1000) },
      caseClosed (decision) { casesClosed.inc({ decision }) },
      contactStarted (channel, result) { contacts.inc({ channel, result }) },
      attemptEnded (channel, outcome) { attempts.inc({ channel, outcome }) },
      contactLookedUp (result) { lookUps.inc({ result }) },
      feedbackSent (result) { feedback.inc({ result }) },
      optOutChanged (channel, change) { optOuts.inc({ channel, change }) },
      answerHeard (answer, verdict) { answers.inc({ answer, verdict }) },
      dialerPassFailed (sinceMs) {
        dialerFailures.inc()
        if (sinceMs !== undefined) lag.set(sinceMs / 1000)
      },
      dialerPassed (pass) {
        lag.set(pass.lagMs / 1000)
        liveCalls.set(pass.liveCalls)
        passes.observe(pass.durationMs / 1000)
      },
      leaseHeld (isHeld) {
        lease.set(isHeld ? 1 : 0)
        // What a former dialer saw last would stand for ever.
        if (!isHeld) for (const seen of [lag, liveCalls, openCases]) seen.set(0)
      }
    },
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() })
  }
}

/** Remembers what was made of the same words; they come from our own lists only. */
function atHand<W extends ReadonlyArray<string | boolean>, T> (make: (...words: W) => T): (...words: W) => T {
  const known = new Map<string, T>()
  return (...words) => {
    let key = ''
    for (const word of words) key += `${word}|`
    let one = known.get(key)
    if (one === undefined) {
      one = make(...words)
      known.set(key, one)
    }
    return one
  }
}
