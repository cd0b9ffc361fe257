// Writes the software bill of materials of what runs in production, CycloneDX in JSON: `node .ci/sbom.mjs [FILE]`, sbom.json by default, - for standard output.
// It is made from package-lock.json alone, so it holds the same wherever it is made, and names no registry's host.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const [file = 'sbom.json'] = process.argv.slice(2)
const readJson = (name) => JSON.parse(readFileSync(`${root}${name}`, 'utf8'))
const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
const sbom = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }))
// npm names it after the folder that it lies in.
sbom.metadata.component.name = readJson('package.json').name

// npm's own --omit=dev leaves out what both production and a development tool need, so the lock file decides.
const running = new Set(Object.entries(readJson('package-lock.json').packages)
  .filter(([place, { dev }]) => place !== '' && dev !== true)
  .map(([place, { name, version }]) => `${name ?? place.replace(/^.*node_modules\//, '')}@${version}`))
const own = sbom.metadata.component['bom-ref']
sbom.components = sbom.components.filter(({ name, version }) => running.has(`${name}@${version}`))
for (const component of sbom.components) component.properties = component.properties.filter(({ name }) => name !== 'cdx:npm:package:development')
const refs = new Set([own, ...sbom.components.map((component) => component['bom-ref'])])
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }))

const text = `${JSON.stringify(sbom, null, 2)}\n`
if (file === '-') process.stdout.write(text)
else {
  writeFileSync(file, text)
  console.log(`${file}: ${sbom.components.length} packages`)
}
