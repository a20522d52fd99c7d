import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

// This file is src/project/home.ts in a checkout (under tsx) and dist/src/project/home.js in the package.
const self = import.meta.url

/** How this package's own modules end: `.ts` in a checkout, `.js` in what was built. */
export const EXTENSION: '.ts' | '.js' = self.endsWith('.ts') ? '.ts' : '.js'

/** The folder that holds the built-in `roles/` and `recipes/`, and `src/`. */
export const HOME = dirname(fileURLToPath(new URL('../../package.json', self)))

/** This package's own folder, with `package.json` and `templates/`. */
export const PACKAGE = EXTENSION === '.ts' ? HOME : dirname(HOME)
