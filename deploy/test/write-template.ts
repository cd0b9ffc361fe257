import { writeFile } from 'node:fs/promises'
import { inYaml, synthesise, TEMPLATE_FILE } from './template.ts'

const { template, said } = await synthesise()
await writeFile(TEMPLATE_FILE, inYaml(template))
process.stdout.write(said)
