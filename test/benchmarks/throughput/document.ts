/** Between these a document's results stand; everything else of it is written by people. */
const markers = (command: string) => ({ begin: `<!-- results of ${command}: begin -->`, end: `<!-- results of ${command}: end -->` })

/** Puts results into a document, in the place of those that are there. @throws Error when its markers are missing, doubled or in the wrong order */
export function replaceResults (document: string, results: string, command = 'npm run bench'): string {
  const { begin, end } = markers(command)
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  const isOnce = from === document.lastIndexOf(begin) && to === document.lastIndexOf(end)
  if (from < 0 || to < from || !isOnce) throw new Error(`The document must hold each of these lines once: ${begin} and ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${results}\n\n${document.slice(to)}`
}
