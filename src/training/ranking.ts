/** A row with its true label and any number that rises with the suspicion. */
export interface RankedRow {
  isFraud: boolean
  raw: number
}

/** Area under the ROC curve: the chance that a fraud ranks above a legitimate row, ties counting half. 0.5 when there is only one class. */
export function aucRoc (rows: readonly RankedRow[]): number {
  let [frauds, legitimate, won] = [0, 0, 0]
  for (const { fraudsInTie, legitimateInTie } of ties(rows.toSorted(ascending))) {
    won += fraudsInTie * (legitimate + legitimateInTie / 2)
    frauds += fraudsInTie
    legitimate += legitimateInTie
  }
  return frauds === 0 || legitimate === 0 ? 0.5 : won / (frauds * legitimate)
}

/** The range that the area under the ROC curve lies in with 95 % confidence. Source: Hanley and McNeil, Radiology 143 (1982). */
export function aucInterval (auc: number, { frauds, legitimate }: { frauds: number, legitimate: number }): { low: number, high: number } {
  if (frauds === 0 || legitimate === 0) return { low: 0, high: 1 }
  const variance = (auc * (1 - auc) + (frauds - 1) * (auc / (2 - auc) - auc ** 2) + (legitimate - 1) * (2 * auc ** 2 / (1 + auc) - auc ** 2)) / (frauds * legitimate)
  const margin = 1.96 * Math.sqrt(Math.max(0, variance))
  return { low: Math.max(0, auc - margin), high: Math.min(1, auc + margin) }
}

/** Average precision: the precision at each threshold, weighted by the recall it adds; tied rows come in together. 0 without frauds. */
export function averagePrecision (rows: readonly RankedRow[]): number {
  const total = rows.filter(({ isFraud }) => isFraud).length
  let [frauds, flagged, sum] = [0, 0, 0]
  for (const { fraudsInTie, legitimateInTie } of ties(rows.toSorted((a, b) => ascending(b, a)))) {
    frauds += fraudsInTie
    flagged += fraudsInTie + legitimateInTie
    sum += fraudsInTie * frauds / flagged
  }
  return total === 0 ? 0 : sum / total
}

/** Rows of equal rank together, in the order that they come in. */
export function * ties (sorted: readonly RankedRow[]): Generator<{ raw: number, fraudsInTie: number, legitimateInTie: number }> {
  for (let start = 0; start < sorted.length;) {
    const raw = sorted[start]!.raw
    let [end, fraudsInTie] = [start, 0]
    for (; end < sorted.length && sorted[end]!.raw === raw; end++) {
      if (sorted[end]!.isFraud) fraudsInTie++
    }
    yield { raw, fraudsInTie, legitimateInTie: end - start - fraudsInTie }
    start = end
  }
}

// Not by subtraction: -Infinity less itself is no number.
function ascending (a: RankedRow, b: RankedRow): number {
  return a.raw < b.raw ? -1 : a.raw > b.raw ? 1 : 0
}
