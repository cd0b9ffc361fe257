import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/**
 * Translates this folder to plain JavaScript: what is measured runs on Node and nothing else, since a translator at run time takes memory and time.
 * It lies below `node_modules`, so that packages are found from there. @returns the folder
 */
export function translateToPlainCode (root: string): string {
  const from = fileURLToPath(new URL('.', import.meta.url))
  const to = join(root, 'node_modules/.cache/ringfence-benchmark')
  mkdirSync(to, { recursive: true })
  writeFileSync(join(to, 'package.json'), '{ "type": "module" }')
  for (const name of readdirSync(from).filter((one) => one.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(from, name), 'utf8'), {
      fileName: name,
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true }
    })
    writeFileSync(join(to, name.replace(/\.ts$/, '.js')), outputText)
  }
  return to
}
