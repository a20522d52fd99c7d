import { spawnSync } from 'node:child_process'

/** The user and the group nobody. */
export const NOBODY = 65_534

/** Runs a program of Node's as somebody who may not write into what root has made. */
export const asNobody = (cwd: string, env: object, program: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
    ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  })
