#!/usr/bin/env node
import module, { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const argv = process.argv.slice(2)

if (argv[0] === '--version' || argv[0] === '-V') {
  const { version } = createRequire(import.meta.url)('provision-ssh/package.json') as { version: string }
  process.stdout.write(`${version}\n`)
} else {
  // Node 22 and newer can keep compiled code between runs: about a sixth less processor time for a short command.
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown }
  enableCompileCache?.(join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'provision', 'code'))
  const { cli } = await import('./cli.ts')
  // A reader that has gone (`provision plan | head`) is no reason to leave hosts half done: what follows is written to nobody.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  process.exitCode = await cli(argv, { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() })
}
