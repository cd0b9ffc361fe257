import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LOCAL_SETTINGS, poll, startLocalService, startProgram } from './local-process.ts'

const SUSPICIOUS = JSON.parse(readFileSync(new URL('../../examples/transaction.json', import.meta.url), 'utf8'))
const CUSTOMER = JSON.parse(readFileSync(new URL('../../examples/customer.json', import.meta.url), 'utf8'))

t.jobs = 2

t.test('a German cardholder hears German, presses 9, is told that it is noted, and is not called again; the case ends without an answer', async t => {
  const { api, phones } = await startLocalService(t, { dataDir: t.testdir(), env: { RINGFENCE_LADDER: 'voice:0,voice:1', RINGFENCE_ATTEMPT_SECONDS: '170' } })
  await api('PUT', '/v1/customers/u82-1alz-RI301', { ...CUSTOMER, language: 'de-AT' })
  await phones('PUT', `/phones/${CUSTOMER.phoneNumber}`, { behaviour: 'answer', keys: ['3', '9'] })
  const { case: { id: caseId }, card } = (await api('POST', '/v1/transactions', SUSPICIOUS)).body

  const found = await poll('the case to end', async () => {
    const { body } = await api('GET', `/v1/cases/${caseId}`)
    return body.status === 'closed' ? body : undefined
  })
  t.match(found, { decision: 'none', ending: 'nobody_reached' })
  t.strictSame(found.attempts.map(({ channel, outcome }: { channel: string, outcome: string }) => [channel, outcome]), [['voice', 'opted_out'], ['voice', 'opted_out']])
  t.match((await api('GET', '/v1/customers/u82-1alz-RI301')).body, { optOuts: [{ channel: 'voice', via: 'voice' }] })
  t.match((await api('GET', `/v1/cards/${card.id}`)).body, { isBlocked: false, openCaseId: null })

  const { contacts } = (await phones('GET', '/contacts')).body
  t.equal(contacts.length, 1)
  const said = contacts[0].transcript.filter(({ who }: { who: string }) => who === 'system').map(({ text }: { text: string }) => text)
  t.equal(said.length, 3)
  t.match(said[0], /^Hier ist Ringfence Bank mit einem Sicherheitsanruf\. Guten Tag Mrs Ada Lovelace\. Uns ist eine Zahlung über 4155 Euro bei 341-81-5775 aufgefallen/)
  t.equal(said[1], said[0])
  t.match(said[2], /^Wir haben vermerkt, dass Sie keine solchen Anrufe mehr möchten\./)
})

t.test('a file of prompts that is not right stops the start, all faults at once', async t => {
  const path = join(t.testdir({ 'prompts.json': '{ "en": { "voice": {}, "sms": {} } }' }), 'prompts.json')
  const child = startProgram(t, 'main', { env: { ...LOCAL_SETTINGS, RINGFENCE_DATA_DIR: t.testdirName, RINGFENCE_PROMPTS: path } })
  t.match(await child.ended, { code: 1 })
  t.match(child.stderr(), `ringfence: The prompts in ${path} are not right:\n  - en.unnamedMerchant is missing\n  - en.voice.question is missing\n`)
  t.equal(child.stderr().split('\n').filter((line) => line.startsWith('  - ')).length, 20)
  t.equal(child.stdout(), '')
})
