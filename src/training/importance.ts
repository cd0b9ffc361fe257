import { predictColumns } from '../model/card-model.ts'
import type { Feature } from '../model/features.ts'
import { createRandom } from '../model/random.ts'
import { type Columns, loadYdfModel } from '../model/ydf.ts'
import { averagePrecision } from './ranking.ts'
import type { ReportData } from './report-data.ts'

/** All frauds, and of the legitimate rows enough to tell a difference. */
const MAX_LEGITIMATE = 15_000

/** How much average precision a model loses when one feature's values are shuffled among the rows. Source: Breiman, Machine Learning 45 (2001). */
export async function measureImportance ({ zip, features, columns, isFraud, seed }: { zip: Uint8Array, features: readonly Feature[], columns: Columns, isFraud: readonly boolean[], seed: number }): Promise<ReportData['importance']> {
  const random = createRandom(seed)
  const share = MAX_LEGITIMATE / Math.max(1, isFraud.filter((is) => !is).length)
  const chosen = Array.from(isFraud.keys()).filter((row) => isFraud[row] === true || random.chance(share))
  const sample: Columns = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, chosen.map((row) => values[row] ?? null)]))
  const model = await loadYdfModel(zip)
  try {
    const fraudClassIndex = model.getLabelClasses().indexOf('fraud')
    const measure = (of: Columns) => averagePrecision(predictColumns(model, fraudClassIndex, of).map((raw, index) => ({ raw, isFraud: isFraud[chosen[index] ?? -1] === true })))
    const whole = measure(sample)
    return features.map(({ name, variables }) => {
      const shuffled = [...sample[name] ?? []]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = random.integer(0, last)
        ;[shuffled[last], shuffled[other]] = [shuffled[other] ?? null, shuffled[last] ?? null]
      }
      return { feature: name, columns: variables, loss: Number((whole - measure({ ...sample, [name]: shuffled })).toFixed(5)) }
    }).sort((a, b) => b.loss - a.loss || (a.feature < b.feature ? -1 : 1))
  } finally {
    model.unload()
  }
}
