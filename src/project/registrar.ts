import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { present } from '../lib/compact.ts'
import { once } from '../lib/once.ts'
import { EXTENSION, HOME } from './home.ts'

/** The built program's file, beside `src/`. */
const REGISTRAR = 'registrar.mjs'

/** Bundles src/registrar into one readable file without dependencies, for Node 18 or later. */
export function bundleRegistrar(): string {
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild')
  const { outputFiles } = buildSync({
    entryPoints: [join(HOME, 'src/registrar/main.ts')],
    absWorkingDir: HOME,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'esm',
    charset: 'utf8',
    write: false,
    logLevel: 'silent',
    banner: {
      js: '// The registrar of provision: keeps the local Consul agent as Marathon is. Built from src/registrar, do not change it here.',
    },
  })
  return present(outputFiles[0]).text
}

/** The registrar's program, one file of JavaScript: from the build, or in a checkout from the current sources. */
export const registrarProgram = once(() =>
  EXTENSION === '.ts' ? bundleRegistrar() : readFileSync(join(HOME, REGISTRAR), 'utf8'),
)
