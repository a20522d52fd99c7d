import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Script } from '../../src/shell/script.ts'
import { PATIENCE } from './until.ts'

/** The user who runs the tests: only root could give files to others. */
export const me = { owner: userInfo().username, group: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim() }

/**
 * A folder that stands for a host: this machine's sh runs the scripts, and their `/run/provision` and
 * `/var/lib/provision` are in the folder.
 */
export interface Place {
  readonly path: string
  /** The standard output. @throws if the script's exit status is not 0 */
  run(script: Script): string
  remove(): void
}

/** Makes a {@link Place}. */
export function place(): Place {
  const root = mkdtempSync(join(tmpdir(), 'provision-test-'))
  const path = join(root, 'host')
  for (const dir of ['host', 'run', 'state/blob']) mkdirSync(join(root, dir), { recursive: true })
  const run = (script: Script): string => {
    for (const blob of script.blobs)
      if (blob.source instanceof Uint8Array) writeFileSync(join(root, 'state/blob', blob.sha256), blob.source)
    const text = script.text
      .replaceAll('/run/provision', join(root, 'run'))
      .replaceAll('/var/lib/provision', join(root, 'state'))
    const prelude = 'LC_ALL=C; export LC_ALL; umask 022\nset -e\n'
    const { status, stdout, stderr } = spawnSync('sh', ['-c', 'eval "$(cat)" </dev/null'], {
      cwd: root,
      input: prelude + text,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: PATIENCE * 1000,
    })
    if (status !== 0) throw new Error(`status ${status}: ${stderr}`)
    return stdout
  }
  return { path, run, remove: () => rmSync(root, { recursive: true, force: true }) }
}
