import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPrompts } from '../../src/adapters/prompt-file.ts'
import { PROMPTS } from '../shipped-prompts.ts'

t.test('readPrompts: a user\'s own file, with a language of their own', async (t) => {
  const path = join(t.testdir({ 'prompts.json': JSON.stringify({ ...PROMPTS, pt: PROMPTS['es'] }) }), 'prompts.json')
  const prompts = await readPrompts(path, 'pt')
  t.same(Object.keys(prompts), ['en', 'de', 'es', 'pt'])
  t.equal(prompts['pt']?.voice.active, 'Gracias. Su tarjeta terminada en {card} sigue activa. Adiós.')
})

t.test('readPrompts: a file that is not right is refused with all its faults and its name', async (t) => {
  const path = join(t.testdir(), 'prompts.json')
  writeFileSync(path, JSON.stringify({ en: { ...PROMPTS['en'], voice: { ...PROMPTS['en']?.voice, none: 'Bye {you} & all' } } }))
  await t.rejects(readPrompts(path, 'de'), {
    message: `The prompts in ${path} are not right:\n  - en.voice.none may not hold {you}\n  - en.voice.none holds what may be read as markup: "&"\n  - de is missing, the default language (RINGFENCE_DEFAULT_LANGUAGE)`
  })
  writeFileSync(path, '{')
  await t.rejects(readPrompts(path, 'en'), { message: `The prompts in ${path} are not right:\n  - the file is not JSON` })
  await t.rejects(readPrompts(`${path}.gone`, 'en'), { message: `The prompts cannot be read (RINGFENCE_PROMPTS): ${path}.gone` })
})
