import type { ColumnProfile } from '../../src/training-data/column-profile.ts'
import type { CsvProfile } from '../../src/detector/csv-profile.ts'

/** A column of 20,000 rows without anything special. */
export function column (name: string, wanted: Partial<ColumnProfile> = {}): ColumnProfile {
  return { name, nulls: 0, distinct: 100, distinctShare: 0.005, numbers: 0, shownNumbers: 0, isBoolean: false, ipAddresses: 0, emailAddresses: 0, meanLength: 6, cardLike: 0, luhnValid: 0, longNumbers: 0, longLuhnValid: 0, securityCodes: 0, ...wanted }
}

/** Sound training data: 20,000 rows, 1,000 of them fraud. */
export function profile (columns: readonly ColumnProfile[], wanted: Partial<CsvProfile> = {}): CsvProfile {
  return {
    rows: 20_000,
    bytes: 2_000_000,
    sha256: 'a'.repeat(64),
    columns: [column('EVENT_LABEL', { distinct: 2 }), column('EVENT_TIMESTAMP'), ...columns],
    labels: [{ value: 'fraud', rows: 1_000 }, { value: 'legit', rows: 19_000 }],
    unlabelledRows: 0,
    timestamps: { isoUtc: 20_000, others: 0, absent: 0, firstMs: 0, lastMs: 1 },
    ...wanted
  }
}
