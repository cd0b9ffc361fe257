import { resolve } from 'node:path'
import type { Detector } from '../adapters/rules/detector-rules.ts'
import { BUNDLED_CARD_PATH } from '../model/bundled-model.ts'
import { loadCardModel } from '../model/card-model.ts'
import { findModelCard } from '../model/model-folder.ts'
import type { Command, GivenArguments } from './command.ts'
import { tryDetector } from './detector-trial.ts'
import { trialText } from './detector-trial-view.ts'
import { readDataPath, readList, readText } from './option-values.ts'
import { createProgress } from './progress-line.ts'

const text = { type: 'string' } as const

/** No other command needs the rule language. */
async function readNamedDetector ({ values }: GivenArguments): Promise<Detector> {
  const path = resolve(readText('detector', values['detector'], /^.+$/, 'a detector file'))
  const { readDetector } = await import('../adapters/rules/detector-rules.ts')
  return await readDetector(path)
}

/** `ringfence detector check`. */
export const check: Command = {
  summary: 'check a detector file of rules (RINGFENCE_DETECTOR)',
  usage: '--detector FILE',
  details: '--detector  the file; docs/rules.md tells what stands in it\n\nIt is checked as at the start of the service: nothing is asked of AWS, and no model is loaded. The exit code is 1 when it is not right.',
  options: { detector: text },
  async run (given) {
    const { file, sha256 } = await readNamedDetector(given)
    process.stdout.write(`${file.name}: ${file.rules.length} rules, ${file.match === 'first' ? 'the first that matches decides' : 'the gravest that matches wins'}, otherwise ${file.otherwise}. Nothing is wrong with it.\nSHA-256 ${sha256}\n`)
  }
}

/** `ringfence detector test`. */
export const test: Command = {
  summary: 'try a detector file and a model on a CSV of payments: what each rule and outcome catches',
  usage: '--detector FILE --data file.csv[.gz] [--model models/NAME] [--label COLUMN] [--fraud-value VALUE,…] [options]',
  details: [
    '--detector     the file, as RINGFENCE_DETECTOR names it; docs/rules.md tells what stands in it',
    '--data         a CSV with a header; each column is an event variable by its name',
    "--model        the model's folder or card (default: the one that the detector names, else the bundled one)",
    "--label        the column that says what was fraud (default: that of the model's own data; without it frauds are not told)",
    "--fraud-value  its values that mean fraud (default: told by the model's own data, or by the word)",
    "--timestamp    the column of the time (default: that of the model's own data); needed where rules read it",
    "--amount       the column of the amount in the currency's major unit (default: told by the name)",
    '--currency     its currency: a column, or one code for all rows such as EUR (default: told by the name)',
    '--json         the figures as JSON',
    '',
    'Nothing leaves the machine. Every row is taken as a payment of a card about which nothing is known: none of its own cases, no answer before.'
  ].join('\n'),
  options: { detector: text, data: text, model: text, label: text, 'fraud-value': text, timestamp: text, amount: text, currency: text, json: { type: 'boolean' } },
  async run (given) {
    const { values, flags } = given
    const detector = await readNamedDetector(given)
    const path = await readDataPath(values['data'])
    const modelPath = values['model'] === undefined ? detector.modelPath : resolve(values['model'])
    const model = await loadCardModel(modelPath === undefined ? BUNDLED_CARD_PATH : await findModelCard(modelPath))
    const line = createProgress({ stream: process.stderr, nowMs: Date.now })
    try {
      line.doing('try', 'trying')
      const trial = await tryDetector(detector, model, {
        path, label: values['label'], timestamp: values['timestamp'], fraudValues: readList(values['fraud-value']), amount: values['amount'], currency: values['currency']
      }, (rows) => { line.doing('try', `trying: ${rows} rows`) })
      line.clear()
      const { name, version } = model.card
      if (flags.has('json')) process.stdout.write(`${JSON.stringify({ detector: { name: detector.file.name, sha256: detector.sha256 }, model: { name, version }, ...trial }, null, 2)}\n`)
      else process.stdout.write(`${detector.file.name} on the scores of ${name} ${version}\n${trialText(trial, detector.reads)}\n`)
    } finally {
      line.clear()
      model.unload()
    }
  }
}
