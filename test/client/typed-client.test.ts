import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { createWorld } from '../world.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const STORY = readFileSync(new URL('../../examples/client/story.ts', import.meta.url), 'utf8')

/** The generated types are read as a source as well, since a compiler that skips libraries skips declarations. */
const TYPES = 'ringfence.d.ts'
const TYPES_AS_SOURCE = 'generated.ts'

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  types: ['node']
}

const ID = '{ params: { path: { caseId: id } } }'
const PAYMENT = "transactionId: id, customerId: id, card: { number: id }, amount: { value: 1, currency: 'EUR' }"

/** Every customer has a language, said or not. */
const RIGHT_USE = "client.GET('/v1/customers/{customerId}', { params: { path: { customerId: id } } }).then(({ data }) => data?.language.length === data?.channels.length && data?.salutation.trim())"

/** Uses that a client of the contract must not be able to write, and what the compiler says of each. */
const WRONG_USES = [
  { name: 'a path that is none', code: "client.GET('/v1/case', {})", says: /not assignable to parameter of type/ },
  { name: 'a method that the path has not', code: `client.DELETE('/v1/cases/{caseId}', ${ID})`, says: /not assignable to parameter of type/ },
  { name: 'no body where one is required', code: "client.POST('/v1/transactions', {})", says: /'body' is missing|body/ },
  { name: 'no path parameter', code: "client.GET('/v1/cases/{caseId}')", says: /Expected 2 arguments/ },
  { name: 'a misspelt field of the body', code: `client.POST('/v1/transactions', { body: { ${PAYMENT}, occuredAt: id } })`, says: /occuredAt/ },
  { name: 'a field that is missing', code: `client.POST('/v1/transactions', { body: { ${PAYMENT} } })`, says: /occurredAt/ },
  { name: 'text for a number', code: `client.POST('/v1/transactions', { body: { ${PAYMENT.replace('value: 1', "value: '1'")}, occurredAt: id } })`, says: /'string' is not assignable to type 'number'/ },
  { name: 'an answer that is none', code: "client.POST('/v1/cases/{caseId}/answer', { params: { path: { caseId: id } }, body: { answer: 'maybe' } })", says: /"maybe"/ },
  { name: 'a status that the list cannot filter by', code: "client.GET('/v1/cases', { params: { query: { status: 'settling' } } })", says: /"settling"/ },
  { name: 'a channel that is none', code: "client.PUT('/v1/customers/{customerId}/opt-outs/{channel}', { params: { path: { customerId: id, channel: 'pigeon' } } })", says: /"pigeon"/ },
  { name: 'a reply that may be an error, taken for granted', code: `client.GET('/v1/cases/{caseId}', ${ID}).then(({ data }) => data.status)`, says: /possibly 'undefined'/ },
  { name: 'a score that may be null, taken for a number', code: "client.GET('/v1/transactions/{transactionId}', { params: { path: { transactionId: id } } }).then(({ data }) => data && data.score + 1)", says: /possibly 'null'/ },
  { name: 'a misspelt field of the reply', code: `client.GET('/v1/cases/{caseId}', ${ID}).then(({ data }) => data?.state)`, says: /'state' does not exist/ },
  { name: 'a status of a case that is none', code: `client.GET('/v1/cases/{caseId}', ${ID}).then(({ data }) => data?.status === 'ended')`, says: /no overlap/ },
  { name: 'a code that no problem has', code: `client.GET('/v1/cases/{caseId}', ${ID}).then(({ error }) => error?.code === 'case_missing')`, says: /no overlap/ }
]

t.test('a client typed from openapi.yaml', async (t) => {
  const dir = t.testdir({ 'story.ts': STORY, 'right.ts': use(RIGHT_USE), ...Object.fromEntries(WRONG_USES.map(({ code }, index) => [`wrong-${index}.ts`, use(code)])) })
  await run('npm', ['run', '--silent', 'client', join(dir, TYPES)], { cwd: ROOT })
  const types = readFileSync(join(dir, TYPES), 'utf8')
  writeFileSync(join(dir, TYPES_AS_SOURCE), types)
  const faultsIn = compile(dir, ['story.ts', 'right.ts', TYPES_AS_SOURCE, ...WRONG_USES.map((_use, index) => `wrong-${index}.ts`)])

  await t.test('the types and the whole story compile, strictly', async (t) => {
    t.same(faultsIn(TYPES_AS_SOURCE), [])
    t.same(faultsIn('story.ts'), [])
  })

  await t.test('what every reply has need not be asked for', async (t) => {
    t.same(faultsIn('right.ts'), [])
  })

  await t.test('wrong uses do not compile', async (t) => {
    for (const [index, { name, says }] of WRONG_USES.entries()) {
      const faults = faultsIn(`wrong-${index}.ts`)
      t.equal(faults.length, 1, `${name}: ${faults.join(' ') || 'it compiles'}`)
      t.match(faults[0], says, name)
    }
  })

  await t.test('no type has a name that a machine made', async (t) => {
    const names = [...types.matchAll(/^ {8}(?:"([^"]+)"|(\w[\w-]*)): /gm)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    t.ok(names.includes('TransactionRequest'))
    t.same(names.filter((name) => /^def-\d/.test(name)), [])
  })

  await t.test('the story runs against the service, and the service does what its types say', async (t) => {
    const { stdout } = await playStory(t, dir)
    t.same(stdout.trim().split('\n'), [
      'customer client-1: 1 card, ending in 1115',
      'payment: fraud, score 987',
      'case: open, voice to client-1',
      'answer: recorded, the case is closed',
      'another answer: 409 case_already_answered',
      'card 1115: blocked by answer'
    ])
  })
})

function use (code: string): string {
  return `import createClient from 'openapi-fetch'\nimport type { paths } from './${TYPES}'\nconst client = createClient<paths>()\nconst id = 'x'\nawait ${code}\n`
}

/** Compiles all files at once. @returns what the compiler says of one of them */
function compile (dir: string, names: readonly string[]): (name: string) => string[] {
  const program = ts.createProgram(names.map((name) => join(dir, name)), OPTIONS)
  return (name) => {
    const file = program.getSourceFile(join(dir, name))
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
  }
}

/** The story in a process of its own, on a world whose scorer finds everything suspicious; the world checks each reply. */
async function playStory (t: Test, dir: string) {
  const world = await createWorld()
  t.teardown(world.close)
  world.scorer.next = 987
  // The story's payment is of now.
  world.clock.nowMs = Date.now()
  const url = await world.app.listen({ host: '127.0.0.1', port: 0 })
  const program = join(dir, 'story.mjs')
  writeFileSync(program, ts.transpileModule(STORY, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true } }).outputText)
  return await run(process.execPath, [program], { env: { PATH: process.env['PATH'], RINGFENCE_URL: url, RINGFENCE_KEY: 'test-key' } })
}
