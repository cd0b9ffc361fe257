import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { EnvironmentSchema } from '../src/settings.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody } from './world.ts'

const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8')
const alerts = readFileSync(new URL('../docs/prometheus-alerts.yaml', import.meta.url), 'utf8')

t.test('every metric and setting that the runbook and the alert rules name is there, and every alert has its place in the runbook', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  const text = await world.metricsText()
  const known = new Set([...text.matchAll(/^# TYPE (ringfence_\w+) (\w+)$/gm)].flatMap(([, name = '', type]) => type === 'histogram' ? [name, `${name}_count`, `${name}_bucket`, `${name}_sum`] : [name]))
  for (const [name] of `${page}${alerts}`.matchAll(/ringfence_[a-z_]+/g)) t.ok(known.has(name), name)
  for (const [name] of page.matchAll(/RINGFENCE_[A-Z_]+/g)) t.ok(name in EnvironmentSchema.properties, name)

  const anchors = [...page.matchAll(/^### (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replace(/[^a-z0-9 -]/g, '').replaceAll(' ', '-'))
  t.equal(anchors.length, 12)
  const { groups } = parse(alerts) as { groups: Array<{ rules: Array<{ alert: string, expr: string, annotations: { runbook: string } }> }> }
  for (const { alert, annotations } of groups.flatMap(({ rules }) => rules)) t.ok(anchors.includes(annotations.runbook.replace('docs/operations.md#', '')), alert)
})

const OUTAGES = fileURLToPath(new URL('operations/alerts.promtool.yaml', import.meta.url))
const hasPromtool = spawnSync('promtool', ['--version']).status === 0

t.test('outages raise the alerts that are meant for them', { skip: hasPromtool ? false : 'no promtool' }, async (t) => {
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', OUTAGES], { encoding: 'utf8' })
  t.equal(status, 0, `${stdout}${stderr}`)
})

t.test('the log tells the story of one case by its id, in order', async (t) => {
  const world = await createWorld({ policy: { ladder: [{ channel: 'voice', delayMs: 0 }, { channel: 'voice', delayMs: 60_000 }] } })
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const { case: { id } } = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>()
  await postTransaction(world.app, transactionBody('tx-2'))
  await world.dial()
  world.clock.nowMs += 240_000
  await world.dial()
  world.clock.nowMs += 60_000
  await world.dial()
  const contactId = `contact-of-ringfence-${id.replace('case_', 'attempt_')}_2`
  for (const eventId of ['event-1', 'event-2']) {
    const payload = { id: eventId, source: 'aws.connect', detail: { eventType: 'CONNECTED_TO_AGENT', contactId, connectedToSystemTimestamp: '2026-11-22T10:05:05.000Z' } }
    t.equal((await world.app.inject({ method: 'POST', url: '/v1/connect/events', headers: KEY_HEADERS, payload })).statusCode, 202)
  }
  await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: KEY_HEADERS, payload: { answer: 'fraud' } })
  const told = world.logLines.map((line) => JSON.parse(line) as { caseId?: string, msg: string }).filter(({ caseId }) => caseId === id).map(({ msg }) => msg)
  t.same(told, [
    'case opened', 'transaction decided', 'transaction meets a case that is there', 'transaction decided', 'contact submitted', 'contact over without an answer', 'contact submitted', 'contact picked up', 'answer heard', 'card blocked', 'case closed', 'answer settled'
  ])
  t.match(world.logLines.map((line) => JSON.parse(line) as { msg: string }).find(({ msg }) => msg === 'case closed'), { decision: 'fraud', ending: 'answered', cardIsBlocked: true })
  t.match(await world.metricsText(), 'ringfence_attempts_ended_total{channel="voice",outcome="superseded"} 1')
  t.match(await world.metricsText(), 'ringfence_open_cases 1')
  t.match(await world.metricsText(), 'ringfence_time_to_contact_seconds_count 1')
})

t.test('what a request makes happen is logged with the id that its reply carries', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const screened = await postTransaction(world.app, transactionBody('tx-1'))
  const { case: { id } } = screened.json<{ case: { id: string } }>()
  const answered = await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: KEY_HEADERS, payload: { answer: 'fraud' } })
  const optedOut = await world.app.inject({ method: 'PUT', url: '/v1/customers/u82-1alz-RI301/opt-outs/sms', headers: KEY_HEADERS })
  const told = (reply: typeof answered) => world.logLines.map((line) => JSON.parse(line) as { requestId?: string, msg: string }).filter(({ requestId }) => requestId === reply.headers['x-request-id']).map(({ msg }) => msg)
  t.same([screened, answered, optedOut].map(told), [['case opened', 'transaction decided'], ['answer heard', 'card blocked', 'case closed', 'answer settled'], ['cardholder opted out']])
})

t.test('a case that several close at the same moment is told and counted as closed once', async (t) => {
  const world = await createWorld()
  t.teardown(world.close)
  await putSampleCustomer(world.app)
  world.scorer.next = 987
  const { case: { id } } = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>()
  const answer = async () => await world.app.inject({ method: 'POST', url: `/v1/cases/${id}/answer`, headers: KEY_HEADERS, payload: { answer: 'fraud' } })
  t.same((await Promise.all([answer(), answer(), answer()])).map(({ statusCode }) => statusCode), [200, 200, 200])
  for (const message of ['answer heard', 'card blocked', 'case closed']) t.equal(world.logLines.filter((line) => line.includes(`"msg":"${message}"`)).length, 1, message)
  t.match(await world.metricsText(), 'ringfence_cases_closed_total{decision="fraud"} 1')
})
