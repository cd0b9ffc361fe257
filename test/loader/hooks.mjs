import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDERS = ['src', 'test', 'contact-flow']
const CACHE = `${ROOT}node_modules/.cache/tests/`
const COMPILER = require('typescript/package.json').version

/**
 * Loads the project's TypeScript as JavaScript, from a cache by content: a hundred test files are as many processes, and most of them would
 * otherwise load the compiler and translate the same modules again. Types are not checked here; `npm run types` does that.
 */
export async function load (url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return await nextLoad(url, context)
  const path = fileURLToPath(url)
  const text = readFileSync(path, 'utf8')
  const source = readCached(path, text) ?? translateAll(path, text)
  return { format: 'module', source, shortCircuit: true }
}

/** The compiler is loaded already, so whatever else is missing is made now, for the processes to come. */
function translateAll (path, text) {
  mkdirSync(CACHE, { recursive: true })
  for (const other of FOLDERS.flatMap((folder) => readdirSync(`${ROOT}${folder}`, { recursive: true }).map((name) => `${ROOT}${folder}/${name}`))) {
    if (!other.endsWith('.ts') || other.endsWith('.d.ts')) continue
    const otherText = readFileSync(other, 'utf8')
    if (other !== path && readCached(other, otherText) === undefined) translate(other, otherText)
  }
  return translate(path, text)
}

function translate (path, text) {
  const { transpileModule, ModuleKind, ScriptTarget } = require('typescript')
  const { outputText } = transpileModule(text, {
    fileName: path,
    compilerOptions: { target: ScriptTarget.ES2023, module: ModuleKind.ESNext, verbatimModuleSyntax: true, inlineSourceMap: true, inlineSources: true }
  })
  const kept = cachePath(path, text)
  // Two processes may be at it at once: a file is there as a whole or not at all.
  const unfinished = `${kept}.${process.pid}`
  writeFileSync(unfinished, outputText)
  renameSync(unfinished, kept)
  return outputText
}

function readCached (path, text) {
  try {
    return readFileSync(cachePath(path, text), 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function cachePath (path, text) {
  return `${CACHE}${createHash('sha256').update(`${COMPILER}\n${path}\n${text}`).digest('hex')}.js`
}
