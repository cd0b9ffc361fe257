import { METADATA_COLUMNS } from '../training-data/metadata-columns.ts'
import type { CsvProfile } from './csv-profile.ts'
import { hasCardDigits, IDENTIFIER } from './training-data-check.ts'

const isShowable = (name: string): boolean => METADATA_COLUMNS.has(name) || (IDENTIFIER.test(name) && !hasCardDigits(name))

/** A column's name for the screen; what may be a value of the data, not a name, is told by its place. */
export function shownColumn ({ columns }: Pick<CsvProfile, 'columns'>, name: string): string {
  return isShowable(name) ? name : `column ${columns.findIndex((column) => column.name === name) + 1}`
}

/** A label for the screen; what may be another value of the data is not shown. */
export function shownLabel (label: string): string {
  return isShowable(label) ? label : '(not shown)'
}
