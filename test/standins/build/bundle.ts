import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Makes one file of a program and all that it imports, which Debian's Node 18 runs: no dependency at run time. The same
 * source gives the same bytes.
 */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT, // the bundle names its sources, from here
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node18',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
