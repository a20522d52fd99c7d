import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

// This file is src/project/home.ts in a checkout (under tsx), dist/src/project/home.js in the library and part of
// dist/src/cli/program.cjs in the program.
const self = import.meta.url

/** How this package's own modules end: `.ts` in a checkout, `.js` in what was built. */
export const EXTENSION: '.ts' | '.js' = self.endsWith('.ts') ? '.ts' : '.js'

/** The folder that holds the built-in `roles/` and `recipes/`, and `src/`. */
export const HOME = dirname(fileURLToPath(new URL('../../package.json', self)))

/** This package's own folder, with `package.json` and `templates/`. */
export const PACKAGE = EXTENSION === '.ts' ? HOME : dirname(HOME)

/**
 * Where users' files find `src/`, `recipes/` and `roles/`: in the bundled program through doors to what it holds
 * (scripts/bundle.js), so that there is one of each.
 */
export const DOORS = self.endsWith('.cjs') ? `${HOME}/doors` : HOME
