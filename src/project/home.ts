import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

// This file is src/project/home.ts in a checkout (under tsx), dist/src/project/home.js in the library, and part of
// dist/src/cli/program.cjs in the program.
const self = import.meta.url

/** The extension of this package's modules: `.ts` in a checkout, `.js` in a build. */
export const EXTENSION: '.ts' | '.js' = self.endsWith('.ts') ? '.ts' : '.js'

/** The folder that holds the built-in `roles/` and `recipes/`, and `src/`. */
export const HOME = dirname(fileURLToPath(new URL('../../package.json', self)))

/** This package's own folder, with `package.json` and `templates/`. */
export const PACKAGE = EXTENSION === '.ts' ? HOME : dirname(HOME)

/**
 * Where users' files find `src/`, `recipes/` and `roles/`. In the bundled program, they go through modules that
 * re-export the bundle's contents (scripts/bundle.js), so that there is one instance of each.
 */
export const DOORS = self.endsWith('.cjs') ? `${HOME}/doors` : HOME
