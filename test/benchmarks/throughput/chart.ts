import { milliseconds, whole } from './figures.ts'
import type { Cell } from './results.ts'

const WIDTH = 900
const LABELS = 276
const RIGHT = 150
const BAR = 18
const ROW = 28
const GROUP = 16
const HEAD = 62

/** Colours for light and dark pages; a picture in a page sees the page's scheme, not its style. */
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 15px; font-weight: 600 } .quiet { fill: #59636e; font-size: 12px } .figures { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
    .paper { fill: #ffffff; stroke: #d1d9e0 } .axis { stroke: #d1d9e0 }
    .service { fill: #0969da } .floor { fill: #8c959f } .peer { fill: #bc4c00 } .line { stroke: #cf222e; stroke-dasharray: 4 3 }
    .range { stroke: #afb8c1; stroke-width: 2 } .p50 { fill: #1a7f37 } .p99 { fill: #bc4c00 } .p999 { fill: #cf222e }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .quiet { fill: #9198a1 } .figures { stroke: #0d1117 } .paper { fill: #0d1117; stroke: #3d444d } .axis { stroke: #3d444d }
      .service { fill: #4493f8 } .floor { fill: #656c76 } .peer { fill: #db6d28 } .line { stroke: #f85149 }
      .range { stroke: #656c76 } .p50 { fill: #3fb950 } .p99 { fill: #db6d28 } .p999 { fill: #f85149 }
    }`

/** A picture of a run: CPU per request as bars with the floor's line, and latency at half load as points on a logarithmic scale. */
export function drawChart (cells: readonly Cell[], atOnce: string): string {
  const bars = cells.filter(({ stubs }) => stubs === atOnce)
  const top = cpuPanel(bars)
  const bottom = latencyPanel(cells, top.height + 8)
  const height = top.height + bottom.height + 16
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="CPU per request and latency at half load">
  <style>${STYLE}
  </style>
  <rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${[...top.parts, ...bottom.parts].map((part) => `  ${part}`).join('\n')}
</svg>
`
}

interface Panel { height: number, parts: string[] }

function cpuPanel (cells: readonly Cell[]): Panel {
  const most = Math.max(1, ...cells.map(({ cpuUs }) => cpuUs))
  const x = (us: number): number => LABELS + us / most * (WIDTH - LABELS - RIGHT)
  const floor = cells.find(({ subject }) => subject === 'floor')
  const height = HEAD + cells.length * ROW + 8
  const parts = [text(20, 30, 'CPU per request, microseconds', 'title'), text(20, 48, `stubs answer at once; less is better${floor === undefined ? '' : '; the line is the floor'}`, 'quiet')]
  for (const [index, { subject, title, cpuUs }] of cells.entries()) {
    const y = HEAD + index * ROW
    parts.push(text(LABELS - 12, y + 14, title, '', 'end'))
    parts.push(`<rect class="${kindOf(subject)}" x="${LABELS}" y="${y}" width="${round(x(cpuUs) - LABELS)}" height="${BAR}" rx="2"/>`)
    parts.push(text(x(cpuUs) + 8, y + 14, whole(cpuUs)))
  }
  if (floor !== undefined) parts.push(`<line class="line" x1="${round(x(floor.cpuUs))}" x2="${round(x(floor.cpuUs))}" y1="${HEAD - 6}" y2="${height - 12}"/>`)
  return { height, parts }
}

function latencyPanel (cells: readonly Cell[], from: number): Panel {
  const all = cells.flatMap(({ p50Us, p999Us }) => [p50Us, p999Us]).filter((us) => us > 0)
  const [low, high] = [10 ** Math.floor(Math.log10(Math.min(...all, 1000))), 10 ** Math.ceil(Math.log10(Math.max(...all, 1001)))]
  const x = (us: number): number => LABELS + Math.log10(Math.max(us, low) / low) / Math.log10(high / low) * (WIDTH - LABELS - RIGHT)
  const groups = [...new Set(cells.map(({ stubs }) => stubs))]
  const parts = [text(20, from + 30, 'Latency at half load, milliseconds', 'title')]
  for (const [index, [name, label]] of [['p50', 'p50'], ['p99', 'p99'], ['p999', 'p99.9']].entries()) {
    parts.push(`<circle class="${name ?? ''}" cx="${LABELS + 6 + index * 64}" cy="${from + 44}" r="5"/>`, text(LABELS + 16 + index * 64, from + 48, label ?? '', 'quiet'))
  }
  let y = from + HEAD + 8
  const rows: string[] = []
  for (const stubs of groups) {
    rows.push(text(20, y + 12, `stubs: ${stubs}`, 'quiet'))
    y += ROW - 6
    for (const { title, p50Us, p99Us, p999Us } of cells.filter((cell) => cell.stubs === stubs)) {
      const middle = y + 9
      rows.push(text(LABELS - 12, y + 14, title, '', 'end'), `<line class="range" x1="${round(x(p50Us))}" x2="${round(x(p999Us))}" y1="${middle}" y2="${middle}"/>`)
      for (const [name, us] of [['p999', p999Us], ['p99', p99Us], ['p50', p50Us]] as const) rows.push(`<circle class="${name}" cx="${round(x(us))}" cy="${middle}" r="5"/>`)
      rows.push(text(x(p999Us) + 10, y + 14, [p50Us, p99Us, p999Us].map(milliseconds).join(' · '), 'quiet figures'))
      y += ROW
    }
    y += GROUP
  }
  for (let us = low; us <= high; us *= 10) {
    parts.push(`<line class="axis" x1="${round(x(us))}" x2="${round(x(us))}" y1="${from + HEAD}" y2="${y - GROUP}"/>`, text(x(us), y + 2, String(us / 1000), 'quiet', 'middle'))
  }
  return { height: y - from + 12, parts: [...parts, ...rows] }
}

function kindOf (subject: string): string {
  return subject.startsWith('peer') ? 'peer' : /^(fastify|floor)/.test(subject) ? 'floor' : 'service'
}

function text (x: number, y: number, words: string, kind = '', anchor = 'start'): string {
  return `<text x="${round(x)}" y="${round(y)}"${kind === '' ? '' : ` class="${kind}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>${escape(words)}</text>`
}

function round (value: number): number {
  return Math.round(value * 10) / 10
}

function escape (words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
