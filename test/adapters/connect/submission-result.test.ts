import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createConnectClient } from '../../../src/adapters/aws/clients.ts'
import { createConnectSmsCaller } from '../../../src/adapters/connect/sms-caller.ts'
import { createConnectVoiceCaller } from '../../../src/adapters/connect/voice-caller.ts'
import type { Caller } from '../../../src/ports.ts'
import { createWorld, KEY_HEADERS, postTransaction, putSampleCustomer, transactionBody } from '../../world.ts'

type Reply = { status: number, error: string } | { status: number, body: string } | 'hang' | 'reset'

interface Row {
  name: string
  reply: Reply
  /** Absent: both. */
  only?: Caller['channel']
  kind: 'submitted' | 'refused' | 'not_now' | 'unknown'
  why?: string
}

const error = (status: number, name: string) => ({ name: `${status} ${name}`, reply: { status, error: name } })

// Errors of StartOutboundVoiceContact and of StartOutboundChatContact (API Reference), and what may come of any AWS service or on the way to it.
const ROWS: Row[] = [
  { ...error(400, 'InvalidRequestException'), kind: 'refused' },
  { ...error(400, 'InvalidParameterException'), only: 'voice', kind: 'refused' },
  { ...error(403, 'DestinationNotAllowedException'), only: 'voice', kind: 'refused' },
  { ...error(403, 'OutboundContactNotPermittedException'), only: 'voice', kind: 'refused' },
  { ...error(403, 'AccessDeniedException'), kind: 'not_now' },
  { ...error(404, 'ResourceNotFoundException'), kind: 'not_now' },
  { ...error(409, 'ConflictException'), only: 'sms', kind: 'not_now' },
  { ...error(429, 'LimitExceededException'), kind: 'not_now' },
  { ...error(429, 'ThrottlingException'), kind: 'not_now' },
  { ...error(429, 'TooManyRequestsException'), kind: 'not_now' },
  { ...error(500, 'InternalServiceException'), kind: 'unknown' },
  { ...error(403, 'UnrecognizedClientException'), kind: 'not_now' },
  { ...error(403, 'ExpiredTokenException'), kind: 'not_now' },
  { ...error(403, 'InvalidSignatureException'), kind: 'not_now' },
  { ...error(403, 'MissingAuthenticationTokenException'), kind: 'not_now' },
  { ...error(503, 'ServiceUnavailable'), kind: 'unknown' },
  { ...error(400, 'SomethingNewException'), kind: 'unknown' },
  { name: 'a web page instead of JSON', reply: { status: 200, body: '<html>a proxy</html>' }, kind: 'unknown', why: 'SyntaxError' },
  { name: 'a web page of a gateway', reply: { status: 502, body: '<html>bad gateway</html>' }, kind: 'unknown' },
  { name: 'a reply without a contact', reply: { status: 200, body: '{}' }, kind: 'unknown', why: 'the reply names no contact' },
  { name: 'a connection torn down', reply: 'reset', kind: 'unknown' },
  { name: 'no reply before the deadline', reply: 'hang', kind: 'unknown' },
  { name: 'a contact', reply: { status: 200, body: '{"ContactId":"5948cd58-0406-42a0-8de8-1c91ef3d7157"}' }, kind: 'submitted' }
]

// What each result does to an attempt that had not been asked about before, and the case's next step.
const SEEN_BY_THE_CASE = {
  submitted: { attempts: ['submitted'], submissions: 1 },
  refused: { attempts: ['rejected', 'due'], submissions: 0 },
  not_now: { attempts: ['due'], submissions: 0 },
  unknown: { attempts: ['submission_unknown'], submissions: 1 }
} as const

async function startService (t: Test) {
  const state: { reply: Reply, requests: string[] } = { reply: 'hang', requests: [] }
  const server = createServer((request, response) => {
    state.requests.push(`${request.method} ${request.url}`)
    const { reply } = state
    if (reply === 'hang') return
    if (reply === 'reset') { request.socket.resetAndDestroy(); return }
    response.writeHead(reply.status, { 'content-type': 'application/json', ...'error' in reply ? { 'x-amzn-errortype': reply.error } : {} })
    response.end('error' in reply ? '{"Message":"+4915112345678 is no good"}' : reply.body)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { state, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function callerFor (t: Test, channel: Caller['channel'], endpoint: string, timeoutMs: number): Caller {
  const client = createConnectClient(timeoutMs, { endpoint })
  t.teardown(() => { client.destroy() })
  const common = { client, instanceId: 'instance-1', contactFlowId: 'flow-1', timeoutMs }
  return channel === 'voice'
    ? createConnectVoiceCaller({ ...common, sourcePhoneNumber: '+4930555000' })
    : createConnectSmsCaller({ ...common, sourceNumberArn: 'arn:aws:connect:eu-central-1:123456789012:phone-number/1', replyMs: 3_600_000 })
}

for (const channel of ['voice', 'sms'] as const) {
  for (const { name, reply, kind, why } of ROWS.filter(({ only }) => only === undefined || only === channel)) {
    t.test(`${channel}, ${name}: ${kind}, asked once, and the case goes on from there`, async (t) => {
      const { state, endpoint } = await startService(t)
      const caller = callerFor(t, channel, endpoint, reply === 'hang' ? 100 : 5_000)
      state.reply = reply
      const request = { clientToken: 'token-1', phoneNumber: '+4915112345678', attributes: { CaseId: 'case_1' }, ringMs: 45_000 }
      const result = await caller.start(request)
      t.equal(result.kind, kind)
      if (result.kind !== 'submitted') t.equal(result.why, why ?? (typeof reply === 'object' && 'error' in reply ? reply.error : result.why))
      if (result.kind === 'refused') t.equal(result.outcome, 'rejected')
      t.notMatch(JSON.stringify(result), '4915112345678')
      t.strictSame(state.requests, [channel === 'voice' ? 'PUT /contact/outbound-voice' : 'PUT /contact/outbound-chat'], 'the SDK asks once')

      const world = await createWorld({ callers: [caller], policy: { ladder: [{ channel, delayMs: 0 }, { channel, delayMs: 600_000 }] } })
      t.teardown(world.close)
      await putSampleCustomer(world.app, { channels: [channel] })
      world.scorer.next = 987
      const caseId = (await postTransaction(world.app, transactionBody('tx-1'))).json<{ case: { id: string } }>().case.id
      await world.dial()
      const seen = (await world.app.inject({ url: `/v1/cases/${caseId}`, headers: KEY_HEADERS })).json<{ status: string, attempts: Array<{ outcome: string | null, status: string }> }>()
      t.equal(seen.status, 'open')
      t.strictSame(seen.attempts.map(({ status, outcome }) => outcome ?? status), SEEN_BY_THE_CASE[kind].attempts)
      const [attempt] = (await world.store.cases.get(caseId))?.attempts ?? []
      if (kind !== 'refused') t.equal(attempt?.submissions, SEEN_BY_THE_CASE[kind].submissions)
    })
  }
}
