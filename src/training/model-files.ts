import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { renderReport } from './report.ts'
import type { ReportData } from './report-data.ts'
import type { Training } from './train.ts'
import { describeWriteFault } from './training-error.ts'

const CARD_FILE = 'card.json'
export const REPORT_FILE = 'report.html'
/** What the report was made of, so that it can be made again. */
const REPORT_DATA_FILE = 'report.json'

/** Whether a folder holds nothing but what a training writes. @throws Error when it is no folder */
export async function holdsOnlyModel (folder: string): Promise<boolean> {
  return (await readdir(folder)).every((name) => [CARD_FILE, REPORT_FILE, REPORT_DATA_FILE].includes(name) || name.endsWith('.zip'))
}

/** Writes a model's folder: zip, card, report. It appears when it is whole; one that is there already is replaced. @throws the signal's reason when it stops it */
export async function writeModelFolder (folder: string, { zip, card, report }: Training, { mayReplace, signal }: { mayReplace: boolean, signal: AbortSignal }): Promise<void> {
  const partial = await makePartial(folder).catch((error: unknown) => { throw describeWriteFault(folder, error) })
  try {
    await writeFile(join(partial, card.artefact.file), zip)
    await writeFile(join(partial, CARD_FILE), cardText(card))
    await writeFile(join(partial, REPORT_DATA_FILE), `${JSON.stringify(report)}\n`)
    await writeFile(join(partial, REPORT_FILE), renderReport(report))
    // A temporary folder is its maker's alone; a model is read by the service's user too.
    await chmod(partial, 0o755)
    const former = `${partial}.former`
    const isThere = await stat(folder).then(() => true, () => false)
    signal.throwIfAborted()
    // What is there now need not be what was there when the training began.
    if (isThere && (!mayReplace || !await holdsOnlyModel(folder))) throw new Error(`${folder} was made by somebody else meanwhile; nothing was written`)
    if (isThere) await rename(folder, former)
    try {
      await rename(partial, folder)
    } catch (error) {
      if (isThere) await rename(former, folder)
      throw error
    }
    await rm(former, { recursive: true, force: true })
  } catch (error) {
    throw describeWriteFault(folder, error)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function makePartial (folder: string): Promise<string> {
  await mkdir(dirname(folder), { recursive: true })
  return await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
}

/** What a model's report shows, as its training left it. @throws Error when the folder holds none */
export async function readReportData (folder: string): Promise<ReportData> {
  const text = await readFile(join(folder, REPORT_DATA_FILE), 'utf8').catch((error: unknown) => {
    throw new Error(`${folder} holds no ${REPORT_DATA_FILE}, which model train writes and the report is made of.`, { cause: error })
  })
  try {
    return JSON.parse(text) as ReportData
  } catch (error) {
    throw new Error(`${join(folder, REPORT_DATA_FILE)} is no JSON; train the model anew.`, { cause: error })
  }
}

/** Readable, but with one line for each feature's categories and each key, of which there may be thousands. */
function cardText (card: Training['card']): string {
  const isLeaf = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one !== 'object' || one === null)
  const lines = JSON.stringify(card, (_, value: unknown) => isLeaf(value) ? `\u0000${JSON.stringify(value)}` : value, 2)
  return `${lines.replaceAll(/"\\u0000((?:[^"\\]|\\.)*)"/g, (_, text: string) => JSON.parse(`"${text}"`) as string)}\n`
}
