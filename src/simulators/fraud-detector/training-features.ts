import type { Columns } from '../../model/ydf.ts'
import type { Variable } from './account.ts'

type Part = 'value' | 'text' | 'domain' | 'digits' | 'network' | 'prefix'

/** A column of the model, made from one variable. */
export interface Feature {
  name: string
  variable: string
  part: Part
  isNumeric: boolean
  /** The categories that the model knows; of numbers none. */
  vocabulary: string[]
}

/** The most categories of a column, and the rows that a category needs; the library itself drops those below five. */
const MAX_CATEGORIES = 200
const MIN_CATEGORY_ROWS = 5

const PARTS: Readonly<Record<string, readonly Part[]>> = {
  EMAIL_ADDRESS: ['domain', 'digits'],
  IP_ADDRESS: ['network'],
  PHONE_NUMBER: ['prefix'],
  BILLING_PHONE: ['prefix'],
  SHIPPING_PHONE: ['prefix']
}

/** Chooses the columns for the rows' variables: numbers as they are, other values as categories; columns that tell nothing are left out. */
export function chooseFeatures (variables: readonly Pick<Variable, 'name' | 'dataType' | 'variableType'>[], rows: readonly Readonly<Record<string, string>>[]): Feature[] {
  return variables.flatMap(({ name, dataType, variableType }) => {
    const isNumber = dataType === 'FLOAT' || dataType === 'INTEGER'
    const parts: readonly Part[] = isNumber ? ['value'] : PARTS[variableType ?? ''] ?? ['text']
    return parts.flatMap(part => {
      const isNumeric = part === 'value' || part === 'digits'
      const feature: Feature = { name: `${name}_${part}`, variable: name, part, isNumeric, vocabulary: [] }
      const counts = new Map<number | string, number>()
      for (const row of rows) {
        const value = readPart(part, row[name])
        if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
      }
      const frequent = [...counts].filter(([, count]) => isNumeric || count >= MIN_CATEGORY_ROWS).sort(([, a], [, b]) => b - a)
      if (frequent.length < 2) return []
      if (!isNumeric) feature.vocabulary = frequent.slice(0, MAX_CATEGORIES).map(([value]) => String(value))
      return [feature]
    })
  })
}

/** Makes the columns of some rows; a category that the model does not know counts as missing. */
export function toColumns (features: readonly Feature[], rows: readonly Readonly<Record<string, string>>[]): Columns {
  return Object.fromEntries(features.map(({ name, variable, part, isNumeric, vocabulary }) => {
    const known = new Set<unknown>(vocabulary)
    return [name, rows.map(row => {
      const value = readPart(part, Object.hasOwn(row, variable) ? row[variable] : undefined)
      return isNumeric || known.has(value) ? value : null
    })]
  }))
}

function readPart (part: Part, text: string | undefined): number | string | null {
  const trimmed = text?.trim().toLowerCase() ?? ''
  if (trimmed === '') return null
  switch (part) {
    case 'value': return Number.isFinite(Number(trimmed)) ? Number(trimmed) : null
    case 'text': return trimmed
    case 'domain': return trimmed.split('@')[1] ?? null
    case 'digits': return trimmed.split('@')[0]?.replace(/\D/g, '').length ?? null
    case 'network': return trimmed.split(/[.:]/, 2).join('.')
    case 'prefix': return trimmed.replace(/\D/g, '').slice(0, 3)
  }
}
