/** Markdown of a table, numbers to the right. */
export function markdownTable (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const isNumber = (column: number) => rows.every((row) => /^[-\d$]/.test(row[column] ?? ''))
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => isNumber(column) && column > 0 ? '---:' : '---')), ...rows.map(line)].join('\n')
}
