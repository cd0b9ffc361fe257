/** Between these a document's results stand; everything else of it is written by people. */
const MARKERS = { begin: '<!-- results of npm run bench: begin -->', end: '<!-- results of npm run bench: end -->' } as const

/** Puts results into a document, in the place of those that are there. @throws Error when its markers are missing, doubled or in the wrong order */
export function replaceResults (document: string, results: string): string {
  const { begin, end } = MARKERS
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  const isOnce = from === document.lastIndexOf(begin) && to === document.lastIndexOf(end)
  if (from < 0 || to < from || !isOnce) throw new Error(`The document must hold each of these lines once: ${begin} and ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${results}\n\n${document.slice(to)}`
}
