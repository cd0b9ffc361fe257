import { fileURLToPath } from 'node:url'

/** The program's own folder, which relative paths of settings are looked for in. Absolute path. */
export const PROGRAM_DIR = fileURLToPath(new URL('../../', import.meta.url))

/** Where the bundled models lie, from `src/` and from `dist/` alike. Absolute path. */
export const BUNDLED_MODELS_DIR = fileURLToPath(new URL('../../models/', import.meta.url))

/** The card of the model that comes with the service. Absolute path. */
export const BUNDLED_CARD_PATH = fileURLToPath(new URL('../../models/card-fraud/card.json', import.meta.url))
