import { stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { PROGRAM_DIR } from '../model/bundled-model.ts'
import { listModels, promoteModel, rollBackModel } from '../model/model-directory.ts'
import { FOLDER_NAME, findModelCard, isModelFolder, readCurrentModel } from '../model/model-folder.ts'
import type { Command } from './command.ts'
import { modelListText } from './model-view.ts'
import { readText } from './option-values.ts'

const text = { type: 'string' } as const
const DEFAULT_DIRECTORY = 'models'
const DIRECTORY_DETAILS = `(default: RINGFENCE_MODEL where that is no single model, else ${DEFAULT_DIRECTORY})`

/** `ringfence model promote`. */
export const promoteCommand: Command = {
  summary: 'put a model into a directory of models, and into use',
  usage: '--model models/NAME [--to DIR]',
  details: [
    "--model  the model's folder or card, or another directory of models, whose current one is meant",
    `--to     the directory of models; made when it is not there ${DIRECTORY_DETAILS}`,
    '',
    'The model is loaded and asked for a score first; one that cannot be used changes nothing. It is copied to DIR/<name>-<version>, and DIR/current.json names it then.',
    'A service whose RINGFENCE_MODEL is DIR takes it up within RINGFENCE_MODEL_WATCH_SECONDS, or at once when its process gets SIGHUP. See docs/model-operation.md.'
  ].join('\n'),
  options: { model: text, to: text },
  async run ({ values }) {
    const cardPath = await findModelCard(resolve(readText('model', values['model'], /^.+$/, "a model's folder")))
    const directory = await directoryOf(values['to'])
    const { model, before, isNews, isCopied } = await promoteModel({ cardPath, directory, nowMs: Date.now() })
    const shown = shownPath(directory)
    if (!isNews) process.stdout.write(`${model} is current in ${shown} already\n`)
    else process.stdout.write(`${model} is current in ${shown} now${before === undefined ? '' : `; before it was ${before}`}${isCopied ? '' : '; it was there already'}\n`)
  }
}

/** `ringfence model list`. */
export const listCommand: Command = {
  summary: 'show the models of a directory, and which is in use',
  usage: '[--in DIR]',
  details: `--in  the directory of models ${DIRECTORY_DETAILS}\n\nEach is loaded to see that it can be used. The current one is marked; when it is broken, the command ends with 1.`,
  options: { in: text },
  async run ({ values }) {
    const directory = await directoryOf(values['in'])
    const found = await stat(directory).catch((error: unknown) => { throw new Error(`There is no directory ${shownPath(directory)}.`, { cause: error }) })
    if (!found.isDirectory() || await isModelFolder(directory)) throw new Error(`${shownPath(directory)} is no directory of models.`)
    let pointerFault: unknown
    const current = await readCurrentModel(directory).catch((error: unknown) => { pointerFault = error })
    const models = await listModels(directory, current ?? undefined)
    process.stdout.write(models.length === 0 ? `There is no model in ${shownPath(directory)}.\n` : `${modelListText(models)}\n`)
    if (pointerFault !== undefined) throw pointerFault
    if (models.some(({ isCurrent, card }) => isCurrent && 'fault' in card)) throw new Error('The current model cannot be used.')
  }
}

/** `ringfence model rollback`. */
export const rollbackCommand: Command = {
  summary: 'put an earlier model into use again',
  usage: '[--in DIR] [--to NAME-VERSION]',
  details: [
    `--in  the directory of models ${DIRECTORY_DETAILS}`,
    '--to  the model, as list names it (default: the one that was current before)',
    '',
    'The model is loaded and asked for a score first. Done twice it goes back two models, not back and forth. DIR/current.json keeps what was current, and since when.'
  ].join('\n'),
  options: { in: text, to: text },
  async run ({ values }) {
    const directory = await directoryOf(values['in'])
    const to = values['to'] === undefined ? undefined : readText('to', values['to'], FOLDER_NAME, 'the name of a model as list shows it')
    const { model, before, isNews } = await rollBackModel({ directory, to, nowMs: Date.now() })
    process.stdout.write(isNews ? `${model} is current in ${shownPath(directory)} again; before it was ${before ?? 'none'}\n` : `${model} is current in ${shownPath(directory)} already\n`)
  }
}

async function directoryOf (given: string | undefined): Promise<string> {
  if (given !== undefined) return resolve(given)
  const setting = process.env['RINGFENCE_MODEL'] || undefined
  if (setting === undefined) return resolve(DEFAULT_DIRECTORY)
  // As the service reads it, wherever the command is given.
  const used = resolve(PROGRAM_DIR, setting)
  const isSingle = await isModelFolder(used) || await stat(used).then((found) => found.isFile(), () => false)
  return isSingle ? resolve(DEFAULT_DIRECTORY) : used
}

function shownPath (path: string): string {
  const short = relative('.', path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}
