/** Lines of cells, each column as wide as its widest cell; numbers to the right. */
export function textTable (rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => /^[\d.,]+\+?(?: %)?$|^-$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}

/** A share as per cent. */
export function percent (share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`
}
