// `node --import=./test/loader/register.mjs FILE.ts` runs TypeScript; so does tap, see "node-arg" in package.json.
import { register } from 'node:module'

register('./hooks.mjs', import.meta.url)
