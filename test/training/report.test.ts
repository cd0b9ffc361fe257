import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { ReportData } from '../../src/training/report-data.ts'
import { renderReport } from '../../src/training/report.ts'

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
const SHOTS = process.env['REPORT_SHOTS_DIR']
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** So many rows of these scores. */
function byScore (counts: Record<number, number>): number[] {
  return Array.from({ length: 1001 }, (_, score) => counts[score] ?? 0)
}

/**
 * 100 legitimate rows and 10 frauds on two days, few enough to count with a pencil:
 *
 *     score       100  500  700  800  900  950
 *     legitimate   50   30   10    6    4    -
 *     fraud         -    1    -    2    3    4
 *     its amounts   -   40    -  200  600 1000
 */
const DATA: ReportData = {
  model: { name: 'cards', version: '2026-03', kind: 'gradient boosted trees', trainedAt: '2026-03-04T05:06:07.000Z', sha256: '0123456789abcdef'.repeat(4), limits: 'Made for a test.' },
  data: { source: 'training.csv', rows: 1110, frauds: 100, trainedRows: 1000, heldOutRows: 110, heldOutFrauds: 10, from: '2026-01-01T00:00:00.000Z', to: '2026-02-28T23:59:00.000Z', heldOutFrom: '2026-02-27T00:00:00.000Z' },
  evaluation: {
    rows: 110,
    frauds: 10,
    fraudShare: 0.09091,
    aucRoc: { value: 0.9537, low: 0.9021, high: 0.9812 },
    averagePrecision: 0.8124,
    atFalsePositiveRate: [0.005, 0.01, 0.02, 0.03, 0.05].map((falsePositiveRate) => ({ falsePositiveRate, score: 900, recall: 0.4, precision: 1 })),
    calibration: [{ score: 860, target: 0.03, achieved: 0.04 }],
    cardPrecision: { cards: 100, days: 2, value: 0.0512 }
  },
  thresholds: { fraudAbove: 850, investigateAbove: 775 },
  legitimateByScore: byScore({ 100: 50, 500: 30, 700: 10, 800: 6, 900: 4 }),
  fraudsByScore: byScore({ 500: 1, 800: 2, 900: 3, 950: 4 }),
  fraudAmountByScore: byScore({ 500: 40, 800: 200, 900: 600, 950: 1000 }),
  heldOutDays: 2,
  roc: [[0, 0], [0, 0.4], [0.04, 0.7], [0.1, 0.9], [0.2, 0.9], [0.5, 1], [1, 1]].map(([falsePositiveRate = 0, recall = 0]) => ({ falsePositiveRate, recall })),
  precisionRecall: [[0.4, 1], [0.7, 0.636], [0.9, 0.474], [1, 0.167]].map(([recall = 0, precision = 0]) => ({ recall, precision })),
  importance: [{ feature: 'amount against the card', columns: ['AMOUNT', 'CARD'], loss: 0.2 }, { feature: 'hour', columns: ['EVENT_TIMESTAMP'], loss: 0.05 }, { feature: 'noise', columns: ['noise'], loss: -0.001 }]
}

const NO_FRAUD: ReportData = {
  ...DATA,
  data: { ...DATA.data, frauds: 0, heldOutRows: 100, heldOutFrauds: 0, from: null, to: null, heldOutFrom: null },
  evaluation: { rows: 100, frauds: 0, fraudShare: 0, aucRoc: { value: 0.5, low: Number.NaN, high: Number.NaN }, averagePrecision: 0, atFalsePositiveRate: DATA.evaluation.atFalsePositiveRate, calibration: [] },
  fraudsByScore: byScore({}),
  fraudAmountByScore: null,
  heldOutDays: null,
  roc: [],
  precisionRecall: [],
  importance: []
}

const NOTHING: ReportData = {
  ...NO_FRAUD,
  data: { ...NO_FRAUD.data, rows: 0, trainedRows: 0, heldOutRows: 0 },
  evaluation: { ...NO_FRAUD.evaluation, rows: 0, atFalsePositiveRate: [] },
  legitimateByScore: byScore({})
}

const ONLY_FRAUD: ReportData = {
  ...DATA,
  data: { ...DATA.data, heldOutRows: 10 },
  evaluation: { ...NO_FRAUD.evaluation, rows: 10, frauds: 10, fraudShare: 1 },
  legitimateByScore: byScore({}),
  roc: [],
  precisionRecall: [{ recall: 1, precision: 1 }]
}

const HOSTILE = '</script><img src=x onerror="document.title=1">'

t.test('the same data gives the same bytes', async (t) => {
  t.equal(renderReport(structuredClone(DATA)), renderReport(DATA))
})

t.test('nothing is loaded: no address to load from, and a policy that would refuse it', async (t) => {
  const html = renderReport(DATA)
  t.same([...html.matchAll(/(?:src|href|action|data|poster|srcset)\s*=\s*["']?(?!data:)[^\s"'>]*/g)].map(([found]) => found).filter((found) => /https?:|\/\//.test(found)), [])
  t.notMatch(html, /<link[^>]+stylesheet|@import|url\(|<script[^>]+src|<img|<iframe/)
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? ''
  t.match(policy, /^default-src 'none'; script-src 'sha256-\S+' 'sha256-\S+'; style-src 'unsafe-inline'; img-src data:/)
  t.notOk(/https?:/.test(policy))
  t.match(html, 'Permission is hereby granted', 'the licence of the plotting library goes with it')
})

t.test('whatever a name is, it is text', async (t) => {
  const html = renderReport({ ...DATA, model: { ...DATA.model, name: HOSTILE, version: '{{data}}', limits: HOSTILE }, data: { ...DATA.data, source: HOSTILE }, importance: [{ feature: HOSTILE, columns: [HOSTILE], loss: 1 }] })
  t.notOk(html.includes('<img'))
  t.match(html, '<h1>&lt;/script&gt;&lt;img src=x onerror=&quot;document.title=1&quot;&gt; <span>{{data}}</span></h1>')
  const json = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html)?.[1] ?? ''
  t.equal((JSON.parse(json) as ReportData).model.name, HOSTILE)
})

t.test('the tables stand in the page without a script, and what there is no number for is a dash', async (t) => {
  const html = renderReport(DATA)
  t.match(html, '<dt>Area under the ROC curve</dt><dd>0.954<small>95 % interval 0.902 to 0.981</small></dd>')
  t.match(html, '<tr><th scope="row">0.5\u00a0%</th><td>900</td><td>40.0\u00a0%</td><td>100\u00a0%</td></tr>')
  t.match(html, '<tr><th scope="row">860</th><td>3.0\u00a0%</td><td>4.0\u00a0%</td></tr>')
  t.match(html, '<code title="' + DATA.model.sha256 + '">0123456789ab</code>')
  t.match(html, '2026-01-01 to 2026-02-28')
  t.match(html, /<noscript><p[^>]*>The tables below can be read as they are/)
  t.match(html, '<dt>Card precision at 100</dt><dd>5.12\u00a0%')
  const without = renderReport(NO_FRAUD)
  t.match(without, '<dt>Area under the ROC curve</dt><dd>-<small>')
  t.match(without, '<tr><th scope="row">0.5\u00a0%</th><td>900</td><td>-</td><td>-</td></tr>')
  t.notMatch(without, 'Card precision')
  for (const html of [without, renderReport(ONLY_FRAUD), renderReport(NOTHING)]) t.notOk(/>[^<]*(NaN|undefined|null)[^<]*</.test(html.slice(0, html.indexOf('<script'))))
})

/** The report as a file in a browser, with all that it asks for and complains about. */
async function openReport (t: Test, browser: Browser, data: ReportData, { width = 1280, height = 900, colorScheme = 'light' as 'light' | 'dark', javaScriptEnabled = true } = {}) {
  const path = join(t.testdir(), 'report.html')
  writeFileSync(path, renderReport(data))
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, javaScriptEnabled })
  t.teardown(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  page.on('request', (request) => { if (!/^(data|blob):/.test(request.url())) requests.push(request.url()) })
  const url = pathToFileURL(path).href
  await page.goto(url)
  return {
    page,
    /** Loaded itself and nothing else, and had nothing to complain of. */
    expectQuiet: () => {
      t.strictSame(complaints, [])
      t.strictSame(requests, [url])
    }
  }
}

/** The texts of these elements, with plain spaces. */
async function texts (page: Page, ...ids: string[]): Promise<string[]> {
  return await Promise.all(ids.map(async (id) => (await page.locator(`#${id}`).textContent() ?? '').replaceAll('\u00a0', ' ')))
}

async function cells (page: Page, id: string): Promise<string[][]> {
  const rows = await page.locator(`#${id} tr`).all()
  return await Promise.all(rows.map(async (row) => (await row.locator('th, td').allTextContents()).map((text) => text.replaceAll('\u00a0', ' '))))
}

const overflows = async (page: Page) => await page.evaluate('document.documentElement.scrollWidth > innerWidth')

/** Waits for an expression to be true, looked at once a frame; Playwright's own way evaluates a text inside the page, which its policy refuses. */
async function untilTrue (page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => { (${expression}) ? resolve() : requestAnimationFrame(look) }
    look()
  })`)
}

const DRAWN = { light: [0x25, 0x62, 0x8f], dark: [0x7f, 0xb9, 0xe8] }

/** An expression: whether the chart has a pixel of exactly the colour of legitimate rows. */
function hasColour (chart: string, colorScheme: 'light' | 'dark'): string {
  return `(() => {
    const drawn = document.querySelector('#${chart} canvas')
    const copy = Object.assign(document.createElement('canvas'), { width: drawn.width, height: drawn.height }).getContext('2d', { willReadFrequently: true })
    copy.drawImage(drawn, 0, 0)
    const { data } = copy.getImageData(0, 0, drawn.width, drawn.height)
    for (let at = 0; at < data.length; at += 4) if ([${DRAWN[colorScheme].join()}, 255].every((part, index) => data[at + index] === part)) return true
    return false
  })()`
}

async function shoot (page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}

const MATRIX = ['truePositives', 'falsePositives', 'falseNegatives', 'trueNegatives', 'recall', 'precision', 'falsePositiveRate', 'calls']

t.test('the page in a browser', { skip: existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}` }, async (t) => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
  t.teardown(() => browser.close())

  t.test('a threshold moves the matrix, the rates, the outcomes and the calls a day', async (t) => {
    const { page, expectQuiet } = await openReport(t, browser, DATA)
    t.same(await texts(page, ...MATRIX), ['7', '4', '3', '96', '70.0 %', '63.6 %', '4.0 %', '5.50'])
    t.same(await cells(page, 'outcomes'), [['Fraud', '11', '7', '5.50'], ['Investigate', '8', '2', '4'], ['Approve', '91', '1', '45.5']])

    const slider = page.getByRole('slider', { name: 'Fraud above' })
    await slider.fill('700')
    t.same(await texts(page, ...MATRIX), ['9', '10', '1', '90', '90.0 %', '47.4 %', '10.0 %', '9.50'], 'what scores 700 is not above 700')
    t.same(await texts(page, 'settings'), ['RINGFENCE_FRAUD_ABOVE=700 RINGFENCE_INVESTIGATE_ABOVE=700'], 'the other threshold gives way')
    await slider.press('ArrowLeft')
    t.same(await texts(page, ...MATRIX), ['9', '20', '1', '80', '90.0 %', '31.0 %', '20.0 %', '14.5'])
    await page.getByRole('status').filter({ hasText: 'Fraud above 699, investigate above 699: recall 90.0' }).waitFor({ state: 'attached' })

    await page.getByRole('slider', { name: 'Investigate above' }).fill('1000')
    t.same(await texts(page, ...MATRIX), ['0', '0', '10', '100', '0 %', '-', '0 %', '0'])
    const number = page.getByRole('spinbutton', { name: 'Fraud above, as a number' })
    await number.fill('2000')
    await number.press('Enter')
    t.equal(await number.inputValue(), '1000', 'no score, so nothing moves')
    await number.fill('899')
    await number.press('Enter')
    t.same(await texts(page, 'truePositives', 'falsePositives', 'settings'), ['7', '4', 'RINGFENCE_FRAUD_ABOVE=899 RINGFENCE_INVESTIGATE_ABOVE=899'])
    await page.getByRole('button', { name: 'Back to where they were' }).click()
    t.same(await texts(page, 'settings'), ['RINGFENCE_FRAUD_ABOVE=850 RINGFENCE_INVESTIGATE_ABOVE=775'])
    expectQuiet()
  })

  t.test('the cheapest threshold is the one worked out by hand, and one click uses it', async (t) => {
    const { page, expectQuiet } = await openReport(t, browser, DATA)
    for (const [name, value] of [['Cost of a call', '2'], ["Lost of a missed fraud's amount, %", '50'], ['Legitimate customers called who get blocked by mistake, %', '10'], ['Cost of a wrong block', '30']] as const) await page.getByLabel(name).fill(value)
    // For both days:          calls    missed          wrong blocks
    // 900 to 949              4 * 2 +   840 * 0.5 +     0 * 0.1 * 30 = 428
    // 800 to 899             11 * 2 +   240 * 0.5 +     4 * 0.1 * 30 = 154
    // 700 to 799             19 * 2 +    40 * 0.5 +    10 * 0.1 * 30 =  88
    // 500 to 699             29 * 2 +    40 * 0.5 +    20 * 0.1 * 30 = 138
    // no calls                    0 +  1840 * 0.5                    = 920
    t.same(await texts(page, 'cheapest'), ['Cheapest is a score above 799: 44 a day, 33 less than now.'])
    t.same(await cells(page, 'costs'), [['850, now', '11', '60', '6', '77'], ['799, cheapest', '19', '10', '15', '44'], ['no calls', '0', '460', '0', '460']])
    await page.getByRole('button', { name: 'Use this: fraud above 799' }).click()
    t.same(await texts(page, ...MATRIX), ['9', '10', '1', '90', '90.0 %', '47.4 %', '10.0 %', '9.50'])
    t.same(await texts(page, 'cheapest'), ['Cheapest is a score above 799: 44 a day, as now.'])
    t.equal(await page.locator('#useCheapest').isDisabled(), true)

    // Ten times the transactions, a tenth of them fraud: a tenth of 990 legitimate and nine tenths of 110 frauds are above 799.
    await page.getByLabel('Transactions a day').fill('1100')
    await page.getByLabel('Of them fraud, %').fill('10')
    t.same(await texts(page, 'calls', 'callsSentence'), ['198', 'At a score above 799: 198 calls a day, 99 of them about fraud (50.0 %); 11 frauds a day are missed.'])

    const callCost = page.getByLabel('Cost of a call')
    await callCost.fill('-1')
    t.equal(await callCost.getAttribute('aria-invalid'), 'true')
    await callCost.fill('1000000')
    t.same(await texts(page, 'cheapest'), ['With these numbers nothing is cheaper than no calls at all: 10,120 a day.'], '1100 * 10 % frauds * 184 * 50 %')
    expectQuiet()
  })

  t.test('without amounts a missed fraud has a fixed cost; without times the calls are of 1,000 until the volume is known', async (t) => {
    const { page, expectQuiet } = await openReport(t, browser, { ...DATA, fraudAmountByScore: null, heldOutDays: null })
    t.equal(await page.getByLabel("Lost of a missed fraud's amount, %").isVisible(), false)
    for (const [name, value] of [['Cost of a call', '2'], ['Cost of a missed fraud', '20'], ['Legitimate customers called who get blocked by mistake, %', '10'], ['Cost of a wrong block', '200']] as const) await page.getByLabel(name).fill(value)
    t.same(await texts(page, 'calls', 'callsUnit'), ['100', 'calls per 1,000'], '11 of 110')
    // For 110 rows: from 900 on 4 * 2 + 6 * 20 = 128; from 800 on 11 * 2 + 3 * 20 + 4 * 0.1 * 200 = 162; no calls 200.
    t.match(await texts(page, 'cheapest'), ['Cheapest is a score above 949: 1,164 per 1,000 transactions, 309 less than now.'])
    await page.getByLabel('Transactions a day').fill('55')
    t.match(await texts(page, 'calls', 'callsUnit', 'cheapest'), ['5.50', 'calls a day', 'Cheapest is a score above 949: 64 a day, 17 less than now.'])
    expectQuiet()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`nothing is cut off at the side at 375 pixels, and the charts are drawn (${colorScheme})`, async (t) => {
      const { page, expectQuiet } = await openReport(t, browser, DATA, { width: 375, height: 667, colorScheme })
      t.equal(await overflows(page), false)
      for (const chart of ['scoresPlot', 'costPlot', 'rocPlot', 'precisionPlot']) {
        await untilTrue(page, hasColour(chart, colorScheme))
        t.ok(await page.evaluate(`document.querySelector('#${chart} canvas').getBoundingClientRect().right <= innerWidth`))
      }
      await shoot(page, `small-${colorScheme}`)
      expectQuiet()
    })
  }

  t.test('the charts follow the width and the colours of the page', async (t) => {
    const { page, expectQuiet } = await openReport(t, browser, DATA)
    const width = async () => await page.locator('#rocPlot canvas').evaluate((canvas) => canvas.getBoundingClientRect().width)
    const before = await width()
    await page.setViewportSize({ width: 390, height: 844 })
    await untilTrue(page, `document.querySelector('#rocPlot canvas').getBoundingClientRect().width < ${before}`)
    t.equal(await overflows(page), false)
    await page.emulateMedia({ colorScheme: 'dark' })
    await untilTrue(page, `${hasColour('rocPlot', 'dark')} && !${hasColour('rocPlot', 'light')}`)
    await page.getByRole('button', { name: 'up to 10 %' }).click()
    t.equal(await page.getByRole('button', { name: 'up to 10 %' }).getAttribute('aria-pressed'), 'true')
    t.equal(await page.locator('#rocPlot canvas').count(), 1)
    expectQuiet()
  })

  t.test('a click on a chart of scores moves the fraud threshold there', async (t) => {
    const { page } = await openReport(t, browser, DATA)
    const plot = page.locator('#scoresPlot .u-over')
    const { width, height } = await plot.boundingBox() ?? { width: 0, height: 0 }
    await plot.click({ position: { x: width * 0.6, y: height / 2 } })
    t.equal(Math.abs(Number(await page.locator('#fraudAbove').inputValue()) - 600) <= 2, true)
    t.match(await texts(page, 'scoresReadout'), [/^Scores (580|600) to /])
  })

  for (const [name, data, recallAndPrecision] of [['no fraud', NO_FRAUD, ['-', '0 %']], ['nothing but fraud', ONLY_FRAUD, ['70.0 %', '100 %']], ['nothing at all', NOTHING, ['-', '-']]] as const) {
    t.test(`${name} breaks nothing`, async (t) => {
      const { page, expectQuiet } = await openReport(t, browser, data, { width: 375 })
      t.same(await texts(page, 'recall', 'precision'), recallAndPrecision)
      await page.getByRole('slider', { name: 'Fraud above' }).fill('600')
      t.equal(await overflows(page), false)
      const shown = await page.locator('body').evaluate((body) => (body as unknown as { innerText: string }).innerText)
      t.notMatch(shown, /NaN|undefined|Infinity|null/)
      expectQuiet()
    })
  }

  t.test('a hostile name is shown as it is and does nothing', async (t) => {
    const { page, expectQuiet } = await openReport(t, browser, { ...DATA, model: { ...DATA.model, name: HOSTILE }, importance: [{ feature: HOSTILE, columns: [HOSTILE], loss: 1 }] })
    t.equal(await page.locator('h1').textContent(), `${HOSTILE} 2026-03`)
    t.equal(await page.title(), `${HOSTILE} 2026-03 - model report`)
    t.equal(await page.locator('img').count(), 0)
    t.equal(await page.locator('#truePositives').textContent(), '7')
    expectQuiet()
  })

  t.test('without JavaScript the tables are there and what would need it is not', async (t) => {
    const { page } = await openReport(t, browser, DATA, { javaScriptEnabled: false })
    t.equal(await page.getByRole('heading', { name: 'How good it is' }).isVisible(), true)
    t.equal(await page.getByRole('cell', { name: '900' }).first().isVisible(), true)
    t.equal(await page.locator('#fraudAbove').isVisible(), false)
  })
})
