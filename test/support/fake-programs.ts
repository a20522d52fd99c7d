import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Net } from '../../src/model/health.ts'
import { fakeNet } from './fake-net.ts'

/** A host where some programs are a few lines of sh each; in these, $FOLDER is a folder of their own. */
export async function withPrograms(
  programs: Readonly<Record<string, string>>,
  work: (net: Net) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'provision-programs-'))
  try {
    for (const [name, text] of Object.entries(programs))
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    const env = { ...process.env, FOLDER: folder, PATH: `${folder}:${process.env.PATH}` }
    await work(fakeNet({}, (script) => execFileSync('sh', ['-c', script], { env, encoding: 'utf8' })))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
