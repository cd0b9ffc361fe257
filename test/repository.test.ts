import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const LOCK_FILES = ['package-lock.json', 'deploy/package-lock.json'].filter((path) => existsSync(`${ROOT}${path}`))

/** Licences that ask for no more than their notice. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Zlib']

interface Locked { name?: string, version?: string, resolved?: string, integrity?: string, license?: string, dev?: boolean, link?: boolean, inBundle?: boolean, deprecated?: string }

function readLock (path: string): Array<[string, Locked]> {
  const { packages } = JSON.parse(readFileSync(`${ROOT}${path}`, 'utf8')) as { packages: Record<string, Locked> }
  return Object.entries(packages).filter(([place]) => place.includes('node_modules/'))
}

/** Of an SPDX expression: one side of an OR is enough, an AND needs both. Brackets around all of it mean nothing; one with brackets inside is refused. */
function isPermissive (expression: string): boolean {
  const plain = expression.replace(/^\(([^()]*)\)$/, '$1')
  return !/[()]/.test(plain) && plain.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => PERMISSIVE.includes(licence)))
}

t.test('an SPDX expression is permissive when one may choose nothing but permissive licences', async (t) => {
  const table: Array<[string, boolean]> = [
    ['MIT', true], ['GPL-3.0-or-later', false], ['(MIT OR GPL-3.0-or-later)', true], ['(MIT AND Zlib)', true], ['(MIT AND GPL-2.0-only)', false], ['UNLICENSED', false], ['', false],
    // Read without its brackets, this one would pass as MIT.
    ['GPL-3.0-only AND (0BSD OR MIT OR ISC)', false], ['(GPL-3.0-only AND (0BSD OR MIT OR ISC))', false], ['(GPL-3.0-only) AND (MIT OR ISC OR MIT)', false], ['(0BSD OR ISC OR MIT) AND GPL-3.0-only', false]
  ]
  for (const [expression, expected] of table) t.equal(isPermissive(expression), expected, expression)
})

t.test('every package that runs in production has a permissive licence', async (t) => {
  const others = readLock('package-lock.json').filter(([, { dev = false, license = '' }]) => !dev && !isPermissive(license)).map(([place, { license }]) => `${place}: ${license}`)
  t.same(others, [])
})

for (const path of LOCK_FILES) {
  t.test(`${path} names no registry, has a checksum for each package, and none that its author has given up`, async (t) => {
    const packages = readLock(path)
    t.ok(packages.length > 0)
    t.same(packages.filter(([, { resolved, link = false }]) => resolved !== undefined && !link).map(([place]) => place), [])
    t.same(packages.filter(([, { integrity, link = false, inBundle = false }]) => integrity === undefined && !link && !inBundle).map(([place]) => place), [])
    t.same(packages.filter(([, { deprecated }]) => deprecated !== undefined).map(([place]) => place), [])
  })
}

t.test('npm run sbom: CycloneDX that names this package and each package it runs on, and no registry', async (t) => {
  const { NODE_OPTIONS: _, ...env } = process.env
  const text = execFileSync(process.execPath, ['.ci/sbom.mjs', '-'], { cwd: ROOT, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const sbom = JSON.parse(text) as { bomFormat: string, metadata: { component: { name: string, version: string, type: string } }, components: Array<{ name: string, version: string, externalReferences?: Array<{ type: string }> }> }
  const own = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { name: string, version: string }
  t.equal(sbom.bomFormat, 'CycloneDX')
  t.match(sbom.metadata.component, { name: own.name, version: own.version, type: 'application' })
  const named = (list: Array<[string, string | undefined]>) => [...new Set(list.map(([name, version]) => `${name}@${version}`))].sort()
  t.same(
    named(sbom.components.map(({ name, version }) => [name, version])),
    named(readLock('package-lock.json').filter(([, { dev = false }]) => !dev).map(([place, { name, version }]) => [name ?? place.replace(/^.*node_modules\//, ''), version]))
  )
  t.same(sbom.components.filter(({ externalReferences = [] }) => externalReferences.some(({ type }) => type === 'distribution')).map(({ name }) => name), [], 'where it was downloaded from is nobody\'s business')
  t.notOk(text.includes(ROOT), 'nor where it was made')
})
