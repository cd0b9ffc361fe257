import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { chromium, type Browser, type Page } from 'playwright-core'
import t from 'tap'
import { minorDigits } from '../../../src/domain/amount.ts'
import { ATTRIBUTES, startInstanceWithBridge, TEXT_ATTRIBUTES } from './simulated-instance.ts'

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
const SHOTS = process.env['PHONE_SHOTS_DIR']
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A service whose one case and card follow what the bridge was told. */
async function startStory (t: { teardown: (end: () => unknown) => unknown }, merchant: string) {
  let answer: string | undefined
  let optedOutIn: string | null = null
  const at = new Date().toISOString()
  const server = createServer((request, response) => {
    const isBlocked = answer === 'fraud'
    const card = { cardId: 'card_1', last4: '8788', isBlocked, blockedAt: isBlocked ? at : null, blockedReason: isBlocked ? 'cardholder_answered_fraud' : null }
    const found = {
      caseId: 'case_1',
      status: answer === undefined ? 'open' : 'closed',
      decision: answer ?? null,
      cardId: 'card_1',
      last4: '8788',
      customerId: 'u82-1alz-RI301',
      openedAt: at,
      closedAt: answer === undefined ? null : at,
      transactionCount: 1,
      transactions: [{ transactionId: 'tx-0001', amount: { value: 415500, currency: 'EUR' }, merchant, score: 987, occurredAt: at }],
      attempts: [
        { attemptId: 'attempt_1', channel: 'voice', status: answer === undefined ? 'submitted' : 'ended', outcome: optedOutIn === null ? answer === undefined ? null : 'answered' : 'opted_out', dueAt: at, contactId: optedOutIn },
        { attemptId: 'attempt_2', channel: 'sms', status: answer === undefined ? 'due' : 'ended', outcome: answer === undefined ? null : 'superseded', dueAt: at, contactId: null }
      ],
      history: [
        { at, who: 'detector', what: 'opened', why: 'score_over_fraud_threshold' },
        { at, who: 'dialer', what: 'attempt started', why: 'voice' },
        ...answer === undefined ? [] : [{ at, who: 'cardholder', what: `decided ${answer}`, why: 'answered' }, { at, who: 'ringfence', what: 'closed', why: 'card blocked' }]
      ]
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.url?.startsWith('/v1/cards/') === true ? card : found))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, settle: (given: string) => { answer = given }, optOut: (contactId: string) => { optedOutIn = contactId } }
}

/** The page, live, and whatever it complains about. */
async function openPage (t: { teardown: (end: () => unknown) => unknown }, browser: Browser, endpoint: string, { width, height, colorScheme }: { width: number, height: number, colorScheme: 'light' | 'dark' }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()) })
  t.teardown(() => page.close())
  await page.goto(endpoint)
  await page.getByText('live', { exact: true }).waitFor()
  return { page, complaints }
}

async function shoot (page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}

t.test('the phone page', { skip: existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}` }, async t => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
  t.teardown(() => browser.close())

  for (const { name, width, height, colorScheme } of [
    { name: 'light', width: 1180, height: 800, colorScheme: 'light' },
    { name: 'dark', width: 1180, height: 800, colorScheme: 'dark' },
    { name: 'narrow', width: 390, height: 844, colorScheme: 'light' }
  ] as const) {
    t.test(`a call rings, is picked up, 2 is pressed, and the page shows the block (${name})`, async t => {
      const merchant = '<img src=x onerror="document.title=1">'
      const story = await startStory(t, merchant)
      const { clock, dial, endpoint, simulator } = await startInstanceWithBridge(t, answer => {
        story.settle(answer)
        return 'blocked'
      }, { ringfence: { url: () => story.url, apiKey: 'rf_test' } })
      clock.hold()
      const { page, complaints } = await openPage(t, browser, endpoint, { width, height, colorScheme })
      t.match(await page.locator('#curl').textContent(), `curl ${story.url}/v1/transactions`)
      await shoot(page, `${name}-1-waiting`)

      const contactId = await dial({ Attributes: { ...ATTRIBUTES, Merchant: 'Café Central' } })
      await page.getByRole('heading', { name: 'The phone rings' }).waitFor()
      await shoot(page, `${name}-2-ringing`)
      await page.getByRole('button', { name: 'Pick up' }).click()
      await page.getByRole('heading', { name: 'Was it you?' }).waitFor()
      await page.locator('.says.system').waitFor()
      await page.getByText(merchant).waitFor()
      await shoot(page, `${name}-3-talking`)

      if (name === 'dark') await page.keyboard.press('2')
      else await page.getByRole('button', { name: '2', exact: true }).click()
      await page.getByText('Pressed 2').waitFor()
      clock.release()
      await simulator.settledContact(contactId)
      await page.getByRole('heading', { name: 'The card is blocked' }).waitFor()
      await page.getByText('Your card ending 8 7 8 8 is now blocked.').first().waitFor()
      t.equal(await page.getByRole('img', { name: 'Card ending 8788, blocked' }).count(), 1)
      await page.locator('#caseTag', { hasText: 'case closed · fraud' }).waitFor()
      t.equal(await page.locator('main img').count(), 0)
      t.strictSame(complaints, [])
      await shoot(page, `${name}-4-blocked`)
    })
  }

  for (const { name, width, height, colorScheme } of [
    { name: 'text-light', width: 1180, height: 800, colorScheme: 'light' },
    { name: 'text-dark', width: 1180, height: 800, colorScheme: 'dark' },
    { name: 'text-narrow', width: 390, height: 844, colorScheme: 'light' }
  ] as const) {
    t.test(`a text comes as a notification, is opened and answered by keyboard, and the thread tells what became of it (${name})`, async t => {
      const story = await startStory(t, 'Café Central')
      const { clock, startText, endpoint, simulator } = await startInstanceWithBridge(t, answer => {
        story.settle(answer)
        return 'blocked'
      }, { ringfence: { url: () => story.url, apiKey: 'rf_test' } })
      clock.hold()
      const { page, complaints } = await openPage(t, browser, endpoint, { width, height, colorScheme })

      const contactId = await startText({ Attributes: { ...TEXT_ATTRIBUTES, PromptRetry: '<b>Again</b>: 1 or 2?' } })
      const notice = page.getByRole('button', { name: /^Text message from Example Bank: .*Was it you\?/ })
      await notice.waitFor()
      await page.getByRole('heading', { name: 'A text message has come' }).waitFor()
      t.equal(await page.title(), '\u2709 New message')
      t.equal(await page.getByText('No call').count(), 1, 'nothing rings')
      await shoot(page, `${name}-1-notice`)

      await notice.focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Was it you?' }).waitFor()
      t.equal(await notice.isVisible(), false)
      t.equal(await page.title(), 'Ringfence phone')
      // The keys of a keyboard belong to the text field now, not to a call.
      await page.keyboard.type('hello 2?')
      await page.keyboard.press('Enter')
      await page.locator('.says.system', { hasText: '<b>Again</b>: 1 or 2?' }).waitFor()
      t.equal(await page.getByRole('textbox', { name: 'Your reply' }).inputValue(), '')
      await shoot(page, `${name}-2-thread`)

      await page.getByRole('button', { name: '2', exact: true }).click()
      const contact = await simulator.settledContact(contactId)
      t.strictSame(contact.transcript.filter(({ who }) => who === 'cardholder').map(({ text }) => text), ['hello 2?', '2'])
      await page.getByRole('heading', { name: 'The card is blocked' }).waitFor()
      await page.locator('.says.system', { hasText: TEXT_ATTRIBUTES.PromptBlocked }).waitFor()
      await page.getByText('Conversation ended').first().waitFor()
      t.equal(await page.getByRole('textbox', { name: 'Your reply' }).isVisible(), false)
      t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing is cut off at the side')
      t.strictSame(complaints, [])
      await shoot(page, `${name}-3-blocked`)
    })
  }

  t.test('STOP in the thread: what follows is shown as not delivered, and START takes it back', async t => {
    const { clock, startText, endpoint } = await startInstanceWithBridge(t, () => 'opted_out')
    clock.hold()
    const { page } = await openPage(t, browser, endpoint, { width: 390, height: 844, colorScheme: 'dark' })
    await startText()
    await page.locator('#notice').click()
    await page.getByRole('button', { name: 'STOP' }).click()
    await page.locator('.says.lost', { hasText: 'not delivered' }).waitFor()
    await page.locator('.says.carrier', { hasText: 'No more texts from' }).waitFor()
    await shoot(page, 'text-stop')
    t.equal(await page.locator('#notice').isVisible(), false, 'what did not arrive is no news')
    await page.getByRole('button', { name: 'START' }).click()
    await page.locator('.says.carrier', { hasText: 'reach this phone again' }).waitFor()
    t.equal(await page.getByRole('button', { name: 'START' }).isVisible(), false)
  })

  t.test('a text does not take the screen from a call, and a call takes it from a thread', async t => {
    const { clock, dial, startText, endpoint } = await startInstanceWithBridge(t, () => 'blocked')
    clock.hold()
    const { page } = await openPage(t, browser, endpoint, { width: 1180, height: 800, colorScheme: 'light' })
    const first = await dial()
    await page.getByRole('button', { name: 'Pick up' }).click()
    await page.getByRole('button', { name: 'Hang up' }).waitFor()
    await startText()
    await page.getByText('new message').waitFor()
    t.equal(await page.locator('#notice').isVisible(), false)
    t.equal(await page.getByRole('button', { name: 'Hang up' }).isVisible(), true)
    await shoot(page, 'text-during-call')
    await page.getByRole('button', { name: 'Hang up' }).click()
    await page.locator('#notice').click()
    await page.getByRole('textbox', { name: 'Your reply' }).waitFor()
    const second = await dial()
    await page.getByRole('button', { name: 'Pick up' }).waitFor()
    t.not(first, second)
  })

  t.test('a German call: it is spoken in German, 3 repeats it, and after 9 the page says what that means', async t => {
    const story = await startStory(t, 'Café Central')
    let contactId = ''
    const { clock, dial, endpoint, simulator } = await startInstanceWithBridge(t, () => {
      story.optOut(contactId)
      return 'opted_out'
    }, { ringfence: { url: () => story.url, apiKey: 'rf_test' } })
    clock.hold()
    const page = await browser.newPage()
    page.setDefaultTimeout(10_000)
    t.teardown(() => page.close())
    // As a text: a function would bring along what the translation of TypeScript added to it.
    await page.addInitScript(`
      globalThis.spoken = []
      Object.defineProperty(globalThis, 'speechSynthesis', { value: { speak: ({ lang, text }) => globalThis.spoken.push({ lang, text }), cancel () {} } })
    `)
    await page.goto(endpoint)
    await page.getByText('live', { exact: true }).waitFor()
    contactId = await dial({ Attributes: { ...ATTRIBUTES, Language: 'de', PromptQuestion: 'Waren Sie das?', PromptOptedOut: 'Ist vermerkt.' } })
    await page.getByRole('button', { name: 'Pick up' }).click()
    await page.locator('.says.system').waitFor()
    await page.getByText('3 repeats the question, 9 ends such calls for good.').waitFor()
    await page.keyboard.press('3')
    await page.getByText('Pressed 3').waitFor()
    await page.locator('.says.system').nth(1).waitFor()
    await page.keyboard.press('9')
    await page.getByText('Pressed 9').waitFor()
    clock.release()
    const contact = await simulator.settledContact(contactId)
    t.equal(contact.attributes['OptOut'], 'voice')
    await page.getByRole('heading', { name: 'No more of these calls' }).waitFor()
    t.equal(await page.locator('#talk').getAttribute('lang'), 'de')
    const spoken = await page.evaluate(() => (globalThis as unknown as { spoken: Array<{ lang: string, text: string }> }).spoken)
    t.strictSame(spoken.slice(0, 2), [{ lang: 'de-DE', text: 'Waren Sie das?' }, { lang: 'de-DE', text: 'Waren Sie das?' }])
  })
})

t.test('the page shows an amount with the decimals of its currency in ISO 4217, as the service speaks it', async t => {
  const page = readFileSync(new URL('../../../src/simulators/connect/phone.html', import.meta.url), 'utf8')
  const money = /const OTHER_MINOR_DIGITS[^]*?\nfunction money [^]*?\n}\n/.exec(page)?.[0] ?? ''
  for (const currency of Intl.supportedValuesOf('currency')) {
    const shown = runInNewContext(`${money}; money({ value: 1234567, currency: '${currency}' })`, { Intl }) as string
    t.equal(Number(/\d[\d,.]*/.exec(shown)?.[0].replaceAll(',', '')), 1_234_567 / 10 ** minorDigits(currency), `${currency}: ${shown}`)
  }
})
