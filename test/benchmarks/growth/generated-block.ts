/**
 * Puts text between the two comments that mark a block of a document: `<!-- generated: name -->` and `<!-- end: name -->`.
 * @throws Error when the document has no such block
 */
export function putBlock (document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->\n`, `<!-- end: ${name} -->`]
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`there is no block ${name}`)
  return `${document.slice(0, from + begin.length)}\n${text.trim()}\n\n${document.slice(to)}`
}
