#!/usr/bin/env node
import { createRequire } from 'node:module'

const argv = process.argv.slice(2)

if (argv[0] === '--version' || argv[0] === '-V') {
  const { version } = createRequire(import.meta.url)('provision-ssh/package.json') as { version: string }
  process.stdout.write(`${version}\n`)
} else {
  const { cli } = await import('./cli.ts')
  // A reader that has gone (`provision plan | head`) is no reason to leave hosts half done: what follows is written to nobody.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  process.exitCode = await cli(argv, { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() })
}
