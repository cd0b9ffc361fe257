import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listModels, promoteModel, rollBackModel } from '../../src/model/model-directory.ts'
import { findModelCard, readCurrentModel } from '../../src/model/model-folder.ts'
import { copyBundledModel, PLAIN_MAP, pointTo } from './bundled-copy.ts'

const AT_MS = Date.parse('2026-11-29T12:00:00Z')
const currentOf = async (directory: string) => (await readCurrentModel(directory))?.model

t.test('promoteModel: copies the whole model, readable by all, and names it; the history keeps what was current', async (t) => {
  const root = t.testdir()
  const directory = join(root, 'fleet')
  for (const version of ['1', '2']) {
    const from = copyBundledModel(join(root, `from-${version}`), { name: 'mine', version })
    t.same(await promoteModel({ cardPath: await findModelCard(from), directory, nowMs: AT_MS + Number(version) }), { model: `mine-${version}`, before: version === '1' ? undefined : 'mine-1', isNews: true, isCopied: true })
    for (const name of readdirSync(from)) {
      t.ok(readFileSync(join(directory, `mine-${version}`, name)).equals(readFileSync(join(from, name))), name)
      t.equal(statSync(join(directory, `mine-${version}`, name)).mode & 0o777, 0o644)
    }
    t.equal(statSync(join(directory, `mine-${version}`)).mode & 0o777, 0o755)
  }
  t.same(JSON.parse(readFileSync(join(directory, 'current.json'), 'utf8')), {
    model: 'mine-2', since: '2026-11-29T12:00:00.002Z', how: 'promoted', history: [{ model: 'mine-1', since: '2026-11-29T12:00:00.001Z', how: 'promoted' }]
  })
  t.equal(statSync(join(directory, 'current.json')).mode & 0o777, 0o644)
  t.same(readdirSync(directory).sort(), ['current.json', 'mine-1', 'mine-2'], 'nothing is left over')
  t.equal(await findModelCard(directory), join(directory, 'mine-2', 'card.json'))
})

t.test('promoteModel: what is there already is used, and what is current already stays as it is', async (t) => {
  const root = t.testdir()
  const directory = join(root, 'fleet')
  const promote = async (folder: string) => await promoteModel({ cardPath: join(folder, 'card.json'), directory, nowMs: AT_MS })
  const first = copyBundledModel(join(root, 'first'), { version: '1' })
  const second = copyBundledModel(join(root, 'second'), { version: '2' })
  await promote(first)
  await promote(second)
  const before = readFileSync(join(directory, 'current.json'), 'utf8')
  t.match(await promote(second), { isNews: false, isCopied: false })
  t.equal(readFileSync(join(directory, 'current.json'), 'utf8'), before)
  t.match(await promote(copyBundledModel(join(root, 'again'), { version: '1', trainedAt: '2027-01-01T00:00:00Z' })), { model: 'card-fraud-1', before: 'card-fraud-2', isNews: true, isCopied: false }, 'the same training on another day')
})

t.test('promoteModel: what cannot be used is refused, and nothing changes', async (t) => {
  const root = t.testdir()
  const directory = join(root, 'fleet')
  await promoteModel({ cardPath: join(copyBundledModel(join(root, 'good'), { version: '1' }), 'card.json'), directory, nowMs: AT_MS })
  const before = readFileSync(join(directory, 'current.json'), 'utf8')
  const table: Array<[what: string, cardPath: () => string, directory: string, message: RegExp]> = [
    ['a zip that is cut off', () => {
      const folder = copyBundledModel(join(root, 'cut'), { version: '2' })
      truncateSync(join(folder, 'model.zip'), 1000)
      return join(folder, 'card.json')
    }, directory, /cut\/card\.json cannot be used: the SHA-256/],
    ['features that are not the model\'s', () => join(copyBundledModel(join(root, 'features'), { version: '2', features: [{ name: 'other', kind: 'numeric', variables: ['x'], transformation: 'number' }] }), 'card.json'), directory, /the model takes \w+ as \w+, the card says nothing of it/],
    ['a card that is none', () => {
      const folder = copyBundledModel(join(root, 'card'))
      writeFileSync(join(folder, 'card.json'), '{')
      return join(folder, 'card.json')
    }, directory, /card\/card\.json cannot be used/],
    ['another model of the same name and version', () => join(copyBundledModel(join(root, 'other'), { version: '1', scoreMap: PLAIN_MAP }), 'card.json'), directory, /card-fraud-1 is there already and holds the same model\.zip with another card: scoreMap; give/],
    ['a directory that is one model', () => join(root, 'good', 'card.json'), join(root, 'good'), /is the folder of one model/]
  ]
  for (const [what, cardPath, to, message] of table) {
    await t.rejects(promoteModel({ cardPath: cardPath(), directory: to, nowMs: AT_MS }), { message }, what)
    t.equal(readFileSync(join(directory, 'current.json'), 'utf8'), before, what)
    t.same(readdirSync(directory).sort(), ['card-fraud-1', 'current.json'], what)
  }
  truncateSync(join(directory, 'card-fraud-1', 'model.zip'), 1000)
  await t.rejects(promoteModel({ cardPath: join(root, 'good', 'card.json'), directory, nowMs: AT_MS }), { message: /card-fraud-1\/card\.json cannot be used: the SHA-256 .* It was promoted before; move .*card-fraud-1 away and promote it again\.$/ }, 'what was promoted and is broken now')
  writeFileSync(join(directory, 'current.json'), '{"model":"card-fraud-1"')
  await t.rejects(promoteModel({ cardPath: join(copyBundledModel(join(root, 'fresh'), { version: '5' }), 'card.json'), directory, nowMs: AT_MS }), { message: /current\.json cannot be used: .*\. Mend it, or move it away and promote a model again\.$/ }, 'a pointer that cannot be read keeps its history')
  t.same(readdirSync(directory).sort(), ['card-fraud-1', 'current.json'])
})

t.test('promoteModel: of several at once one is current, and every model and every reader is whole', async (t) => {
  const root = t.testdir()
  const directory = join(root, 'fleet')
  const cards = ['1', '2', '3', '1', '2', '3'].map((version, index) => join(copyBundledModel(join(root, `from-${index}`), { version }), 'card.json'))
  const over = new AbortController()
  const seen = new Set<string>()
  const reading = (async () => {
    while (!over.signal.aborted) {
      const current = await currentOf(directory).catch((error: unknown) => { t.fail(String(error)) })
      if (current != null) {
        seen.add(current)
        t.ok(existsSync(join(directory, current, 'model.zip')))
      }
    }
  })()
  const swung = await Promise.all(cards.map(async (cardPath) => await promoteModel({ cardPath, directory, nowMs: AT_MS })))
  over.abort()
  await reading
  t.ok(seen.size > 0)
  t.ok(swung.some(({ model }) => seen.has(model)))
  t.same(readdirSync(directory).sort(), ['card-fraud-1', 'card-fraud-2', 'card-fraud-3', 'current.json'])
  t.ok((await listModels(directory, await readCurrentModel(directory))).every(({ card }) => !('fault' in card)))
})

t.test('rollBackModel: goes back step by step, past what was rolled back from, and to what is named', async (t) => {
  const root = t.testdir()
  const directory = join(root, 'fleet')
  const promote = async (version: string) => await promoteModel({ cardPath: join(copyBundledModel(join(root, version), { name: 'm', version }), 'card.json'), directory, nowMs: AT_MS })
  for (const version of ['a', 'b', 'c']) await promote(version)
  const back = async (to?: string) => (await rollBackModel({ directory, to, nowMs: AT_MS })).model
  t.equal(await back(), 'm-b')
  t.equal(await back(), 'm-a', 'and not to the one that it came from')
  await t.rejects(back(), { message: /Before m-a there was no other model/ })
  await promote('c')
  t.equal(await back(), 'm-a', 'what was current when c was promoted')
  t.equal(await back('m-b'), 'm-b')
  t.match(await rollBackModel({ directory, to: 'm-b', nowMs: AT_MS }), { isNews: false })
  t.same((await readCurrentModel(directory))?.history.map(({ model }) => model), ['m-a', 'm-b', 'm-c', 'm-b', 'm-a', 'm-c', 'm-a'], 'the history is only added to')

  for (const to of ['../from', '..', 'm-b/../../x', '/etc', '']) await t.rejects(back(to), { message: /is no folder of/ }, to)
  await t.rejects(back('m-z'), { message: /m-z\/card\.json cannot be used/ })
  truncateSync(join(directory, 'm-a', 'model.zip'), 10)
  await t.rejects(back(), { message: /m-a\/card\.json cannot be used/ }, 'a broken one is no way back')
  t.equal(await currentOf(directory), 'm-b')
  await t.rejects(rollBackModel({ directory: root, to: undefined, nowMs: AT_MS }), { message: /nothing was promoted/ })
})

t.test('listModels: tells what each is worth, since when it is current, and what is broken or gone', async (t) => {
  const root = t.testdir({ 'read.me': '', other: {} })
  copyBundledModel(join(root, 'm-1'), { name: 'm', version: '1' })
  truncateSync(join(copyBundledModel(join(root, 'm-2')), 'model.zip'), 10)
  pointTo(root, 'm-3')
  t.match(await listModels(root, await readCurrentModel(root)), [
    { folder: 'm-1', isCurrent: false, since: undefined, card: { name: 'm', version: '1' } },
    { folder: 'm-2', isCurrent: false, card: { fault: /SHA-256/ } },
    { folder: 'm-3', isCurrent: true, since: '2026-11-29T00:00:00.000Z', card: { fault: /m-3\/card\.json cannot be used/ } }
  ])
})

t.test('findModelCard: a card, a folder, a directory of models; a pointer names no path', async (t) => {
  const root = t.testdir({ fleet: {}, empty: {} })
  const folder = copyBundledModel(join(root, 'fleet', 'm-1'))
  pointTo(join(root, 'fleet'), 'm-1')
  for (const path of [folder, join(folder, 'card.json'), join(root, 'fleet')]) t.equal(await findModelCard(path), join(folder, 'card.json'), path)
  await t.rejects(findModelCard(join(root, 'nowhere')), { message: /There is no model at .*nowhere/ })
  await t.rejects(findModelCard(join(root, 'empty')), { message: /holds neither card\.json nor current\.json/ })
  for (const model of ['../m-1', 'a/b', '..', '.', '', '/etc', 'a\\b', 'x'.repeat(200)]) {
    pointTo(join(root, 'fleet'), model)
    await t.rejects(findModelCard(join(root, 'fleet')), { message: /current\.json cannot be used: \/model/ }, model)
  }
  for (const text of ['', '[]', '{}', '{"model":"m-1"}', '{"model":"m-1","since":"yesterday","how":"promoted","history":[]}']) {
    writeFileSync(join(root, 'fleet', 'current.json'), text)
    await t.rejects(findModelCard(join(root, 'fleet')), { message: /current\.json cannot be used/ }, text)
  }
})
