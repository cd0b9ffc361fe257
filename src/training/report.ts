import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ReportData } from './report-data.ts'

/** Stands for a number that there is none of, such as a recall without frauds. */
const NONE = '-'
/** So many features are shown at once, the rest on demand. */
const SHOWN_FEATURES = 15

/**
 * The report of a trained model as one HTML document that loads nothing: its tables stand in it, its charts are drawn by the scripts in it.
 * The same data gives the same bytes.
 */
export function renderReport (data: ReportData): string {
  const template = readFileSync(new URL('./report-page.html', import.meta.url), 'utf8').replaceAll('\r\n', '\n')
  const plot = readPlot()
  const pageScript = /<script>\n([^]*?)<\/script>/.exec(template)?.[0].slice('<script>'.length, -'</script>'.length) ?? ''
  const { model, evaluation } = data
  // What a class that was never seen makes meaningless is not shown, whatever number stands for it.
  const hasBothClasses = evaluation.frauds > 0 && evaluation.rows > evaluation.frauds
  const hasAmounts = data.fraudAmountByScore !== null
  const parts: Record<string, string> = {
    policy: ["default-src 'none'", `script-src ${[plot.script, pageScript].map(hashSource).join(' ')}`, "style-src 'unsafe-inline'", 'img-src data:', "base-uri 'none'", "form-action 'none'"].join('; '),
    name: escapeHtml(model.name),
    version: escapeHtml(model.version),
    plotStyle: plot.style,
    plotScript: plot.script,
    data: JSON.stringify(data).replaceAll('<', '\\u003c'),
    facts: renderFacts(data),
    limits: model.limits === '' ? '' : `<div class="limits note wide"><p>${escapeHtml(model.limits)}</p></div>`,
    heldOutRows: count(evaluation.rows),
    heldOutFrauds: count(evaluation.frauds),
    heldOutSince: data.data.heldOutFrom === null ? '' : ` (the latest, from ${moment(data.data.heldOutFrom)} on)`,
    tiles: renderTiles(data, hasBothClasses),
    falsePositiveRows: evaluation.atFalsePositiveRate.map(({ falsePositiveRate, score, recall, precision }) => row([
      percent(falsePositiveRate), count(score), percent(hasBothClasses ? recall : null), percent(hasBothClasses ? precision : null)
    ])).join(''),
    calibrationRows: evaluation.calibration.map(({ score, target, achieved }) => row([
      count(score), percent(target), percent(evaluation.rows > evaluation.frauds ? achieved : null)
    ])).join(''),
    callsNote: data.heldOutDays === null
      ? 'The data has no times, so how many transactions make a day is not known: put in your own number. Until then it is calls per 1,000 transactions.'
      : `The held-out rows span ${decimal(data.heldOutDays, 1)} ${data.heldOutDays === 1 ? 'day' : 'days'}. Put in your own numbers where they differ, such as when the data holds a larger share of fraud than you see.`,
    whenAmounts: hasAmounts ? '' : 'hidden',
    whenNoAmounts: hasAmounts ? 'hidden' : '',
    missedFormula: hasAmounts ? 'amount of the missed frauds × share of it that is lost' : 'missed frauds × cost of a missed fraud',
    importance: renderImportance(data.importance)
  }
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const part = parts[name]
    if (part === undefined) throw new Error(`the report page has a place for "${name}", and nothing goes there`)
    return part
  })
}

/** uPlot as its package ships it, with its licence, which goes where it goes. */
function readPlot (): { script: string, style: string } {
  const require = createRequire(import.meta.url)
  const read = (path: string) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim()
  const scriptPath = require.resolve('uplot/dist/uPlot.iife.min.js')
  const licence = read(join(dirname(scriptPath), '..', 'LICENSE'))
  const script = `\n/*\n${licence}\n*/\n${read(scriptPath)}\n`
  const style = read(require.resolve('uplot/dist/uPlot.min.css'))
  if (/<\/script|<!--/i.test(script) || /<\//.test(style)) throw new Error('the plotting library cannot stand inside a page')
  return { script, style }
}

function hashSource (script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`
}

function renderFacts ({ model, data, evaluation }: ReportData): string {
  const share = (part: number, whole: number) => whole === 0 ? '' : `<small>${percent(part / whole)} fraud</small>`
  const facts: [string, string][] = [
    ['Kind', escapeHtml(capital(model.kind))],
    ['Trained', moment(model.trainedAt)],
    ['Data', escapeHtml(data.source)],
    ['Period', data.from === null || data.to === null ? `${NONE}<small>the data has no times</small>` : `${day(data.from)} to ${day(data.to)}`],
    ['Rows', `${count(data.rows)}${share(data.frauds, data.rows)}`],
    ['Trained with', `${count(data.trainedRows)} rows`],
    ['Held-out rows', `${count(data.heldOutRows)}${share(evaluation.frauds, evaluation.rows)}`],
    ['SHA-256', `<code title="${escapeHtml(model.sha256)}">${escapeHtml(model.sha256.slice(0, 12))}</code>`]
  ]
  return facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')
}

function renderTiles ({ evaluation }: ReportData, hasBothClasses: boolean): string {
  const { aucRoc, averagePrecision, atFalsePositiveRate, cardPrecision } = evaluation
  const atOnePercent = atFalsePositiveRate.find(({ falsePositiveRate }) => falsePositiveRate === 0.01)
  const interval = [aucRoc.low, aucRoc.high].every(isKnown) ? `95 % interval ${decimal(aucRoc.low, 3)} to ${decimal(aucRoc.high, 3)}` : 'no interval'
  const tiles: [string, string, string][] = [
    ['Area under the ROC curve', decimal(hasBothClasses ? aucRoc.value : null, 3), hasBothClasses ? interval : 'needs both fraud and legitimate rows'],
    ['Average precision', decimal(hasBothClasses ? averagePrecision : null, 3), hasBothClasses ? `by chance ${decimal(evaluation.fraudShare, 3)}` : 'needs both fraud and legitimate rows'],
    ...atOnePercent === undefined
      ? []
      : [['Recall at 1 % false positives', percent(hasBothClasses ? atOnePercent.recall : null), `score above ${count(atOnePercent.score)}`] satisfies [string, string, string]],
    ...cardPrecision === undefined
      ? []
      : [[`Card precision at ${count(cardPrecision.cards)}`, percent(cardPrecision.value), `of each day's ${count(cardPrecision.cards)} customers with the highest score, over ${count(cardPrecision.days)} ${cardPrecision.days === 1 ? 'day' : 'days'}`] satisfies [string, string, string]]
  ]
  return tiles.map(([name, value, more]) => `<div class="tile"><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`).join('')
}

function renderImportance (importance: ReportData['importance']): string {
  if (importance.length === 0) return '<p>-</p>'
  const greatest = Math.max(...importance.map(({ loss }) => loss).filter(isKnown), 0)
  const items = importance.map(({ feature, columns, loss }) => {
    const width = greatest > 0 && isKnown(loss) ? Math.max(0, loss / greatest * 100) : 0
    const from = columns.length === 1 && columns[0] === feature ? '' : `<small class="soft">${escapeHtml(columns.join(', '))}</small>`
    return `<li><span class="of">${escapeHtml(feature)}${from}</span><span class="track">${width === 0 ? '' : `<i style="width:${width.toFixed(1)}%"></i>`}</span><span class="loss">${decimal(loss, 4)}</span></li>`
  })
  const list = (part: string[]) => `<ul class="importance">${part.join('')}</ul>`
  const rest = items.slice(SHOWN_FEATURES)
  return list(items.slice(0, SHOWN_FEATURES)) + (rest.length === 0 ? '' : `<details><summary>${rest.length} more</summary>${list(rest)}</details>`)
}

function row ([first = '', ...others]: string[]): string {
  return `<tr><th scope="row">${first}</th>${others.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

function isKnown (value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function decimal (value: number | null | undefined, digits: number): string {
  return isKnown(value) ? value.toFixed(digits) : NONE
}

function count (value: number | null | undefined): string {
  return isKnown(value) ? String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',') : NONE
}

/** As the page's own script writes it: 0.5 %, 12.3 %, 0.04 %, 100 %. */
function percent (share: number | null | undefined): string {
  if (!isKnown(share)) return NONE
  const hundred = share * 100
  if (hundred === 0 || hundred === 100) return `${hundred}\u00a0%`
  return `${hundred.toFixed(hundred >= 10 ? 1 : hundred >= 0.1 ? 2 : 3).replace(/(\.\d+?)0+$/, '$1')}\u00a0%`
}

/** "2026-03-01 12:00 UTC". */
function moment (iso: string): string {
  const time = new Date(iso)
  return Number.isNaN(time.getTime()) ? escapeHtml(iso) : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function day (iso: string): string {
  return moment(iso).slice(0, 10)
}

function capital (words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function escapeHtml (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
